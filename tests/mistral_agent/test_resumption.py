"""Going on with interrupted plans, over tools that answer from a table."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.errors import CutOffError, NothingToResumeError, PlanError
from mistral_agent.events import (
    Answer,
    ApprovalNeeded,
    Clarification,
    Decision,
    Event,
    Notice,
    StepFinished,
)
from mistral_agent.orchestrator import Orchestrator
from mistral_agent.planning.plan import Plan, Question, Step
from mistral_agent.sessions import MemorySessions, Session, StepRecord, last_plan
from mistral_agent.settings import load_agent_settings
from model_backends.scripted import ScriptedBackend
from service.settings import Layer
from tests.mistral_agent.table_client import TableClient

pytestmark = pytest.mark.anyio

WORD = {"type": "object", "properties": {"word": {"type": "string"}}}
LOOK = Tool("s", "look", "look", "", WORD, WORD, read_only=True, trusted=True)
NOTE = Tool("s", "note", "note", "", WORD, WORD, destructive=False, trusted=True)
FOREIGN = replace(LOOK, server="foreign", trusted=False, approval="never")
STEPS = (
    Step("step1", "s", "look", {"word": "one"}),
    Step("step2", "s", "note", {"word": "${step1.word}"}, ("step1",)),
    Step("step3", "s", "look", {"word": "${step2.word}"}, ("step2",)),
    Step("step4", "s", "look", {"word": "alone"}),
)
PLAN = Plan("do it", STEPS)


@pytest.fixture
def client() -> TableClient:
    return TableClient(Catalogue((LOOK, NOTE, FOREIGN)))


@pytest.fixture
def session() -> Session:
    return MemorySessions().create()


def orchestrator(client: TableClient) -> Orchestrator:
    return Orchestrator(client, ScriptedBackend(), load_agent_settings(environ={}))


def begin(session: Session, plan: Plan, ended: int) -> None:
    """Record that this many steps of the plan ended, and that the next one began."""
    session.add_message("user", plan.goal)
    session.add_plan(plan)
    for step in plan.steps[:ended]:
        session.add_begun(step, LOOK)
        session.add_step(StepFinished(step, "done", 0.1, {"word": "one"}))
    session.add_begun(plan.steps[ended], NOTE)


async def events_of(events: AsyncGenerator[Event], decision: Decision | None = None) -> list[Event]:
    seen: list[Event] = []
    async for event in events:
        seen.append(event)
        if isinstance(event, ApprovalNeeded) and decision is not None:
            event.answer(decision)
    return seen


def outcomes(events: list[Event]) -> dict[str, str]:
    return {event.step.id: event.status for event in events if isinstance(event, StepFinished)}


async def test_a_step_that_only_reads_is_repeated_with_a_word(client, session) -> None:
    begin(session, PLAN, 0)
    events = await events_of(orchestrator(client).resume(session))
    assert Notice("step1 look was interrupted; it only reads and is repeated") in events
    assert [name for name, _ in client.calls if name == "note"] == ["note"]
    assert set(outcomes(events).values()) == {"done"}
    assert isinstance(events[-1], Answer)


async def test_a_yes_repeats_a_step_with_its_arguments_shown(client, session) -> None:
    begin(session, PLAN, 1)
    events = await events_of(orchestrator(client).resume(session), "once")
    (asked,) = [event for event in events if isinstance(event, ApprovalNeeded)]
    assert asked.args == {"word": "one"}
    assert "may have been done already" in asked.reason
    assert outcomes(events) == dict.fromkeys(("step2", "step3", "step4"), "done")


async def test_a_no_leaves_it_and_does_what_does_not_need_it(client, session) -> None:
    begin(session, PLAN, 1)
    events = await events_of(orchestrator(client).resume(session), "no")
    assert outcomes(events) == {"step2": "failed", "step3": "skipped", "step4": "done"}
    assert client.calls == [("look", {"word": "alone"})]
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert "you did not want it repeated" in answer.text
    again = await events_of(orchestrator(client).resume(session), "once")
    assert again[-1] == answer
    assert len(client.calls) == 1


async def test_without_anybody_to_ask_nothing_is_run_or_recorded(client, session) -> None:
    begin(session, PLAN, 1)
    before = list(session.records)
    with pytest.raises(CutOffError, match=r"step2 \(note\).*--yes"):
        await events_of(orchestrator(client).resume(session))
    assert client.calls == []
    assert session.records == before


async def test_that_a_tool_only_reads_is_not_believed_of_a_server_that_is_not_trusted(
    client, session
) -> None:
    begin(session, Plan("g", (Step("step1", "foreign", "look", {}),)), 0)
    with pytest.raises(CutOffError):
        await events_of(orchestrator(client).resume(session))


async def test_a_yes_to_the_repetition_is_the_yes_to_the_call(session) -> None:
    client = TableClient(Catalogue((replace(FOREIGN, approval="always"),)))
    begin(session, Plan("g", (Step("step1", "foreign", "look", {}),)), 0)
    events = await events_of(orchestrator(client).resume(session), "once")
    assert [type(event) for event in events].count(ApprovalNeeded) == 1
    assert outcomes(events) == {"step1": "done"}


async def test_a_cancelled_step_may_have_been_done(client, session) -> None:
    begin(session, PLAN, 1)
    session.add_step(StepFinished(STEPS[1], "cancelled", 0.1, error="it was cancelled"))
    with pytest.raises(CutOffError, match="step2"):
        await events_of(orchestrator(client).resume(session))


async def test_a_step_that_nobody_approved_never_began_and_is_not_asked_about(
    client, session
) -> None:
    session.add_plan(PLAN)
    session.add_step(StepFinished(STEPS[3], "failed", 0.0, error="it needs approval"))
    events = await events_of(orchestrator(client).resume(session))
    assert outcomes(events)["step4"] == "done"


ERASE = replace(NOTE, name="erase", destructive=True)
ASKING = Plan(
    "g",
    (
        STEPS[0],
        Step("step2", "s", "erase", {"word": "${step1.word}"}, ("step1",)),
        Step("step3", "s", "look", {"word": "${step2.word}"}, ("step2",)),
    ),
)


async def test_a_step_that_was_refused_is_taken_up_with_what_was_skipped_because_of_it(
    session,
) -> None:
    client = TableClient(Catalogue((LOOK, ERASE)))
    refused = await events_of(orchestrator(client).run(session, ASKING))
    assert outcomes(refused) == {"step1": "done", "step2": "failed", "step3": "skipped"}
    again = await events_of(orchestrator(client).resume(session))
    assert outcomes(again) == {"step2": "failed", "step3": "skipped"}
    approved = await events_of(orchestrator(client).resume(session), "once")
    assert outcomes(approved) == {"step2": "done", "step3": "done"}
    assert [name for name, _ in client.calls] == ["look", "erase", "look"]
    for decision in (None, "once"):
        ended = await events_of(orchestrator(client).resume(session), decision)
        assert outcomes(ended) == {}
        assert ended[-1] == approved[-1]


async def test_a_step_that_was_cut_off_when_it_was_taken_up_is_asked_about_as_such(session) -> None:
    client = TableClient(Catalogue((LOOK, ERASE)))
    await events_of(orchestrator(client).run(session, ASKING))
    session.add_begun(ASKING.steps[1], ERASE)
    last = last_plan(session.records)
    assert last is not None
    assert last.is_interrupted
    with pytest.raises(CutOffError, match=r"step2 \(erase\)"):
        await events_of(orchestrator(client).resume(session))


async def test_of_a_step_that_repeats_only_the_items_that_were_refused_are_taken_up(
    session,
) -> None:
    client = TableClient(Catalogue((replace(LOOK, output_schema=None), ERASE)))
    each = Step("step1", "s", "erase", {"word": "${item}"}, for_each="${step0.words}")
    first = Step("step0", "s", "look", {"word": "w"})
    session.add_plan(Plan("g", (first, replace(each, depends_on=("step0",)))))
    session.add_begun(first, LOOK)
    session.add_step(StepFinished(first, "done", 0.1, {"words": ["a", "b"]}))
    session.add_begun(replace(each, id="step1[0]"), ERASE)
    session.add_step(StepFinished(replace(each, id="step1[0]"), "done", 0.1, {"word": "a"}))
    session.add_step(StepFinished(replace(each, id="step1[1]"), "failed", 0.0, error="no"))
    session.add_step(StepFinished(each, "failed", 0.1, error="1 of 2 items failed"))
    session.add_answer("failed")
    looping = load_agent_settings(
        environ={}, flags=[Layer("test", {"planning": {"allow_loops": True}})]
    )
    agent = Orchestrator(client, ScriptedBackend(), looping)
    events = await events_of(agent.resume(session), "once")
    assert outcomes(events) == {"step1[1]": "done", "step1": "done"}
    assert client.calls == [("erase", {"word": "b"})]
    assert not last_plan(session.records).can_go_on


async def test_a_step_that_failed_is_not_run_again(client, session) -> None:
    begin(session, PLAN, 1)
    session.add_step(StepFinished(STEPS[1], "failed", 0.1, error="no"))
    events = await events_of(orchestrator(client).resume(session))
    assert outcomes(events) == {"step3": "skipped", "step4": "done"}


async def test_the_tools_of_steps_that_ended_may_have_gone(session) -> None:
    client = TableClient(Catalogue((LOOK,)))
    begin(session, PLAN, 2)
    events = await events_of(orchestrator(client).resume(session))
    assert outcomes(events) == {"step3": "done", "step4": "done"}


async def test_a_tool_that_is_still_needed_and_gone_is_named(session) -> None:
    begin(session, PLAN, 0)
    with pytest.raises(PlanError, match=r"step2: server 's' has no tool 'note'"):
        await events_of(orchestrator(TableClient(Catalogue((LOOK,)))).resume(session), "once")


async def test_open_questions_are_asked_again(client, session) -> None:
    question = Question("Which?")
    session.add_plan(Plan("g", questions=(question,)))
    assert await events_of(orchestrator(client).resume(session)) == [Clarification((question,))]


async def test_a_request_without_a_plan_cannot_be_gone_on_with(client, session) -> None:
    for records in (
        lambda: None,
        lambda: session.add_message("user", "hello"),
        lambda: session.add_answer("Hello."),
        lambda: (
            begin(session, PLAN, 1),
            session.add_message("user", "x"),
            session.add_answer("y"),
        ),
    ):
        records()
        with pytest.raises(NothingToResumeError, match=session.id):
            await events_of(orchestrator(client).resume(session))


async def test_what_an_older_version_may_have_begun_counts_as_begun(session) -> None:
    session.add_plan(PLAN)
    session.append(StepRecord(StepFinished(STEPS[0], "done", 0.1, {"word": "one"})))
    last = last_plan(session.records)
    assert last is not None
    assert [step.id for step in last.cut_off] == ["step2", "step4"]
