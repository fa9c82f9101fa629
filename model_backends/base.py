"""What a language model is to this program: one generating method, and what goes in and out."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

from model_backends.errors import GenerationError, InvalidRequestError

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]
LoadState = Literal["idle", "loading", "ready", "failed", "remote", "closed"]
ModelQuality = Literal["small", "capable", "unknown"]
PromptStyle = Literal["chat", "instruct", "completion"]
"""A conversation; a document of instructions and responses; a file to be continued."""

MAX_TEMPERATURE = 2.0


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What a model is asked: a conversation or a raw prompt, and how to sample the answer.

    Args:
        messages: The conversation, oldest first. Exactly one of `messages` and `prompt` is given.
        prompt: Text to be continued as it stands, without a chat template.
        max_tokens: Upper bound of generated tokens.
        temperature: 0 is greedy; at most 2.
        top_p: Nucleus sampling mass in (0, 1] (Holtzman et al. 2020, arXiv:1904.09751).
        top_k: Number of most likely tokens to sample from; None is off.
        seed: Same seed, same input, same backend: same output.
        stop: Strings that end the generation; they are not part of the output.
        json_schema: The output is decoded under this JSON Schema.

    Raises:
        InvalidRequestError: A value is out of its range; the message names it.
    """

    messages: tuple[Message, ...] = ()
    prompt: str | None = None
    max_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    json_schema: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if bool(self.messages) == (self.prompt is not None):
            raise InvalidRequestError("messages", "give either messages or a prompt, not both")
        if self.max_tokens < 1:
            raise InvalidRequestError("max_tokens", f"{self.max_tokens} is not at least 1")
        if not 0 <= self.temperature <= MAX_TEMPERATURE:
            raise InvalidRequestError("temperature", f"{self.temperature} is not within 0 to 2")
        if not 0 < self.top_p <= 1:
            raise InvalidRequestError("top_p", f"{self.top_p} is not above 0 and at most 1")
        if self.top_k is not None and self.top_k < 1:
            raise InvalidRequestError("top_k", f"{self.top_k} is not at least 1; leave it out")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written; `exact` is False where they were estimated from characters."""

    prompt_tokens: int
    completion_tokens: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds to the first piece of text, and generated tokens per second after it."""

    first_token_seconds: float
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of generated text; the last one carries finish reason, usage and timings."""

    text: str
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    timings: Timings | None = None


@dataclass(frozen=True, slots=True)
class TokenCount:
    """A number of tokens; `exact` is False where it is an estimate."""

    tokens: int
    exact: bool


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model without asking it anything.

    Args:
        backend: The backend's registered name, such as "embedded".
        model: The model's name as its users know it.
        context_window: Tokens of prompt and answer together that one request may use.
        state: Whether the weights are loaded; "remote" where another process holds them.
        quality: "small" for models that cannot be trusted to decide, such as the embedded one.
        dtype: Weight format where known, such as "Q4_1".
        parallel: Requests that are served at once.
        style: How the model wants to be asked, where its tokenizer says so.
        fills: Whether it was trained to fill in a middle, with the tokens of StarCoder.
        memory_mb: Memory of weights and caches in MB, where it is this process's.
        tensor_parallel_size: GPUs that share the model, where a backend shares it.
        gpu_memory_utilization: Share of GPU memory that is taken, where a backend has such.
    """

    backend: str
    model: str
    context_window: int
    state: LoadState
    quality: ModelQuality
    dtype: str | None = None
    parallel: int = 1
    style: PromptStyle | None = None
    fills: bool = False
    memory_mb: int | None = None
    tensor_parallel_size: int | None = None
    gpu_memory_utilization: float | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer."""

    text: str
    finish_reason: FinishReason
    usage: Usage
    timings: Timings


class ModelBackend(Protocol):
    """A language model, wherever it runs. Closing an iterator of `stream` stops generating."""

    @property
    def info(self) -> ModelInfo:
        """What is known of the model now; costs nothing."""
        ...

    def stream(self, request: GenerationRequest) -> AsyncIterator[Chunk]:
        """Generate, piece by piece.

        Raises:
            BackendError: See `model_backends.errors`.
        """
        ...

    async def count_tokens(self, text: str) -> TokenCount:
        """Count the tokens of `text` as this model splits it."""
        ...

    async def aclose(self) -> None:
        """Release the model, its threads and connections; safe to call twice."""
        ...


async def complete(backend: ModelBackend, request: GenerationRequest) -> Completion:
    """Collect the whole answer of `backend.stream(request)`."""
    parts: list[str] = []
    # Every implementation is an async generator; closing it early frees the model's slot.
    async with aclosing(cast("Any", backend.stream(request))) as chunks:
        async for chunk in chunks:
            parts.append(chunk.text)
            if chunk.finish_reason and chunk.usage and chunk.timings:
                return Completion("".join(parts), chunk.finish_reason, chunk.usage, chunk.timings)
    raise GenerationError(backend.info.model, "the answer ended without a finish reason")
