"""`ask`: do one request; the answer goes to standard output, everything else to standard error."""

import argparse
import asyncio
import io
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from mistral_agent.app import open_agent
from mistral_agent.chat.render import Renderer
from mistral_agent.errors import PlanError, PlanFileError
from mistral_agent.events import (
    Answer,
    ApprovalNeeded,
    Clarification,
    Event,
    PlanReady,
    PlanResumed,
    StepFinished,
)
from mistral_agent.files import read_files
from mistral_agent.planning.plan import Plan, Question
from mistral_agent.sessions import last_plan
from mistral_agent.verbs.arguments import (
    plan_from,
    request_from,
    resumed_from,
    servers_from,
    settings_from,
)
from mistral_agent.verification import judge

DONE, STEP_FAILED, NEEDS_CLARIFICATION, NOT_VERIFIED = 0, 1, 3, 5


async def run(arguments: argparse.Namespace) -> int:
    """Do the request and return the exit code."""
    resumed, plan = resumed_from(arguments), plan_from(arguments)
    text = plan.goal if plan else "" if resumed is not None else request_from(arguments)
    files = read_files(arguments.file)
    async with open_agent(settings_from(arguments), servers_from(arguments)) as agent:
        session = agent.sessions.resume(resumed if resumed is not None else arguments.session)
        print(agent.model_choice, file=sys.stderr)
        renderer = Renderer(io.StringIO() if arguments.json else sys.stdout, sys.stderr)
        transcript = Transcript(text)
        if resumed is not None:
            doing = agent.orchestrator.resume(session)
        elif plan is None:
            doing = agent.orchestrator.handle(session, text, files)
        else:
            doing = _of_plan(arguments.plan, agent.orchestrator.run(session, plan))
        try:
            await _follow(doing, transcript, renderer, approve_all=arguments.yes)
        except asyncio.CancelledError:
            last = last_plan(session.records)
            if last is not None and last.is_interrupted:
                renderer.say(f"to go on: mistral-agent ask --resume {session.id}")
            raise
    if arguments.json:
        print(json.dumps(transcript.to_json(session.id), ensure_ascii=False, indent=2))
    else:
        print(f"conversation {session.id}", file=sys.stderr)
    return transcript.exit_code(arguments.require_verified)


async def _follow(
    doing: AsyncGenerator[Event], transcript: "Transcript", renderer: Renderer, *, approve_all: bool
) -> None:
    """Show what happens; approvals are given to all that ask, or to none."""
    async with aclosing(doing) as events:
        async for event in events:
            transcript.add(event)
            if not isinstance(event, ApprovalNeeded):
                renderer.show(event)
            elif approve_all:
                renderer.show(event)
                renderer.say("approved by --yes")
                event.answer("once")
    renderer.flush()


async def _of_plan(path: str, events: AsyncGenerator[Event]) -> AsyncGenerator[Event]:
    """The events of running a plan; that it cannot run is a defect of its file."""
    try:
        async with aclosing(events):
            async for event in events:
                yield event
    except PlanError as error:
        raise PlanFileError(path, str(error)) from None


@dataclass
class Transcript:
    """What became of one request.

    Args:
        goal: The request's words.
        plan: The plan that ran, or that waits for answers.
        questions: What must be known first.
        outcomes: The steps' outcomes, as they ended.
        answer: The answer as Markdown.
    """

    goal: str
    plan: Plan | None = None
    questions: tuple[Question, ...] = ()
    outcomes: list[StepFinished] = field(default_factory=list)
    answer: str = ""

    def add(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case PlanReady(plan):
                self.plan = plan
            case Clarification(questions):
                self.questions = questions
            case PlanResumed(outcomes):
                self.outcomes.extend(outcomes)
            case StepFinished():
                self.outcomes.append(event)
            case Answer(text):
                self.answer = text
            case _:
                pass

    def exit_code(self, require_verified: bool) -> int:
        """The process's exit code, as the README lists them."""
        if self.questions:
            return NEEDS_CLARIFICATION
        if any(outcome.status != "done" for outcome in self.outcomes):
            return STEP_FAILED
        if require_verified and not self._is_verified():
            return NOT_VERIFIED
        return DONE

    def to_json(self, session_id: str) -> dict[str, Any]:
        """The documented object of `ask --json`."""
        plan = self.plan or Plan(self.goal, questions=self.questions)
        return {
            "answer": self.answer,
            "session_id": session_id,
            "needs_clarification": bool(self.questions),
            "questions": [question.text for question in self.questions],
            "plan": plan.to_json(),
            "steps": [
                {
                    "id": outcome.step.id,
                    "server": outcome.step.server,
                    "tool": outcome.step.tool,
                    "status": outcome.status,
                    "seconds": round(outcome.seconds, 3),
                    "result": outcome.result,
                    "error": outcome.error,
                }
                for outcome in self.outcomes
            ],
        }

    def _is_verified(self) -> bool:
        """Something was done, and every result that claims anything is verified."""
        verdicts = [judge(outcome.result or {}) for outcome in self.outcomes]
        return bool(verdicts) and all(verdict is None or verdict.verified for verdict in verdicts)
