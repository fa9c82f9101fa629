"""What a request does in the chat, shown as it happens."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from mistral_agent.chat.approving import approve
from mistral_agent.chat.state import Chat
from mistral_agent.events import (
    ApprovalNeeded,
    Clarification,
    Event,
    PlanResumed,
    StepFinished,
)
from mistral_agent.sessions import Session, last_plan

DONE, FAILED, ASKED = 0, 1, 3


async def follow(chat: Chat, events: AsyncGenerator[Event]) -> int:
    """Show the events of a request, put its questions, and return what it amounts to."""
    code = DONE
    async with aclosing(events):
        async for event in events:
            if isinstance(event, ApprovalNeeded):
                await approve(chat, event)
                continue
            chat.screen.show(event)
            code = _code_after(event) or code
    chat.screen.flush()
    return code


def interruption(session: Session) -> str | None:
    """A line that offers to go on with the conversation's plan; None where none is interrupted."""
    last = last_plan(session.records)
    if last is None or not last.is_interrupted:
        return None
    ended = f"{len(last.ended)} of {len(last.plan.steps)} steps ended"
    return f"the plan of this conversation was interrupted ({ended}); /resume goes on with it"


def _code_after(event: Event) -> int:
    match event:
        case Clarification():
            return ASKED
        case StepFinished():
            outcomes: tuple[StepFinished, ...] = (event,)
        case PlanResumed():
            outcomes = event.outcomes
        case _:
            return DONE
    return DONE if all(outcome.status == "done" for outcome in outcomes) else FAILED
