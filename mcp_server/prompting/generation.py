"""One answer of a model, bounded in tokens and seconds, cut off when it has what is wanted."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

import anyio

from mcp_server.prompting.files import continued
from mcp_server.prompting.openings import ends_function
from mcp_server.prompting.styles import Question, continues_file, styled, written_out
from model_backends.base import FinishReason, GenerationRequest, ModelBackend, Usage
from model_backends.errors import ContextLengthError

TEMPLATE_TOKENS = 48
"""Room for the chat template's own tokens, which `count_tokens` of a text cannot know."""
FEWEST_TOKENS = 32
PROGRESS_SECONDS = 0.5

Progress = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is sampled; see `model_backends.base.GenerationRequest`."""

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer.

    Args:
        text: What the model wrote.
        finish_reason: The model's own, or None: it was cut off here.
        usage: Tokens, where the model came to its end.
        out_of_time: It was cut off because its time was over.
    """

    text: str
    finish_reason: FinishReason | None
    usage: Usage | None = None
    out_of_time: bool = False


async def generate_text(
    backend: ModelBackend,
    asked: str | Question,
    sampling: Sampling,
    *,
    schema: Mapping[str, Any] | None = None,
    seconds: float | None = None,
    enough: Callable[[str], bool] | None = None,
    progress: Progress | None = None,
) -> Generated:
    """Ask a model in its style.

    Args:
        backend: The model.
        asked: What it is asked; what is returned does not repeat the question's opening. Of a base
            model that continues a file, it has the beginning that the file gave the answer.
        sampling: How; `max_tokens` is lowered to what the context window leaves.
        schema: The JSON Schema under which it is decoded.
        seconds: When this is over, what is there is returned.
        enough: Called with the text so far; True ends the generation.
        progress: Called with the number of pieces so far, at most twice a second.

    Raises:
        BackendError: See `model_backends.errors`.
    """
    question = Question(asked) if isinstance(asked, str) else asked
    request = await _request(backend, question, sampling, schema)
    file = continues_file(backend.info, question)
    begins = file.begins if file else ""
    parts: list[str] = []
    with anyio.move_on_after(seconds) as scope:
        async with aclosing(cast("Any", backend.stream(request))) as chunks:
            told = anyio.current_time()
            async for chunk in chunks:
                parts.append(chunk.text)
                if chunk.finish_reason:
                    return Generated(continued(begins, parts), chunk.finish_reason, chunk.usage)
                text = continued(begins, parts) if enough else ""
                if enough and (enough(text) or (begins and ends_function(text))):
                    return Generated(text, None)
                if progress and anyio.current_time() - told >= PROGRESS_SECONDS:
                    told = anyio.current_time()
                    await progress(len(parts))
    return Generated(continued(begins, parts), None, out_of_time=scope.cancelled_caught)


async def _request(
    backend: ModelBackend, question: Question, sampling: Sampling, schema: Mapping[str, Any] | None
) -> GenerationRequest:
    counted = await backend.count_tokens(written_out(question))
    window = backend.info.context_window
    room = window - counted.tokens - TEMPLATE_TOKENS * (1 + len(question.earlier))
    if room < FEWEST_TOKENS:
        raise ContextLengthError(counted.tokens + FEWEST_TOKENS, window, "model.max_length")
    request = GenerationRequest(
        prompt="",
        max_tokens=min(sampling.max_tokens, room),
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        seed=sampling.seed,
        stop=sampling.stop,
        json_schema=schema,
    )
    return styled(backend.info, question, request)
