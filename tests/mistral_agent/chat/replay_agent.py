"""An agent that replays events; also a program: a chat with it."""

import asyncio
import dataclasses
import datetime
import sys

from mistral_agent.catalogue import Catalogue, ServerProblem, Tool
from mistral_agent.errors import ServerGoneError, UnknownSessionError
from mistral_agent.events import (
    Answer,
    AnswerDelta,
    Clarification,
    Notice,
    PlanReady,
    PlanResumed,
    StepFinished,
    StepProgress,
    StepStarted,
)
from mistral_agent.planning.plan import Plan, Question, Step
from model_backends.base import ModelInfo

STEP = Step(
    "step1", "starcoder", "generate_code", {"description": "add"}, (), {"description": "said"}
)
PLAN = Plan("add", (STEP,))
CODE = "def add(a, b):\n    return a + b\n"
RUNNING = (PlanReady(PLAN), StepStarted(STEP, STEP.args))
QUESTION = Question("Which code?", "review_code.code", ("this", "that"), "this")
SCRIPT = {
    "hello": (AnswerDelta("Hel"), AnswerDelta("lo **you**\n"), Answer("Hello **you**\n")),
    "make": (
        *RUNNING,
        StepProgress(STEP, 1, 2, "candidate 1"),
        StepFinished(STEP, "done", 1.25, {"code": CODE}),
        Answer(f"```python\n{CODE}```"),
    ),
    "review": (Clarification((QUESTION,)),),
    "break": (
        *RUNNING,
        StepFinished(STEP, "failed", 0.5, None, "no \x1b[31mmodel"),
        Answer("It failed."),
    ),
    "warn": (Notice("server x is gone"), Answer("ok")),
}


@dataclasses.dataclass
class Session:
    id: str
    messages: list
    records: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Summary:
    id: str
    updated: datetime.datetime
    messages: int
    title: str
    interrupted: bool = False


class ReplayAgent:
    """Everything that the chat needs, in one object; `stopped` counts cancelled requests."""

    def __init__(self):
        self.orchestrator = self.client = self.sessions = self.backend = self
        self.kept = {}
        self.stopped = 0
        self.info = ModelInfo("scripted", "replay", 4096, "ready", "small")

    async def handle(self, session, text):
        session.messages.append(text)
        if text == "slow":
            for event in RUNNING:
                yield event
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.stopped += 1
                raise
        if text == "stubborn":
            for event in RUNNING:
                yield event
            await self.refuse_to_stop()
        if text == "gone":
            raise ServerGoneError("starcoder", "generate_code", "killed")
        if text == "defect":
            raise ZeroDivisionError("oh")
        for event in SCRIPT.get(text, (Answer(f"you said {text!r}"),)):
            yield event

    async def resume(self, session):
        session.messages.append("resumed")
        yield PlanResumed((StepFinished(STEP, "failed", 0.5, None, "then"),))
        yield Answer("It is done now.")

    async def refuse_to_stop(self):
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.stopped += 1
                sys.stderr.write("not yet\n")
                sys.stderr.flush()
                if self.stopped > 1:
                    raise

    async def catalogue(self):
        schema = {"properties": {"code": {}, "style": {}}, "required": ["code"]}
        tool = Tool("starcoder", "review_code", "Review", "Review code. Slowly.", schema)
        return Catalogue((tool,), problems=(ServerProblem("git", "it exits at once"),))

    def create(self):
        session = Session(f"s{len(self.kept) + 1}", [])
        self.kept[session.id] = session
        return session

    def open(self, session_id):
        if session_id not in self.kept:
            raise UnknownSessionError(session_id)
        return self.kept[session_id]

    def list(self):
        when = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
        return [Summary(s.id, when, len(s.messages), "first words") for s in self.kept.values()]

    def export(self, session):
        return "\n\n".join(f"**user**: {message}" for message in session.messages) or "empty"


def main():
    from mistral_agent.chat.repl import run_chat

    agent = ReplayAgent()
    sys.exit(asyncio.run(run_chat(agent, agent.create())))


if __name__ == "__main__":
    main()
