"""The question whether a step may run, put to whom sits at the terminal."""

from mistral_agent.chat.state import Chat
from mistral_agent.events import ApprovalNeeded, Decision

QUESTION = "run it? yes, no, or always (this tool, in this conversation) [no] "

_ANSWERS: dict[str, Decision] = {
    "y": "once",
    "yes": "once",
    "a": "session",
    "always": "session",
    "n": "no",
    "no": "no",
    "": "no",
}


async def approve(chat: Chat, event: ApprovalNeeded) -> None:
    """Answer the event as the user does; where nobody can be asked it stays unanswered."""
    if chat.approve_all:
        chat.screen.show(event)
        chat.screen.say("approved by --yes")
        event.answer("once")
    elif chat.lines is not None and chat.lines.interactive:
        chat.screen.show(event)
        event.answer(await _decision(chat))


async def _decision(chat: Chat) -> Decision:
    while chat.lines is not None and (line := await chat.lines.ask(QUESTION)) is not None:
        decision = decision_of(line)
        if decision is not None:
            return decision
        chat.screen.say("type yes, no or always")
    return "no"


def decision_of(line: str) -> Decision | None:
    """What a line says; None where it is no answer. An empty line is a no."""
    return _ANSWERS.get(line.strip().lower())
