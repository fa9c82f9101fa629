"""Plans over a client that answers from a table; the real one has tests of its own."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
import pytest

from mistral_agent.catalogue import Catalogue, Tool, ToolResult
from mistral_agent.errors import (
    PlanError,
    ServerGoneError,
    SessionStorageError,
    ToolTimeoutError,
)
from mistral_agent.events import Event, Notice, StepFinished, StepProgress, StepStarted
from mistral_agent.execution import ExecutionOptions, run_plan
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.tool_client import OnProgress
from tests.mistral_agent.table_client import TableClient

pytestmark = pytest.mark.anyio

Behaviour = Callable[[Mapping[str, Any], OnProgress], Awaitable[Mapping[str, Any]]]


class Behaving(TableClient):
    """Calls a function a tool."""

    def __init__(self, **behaviours: Behaviour) -> None:
        super().__init__(catalogue_of(*behaviours))
        self.behaviours = behaviours

    async def answer(
        self, tool: Tool, args: Mapping[str, Any], on_progress: OnProgress | None
    ) -> ToolResult:
        assert on_progress is not None
        result = await self.behaviours[tool.name](args, on_progress)
        text = str(result.get("text", result))
        return ToolResult(text, result, is_error=result.get("is_error", False))


def catalogue_of(*names: str, **hints: bool) -> Catalogue:
    return Catalogue(tools=tuple(Tool("s", n, n, "", {"type": "object"}, **hints) for n in names))


def step(id_: str, tool: str, *depends_on: str, **args: Any) -> Step:
    return Step(id_, "s", tool, args, depends_on)


async def run(
    steps: list[Step],
    client: TableClient,
    record: Callable[[StepFinished], Any] = lambda _: None,
    catalogue: Catalogue | None = None,
    **options: Any,
) -> list[Event]:
    client.offered = catalogue = catalogue or client.offered
    with anyio.fail_after(10):
        return [
            event
            async for event in run_plan(
                Plan("goal", tuple(steps)), client, catalogue, record=record, **options
            )
        ]


def finished(events: list[Event]) -> dict[str, StepFinished]:
    return {e.step.id: e for e in events if isinstance(e, StepFinished)}


async def echo(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
    return {"text": args.get("text", "nothing"), "n": 1}


async def fail(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
    return {"text": "it is\n  broken", "is_error": True}


async def forever(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
    await anyio.sleep_forever()
    raise AssertionError


async def test_results_are_passed_by_name_and_as_the_text_before() -> None:
    client = Behaving(echo=echo)
    events = await run(
        [
            step("one", "echo", text="first"),
            step("two", "echo", "one", text="<${one.text}>", number="${one.n}"),
            step("three", "echo", "two", text="{prev_result}"),
        ],
        client,
    )
    assert client.calls == [
        ("echo", {"text": "first"}),
        ("echo", {"text": "<first>", "number": 1}),
        ("echo", {"text": "<first>"}),
    ]
    assert [type(e) for e in events] == [StepStarted, StepFinished] * 3
    assert finished(events)["three"].result == {"text": "<first>", "n": 1}


async def test_independent_steps_run_at_once_up_to_the_limit() -> None:
    running = most = 0
    met = anyio.Event()

    async def meet(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 2:
            met.set()
        await met.wait()
        running -= 1
        return {}

    steps = [step(f"s{n}", "meet") for n in range(6)]
    options = ExecutionOptions(max_parallel=2)
    outcomes = finished(await run(steps, Behaving(meet=meet), options=options))
    assert {o.status for o in outcomes.values()} == {"done"}
    assert most == 2


async def test_a_failing_step_skips_only_what_depends_on_it() -> None:
    client = Behaving(echo=echo, fail=fail)
    steps = [
        step("bad", "fail"),
        step("after", "echo", "bad"),
        step("later", "echo", "after"),
        step("free", "echo"),
    ]
    outcomes = finished(await run(steps, client))
    assert {id_: o.status for id_, o in outcomes.items()} == {
        "bad": "failed",
        "after": "skipped",
        "later": "skipped",
        "free": "done",
    }
    assert outcomes["bad"].error == "tool 'fail' of server 's': it is broken"
    assert outcomes["later"].error == "it needs after, which was skipped"


async def test_an_outcome_is_on_record_before_its_event_and_before_what_follows() -> None:
    order: list[str] = []

    async def record(outcome: StepFinished) -> None:
        await anyio.lowlevel.checkpoint()
        order.append(f"recorded {outcome.step.id}")

    async def note(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
        order.append(f"called {args['id']}")
        return {}

    steps = [step("a", "note", id="a"), step("b", "note", "a", id="b")]
    async for event in run_plan(
        Plan("g", tuple(steps)), Behaving(note=note), catalogue_of("note"), record=record
    ):
        if isinstance(event, StepFinished):
            assert f"recorded {event.step.id}" in order
    assert order == ["called a", "recorded a", "called b", "recorded b"]


async def test_progress_is_forwarded() -> None:
    async def work(args: Mapping[str, Any], on_progress: OnProgress) -> Mapping[str, Any]:
        await on_progress(1, 3, "linting")
        return {}

    only = step("a", "work")
    events = await run([only], Behaving(work=work))
    assert StepProgress(only, 1, 3, "linting") in events


@pytest.mark.parametrize(
    ("hints", "calls"),
    [
        ({"trusted": True, "read_only": True}, 2),
        ({"trusted": True, "idempotent": True}, 2),
        ({"trusted": True}, 1),
        ({"read_only": True}, 1),  # a foreign server's word alone does not permit a second call
    ],
)
async def test_a_dead_server_is_asked_again_only_where_that_is_harmless(
    hints: dict[str, bool], calls: int
) -> None:
    async def die_once(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
        if len(client.calls) == 1:
            raise ServerGoneError("s", "die_once", "it was ended by SIGKILL")
        return {}

    client = Behaving(die_once=die_once)
    events = await run([step("a", "die_once")], client, catalogue=catalogue_of("die_once", **hints))
    assert len(client.calls) == calls
    assert finished(events)["a"].status == ("done" if calls == 2 else "failed")
    assert any(isinstance(e, Notice) and "SIGKILL" in e.text for e in events) == (calls == 2)


async def test_a_server_that_keeps_dying_fails_the_step_after_the_last_try() -> None:
    async def die(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
        raise ServerGoneError("s", "die", "it exited with code 1")

    client = Behaving(die=die)
    catalogue = catalogue_of("die", trusted=True, read_only=True)
    options = ExecutionOptions(retry_attempts=2, retry_delay=0)
    events = await run([step("a", "die")], client, catalogue=catalogue, options=options)
    assert len(client.calls) == 3
    assert "exited with code 1" in (finished(events)["a"].error or "")


async def test_a_timeout_is_not_retried() -> None:
    async def late(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
        raise ToolTimeoutError("s", "late", 5)

    client = Behaving(late=late)
    catalogue = catalogue_of("late", trusted=True, read_only=True)
    events = await run([step("a", "late")], client, catalogue=catalogue)
    assert len(client.calls) == 1
    assert finished(events)["a"].status == "failed"


async def test_missing_tools_and_fields_fail_their_step_by_name() -> None:
    client = Behaving(echo=echo)
    steps = [
        step("a", "echo"),
        step("b", "absent"),
        step("c", "echo", "a", text="${a.code}"),
    ]
    outcomes = finished(await run(steps, client))
    assert "'s' has no tool 'absent'" in (outcomes["b"].error or "")
    assert "no 'code'" in (outcomes["c"].error or "")


async def test_leaving_the_iterator_cancels_and_records_what_runs() -> None:
    recorded: list[StepFinished] = []
    client = Behaving(echo=echo, forever=forever)
    steps = [step("a", "echo"), step("b", "forever"), step("c", "echo", "b")]
    events = run_plan(
        Plan("g", tuple(steps)),
        client,
        catalogue_of("echo", "forever"),
        record=recorded.append,
    )
    with anyio.fail_after(10):
        async for event in events:
            if isinstance(event, StepFinished):
                break
        await events.aclose()
    assert {r.step.id: r.status for r in recorded} == {"a": "done", "b": "cancelled"}


async def test_cancelling_the_reader_records_what_ran() -> None:
    recorded: list[StepFinished] = []
    client = Behaving(forever=forever)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:

            async def read() -> None:
                plan = Plan("g", (step("a", "forever"),))
                catalogue = catalogue_of("forever")
                async for _ in run_plan(plan, client, catalogue, record=recorded.append):
                    group.cancel_scope.cancel()

            group.start_soon(read)
    assert [r.status for r in recorded] == ["cancelled"]


async def test_what_ended_already_is_not_run_again() -> None:
    client = Behaving(echo=echo)
    done, failed = step("a", "echo"), step("b", "echo")
    earlier = {
        "a": StepFinished(done, "done", 1.0, {"text": "old"}),
        "b": StepFinished(failed, "failed", 1.0, error="then"),
    }
    steps = [done, failed, step("c", "echo", "a", text="${a.text}"), step("d", "echo", "b")]
    events = await run(steps, client, finished=earlier)
    assert client.calls == [("echo", {"text": "old"})]
    assert {id_: o.status for id_, o in finished(events).items()} == {"c": "done", "d": "skipped"}


async def test_a_beginning_is_on_record_before_its_call_goes_out() -> None:
    order: list[str] = []

    async def note(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
        order.append("called")
        return {}

    await run(
        [step("a", "note"), step("b", "absent")],
        Behaving(note=note),
        record=lambda outcome: order.append(f"ended {outcome.step.id}"),
        begin=lambda each, _: order.append(f"begun {each.id}"),
    )
    assert order.index("begun a") < order.index("called") < order.index("ended a")
    assert "begun b" not in order


async def test_an_outcome_that_cannot_be_recorded_ends_the_run_as_it_is() -> None:
    def full(_: StepFinished) -> None:
        raise SessionStorageError("sessions", "No space left on device")

    client = Behaving(echo=echo)
    with pytest.raises(SessionStorageError, match="No space left"):
        await run([step("a", "echo"), step("b", "echo", "a")], client, full)
    assert len(client.calls) == 1


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([step("a", "echo", "b"), step("b", "echo", "a")], "circle"),
        ([step("a", "echo", "x")], "'x', which is not in the plan"),
        ([step("a", "echo"), step("a", "echo")], "same id"),
    ],
)
async def test_plans_that_could_never_end_are_refused(steps: list[Step], problem: str) -> None:
    client = Behaving(echo=echo)
    with pytest.raises(PlanError, match=problem):
        await run(steps, client)
    assert client.calls == []


async def test_the_text_before_is_the_same_when_an_earlier_run_made_it() -> None:
    async def make(args: Mapping[str, Any], _: OnProgress) -> Mapping[str, Any]:
        return {"text": "as a person reads it", "n": 1}

    client = Behaving(make=make, echo=echo)
    steps = [step("a", "make"), step("b", "echo", "a", text="{prev_result}")]
    recorded: list[StepFinished] = []
    await run(steps, client, record=recorded.append)
    await run(steps, client, finished={"a": recorded[0]})
    assert client.calls[1] == client.calls[2] == ("echo", {"text": "as a person reads it"})
