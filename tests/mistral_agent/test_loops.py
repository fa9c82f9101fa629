"""Steps that repeat over the items of an earlier result: checked, run, bounded, answered."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anyio
import pytest

from mistral_agent.answer import compose
from mistral_agent.catalogue import Catalogue, Tool, ToolResult
from mistral_agent.errors import PlanError
from mistral_agent.events import StepFinished
from mistral_agent.execution import ExecutionOptions, run_plan
from mistral_agent.planning.plan import Plan
from mistral_agent.planning.reading import plan_from_json
from mistral_agent.planning.validation import validate_plan
from mistral_agent.tool_client import OnProgress
from tests.mistral_agent.table_client import TableClient

pytestmark = pytest.mark.anyio

TEXT = {"type": "string"}
FILE = {"type": "object", "properties": {"name": TEXT, "size": {"type": "integer"}}}
FILES = {"type": "array", "items": {"$ref": "#/$defs/File"}}
LISTED = {
    "type": "object",
    "properties": {"files": FILES, "names": {"type": "array", "items": TEXT}, "root": TEXT},
    "$defs": {"File": FILE},
}
GRADE = {"type": "object", "properties": {"grade": {"type": "integer"}}}
TAKES_PATH = {"type": "object", "properties": {"path": TEXT}, "required": ["path"]}
TAKES_GRADES = {
    "type": "object",
    "properties": {"grades": {"type": "array", "items": GRADE}, "best": {"type": "integer"}},
}
CATALOGUE = Catalogue(
    (
        Tool("s", "list", "List", "", {"type": "object"}, LISTED),
        Tool("s", "grade", "Grade", "", TAKES_PATH, GRADE, read_only=True, trusted=True),
        Tool("s", "sum", "Sum", "", TAKES_GRADES, GRADE),
    )
)
LIST = {"id": "step1", "server": "s", "tool": "list"}
GRADE_EACH = {
    "id": "step2",
    "server": "s",
    "tool": "grade",
    "for_each": "${step1.files}",
    "args": {"path": "${item.name}"},
}
SUM = {"id": "step3", "server": "s", "tool": "sum", "args": {"grades": "${step2.items}"}}


class Files(TableClient):
    """Lists files and grades each by its size; `failing` names those that cannot be graded."""

    def __init__(self, *names: str, failing: str = "") -> None:
        super().__init__(CATALOGUE)
        self.names, self.failing = names, failing
        self.graded: list[str] = []
        self.running = self.most = 0

    async def answer(
        self, tool: Tool, args: Mapping[str, Any], on_progress: OnProgress | None
    ) -> ToolResult:
        if tool.name == "list":
            files = [{"name": name, "size": len(name)} for name in self.names]
            return ToolResult("", {"files": files, "names": list(self.names), "root": "/"})
        if tool.name == "sum":
            return ToolResult("", {"grade": sum(each["grade"] for each in args["grades"])})
        self.graded.append(args["path"])
        self.running += 1
        self.most = max(self.most, self.running)
        await anyio.lowlevel.checkpoint()
        self.running -= 1
        if args["path"] == self.failing:
            return ToolResult("it is binary", {}, is_error=True)
        return ToolResult("", {"grade": len(args["path"])})


def plan_of(*steps: Mapping[str, Any]) -> Plan:
    return plan_from_json({"goal": "grade all", "steps": list(steps)})


async def run(
    files: Files, plan: Plan, finished: Mapping[str, StepFinished] | None = None, **options: Any
) -> dict[str, StepFinished]:
    with anyio.fail_after(10):
        events = [
            event
            async for event in run_plan(
                plan,
                files,
                files.offered,
                record=lambda _: None,
                finished=finished,
                options=ExecutionOptions(**options),
            )
        ]
    return {event.step.id: event for event in events if isinstance(event, StepFinished)}


PLAN = plan_of(LIST, GRADE_EACH, SUM)


async def test_a_call_is_made_for_each_item_and_their_results_are_a_list() -> None:
    files = Files("a", "bb", "ccc")
    ended = await run(files, PLAN)
    assert sorted(files.graded) == ["a", "bb", "ccc"]
    assert ended["step2[1]"].result == {"grade": 2}
    assert ended["step2"].result == {"items": [{"grade": 1}, {"grade": 2}, {"grade": 3}]}
    assert ended["step3"].result == {"grade": 6}
    assert list(ended)[-2:] == ["step2", "step3"]


async def test_items_run_at_once_up_to_the_bound_of_all_steps() -> None:
    files = Files(*"abcdef")
    await run(files, PLAN, max_parallel=2)
    assert files.most == 2


@pytest.mark.parametrize("trusted", [True, False])
async def test_items_are_done_one_after_another_where_that_may_change_things(trusted: bool) -> None:
    files = Files(*"abcdef")
    files.offered = Catalogue(
        tuple(replace(tool, trusted=trusted, read_only=not trusted) for tool in CATALOGUE.tools)
    )
    await run(files, PLAN)
    assert (files.most, files.graded) == (1, list("abcdef"))


async def test_no_items_are_an_empty_list() -> None:
    ended = await run(Files(), PLAN)
    assert ended["step2"].result == {"items": []}
    assert ended["step3"].result == {"grade": 0}


async def test_an_item_that_fails_leaves_the_others_their_results() -> None:
    files = Files("a", "bb", "ccc", failing="bb")
    ended = await run(files, PLAN)
    assert {id_: each.status for id_, each in ended.items() if "[" in id_} == {
        "step2[0]": "done",
        "step2[1]": "failed",
        "step2[2]": "done",
    }
    assert ended["step2"].status == "failed"
    assert "1 of 3 items failed" in (ended["step2"].error or "")
    assert "it is binary" in (ended["step2"].error or "")
    assert ended["step3"].status == "skipped"
    answer = compose(PLAN, list(ended.values()), CATALOGUE)
    assert "### Grade, item 1\n\ngrade: 1" in answer
    assert "### Grade, item 2\n\ngrade failed" in answer
    assert "### Grade, item 3\n\ngrade: 3" in answer


async def test_what_ended_is_not_repeated() -> None:
    files = Files("a", "bb", "ccc")
    first = await run(files, PLAN)
    files.graded.clear()
    left = ("step2", "step2[1]", "step3")
    ended = await run(files, PLAN, {id_: o for id_, o in first.items() if id_ not in left})
    assert files.graded == ["bb"]
    assert ended["step3"].result == {"grade": 6}


@pytest.mark.parametrize(("calls", "is_enough"), [(5, True), (4, False)])
async def test_more_calls_than_are_allowed_are_refused_before_the_first(calls, is_enough) -> None:
    files = Files("a", "bb", "ccc")  # and one to list them, one to sum up
    ended = await run(files, PLAN, max_calls=calls)
    assert (ended["step3"].status == "done") == is_enough
    if not is_enough:
        assert files.graded == []
        assert "3 calls" in (ended["step2"].error or "")
        assert "2 of 4 are left (planning.max_steps)" in (ended["step2"].error or "")


def test_a_plan_that_repeats_fits_and_is_written_and_read_again() -> None:
    assert validate_plan(PLAN, CATALOGUE, max_steps=5, allow_loops=True) == ()
    assert plan_from_json(PLAN.to_json()) == PLAN
    assert PLAN.steps[1].depends_on == ("step1",)


def test_without_the_setting_a_step_that_repeats_is_refused() -> None:
    (problem,) = validate_plan(PLAN, CATALOGUE, max_steps=5)
    assert problem.startswith("step2: it repeats over the items of a result")
    assert "planning.allow_loops: true" in problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"for_each": "${step1.root}"}, "step2: it repeats over ${step1.root}, which is string"),
        ({"for_each": "${step1}"}, "step2: it repeats over ${step1}, which is object"),
        ({"for_each": "${step1.folders}"}, "has no field 'folders'"),
        ({"for_each": "${step9.files}"}, "step2: there is no step 'step9'"),
        ({"args": {"path": "${item.size}"}}, "takes string, but ${step1.files.0.size} is integer"),
        ({"args": {"path": "${item.colour}"}}, "has no field 'colour'; it has name, size"),
        ({"args": {"path": "${item}"}}, "takes string, but ${step1.files.0} is object"),
        ({"for_each": "${step1.names}", "args": {"path": "${item.name}"}}, "no field 'name' there"),
        ({"for_each": None}, "there is no step 'item'"),
    ],
)
def test_what_cannot_be_repeated_is_named_before_anything_runs(change, problem) -> None:
    plan = plan_of(LIST, GRADE_EACH | change, SUM)
    problems = validate_plan(plan, CATALOGUE, max_steps=5, allow_loops=True)
    assert any(problem in each for each in problems), problems


@pytest.mark.parametrize("over", ["files", 7, ["${step1.files}"], "all ${step1.files}", "${"])
def test_what_is_no_reference_is_nothing_to_repeat_over(over) -> None:
    with pytest.raises(PlanError, match="'for_each' must be a reference"):
        plan_of(LIST, GRADE_EACH | {"for_each": over})


def test_the_list_that_comes_out_has_the_type_of_its_items() -> None:
    plan = plan_of(LIST, GRADE_EACH, SUM | {"args": {"best": "${step2.items.0.grade}"}})
    assert validate_plan(plan, CATALOGUE, max_steps=5, allow_loops=True) == ()
    wrong = plan_of(LIST, GRADE_EACH, SUM | {"args": {"best": "${step2.grade}"}})
    (problem,) = validate_plan(wrong, CATALOGUE, max_steps=5, allow_loops=True)
    assert "has no field 'grade'; it has items" in problem


async def test_a_list_that_turns_out_to_be_none_fails_the_step() -> None:
    plan = plan_of(LIST, GRADE_EACH | {"for_each": "${step1.root}"})
    ended = await run(Files("a"), plan)
    assert "which is str, not a list" in (ended["step2"].error or "")
