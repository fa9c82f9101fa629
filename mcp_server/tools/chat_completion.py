"""The tool `chat_completion`."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Annotated, Any, Literal, cast

import anyio
from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.checks import CheckedResult
from mcp_server.models_offered import DEFAULT_MODEL, ModelName
from mcp_server.prompting.styles import style_of
from mcp_server.services import Services, services
from mcp_server.sessions import Kept, SessionStoreError, Turn
from mcp_server.settings import ChatCompletion
from mcp_server.tools.chat_context import fitting
from model_backends.base import Completion, GenerationRequest, Message, ModelBackend
from model_backends.errors import GenerationError

TITLE = "Chat completion"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)
PROGRESS_SECONDS = 0.2
SESSION_ID_CHARACTERS = 200


class ChatMessage(BaseModel):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"] = Field(description="Who says it.")
    content: str = Field(description="What is said.")


class TokenUsage(BaseModel):
    """Tokens read and written."""

    prompt_tokens: int = Field(description="Tokens of the prompt.")
    completion_tokens: int = Field(description="Tokens of the answer.")
    total_tokens: int = Field(description="Both together.")
    exact: bool = Field(description="False where they were estimated from characters.")


class SessionState(BaseModel):
    """What is kept of a conversation after this turn, and what no longer is."""

    messages: int = Field(description="Messages kept, this answer among them.")
    dropped: int = Field(
        description="The oldest messages, dropped since it began: sessions.max_session_messages "
        "are kept, and a leading system message always."
    )
    left_out: int = Field(
        description="The oldest messages that are kept, but that the model was not given for this "
        "answer: they do not fit its context window."
    )
    evicted: int = Field(description="Other conversations that went to make room for this one.")
    problem: str | None = Field(
        description="Why this turn could not be kept, and what to do; null: it is kept."
    )


class ChatAnswer(CheckedResult):
    """What the model answers. Nothing of it is checked."""

    content: str = Field(description="The answer, as the model wrote it.")
    finish_reason: Literal["stop", "length"] = Field(
        description="'length': it was cut off at max_tokens or at the context window."
    )
    model: str = Field(description="The model that answered.")
    session_id: str | None = Field(description="The conversation, where one was named; else null.")
    session: SessionState | None = Field(
        description="What is kept of the conversation, where one was named; else null."
    )
    usage: TokenUsage = Field(description="What the request cost, in tokens.")


async def chat_completion(  # noqa: PLR0917  (its signature is given)
    ctx: Context[Services],
    messages: Annotated[
        list[ChatMessage],
        Field(description="The new messages, oldest first; the last is the user's.", min_length=1),
    ],
    session_id: Annotated[
        str | None,
        Field(
            description="A name of your choice: earlier messages under it are read first, and "
            "these and the answer are added. It outlives the server. Left out: nothing is kept.",
            min_length=1,
            max_length=SESSION_ID_CHARACTERS,
        ),
    ] = None,
    temperature: Annotated[
        float | None, Field(description="0 is greedy; the default is the server's.", ge=0, le=2)
    ] = None,
    max_tokens: Annotated[int | None, Field(description="Longest answer in tokens.", ge=1)] = None,
    top_p: Annotated[
        float | None, Field(description="Nucleus sampling mass, above 0.", gt=0, le=1)
    ] = None,
    top_k: Annotated[
        int | None, Field(description="Sample from so many tokens; -1 is off.", ge=-1)
    ] = None,
    seed: Annotated[
        int | None, Field(description="Same seed, same input: same answer.", ge=0)
    ] = None,
    model: ModelName = DEFAULT_MODEL,
) -> ChatAnswer:
    """Let the language model answer a conversation in plain text.
    For questions and explanations. Nothing in the answer is checked; for code, tests or reviews
    use the tools that check their results. Progress messages are the answer's text, in order.
    """
    given = services(ctx, model)
    sampling = _sampling(
        given.settings.tools.chat_completion,
        temperature=temperature,
        max_tokens=max_tokens,
        top_p=top_p,
        top_k=top_k,
        seed=seed,
    )
    new = tuple(Message(m.role, m.content) for m in messages)
    if session_id is None:
        done = await _answer(ctx, given.backend, _request(given.backend, new, sampling))
        return _result(given.backend, done)
    async with given.sessions.turn(session_id) as turn:
        whole = (*turn.earlier, *new)
        asked = await fitting(given.backend, whole, len(new), sampling["max_tokens"])
        done = await _answer(ctx, given.backend, _request(given.backend, asked, sampling))
        state = await _keep(turn, (*new, Message("assistant", done.text)))
        state = state.model_copy(update={"left_out": len(whole) - len(asked)})
        return _result(given.backend, done, session_id, state)


async def _keep(turn: Turn, messages: Sequence[Message]) -> SessionState:
    """Keep a turn. Where that fails, the answer is there all the same, and says so."""
    problem: str | None = None
    try:
        kept = await turn.add(messages)
    except SessionStoreError as error:
        kept, problem = Kept(len(turn.earlier), 0, 0), f"this turn is not kept: {error}"
    return SessionState(
        messages=kept.messages,
        dropped=kept.dropped,
        left_out=0,
        evicted=kept.evicted,
        problem=problem,
    )


def _result(
    backend: ModelBackend,
    done: Completion,
    session_id: str | None = None,
    session: SessionState | None = None,
) -> ChatAnswer:
    return ChatAnswer(
        content=done.text,
        finish_reason=done.finish_reason,
        model=backend.info.model,
        session_id=session_id,
        session=session,
        usage=TokenUsage(
            prompt_tokens=done.usage.prompt_tokens,
            completion_tokens=done.usage.completion_tokens,
            total_tokens=done.usage.prompt_tokens + done.usage.completion_tokens,
            exact=done.usage.exact,
        ),
    )


def _sampling(
    defaults: ChatCompletion,
    *,
    temperature: float | None,
    max_tokens: int | None,
    top_p: float | None,
    top_k: int | None,
    seed: int | None,
) -> dict[str, Any]:
    return {
        "max_tokens": max_tokens if max_tokens is not None else defaults.max_tokens,
        "temperature": temperature if temperature is not None else defaults.temperature,
        "top_p": top_p if top_p is not None else defaults.top_p,
        "top_k": _top_k(top_k, defaults),
        "seed": seed,
    }


def _top_k(given: int | None, defaults: ChatCompletion) -> int | None:
    if given is None:
        return defaults.top_k
    return given if given > 0 else None


def _request(
    backend: ModelBackend, conversation: Sequence[Message], sampling: dict[str, Any]
) -> GenerationRequest:
    """The conversation, by the template of a chat model, or written out for a base model."""
    if style_of(backend.info) != "completion":
        return GenerationRequest(messages=tuple(conversation), **sampling)
    lines = [f"{message.role}: {message.content}" for message in conversation]
    prompt = "\n".join([*lines, "assistant:"])
    return GenerationRequest(prompt=prompt, stop=("\nuser:", "\nsystem:"), **sampling)


async def _answer(
    ctx: Context[Services], backend: ModelBackend, request: GenerationRequest
) -> Completion:
    parts: list[str] = []
    told, told_at = 0, anyio.current_time()
    async with aclosing(cast("Any", backend.stream(request))) as chunks:
        async for chunk in chunks:
            parts.append(chunk.text)
            done = bool(chunk.finish_reason and chunk.usage and chunk.timings)
            if done or anyio.current_time() - told_at >= PROGRESS_SECONDS:
                piece = "".join(parts[told:])
                told, told_at = len(parts), anyio.current_time()
                await ctx.report_progress(told, max(request.max_tokens, told), piece)
            if chunk.finish_reason and chunk.usage and chunk.timings:
                return Completion("".join(parts), chunk.finish_reason, chunk.usage, chunk.timings)
    raise GenerationError(backend.info.model, "the answer ended without a finish reason")
