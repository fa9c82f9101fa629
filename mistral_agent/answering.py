"""Small talk and questions, answered by the model in words, with no tools."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import cast

from mistral_agent.catalogue import Catalogue
from mistral_agent.conversation import Past, repeats_itself, window
from mistral_agent.events import Answer, AnswerDelta, Event, Notice, Summarised
from mistral_agent.printed_calls import CallGuard
from mistral_agent.sessions import Record, Session
from mistral_agent.settings import AgentSettings
from mistral_agent.summary import summarise
from model_backends.base import Chunk, GenerationRequest, Message, ModelBackend
from model_backends.errors import GenerationError

_PROMPT = Path(__file__).parent / "prompts" / "chat.md"
_UNANSWERED = "(This was not answered.)"
_CUT = "\n[… the middle of this message is left out here …]\n"


async def fold(
    records: Sequence[Record],
    past: Past,
    settings: AgentSettings,
    backend: ModelBackend | None,
    room: int,
) -> tuple[Past, Summarised | None]:
    """Summarise what the window no longer holds, down to half of it, so that it is not each time.

    Args:
        records: The conversation.
        past: The same, as messages.
        settings: `conversation.memory_size` is the window in messages.
        backend: Counts tokens, and writes the summary where its quality allows it; None where
            neither is worth waiting for a model.
        room: The window in tokens.

    Returns:
        The past with what its summary stands for, and the event where there is a new one.
    """
    most = settings.conversation.memory_size
    if not (await window(past.recent, backend, most, room)).left_out:
        return past, None
    kept = await window(past.recent, backend, max(most // 2, min(most, 2)), room // 2)
    until = len(past.history) - len(kept.messages)
    # A conversation that begins with an answer is refused by the templates of many models.
    while until < len(past.history) and past.history[until].role != "user":
        until += 1
    text = await summarise(records, past, until, backend)
    return replace(past, summary=text, summarised=until), Summarised(until, text)


async def answer_alone(
    session: Session,
    records: Sequence[Record],
    message: str,
    past: Past,
    *,
    catalogue: Catalogue,
    settings: AgentSettings,
    backend: ModelBackend,
) -> AsyncGenerator[Event]:
    """Let the model answer `message`, with the conversation as far as it fits, in its own tokens.

    What does not fit is summarised. A message that alone is too large is shortened: the model is
    shown its beginning and its end, and a notice says so.

    Args:
        session: Takes the answer, and the summary where there is a new one.
        records: The conversation before `message`.
        message: As it is recorded, with its files.
        past: What the records say.
        catalogue: Names the tools whose calls are no answer.
        settings: The window, and how the model samples.
        backend: The model.

    Raises:
        BackendError: The model's endpoint cannot serve, or it gave no answer in words.
    """
    conversation, agent = settings.conversation, settings.agent
    instruction = _PROMPT.read_text(encoding="utf-8").strip()
    fixed = await _count(backend, instruction)
    # A quarter of the window, or all that an answer may have, is kept for the answer.
    reserve = min(agent.max_tokens, conversation.context_window // 4)
    message, notice = await _shortened(
        message, conversation.context_window - reserve - fixed, backend
    )
    if notice:
        yield Notice(notice)
    used = fixed + await _count(backend, message) + await _count(backend, past.summary)
    room = max(0, (conversation.context_window - used) // 2)
    past, summarised = await fold(records, past, settings, backend, room)
    if summarised:
        session.add_summary(summarised.text, summarised.messages)
        yield summarised
    if past.summary:
        instruction += f"\n\nEarlier in this conversation, summarised:\n{past.summary}"
    request = GenerationRequest(
        messages=(
            Message("system", instruction),
            *in_turns((*past.recent, Message("user", message))),
        ),
        max_tokens=agent.max_tokens,
        temperature=agent.temperature,
        top_p=agent.top_p,
    )
    async with aclosing(_stream(session, request, catalogue, backend)) as events:
        async for event in events:
            yield event


def in_turns(messages: Sequence[Message]) -> list[Message]:
    """The messages with the speakers taking turns, as the chat templates of many models demand.

    A message without an answer, because that was cut short or was a question back, gets one that
    says so: otherwise a model answers it together with the next.
    """
    turns: list[Message] = []
    for message in messages:
        if turns and turns[-1].role == message.role == "user":
            turns.append(Message("assistant", _UNANSWERED))
        if turns and turns[-1].role == message.role:
            turns[-1] = Message(message.role, f"{turns[-1].content}\n\n{message.content}")
        else:
            turns.append(message)
    return turns


async def _stream(
    session: Session, request: GenerationRequest, catalogue: Catalogue, backend: ModelBackend
) -> AsyncGenerator[Event]:
    answer = shown = ""
    guard = CallGuard(frozenset(tool.name for tool in catalogue.tools))
    try:
        chunks = cast("AsyncGenerator[Chunk]", backend.stream(request))
        async with aclosing(chunks):
            async for chunk in chunks:
                answer += chunk.text
                if piece := guard.add(chunk.text):
                    shown += piece
                    yield AnswerDelta(piece)
                if chunk.finish_reason == "length":
                    yield Notice("the answer was ended at its longest (agent.max_tokens)")
                if repeats_itself(answer):
                    yield Notice("the model repeats itself; its answer was ended here")
                    break
        if not answer.strip():
            raise GenerationError(backend.info.model, "it gave an empty answer; ask again")
        if guard.found():
            raise GenerationError(
                backend.info.model,
                "it wrote a call of a tool instead of an answer; nothing was run; "
                "ask again, say what is to be done, or choose another model",
            )
        if piece := guard.finish():
            yield AnswerDelta(piece)
    except BaseException:
        if shown:
            session.add_note(f"the answer was cut short after: {shown}")
        raise
    session.add_answer(answer)
    yield Answer(answer)


async def _shortened(text: str, most: int, backend: ModelBackend) -> tuple[str, str | None]:
    """A message that fits `most` tokens, and what to say where that is not all of it."""
    tokens = await _count(backend, text)
    if tokens <= most:
        return text, None
    kept = len(text) * max(most, 0) // tokens
    while True:
        half = kept // 2
        shown = f"{text[:half]}{_CUT}{text[len(text) - half :]}"
        if kept <= 0 or await _count(backend, shown) <= most:
            break
        kept = kept * 9 // 10  # tokens are not spread evenly
    return shown, (
        f"the message has {tokens} tokens, more than the window leaves for it ({most}); the model "
        f"is shown its first and last {kept // 2} characters (conversation.context_window)"
    )


async def _count(backend: ModelBackend, text: str) -> int:
    return (await backend.count_tokens(text)).tokens if text else 0
