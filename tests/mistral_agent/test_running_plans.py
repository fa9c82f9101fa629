"""Plans that were made earlier, held against the servers as they are now."""

import re
import sys
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest

from mistral_agent.errors import PlanError, ServerUnavailableError
from mistral_agent.events import Answer, Clarification, PlanReady, StepFinished
from mistral_agent.orchestrator import Orchestrator
from mistral_agent.planning.plan import Plan, Question, Step
from mistral_agent.planning.reading import plan_from_json
from mistral_agent.servers import ServerSpec
from mistral_agent.sessions import AnswerRecord, MemorySessions, MessageRecord, PlanRecord
from mistral_agent.settings import load_agent_settings
from mistral_agent.tool_client import McpToolClient
from model_backends.scripted import ScriptedBackend
from service.settings import Layer

pytestmark = pytest.mark.anyio

SERVER = str(Path(__file__).parent / "servers" / "notes.py")
WRITE = {"id": "s1", "server": "notes", "tool": "write_note", "args": {"name": "a", "text": ""}}


@pytest.fixture
def run(tmp_path):
    """Run a plan with two servers of the same tools; gives the session and the events."""

    async def run(plan, *more, session=None, **values):
        specs = [
            ServerSpec(name, sys.executable, (SERVER,), cwd=str(tmp_path / name), trusted=True)
            for name in ("notes", "other")
        ]
        for spec in specs:
            Path(str(spec.cwd)).mkdir(exist_ok=True)  # noqa: ASYNC240 - of the test's own
        layers = [Layer("test", {"approval": "never"} | values)]
        settings = load_agent_settings(environ={}, flags=layers)
        session = session or MemorySessions().create()
        async with McpToolClient([*specs, *more]) as client:
            orchestrator = Orchestrator(client, ScriptedBackend(), settings)
            with anyio.fail_after(20):
                async with aclosing(orchestrator.run(session, plan)) as events:
                    return session, [event async for event in events]

    return run


def plan_of(*steps, **more) -> Plan:
    return plan_from_json({"goal": "keep it", "steps": list(steps)} | more)


async def test_a_plan_runs_and_is_recorded_like_a_request(run, tmp_path):
    steps = (WRITE, {"server": "other", "tool": "unsaid", "depends_on": ["s1"]})
    session, events = await run(plan_of(*steps))
    outcomes = [event for event in events if isinstance(event, StepFinished)]
    assert [outcome.status for outcome in outcomes] == ["done", "done"]
    assert (tmp_path / "notes" / "a").exists()
    assert isinstance(events[-1], Answer)
    kinds = [type(record) for record in session.records]
    assert kinds[:2] == [MessageRecord, PlanRecord]
    assert kinds[-1] == AnswerRecord
    assert session.records[0].content == "keep it"


async def test_tools_of_several_servers_are_called_by_server_and_name(run):
    other = WRITE | {"id": "s2", "server": "other"}
    _, events = await run(plan_of(WRITE, other))
    (ready,) = [event for event in events if isinstance(event, PlanReady)]
    assert ready.names == {"s1": "notes.write_note", "s2": "other.write_note"}
    assert re.search(r"Done: notes\.write\\?_note, other\.write\\?_note\.", events[-1].text)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"server": "gone"}, "s1: server 'gone' has no tool 'write_note'; notes, other has"),
        ({"tool": "wirte_note"}, "s1: server 'notes' has no tool 'wirte_note'; it has add_note"),
        ({"args": {"name": "a"}}, "s1: write_note needs the argument 'text'"),
        ({"args": {"name": "a", "text": 5}}, "s1: 'text' of write_note: 5 is not of type"),
        ({"args": {"name": "a", "text": "b", "c": 1}}, "s1: write_note has no argument 'c'"),
        ({"args": {"name": "a", "text": "${s9.x}"}}, "s1: there is no step 's9'"),
        ({"args": {"name": "a", "text": "${s2.text}"}}, "s1: it needs s2, which comes later"),
        ({"args": {"name": "a", "text": "{prev_result}"}}, "{prev_result} is used in the first"),
        ({"depends_on": ["s1"]}, "s1: it depends on itself"),
        ({"id": "s2"}, "s2: another step has this id"),
    ],
)
async def test_a_plan_that_does_not_fit_runs_nothing_and_leaves_no_trace(run, tmp_path, step, said):
    second = {"id": "s2", "server": "notes", "tool": "unsaid"}
    session = MemorySessions().create()
    with pytest.raises(PlanError) as raised:
        await run(plan_of(WRITE | step, second), session=session)
    assert said in str(raised.value)
    assert session.records == []
    assert not (tmp_path / "notes" / "a").exists()


async def test_a_result_without_the_field_that_is_referred_to_is_refused_before_it_runs(run):
    second = {"server": "notes", "tool": "read_note", "args": {"name": "${s1.nome}"}}
    with pytest.raises(PlanError, match="has no field 'nome'"):
        await run(plan_of(WRITE, second))


async def test_a_plan_longer_than_allowed_names_the_setting(run):
    with pytest.raises(PlanError, match=r"at most 1 are allowed \(planning.max_steps\)"):
        await run(plan_of(WRITE, WRITE | {"id": "s2"}), planning={"max_steps": 1})


async def test_a_server_that_is_down_is_named_with_its_reason(run):
    down = ServerSpec("down", "/no/such/program", retry_attempts=0)
    with pytest.raises(ServerUnavailableError, match="/no/such/program"):
        await run(plan_of(WRITE | {"server": "down"}), down)
    _, events = await run(plan_of(WRITE), down)
    assert isinstance(events[-1], Answer)


async def test_open_questions_of_a_plan_are_asked(run):
    asked = Plan("g", (Step("s1", "notes", "unsaid", {}),), (Question("Which?"),))
    _, events = await run(asked)
    assert events == [Clarification((Question("Which?"),))]
