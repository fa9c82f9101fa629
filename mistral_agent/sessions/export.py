"""A conversation as Markdown, for people."""

from collections.abc import Iterator

from mistral_agent.markdown import inline, quote
from mistral_agent.planning.plan import Plan
from mistral_agent.sessions.records import (
    AnswerRecord,
    MessageRecord,
    NoteRecord,
    PlanRecord,
    Record,
    StepRecord,
    SummaryRecord,
)
from mistral_agent.sessions.session import Session

_SPEAKERS = {"user": "You", "assistant": "Assistant", "system": "System"}


def export(session: Session) -> str:
    """Write who said what, what was planned, what became of it, and the answers."""
    parts = [f"# Conversation {session.id}", f"Started {session.started:%Y-%m-%d %H:%M} UTC."]
    for record in session.records:
        parts += _parts(record)
    parts += [f"Note: {inline(problem)}" for problem in session.problems]
    return "\n\n".join(parts) + "\n"


def _parts(record: Record) -> Iterator[str]:
    match record:
        case MessageRecord(role, content):
            yield f"## {_SPEAKERS[role]}, {record.at:%Y-%m-%d %H:%M}"
            yield quote(content)
        case PlanRecord(plan):
            yield from _plan(plan)
        case StepRecord(outcome):
            error = f": {inline(outcome.error)}" if outcome.error else ""
            took = f" ({outcome.seconds:.1f} s)" if outcome.seconds else ""
            yield f"- {inline(outcome.step.tool, 80)}: {outcome.status}{took}{error}"
        case AnswerRecord(text):
            yield "## Answer"
            yield text
        case NoteRecord(text):
            yield f"Note: {inline(text)}"
        case SummaryRecord(text, messages):
            yield f"The model is shown this instead of what was said before (messages: {messages}):"
            yield quote(text)


def _plan(plan: Plan) -> Iterator[str]:
    if plan.steps:
        names = ", ".join(inline(step.tool, 80) for step in plan.steps)
        yield f"Plan: {names}"
    for question in plan.questions:
        yield f"Question: {inline(question.text)}"
