"""Poll the health endpoints of several services concurrently."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum

import httpx

logger = logging.getLogger(__name__)

DEFAULT_TIMEOUT = httpx.Timeout(5.0, connect=2.0)


class Health(Enum):
    """Outcome of one probe."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Target:
    """A service and the address of its health endpoint."""

    name: str
    url: str
    slow_after: float = 1.0


@dataclass(frozen=True, slots=True)
class Probe:
    """Result of asking one target."""

    target: Target
    health: Health
    seconds: float
    detail: str = ""


class HealthPoller:
    """Asks all targets again and again, a limited number at a time."""

    def __init__(
        self, targets: Sequence[Target], *, interval: float = 30.0, concurrency: int = 10
    ) -> None:
        """Prepare a poller.

        Args:
            targets: Services to watch.
            interval: Seconds between the starts of two rounds.
            concurrency: Largest number of requests in flight.

        Raises:
            ValueError: If the interval or the concurrency is not positive.
        """
        if interval <= 0 or concurrency < 1:
            raise ValueError("interval and concurrency must be positive")
        self._targets = tuple(targets)
        self._interval = interval
        self._concurrency = concurrency

    async def rounds(self) -> AsyncIterator[list[Probe]]:
        """Yield the probes of one round after the other, without end."""
        async with httpx.AsyncClient(timeout=DEFAULT_TIMEOUT) as client:
            while True:
                started = time.monotonic()
                yield await self.poll_once(client)
                elapsed = time.monotonic() - started
                await asyncio.sleep(max(0.0, self._interval - elapsed))

    async def poll_once(self, client: httpx.AsyncClient) -> list[Probe]:
        """Probe each target once.

        Args:
            client: HTTP client to use.

        Returns:
            One probe for each target, in the order of the targets.
        """
        gate = asyncio.Semaphore(self._concurrency)

        async def guarded(target: Target) -> Probe:
            async with gate:
                return await probe(client, target)

        return await asyncio.gather(*(guarded(target) for target in self._targets))


async def probe(client: httpx.AsyncClient, target: Target) -> Probe:
    """Ask one target for its health.

    Args:
        client: HTTP client to use.
        target: Service to ask.

    Returns:
        The outcome; connection problems count as ``Health.DOWN``.
    """
    started = time.monotonic()
    try:
        response = await client.get(target.url)
        response.raise_for_status()
    except httpx.HTTPError as error:
        logger.warning("%s is down: %s", target.name, error)
        return Probe(target, Health.DOWN, time.monotonic() - started, str(error))
    seconds = time.monotonic() - started
    health = Health.DEGRADED if seconds > target.slow_after else Health.UP
    return Probe(target, health, seconds)
