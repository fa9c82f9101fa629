"""What a conversation's records say about the next message: memory, history, open questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mistral_agent.catalogue import Catalogue
from mistral_agent.intent.literals import extract_literals
from mistral_agent.markdown import fence
from mistral_agent.memory import Memory, remember, remember_code
from mistral_agent.planning.loops import repeated_step
from mistral_agent.planning.plan import Plan
from mistral_agent.sessions import (
    AnswerRecord,
    MessageRecord,
    PlanRecord,
    Record,
    StepRecord,
    SummaryRecord,
)
from model_backends.base import Message, ModelBackend
from model_backends.token_estimates import estimate_tokens

_LOOP, _TIMES = 40, 3
"""How many characters, standing there how often, make a loop."""


@dataclass(frozen=True, slots=True)
class Past:
    """What came before a message.

    Args:
        memory: What earlier steps made and what the user gave.
        history: Messages and answers, oldest first.
        pending: A plan whose questions nobody has answered yet; small talk leaves it open.
        summary: What stands for the oldest of `history`; empty where nothing fell out yet.
        summarised: How many messages of `history` it stands for.
        places: The place of each message of `history` among the records.
    """

    memory: Memory
    history: tuple[Message, ...]
    pending: Plan | None
    summary: str = ""
    summarised: int = 0
    places: tuple[int, ...] = ()

    @property
    def recent(self) -> tuple[Message, ...]:
        """The messages that no summary stands for."""
        return self.history[self.summarised :]


def recall(records: Sequence[Record], catalogue: Catalogue) -> Past:
    """Read a conversation's records; results of tools that are gone are not remembered."""
    memory, pending = Memory(), None
    summary, summarised = "", 0
    history: list[Message] = []
    places: list[int] = []
    for place, record in enumerate(records):
        match record:
            case MessageRecord(role, content):
                history.append(Message(role, content))
                places.append(place)
                memory = remember_code(memory, extract_literals(content).code)
            case PlanRecord(plan):
                pending = plan if plan.needs_clarification else None
            case StepRecord(outcome):
                tool = catalogue.find(outcome.step.server, outcome.step.tool)
                # The calls of a step that repeats are remembered, and not what joins them.
                joins = outcome.step.for_each and repeated_step(outcome.step.id)[1] is None
                if tool and outcome.status == "done" and outcome.result and not joins:
                    memory = remember(memory, tool, outcome.result)
            case AnswerRecord(text):
                history.append(Message("assistant", text))
                places.append(place)
            case SummaryRecord(text, messages):
                summary, summarised = text, min(messages, len(history))
            case _:
                pass
    return Past(memory, tuple(history), pending, summary, summarised, tuple(places))


def open_plan(records: Sequence[Record]) -> Plan | None:
    """The plan whose questions are open after these records."""
    plans = (record.plan for record in reversed(records) if isinstance(record, PlanRecord))
    last = next(plans, None)
    return last if last and last.needs_clarification else None


def written_out(text: str, files: Mapping[str, str]) -> str:
    """A message with the files that belong to it, as it is recorded and as a model reads it."""
    parts = [f"{name}:\n{fence(content)}" for name, content in files.items()]
    return "\n\n".join([text, *parts]) if text else "\n\n".join(parts)


def repeats_itself(answer: str) -> bool:
    """Whether the end of a growing answer stands in it for the third time: it will not end well.

    Small models fall into such loops (Holtzman et al. 2020, arXiv:1904.09751). Lines of rules and
    of table borders are not words and do not count.
    """
    end = answer[-_LOOP:]
    is_words = len(end) == _LOOP and sum(map(str.isalpha, end)) > _LOOP // 2
    return is_words and answer.count(end) >= _TIMES


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a history that a model is shown, and how many older messages are left out."""

    messages: tuple[Message, ...]
    left_out: int


async def window(
    history: Sequence[Message], backend: ModelBackend | None, max_messages: int, max_tokens: int
) -> Window:
    """The newest messages that fit, counted in the model's own tokens.

    Args:
        history: Oldest first.
        backend: Counts, which may load its model; None estimates, on the high side.
        max_messages: Messages at most.
        max_tokens: Tokens of all of them at most.
    """
    kept: list[Message] = []
    room = max_tokens
    for message in reversed(history[-max_messages:]):
        if backend is None:
            counted = estimate_tokens(message.content)
        else:
            counted = await backend.count_tokens(message.content)
        room -= counted.tokens
        if room < 0:
            break
        kept.append(message)
    return Window(tuple(reversed(kept)), len(history) - len(kept))
