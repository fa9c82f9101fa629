"""A model that vLLM runs in this process, as a backend.

Written against vLLM 0.33's `vllm.v1.engine.async_llm.AsyncLLM`.
"""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from model_backends.base import (
    Chunk,
    FinishReason,
    GenerationRequest,
    ModelInfo,
    Timings,
    TokenCount,
    Usage,
)
from model_backends.errors import (
    ContextLengthError,
    GenerationError,
    InvalidRequestError,
    MissingPackageError,
    ModelLoadError,
    SchemaError,
    first_line,
)
from model_backends.hub.telemetry import refuse_telemetry
from model_backends.model_names import quality_of
from model_backends.opening import Engine
from model_backends.settings import BackendSettings
from model_backends.vllm_engine.choices import INSTALL

if TYPE_CHECKING:
    from model_backends.tokenizer_prompts import PromptWriter

_LOAD_REMEDY = (
    "its log above says why. Where memory is short, lower VLLM_GPU_MEMORY_UTILIZATION or "
    "VLLM_MAX_MODEL_LEN, or share the model among more GPUs with VLLM_TENSOR_PARALLEL_SIZE"
)
# vLLM tells its makers what it runs on, and logs on standard output, unless it is told not to.
_ENVIRONMENT = {
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Running:
    """What is there once the model is loaded."""

    llm: Any
    writer: "PromptWriter"
    window: int


class VllmBackend:
    """A model in vLLM's engine, which is started in the background with the first request.

    Requests are batched continuously by vLLM. A prompt that leaves no room for an answer in the
    context window is refused, never cut; `max_tokens` is lowered to what is left. An engine that
    died is started anew with the next request.

    Args:
        settings: Resolved ones (see `choices`).
    """

    def __init__(self, settings: BackendSettings) -> None:
        self._settings = settings
        self._name = settings.model or ""
        self._engine = Engine[_Running](self._name, self._open, _shut_down)
        self._ids = itertools.count(1)

    @property
    def info(self) -> ModelInfo:
        """What is known of the model now."""
        settings, engine = self._settings, self._engine.value
        return ModelInfo(
            "vllm",
            self._name,
            engine.window if engine else settings.max_model_len or settings.context_window,
            self._engine.state,
            quality_of(self._name),
            settings.torch_dtype,
            settings.parallel,
            engine.writer.style if engine else settings.prompt_style,
            engine.writer.fills if engine else False,
            tensor_parallel_size=settings.tensor_parallel_size,
            gpu_memory_utilization=settings.gpu_memory_utilization,
        )

    async def warm(self) -> None:
        """Start the engine ahead of the first request.

        Raises:
            BackendError: It cannot be.
        """
        await self._engine.ready()

    async def stream(self, request: GenerationRequest) -> AsyncIterator[Chunk]:
        """Generate; closing the iterator aborts the request in the engine.

        Raises:
            ModelLoadError: The engine cannot be started.
            ContextLengthError: The prompt leaves no room in the context window.
            SchemaError: The schema cannot be compiled.
            InvalidRequestError: vLLM refuses the request.
            GenerationError: The engine failed.
        """
        engine = await self._engine.ready()
        from vllm.exceptions import VLLMClientError, VLLMError

        prompt = await asyncio.to_thread(engine.writer.write, request)
        room = engine.window - len(prompt.tokens)
        if room < 1:
            raise ContextLengthError(len(prompt.tokens), engine.window, "VLLM_MAX_MODEL_LEN")
        try:
            sampling = _sampling(request, prompt.stop, min(request.max_tokens, room))
            tokens = {"prompt_token_ids": prompt.tokens}
            outputs = engine.llm.generate(tokens, sampling, f"request-{next(self._ids)}")
            answer = _chunks(self._name, outputs, len(prompt.tokens))
            async with aclosing(cast("Any", answer)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except VLLMClientError as error:
            if request.json_schema is not None:
                raise SchemaError(first_line(error)) from None
            raise InvalidRequestError("request", first_line(error)) from None
        except VLLMError as error:
            if engine.llm.errored:
                await self._engine.drop(engine)
            raise GenerationError(self._name, first_line(error)) from None

    async def count_tokens(self, text: str) -> TokenCount:
        """Count exactly, with the model's own tokenizer, which starts the engine."""
        engine = await self._engine.ready()
        return TokenCount(await asyncio.to_thread(engine.writer.count, text), exact=True)

    async def aclose(self) -> None:
        """End the engine's processes."""
        await self._engine.aclose()

    async def _open(self) -> _Running:
        return await asyncio.to_thread(self._start)

    def _start(self) -> _Running:
        refuse_telemetry()
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        try:
            from vllm.engine.arg_utils import AsyncEngineArgs
            from vllm.v1.engine.async_llm import AsyncLLM
        except ModuleNotFoundError as error:
            raise MissingPackageError(error.name or "vllm", INSTALL) from None
        except (ImportError, OSError) as error:
            cause = f"vLLM cannot be imported: {first_line(error)}"
            raise ModelLoadError(self._name, cause, f"install it anew: {INSTALL}") from None
        from model_backends.tokenizer_prompts import PromptWriter

        settings = self._settings
        try:
            llm = AsyncLLM.from_engine_args(
                AsyncEngineArgs(
                    model=self._name,
                    revision=settings.revision,
                    tokenizer_mode="hf",  # what `PromptWriter` writes with
                    dtype=settings.torch_dtype or "auto",
                    tensor_parallel_size=settings.tensor_parallel_size or 1,
                    gpu_memory_utilization=settings.gpu_memory_utilization or 0.9,
                    max_model_len=settings.max_model_len,
                    disable_log_stats=True,
                )
            )
        # vLLM documents no exceptions of its start: drivers, files, memory and its own processes
        # fail each in their way, and all of them mean that the model is not there.
        except Exception as error:
            raise ModelLoadError(self._name, first_line(error), _LOAD_REMEDY) from error
        writer = PromptWriter(llm.get_tokenizer(), self._name, settings.prompt_style)
        return _Running(llm, writer, int(llm.model_config.max_model_len))


async def _shut_down(engine: _Running) -> None:
    await asyncio.to_thread(engine.llm.shutdown)


def _sampling(request: GenerationRequest, stop: tuple[str, ...], max_tokens: int) -> Any:
    from vllm.sampling_params import RequestOutputKind, SamplingParams, StructuredOutputsParams

    structured = None
    if request.json_schema is not None:
        structured = StructuredOutputsParams(
            json=dict(request.json_schema), disable_any_whitespace=True
        )
    return SamplingParams(
        max_tokens=max_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=request.top_k or 0,
        seed=request.seed,
        stop=list(stop),
        structured_outputs=structured,
        output_kind=RequestOutputKind.DELTA,
    )


async def _chunks(model: str, outputs: Any, prompt_tokens: int) -> AsyncIterator[Chunk]:
    """What vLLM gives piece by piece, with usage and timings in the last one."""
    began = time.perf_counter()
    first: float | None = None
    written = 0
    async with aclosing(cast("Any", outputs)) as pieces:
        async for output in pieces:
            piece = output.outputs[0]
            written += len(piece.token_ids)
            now = time.perf_counter()
            first = first or now
            if piece.text:
                yield Chunk(piece.text)
            if piece.finish_reason is None:
                continue
            finish: FinishReason
            match piece.finish_reason:
                case "stop" | "length":
                    finish = piece.finish_reason
                case other:
                    raise GenerationError(model, f"vLLM ended the answer: {other}")
            rate = (written - 1) / (now - first) if now > first else 0.0
            usage = Usage(prompt_tokens, written)
            yield Chunk("", finish, usage, Timings(first - began, rate))
            return
    raise GenerationError(model, "the answer ended without a finish reason")
