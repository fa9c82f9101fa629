"""A connection to a loaded embedded model: one's own, or one that another process shares."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_backends.embedded.processors import default_threads
from model_backends.embedded.rendezvous import Meeting, Rendezvous
from model_backends.embedded.runtime import Order, Runtime, start_runtime
from model_backends.embedded.weights import megabytes
from model_backends.errors import GenerationError
from model_backends.openai_stream import open_client
from model_backends.settings import BackendSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LOAD_SECONDS = 300.0
POLL_SECONDS = 0.05
CHECK_SECONDS = 30.0
"""How often the owner looks whether its process still works."""
HANG_SECONDS = 300.0
"""A process that answers nothing for so long is ended; a large model may read slowly."""


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """Where requests go.

    Args:
        meeting: The address, and what is served there.
        client: Connected to it.
        runtime: The process, where it is one's own.
    """

    meeting: Meeting
    client: "AsyncOpenAI"
    runtime: Runtime | None

    @property
    def ended(self) -> bool:
        """Whether the process is known to have ended; another owner's end shows only in use."""
        return self.runtime is not None and self.runtime.ended

    async def aclose(self) -> None:
        """Close the connections, and end the process if it is one's own."""
        if self.runtime is not None:
            await self.runtime.aclose()
        await self.client.close()


class Opener:
    """Finds or loads the model.

    Args:
        weights: A GGUF file.
        settings: How to load it, and where to meet others.
        vacated: Called when a process of one's own has ended.
    """

    def __init__(
        self, weights: Path, settings: BackendSettings, vacated: Callable[[], None]
    ) -> None:
        self._weights = weights
        self._settings = settings
        self._vacated = vacated
        self._watch: asyncio.Task[None] | None = None
        self._rendezvous: Rendezvous | None = None
        if settings.rendezvous is not None:
            self._rendezvous = Rendezvous(Path(settings.rendezvous), weights)

    async def open(self, lost: Meeting | None) -> Link:
        """Find or load the model; the others who want it at the same time wait for one of them.

        Args:
            lost: An address that has ceased to answer; a process of one's own there is ended.

        Raises:
            GenerationError: It cannot be loaded, or its owner does not finish loading it.
            MissingPackageError: xllamacpp is not installed.
        """
        if self._watch is not None:
            # The process before has ended; its watch gives up the ownership that came with it.
            await self._watch
        if self._rendezvous is None:
            return await self._load()
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                return await self._meet(self._rendezvous, lost)
        except TimeoutError:
            reason = f"it did not finish loading within {LOAD_SECONDS:g} s"
            raise GenerationError(self._weights.stem, reason) from None

    async def aclose(self) -> None:
        """Let others load the model from now on."""
        if self._watch is not None:
            self._watch.cancel()
        if self._rendezvous is not None:
            self._rendezvous.leave()

    async def _meet(self, rendezvous: Rendezvous, lost: Meeting | None) -> Link:
        while not rendezvous.claim():
            found = rendezvous.find()
            if found is not None and found != lost:
                if found.context_window >= self._settings.context_window:
                    return Link(found, _client(found.url, found.key), None)
                return await self._load()
            await asyncio.sleep(POLL_SECONDS)
        try:
            link = await self._load()
            rendezvous.publish(link.meeting)
        except BaseException:
            rendezvous.leave()
            raise
        return link

    async def _load(self) -> Link:
        settings = self._settings
        sys.stderr.write(f"loading {self._weights.stem} ({megabytes(self._weights)} MB) …\n")
        window, parallel = settings.context_window, settings.parallel
        threads = settings.threads or default_threads()
        runtime = await start_runtime(Order(self._weights, window, parallel, threads))
        client = _client(runtime.url, runtime.key)
        try:
            properties: Any = await client.get(f"{runtime.url}/props", cast_to=object)
        except BaseException:
            await client.close()
            await runtime.aclose()
            raise
        served = properties["default_generation_settings"]["n_ctx"]
        meeting = Meeting(runtime.url, runtime.key, window, min(window, served), parallel)
        self._watch = asyncio.create_task(self._watch_over(runtime, client))
        return Link(meeting, client, runtime)

    async def _watch_over(self, runtime: Runtime, client: "AsyncOpenAI") -> None:
        """End the process if it hangs, and make way for another when it has ended.

        Requests themselves have no limit of silence: one that waits for its turn hears nothing.
        """
        import openai

        ended = asyncio.create_task(runtime.exited())
        try:
            while not (await asyncio.wait({ended}, timeout=CHECK_SECONDS))[0]:
                # Answered between two steps of the computation, so it shows that there are steps.
                waiting = client.get(
                    f"{runtime.url}/slots", cast_to=object, options={"timeout": HANG_SECONDS}
                )
                try:
                    await waiting
                except openai.APIError:
                    runtime.hung = True
                    await runtime.aclose()
        finally:
            ended.cancel()
        if self._rendezvous is not None:
            self._rendezvous.leave()
        self._vacated()


def _client(url: str, key: str) -> "AsyncOpenAI":
    return open_client(f"{url}/v1", key, None, private=True)
