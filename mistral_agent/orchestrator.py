"""One request, from the words to the answer, as a stream of events."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import cast

from mistral_agent.answer import compose
from mistral_agent.answering import answer_alone, fold
from mistral_agent.approval import Approvals, Gate
from mistral_agent.catalogue import Catalogue
from mistral_agent.conversation import Past, open_plan, recall, written_out
from mistral_agent.events import (
    Answer,
    Clarification,
    Event,
    Notice,
    PlanReady,
    PlanResumed,
    StepFinished,
    Summarised,
)
from mistral_agent.execution import ExecutionOptions, run_plan
from mistral_agent.files import mentioned_paths, read_files
from mistral_agent.intent.asides import aside
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.model import Intent, IntentOptions
from mistral_agent.intent.parse import parse_intent
from mistral_agent.offerings import mentioned_resources, with_prompt
from mistral_agent.planning.answers import NO_ANSWERS, Answers, answers_it, answers_of, bound
from mistral_agent.planning.chaining import PlanOptions, make_plan
from mistral_agent.planning.plan import Plan
from mistral_agent.planning.questions import continue_request
from mistral_agent.planning.repair import repair, without_misfits
from mistral_agent.planning.validation import validate_plan
from mistral_agent.preconditions import notices, require_servers, require_tools, validate
from mistral_agent.resumption import CutOffSteps, as_it_ended, plan_to_resume
from mistral_agent.sessions import Record, Session
from mistral_agent.settings import AgentSettings
from mistral_agent.tool_client import ToolClient
from model_backends.base import ModelBackend

_DROPPED = "All right, that request is dropped."


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was made of a request before anything runs."""

    intent: Intent
    plan: Plan
    catalogue: Catalogue
    past: Past


