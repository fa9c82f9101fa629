"""A causal language model in this process as a backend."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_backends.base import Chunk, GenerationRequest, ModelInfo, TokenCount
from model_backends.errors import BackendError, ContextLengthError, GenerationError
from model_backends.hub.telemetry import refuse_telemetry
from model_backends.model_names import quality_of
from model_backends.opening import Engine
from model_backends.settings import BackendSettings
from model_backends.transformers_local.progress import Report, to_standard_error

if TYPE_CHECKING:
    from model_backends.tokenizer_prompts import PromptWriter
    from model_backends.transformers_local.grammar import Grammars
    from model_backends.transformers_local.loading import Loaded
    from model_backends.transformers_local.scheduler import Job, Scheduler

EXIT_SECONDS = 10.0
"""Longest wait for the pass that is running when the backend is closed."""
_MB = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class _Running:
    """What is there once the model is loaded."""

    loaded: "Loaded"
    writer: "PromptWriter"
    scheduler: "Scheduler"
    thread: threading.Thread
    window: int
    parallel: int


class TransformersBackend:
    """A model of the transformers library, loaded in the background with the first request.

    It runs in a thread of its own; requests share its passes (see `scheduler`). The same seed and
    input give the same answer. Output is decoded under the request's JSON schema, and near
    `max_tokens` brought to its end where the schema lets it. A prompt that leaves no room for an
    answer in the context window is refused, never cut; `max_tokens` is lowered to what is left.
    The window is the smallest of the setting, the model's own, and the one its attention slides by.

    Args:
        settings: `model` is a directory or the name of a hub's model.
        report: Called with lines that tell how loading goes on.
    """

    def __init__(self, settings: BackendSettings, report: Report = to_standard_error) -> None:
        self._settings = settings
        self._report = report
        model = settings.model or ""
        self._name = Path(model).name if model.startswith(("/", ".", "~")) else model
        self._engine = Engine[_Running](self._name, self._open, _let_go)
        self._grammars: Grammars | None = None
        self._grammars_lock = threading.Lock()

    @property
    def info(self) -> ModelInfo:
        """What is known of the model now."""
        settings, engine = self._settings, self._engine.value
        quality = quality_of(self._name)
        if engine is None:
            window, style = settings.context_window, settings.prompt_style
            return ModelInfo(
                "transformers", self._name, window, self._engine.state, quality, None,
                settings.parallel, style,
            )  # fmt: skip
        loaded = engine.loaded
        return ModelInfo(
            "transformers",
            self._name,
            engine.window,
            self._engine.state,
            quality,
            loaded.dtype,
            engine.parallel,
            engine.writer.style,
            engine.writer.fills,
            round((loaded.memory + engine.scheduler.cache_bytes) / _MB),
        )

    @property
    def active(self) -> int:
        """Requests that hold a row of the cache now."""
        engine = self._engine.value
        return engine.scheduler.active if engine else 0

    async def warm(self) -> None:
        """Load the model ahead of the first request.

        Raises:
            BackendError: It cannot be loaded.
        """
        await self._engine.ready()

    async def stream(self, request: GenerationRequest) -> AsyncIterator[Chunk]:
        """Generate together with all other requests.

        Raises:
            ConfigurationError: The model cannot be loaded.
            ContextLengthError: The prompt leaves no room in the context window.
            InvalidRequestError: The prompt cannot be written for the model.
            SchemaError: The schema cannot be compiled.
            GenerationError: The model failed.
        """
        engine = await self._engine.ready()
        job = await asyncio.to_thread(self._job, engine, request, asyncio.get_running_loop())
        engine.scheduler.submit(job)
        try:
            while True:
                item = await job.answers.get()
                if isinstance(item, BackendError):
                    raise item
                yield item
                if item.finish_reason is not None:
                    return
        finally:
            engine.scheduler.cancel(job)

    async def count_tokens(self, text: str) -> TokenCount:
        """Count exactly, with the model's own tokenizer, which loads it."""
        engine = await self._engine.ready()
        return TokenCount(await asyncio.to_thread(engine.writer.count, text), exact=True)

    async def aclose(self) -> None:
        """Stop generating and let the model go; one that is still loading is let go after it."""
        self._grammars = None
        await self._engine.aclose()

    async def _open(self) -> _Running:
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[_Running] = loop.create_future()
        # A daemon: what a user interrupts does not wait for weights to be read.
        threading.Thread(target=self._own, args=(opened, loop), daemon=True).start()
        return await opened

    def _own(self, opened: "asyncio.Future[_Running]", loop: asyncio.AbstractEventLoop) -> None:
        """The model's thread: load it, then run it to the end."""

        def tell(settle: Any, value: object) -> None:
            def unless_cancelled() -> None:
                if not opened.done():
                    settle(value)

            # A loop that is closed has nobody who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(unless_cancelled)

        try:
            engine = self._load()
        except Exception as error:  # noqa: BLE001 - the thread's edge: who waits must hear of it
            known = isinstance(error, BackendError)
            tell(opened.set_exception, error if known else GenerationError(self._name, repr(error)))
            return
        tell(opened.set_result, engine)
        engine.scheduler.run()

    def _load(self) -> _Running:
        refuse_telemetry()
        try:
            import torch

            from model_backends.embedded.processors import default_threads
            from model_backends.tokenizer_prompts import PromptWriter
            from model_backends.transformers_local.loading import load
            from model_backends.transformers_local.scheduler import Scheduler
        except ImportError as error:
            from model_backends.errors import MissingPackageError
            from model_backends.transformers_local.choices import INSTALL

            raise MissingPackageError(error.name or "transformers", INSTALL) from None
        settings = self._settings
        started = time.monotonic()
        loaded = load(settings, self._name, self._report)
        if loaded.device.type == "cpu":
            # The default waits in loops for all cores, which on a busy machine costs far more.
            torch.set_num_threads(settings.threads or default_threads())
        writer = PromptWriter(loaded.tokenizer, self._name, settings.prompt_style)
        window = min(settings.context_window, loaded.window)
        parallel = settings.parallel if loaded.batches else 1
        budget = settings.tokens_in_flight or parallel * window
        scheduler = Scheduler(loaded, parallel, window, budget)
        self._report(f"{self._name} is loaded, in {time.monotonic() - started:.1f} s")
        return _Running(loaded, writer, scheduler, threading.current_thread(), window, parallel)

    def _job(
        self, engine: _Running, request: GenerationRequest, loop: asyncio.AbstractEventLoop
    ) -> "Job":
        from model_backends.transformers_local.scheduler import Job

        loaded = engine.loaded
        prompt = engine.writer.write(request)
        # A text without tokens is continued from what begins a text.
        tokens = prompt.tokens or [_beginning(loaded)]
        if len(tokens) >= engine.window:
            raise ContextLengthError(len(tokens), engine.window, "context_window")
        grammar = None
        if request.json_schema is not None:
            grammar = self._compiler(loaded).compile(request.json_schema)
        special = engine.writer.special
        return Job(
            request=request,
            tokens=tokens,
            limit=min(request.max_tokens, engine.window - len(tokens)),
            # Special tokens have no text in which a stop string could be found.
            ends=loaded.ends | {special[stop] for stop in prompt.stop if stop in special},
            stop=prompt.stop,
            grammar=grammar,
            loop=loop,
            answers=asyncio.Queue(),
        )

    def _compiler(self, loaded: "Loaded") -> "Grammars":
        with self._grammars_lock:
            if self._grammars is None:
                from model_backends.transformers_local.grammar import Grammars

                rows = loaded.model.get_output_embeddings().weight.shape[0]
                self._grammars = Grammars(loaded.tokenizer, rows, loaded.ends)
            return self._grammars


async def _let_go(engine: _Running) -> None:
    engine.scheduler.close()
    await asyncio.to_thread(engine.thread.join, EXIT_SECONDS)


def _beginning(loaded: "Loaded") -> int:
    tokenizer = loaded.tokenizer
    known = (tokenizer.bos_token_id, tokenizer.eos_token_id, 0)
    return int(next(token for token in known if token is not None))
