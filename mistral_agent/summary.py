"""What no longer fits the model's window, in a few lines.

A model whose words count writes them; under any other, and where it fails, they are extracted by
pure functions. What was made, and by which tool, is extracted in any case: those are facts.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from mistral_agent.conversation import Past, repeats_itself
from mistral_agent.events import StepFinished
from mistral_agent.intent.literals import extract_literals
from mistral_agent.plain_text import one_line
from mistral_agent.planning.plan import Question
from mistral_agent.printed_calls import find_call
from mistral_agent.sessions import AnswerRecord, MessageRecord, PlanRecord, Record, StepRecord
from model_backends.base import GenerationRequest, Message, ModelBackend, complete
from model_backends.errors import BackendError

MAX_CHARACTERS = 1600
"""Of a summary; the part of a model and the extracted one have half each."""
MAX_TOKENS = 300
SECONDS = 30.0

_PROMPT = Path(__file__).parent / "prompts" / "summary.md"
_MESSAGE = 1000
_REQUEST, _OUTCOME, _ANSWER = 120, 160, 120
_MAX_NAMES = 40
# Names that code defines, in the languages of the tools and in most others.
_DEFINED = re.compile(
    r"^\s*(?:(?:export|public|private|static|async|pub|abstract|final)\s+)*"
    r"(?:def|class|func|fn|function|struct|interface|enum|trait)\s+(?:\([^)]*\)\s*)?([A-Za-z_]\w*)",
    re.MULTILINE,
)


async def summarise(
    records: Sequence[Record], past: Past, until: int, backend: ModelBackend | None
) -> str:
    """The first `until` messages of a conversation in at most `MAX_CHARACTERS`.

    Args:
        records: The conversation.
        past: The same, as messages, with the summary that there is.
        until: Messages that it must cover, more than the present summary covers.
        backend: The model; None where it is not to be asked.
    """
    end = past.places[until] if until < len(past.places) else len(records)
    told = records[:end]
    if backend is None or backend.info.quality == "small":
        return extract(told, MAX_CHARACTERS)
    fallen = past.history[past.summarised : until]
    written = await _written(past.summary, fallen, backend)
    if written is None:
        return extract(told, MAX_CHARACTERS)
    half = MAX_CHARACTERS // 2
    made = _cut(_made(told), half)
    return "\n".join(part for part in (one_line(written, half), made) if part)


def extract(records: Sequence[Record], limit: int) -> str:
    """The requests, what came of them, and what is open, in at most `limit` characters.

    Where that is not enough the oldest requests are left out, and their number is said.
    """
    lines, question = _lines(records)
    head = [part for part in (_cut(_made(records), limit // 3), question) if part]
    room = limit - sum(len(line) + 1 for line in head) - len(_left_out(len(lines))) - 1
    kept: list[str] = []
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        kept.insert(0, line)
    if len(kept) < len(lines):
        kept.insert(0, _left_out(len(lines) - len(kept)))
    return "\n".join([*head, *kept])


def _left_out(number: int) -> str:
    return f"({number} older requests are not told here; the conversation has them.)"


def _lines(records: Sequence[Record]) -> tuple[list[str], str]:
    """A line a request, and what is still asked."""
    lines: list[str] = []
    asked: tuple[Question, ...] = ()
    planned = False
    for record in records:
        match record:
            case MessageRecord("user", content):
                prose = extract_literals(content).prose or content
                lines.append(f'- "{one_line(prose, _REQUEST)}"')
                planned = False
            case PlanRecord(plan):
                asked, planned = plan.questions, True
            case StepRecord(outcome) if lines:
                lines[-1] += f"; {_outcome(outcome)}"
            case AnswerRecord(text) if lines and not planned:
                lines[-1] += f"; answered: {one_line(text, _ANSWER)}"
            case _:
                pass
    question = "; ".join(one_line(each.text, _REQUEST) for each in asked)
    return lines, f"Still asked of the user: {question}" if question else ""


def _outcome(outcome: StepFinished) -> str:
    tool = outcome.step.tool
    if outcome.status != "done":
        return one_line(f"{tool} {outcome.status}: {outcome.error or ''}".rstrip(": "), _OUTCOME)
    found = ", ".join(
        f"{len(value)} {name}" if isinstance(value, list) else name
        for name, value in (outcome.result or {}).items()
        if isinstance(value, list) or (isinstance(value, str) and "\n" in value)
    )
    return one_line(f"{tool} gave {found}" if found else f"{tool} done", _OUTCOME)


def _made(records: Sequence[Record]) -> str:
    """What the tools made, by the names that it defines, newest first."""
    made: dict[str, None] = {}
    for record in reversed(records):
        if isinstance(record, StepRecord) and record.outcome.status == "done":
            for name in _names(record.outcome.result or {}):
                made.setdefault(f"{name} ({record.outcome.step.tool})")
    shown = list(made)[:_MAX_NAMES]
    return f"Made, newest first: {', '.join(shown)}" if shown else ""


def _names(result: Mapping[str, Any]) -> Iterator[str]:
    for value in result.values():
        if isinstance(value, str) and "\n" in value:
            yield from _DEFINED.findall(value)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rpartition(', ')[0]}…"


async def _written(earlier: str, messages: Sequence[Message], backend: ModelBackend) -> str | None:
    """The model's summary; None where it gives none that is fit to be shown again."""
    said = "\n".join(f"{each.role}: {one_line(each.content, _MESSAGE)}" for each in messages)
    prompt = Template(_PROMPT.read_text(encoding="utf-8")).safe_substitute(
        earlier=earlier or "(nothing)", conversation=await _fitting(said, backend)
    )
    request = GenerationRequest(messages=(Message("user", prompt),), max_tokens=MAX_TOKENS)
    try:
        async with asyncio.timeout(SECONDS):
            written = (await complete(backend, request)).text.strip()
    except (BackendError, TimeoutError):
        return None
    useless = not written or repeats_itself(written) or find_call(written, ()) is not None
    return None if useless else written


async def _fitting(said: str, backend: ModelBackend) -> str:
    """The end of what was said, as far as half of the model's window holds it."""
    tokens = (await backend.count_tokens(said)).tokens
    room = backend.info.context_window // 2
    return said if tokens <= room else said[-len(said) * room // tokens :]