class Orchestrator:
    """Understands, asks, plans, runs and answers; it holds no state but its parts.

    Args:
        client: The MCP servers.
        backend: The model.
        settings: Bounds and switches of planning, clarification and conversation.
        approvals: Which calls wait for the user's yes; by the settings' policy where none is given.
    """

    def __init__(
        self,
        client: ToolClient,
        backend: ModelBackend,
        settings: AgentSettings,
        approvals: Approvals | None = None,
    ) -> None:
        self._client = client
        self._backend = backend
        self._settings = settings
        self.approvals = approvals or Approvals(settings.approval, look=client.catalogue)

    async def handle(
        self, session: Session, text: str, files: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Event]:
        """Do what `text` asks in the conversation of `session`, or go on with what it answers.

        Args:
            session: The message is on disk before anything else happens.
            text: The user's words; files that they mention as `@path` are read, resources that
                they mention as `@server:uri` too. `/prompt NAME …` stands for a server's prompt.
            files: Contents of further files, by name.

        Raises:
            RequestFileError: A mentioned file or resource cannot be read.
            OfferingError: There is no such prompt, or its arguments are wrong.
            BackendError: The model's endpoint cannot serve, or it gave no answer.
            ServerUnavailableError: There is no server to do it with.
        """
        for problem in session.problems:
            yield Notice(problem)
        records = tuple(session.records)
        text, files = await self._given(text, files)
        message = written_out(text, files)
        session.add_message("user", message)
        if aside(text) == "cancel" and (dropped := open_plan(records)):
            session.add_plan(Plan(dropped.goal, notes=("taken back",)))
            session.add_answer(_DROPPED)
            yield Answer(_DROPPED)
            return
        understood = await self._understand(records, text, files)
        for notice in notices(understood.catalogue):
            yield notice
        pending = understood.past.pending
        if pending and understood.intent.kind == "chat":
            yield Notice(f"still open: {' '.join(each.text for each in pending.questions)}")
        if understood.intent.kind == "chat":
            doing = answer_alone(
                session,
                records,
                message,
                understood.past,
                catalogue=understood.catalogue,
                settings=self._settings,
                backend=self._backend,
            )
        else:
            if summarised := await self._fold(session, records, understood.past):
                yield summarised
            doing = self._carry_out(session, understood.plan, understood.catalogue)
        async with aclosing(doing) as events:
            async for event in events:
                yield event

    async def plan(
        self, session: Session, text: str, files: Mapping[str, str] | None = None
    ) -> Plan:
        """Say what `handle` would do, without doing or recording it; raises what that raises."""
        text, files = await self._given(text, files)
        return (await self._understand(session.records, text, files)).plan

    async def run(self, session: Session, plan: Plan) -> AsyncGenerator[Event]:
        """Run a plan that was made earlier, held against the servers as they are now.

        Args:
            session: The plan's goal is recorded as the message, once the plan has proved valid.
            plan: Its tools need not exist any more; with questions, they are asked.

        Raises:
            PlanError: It does not fit the tools that there are; nothing was run.
            ServerUnavailableError: A server that it names could not be connected.
        """
        for problem in session.problems:
            yield Notice(problem)
        catalogue = await self._client.catalogue()
        for notice in notices(catalogue):
            yield notice
        require_servers(plan, catalogue)
        failing = "it cannot run on the servers as they are"
        validate(plan, catalogue, self._settings.planning, failing)
        session.add_message("user", plan.goal or "Run this plan.")
        async with aclosing(self._carry_out(session, plan, catalogue)) as events:
            async for event in events:
                yield event

    async def resume(self, session: Session) -> AsyncGenerator[Event]:
        """Go on with the last plan of `session`, held against the servers as they are now.

        Of a step that was cut off the user is asked, unless it only reads. What was refused is
        taken up again, with what was skipped because of it. A plan of which nothing is left gives
        its answer again; open questions are asked.

        Raises:
            NothingToResumeError: The last request led to no plan.
            CutOffError: Nobody was there to be asked; nothing was run.
            PlanError: It does not fit the tools that there are; nothing was run.
            ServerUnavailableError: A server that it still needs could not be connected.
        """
        for problem in session.problems:
            yield Notice(problem)
        last = plan_to_resume(session)
        if not last.can_go_on:
            for event in as_it_ended(last):
                yield event
            return
        catalogue = await self._client.catalogue()
        for notice in notices(catalogue):
            yield notice
        left = tuple(step for step in last.plan.steps if step.id not in last.ended)
        require_servers(replace(last.plan, steps=left), catalogue)
        failing = f"the plan of session {session.id!r} cannot go on with the servers as they are"
        validate(last.plan, catalogue, self._settings.planning, failing, last.ended)
        yield replace(self._ready(replace(last.plan, steps=left), catalogue), plan=last.plan)
        yield PlanResumed(tuple(last.ended.values()))
        cut_off = CutOffSteps(session, last, catalogue)
        async with aclosing(cut_off.settle()) as events:
            async for event in events:
                yield event
        session.add_note("went on with the plan")
        gate = cut_off.gate(self.approvals.gate(session.id))
        left_to_run = self._run(session, last.plan, catalogue, gate, cut_off.last.ended)
        async with aclosing(left_to_run) as events:
            async for event in events:
                yield event

    async def ready(self, plan: Plan) -> PlanReady:
        """The plan, with what can be said of its steps before they run."""
        return self._ready(plan, await self._client.catalogue())

    def _ready(self, plan: Plan, catalogue: Catalogue) -> PlanReady:
        approvals: dict[str, str] = {}
        names: dict[str, str] = {}
        for step in plan.steps:
            tool = catalogue.find(step.server, step.tool)
            reason = self.approvals.reason(tool) if tool else None
            if reason:
                approvals[step.id] = reason
            name = catalogue.shown_name(step.server, step.tool)
            if name != step.tool:
                names[step.id] = name
        return PlanReady(plan, approvals, names)

    async def _given(
        self, text: str, files: Mapping[str, str] | None
    ) -> tuple[str, dict[str, str]]:
        """The request's words, and what belongs to it: files and resources, by name."""
        text = await with_prompt(text, self._client)
        mentioned = read_files(mentioned_paths(text))
        return text, {**mentioned, **await mentioned_resources(text, self._client), **(files or {})}

    async def _understand(
        self, records: Sequence[Record], text: str, files: Mapping[str, str]
    ) -> Understanding:
        catalogue = await self._client.catalogue()
        require_tools(catalogue)
        past = recall(records, catalogue)
        if past.pending is None:
            intent, plan = await self._read(text, files, catalogue, past)
        else:
            intent, plan = await self._go_on(text, files, catalogue, past, past.pending)
        if intent.kind != "chat":
            validate(plan, catalogue, self._settings.planning)
        return Understanding(intent, plan, catalogue, past)

    async def _go_on(
        self,
        text: str,
        files: Mapping[str, str],
        catalogue: Catalogue,
        past: Past,
        pending: Plan,
    ) -> tuple[Intent, Plan]:
        """Read `text` as the answer to what is open, unless it is a whole request by itself."""
        threshold = self._settings.clarification.confidence_threshold
        alone, plan = await self._read(text, files, catalogue, past)
        is_complete = alone.kind == "task" and plan.steps and not plan.questions
        if is_complete and alone.confidence >= threshold and not answers_it(alone, pending):
            return alone, plan
        if aside(text) == "talk" and not alone.goals:
            return replace(alone, kind="chat"), Plan(text)
        said = bound(pending.questions, text, pending.answers)
        if said is None:
            request = continue_request(pending.goal, pending.questions, text)
            return await self._read(request, files, catalogue, past, answers_of(pending.answers))
        named = extract_literals("", files).code
        return await self._read(pending.goal, {}, catalogue, past, answers_of(said, named))

    async def _read(
        self,
        text: str,
        files: Mapping[str, str],
        catalogue: Catalogue,
        past: Past,
        answers: Answers = NO_ANSWERS,
        *,
        use_model: bool = True,
    ) -> tuple[Intent, Plan]:
        """Read a request and plan it; a plan that does not fit the tools is mended.

        By the model once, else by planning without the model, else by leaving out and asking.
        """
        settings = self._settings
        intent = await parse_intent(
            text,
            files=files,
            catalogue=catalogue,
            memory=past.memory,
            history=past.history[-settings.conversation.memory_size :],
            backend=self._backend,
            options=IntentOptions(
                max_goals=settings.planning.max_steps,
                confidence_threshold=settings.clarification.confidence_threshold,
                use_model=use_model,
            ),
        )
        asking = settings.clarification
        options = PlanOptions(
            max_steps=settings.planning.max_steps,
            max_questions=max(asking.max_questions, 1),
            ask_when_ambiguous=asking.ask_when_ambiguous,
            confidence_threshold=asking.confidence_threshold,
            clarify=asking.enabled and asking.max_questions > 0,
            optimize=settings.planning.optimize_chains,
        )
        plan = make_plan(text, intent, catalogue, past.memory, options, answers=answers)
        most = options.max_steps
        loops = settings.planning.allow_loops
        if plan.questions or not validate_plan(plan, catalogue, max_steps=most, allow_loops=loops):
            return intent, plan
        if use_model and self._backend.info.quality != "small":
            mended = await repair(plan, catalogue, most, self._backend)
            if mended is not None:
                return intent, mended
            return await self._read(text, files, catalogue, past, answers, use_model=False)
        return intent, without_misfits(plan, catalogue, most, clarify=options.clarify)

    async def _fold(
        self, session: Session, records: Sequence[Record], past: Past
    ) -> Summarised | None:
        """Summarise what fell out of the window, without the model: nothing reads it yet."""
        room = self._settings.conversation.context_window // 2
        _, event = await fold(records, past, self._settings, None, room)
        if event:
            session.add_summary(event.text, event.messages)
        return event

    async def _carry_out(
        self, session: Session, plan: Plan, catalogue: Catalogue
    ) -> AsyncGenerator[Event]:
        session.add_plan(plan)
        if plan.needs_clarification:
            yield Clarification(plan.questions)
            return
        yield self._ready(plan, catalogue)
        gate = self.approvals.gate(session.id)
        async with aclosing(self._run(session, plan, catalogue, gate, {})) as events:
            async for event in events:
                yield event

    async def _run(
        self,
        session: Session,
        plan: Plan,
        catalogue: Catalogue,
        gate: Gate,
        finished: Mapping[str, StepFinished],
    ) -> AsyncGenerator[Event]:
        outcomes = list(finished.values())
        running = run_plan(
            plan,
            self._client,
            catalogue,
            record=session.add_step,
            begin=session.add_begun,
            finished=finished,
            options=ExecutionOptions(
                max_parallel=self._settings.planning.max_parallel,
                max_calls=self._settings.planning.max_steps,
            ),
            gate=gate,
        )
        async with aclosing(cast("AsyncGenerator[Event]", running)) as events:
            async for event in events:
                if isinstance(event, StepFinished):
                    outcomes.append(event)
                yield event
        answer = compose(plan, outcomes, catalogue)
        session.add_answer(answer)
        yield Answer(answer)
