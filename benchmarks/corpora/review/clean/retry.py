"""Retry decorator with exponential backoff."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often and how fast to try again.

    Attributes:
        attempts: Total number of calls, including the first one.
        initial_delay: Seconds before the second call.
        factor: The delay is multiplied by this after each failure.
        max_delay: Upper bound of the delay in seconds.
    """

    attempts: int = 3
    initial_delay: float = 0.5
    factor: float = 2.0
    max_delay: float = 30.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("attempts must be at least 1")
        if self.initial_delay < 0 or self.max_delay < 0:
            raise ValueError("delays must not be negative")
        if self.factor < 1:
            raise ValueError("factor must be at least 1")

    def delay_after(self, failures: int) -> float:
        """Return how long to wait after a number of failures.

        Args:
            failures: Failed calls so far, at least 1.
        """
        return min(self.max_delay, self.initial_delay * self.factor ** (failures - 1))


DEFAULT_POLICY = RetryPolicy()


def retry(
    *exceptions: type[Exception],
    policy: RetryPolicy = DEFAULT_POLICY,
    sleep: Callable[[float], None] = time.sleep,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function so that it is called again after failures.

    The exception of the last attempt reaches the caller unchanged.

    Args:
        *exceptions: Exceptions that are worth another attempt.
        policy: Number of attempts and delays between them.
        sleep: Waits between the attempts; can be replaced in tests.

    Returns:
        A decorator.

    Raises:
        TypeError: If no exception class is given.

    Example:
        >>> @retry(ConnectionError, policy=RetryPolicy(attempts=5))
        ... def fetch() -> bytes:
        ...     return b"payload"
    """
    if not exceptions:
        raise TypeError("name at least one exception to retry on")

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            for failures in range(1, policy.attempts):
                try:
                    return function(*args, **kwargs)
                except exceptions as error:
                    delay = policy.delay_after(failures)
                    LOGGER.warning(
                        "%s failed (%s), attempt %d of %d follows in %.1f s",
                        function.__qualname__,
                        error,
                        failures + 1,
                        policy.attempts,
                        delay,
                    )
                    sleep(delay)
            return function(*args, **kwargs)

        return wrapper

    return decorate
