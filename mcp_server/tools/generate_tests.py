"""The tool `generate_tests`."""

import keyword
from collections.abc import Mapping
from typing import Annotated, Literal

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.analysis.searching import Suspicion
from mcp_server.analysis.testfiles import count_tests, test_name
from mcp_server.checks import Check, CheckedResult
from mcp_server.generation.test_runs import TestTask
from mcp_server.generation.test_writing import Written, formatted, write_tests
from mcp_server.models_offered import DEFAULT_MODEL, ModelName
from mcp_server.services import Services, services
from mcp_server.settings import ServerSettings
from mcp_server.tools.sources import SOURCE

TITLE = "Generate tests"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)
MOST_DROPPED_NAMED = 5


class CaseOfTest(BaseModel):
    """One test as pytest collects it."""

    name: str = Field(description="Its name; with parameters, these too.")
    origin: Literal["model", "derived"] = Field(
        description="Who wrote it. 'derived': it holds what the code does now, and does not claim "
        "that this is right."
    )
    status: Literal["passed", "not_run"] = Field(description="How it ended when it was run.")


class SuspectedBug(BaseModel):
    """A place where the code does something else than it should, by what it says of itself."""

    call: str = Field(description="The call; of a model's test its name.")
    expected: str = Field(description="What it should give.")
    actual: str = Field(description="What it gives.")
    function: str = Field(description="The function that is suspected.")
    line: int | None = Field(description="Where that starts; null if unknown.")
    source: Literal["documentation", "model"] = Field(
        description="Who expects it: an example in the code's own documentation, or the model."
    )


class GeneratedTests(CheckedResult):
    """Tests for the code, and what running them showed."""

    test_code: str = Field(
        description="The tests; they run unchanged beside the module.", json_schema_extra=SOURCE
    )
    test_count: int = Field(
        description="How many tests pytest collects; where they could not be run, how many stand "
        "in the file."
    )
    coverage_estimate: float | None = Field(
        description="Branch coverage in percent, measured as by pytest --cov --cov-branch; null "
        "if the tests could not be run, and then checks says why."
    )
    test_cases: list[CaseOfTest] = Field(description="Each test.")
    framework: Literal["pytest", "unittest"] = Field(description="The framework of the tests.")
    line_coverage: float | None = Field(description="Lines that ran, in percent, measured.")
    uncovered_lines: list[int] = Field(description="Lines of the code that no test runs.")
    mutation_score: float | None = Field(
        description="Simple mutants of the code (one operator, constant or statement changed) that "
        "make a test fail, in percent of those tried; null if not measured."
    )
    mutants_tried: int = Field(description="How many mutants the tests were run on.")
    suspected_bugs: list[SuspectedBug] = Field(
        description="Where the code seems to be wrong. No test holds what such a function does, "
        "its right examples apart."
    )


def configured(settings: ServerSettings) -> dict[str, int]:
    """The coverage target is that of the settings."""
    return {"coverage_target": settings.tools.test_generation.coverage_target}


async def generate_tests(
    ctx: Context[Services],
    code: Annotated[
        str, Field(description="Python source code to test.", json_schema_extra=SOURCE)
    ],
    test_framework: Annotated[
        Literal["pytest", "unittest"], Field(description="The framework of the tests.")
    ] = "pytest",
    coverage_target: Annotated[
        int, Field(description="Branch coverage to aim at, in percent.", ge=0, le=100)
    ] = 80,
    module_name: Annotated[
        str, Field(description="The module's name, which the tests import; no extension.")
    ] = "solution",
    *,
    model: ModelName = DEFAULT_MODEL,
) -> GeneratedTests:
    """Write unit tests for Python code, run them in a sandbox, and measure their coverage.
    Only tests that pass are returned. Where the model's tests do not reach the coverage target,
    tests are derived from calls of the code; those hold what it does now and are marked so.
    """
    given = services(ctx, model)
    _check_module_name(module_name)

    async def progress(step: float, total: float, message: str) -> None:
        await ctx.report_progress(step, total, message)

    task = TestTask(code, test_framework, coverage_target, module_name)
    written = await write_tests(given, task, progress)
    report = written.report
    cases = _cases(written)
    return GeneratedTests(
        test_code=await formatted(given, written.file.source()),
        test_count=len(cases) if report else count_tests(written.file),
        coverage_estimate=_percent(report.branch_coverage if report else None),
        test_cases=cases,
        framework=test_framework,
        line_coverage=_percent(report.line_coverage if report else None),
        uncovered_lines=list(report.uncovered_lines) if report else [],
        mutation_score=_percent(written.mutation.percent if written.mutation else None),
        mutants_tried=written.mutation.total if written.mutation else 0,
        suspected_bugs=[_suspected(s) for s in written.suspicions],
        sandbox=report.mechanism if report else None,
        checks=_checks(written, coverage_target),
    )


def _suspected(suspicion: Suspicion) -> SuspectedBug:
    return SuspectedBug(
        call=suspicion.call,
        expected=suspicion.expected,
        actual=suspicion.actual,
        function=suspicion.name,
        line=suspicion.line or None,
        source="documentation" if suspicion.line else "model",
    )


def _check_module_name(name: str) -> None:
    import sys

    if not name.isidentifier() or keyword.iskeyword(name):
        raise ToolError(f"module_name: {name!r} is not an identifier, such as 'solution'")
    if name in sys.stdlib_module_names or name in ("pytest", "coverage"):
        raise ToolError(f"module_name: {name!r} is a module of Python's own; use another name")


def _cases(written: Written) -> list[CaseOfTest]:
    if written.report is None:
        return [
            CaseOfTest.model_validate(
                {"name": name, "origin": written.origins.get(name, "model"), "status": "not_run"}
            )
            for name, _ in written.file.tests
        ]
    return [
        CaseOfTest.model_validate(
            {
                "name": node.split("::", 1)[-1],
                "origin": _origin(written, node),
                "status": "passed",
            }
        )
        for node in written.report.collected
        if written.report.outcomes.get(node) == "passed"
    ]


def _origin(written: Written, node: str) -> str:
    name = test_name(node)
    return written.origins.get(name) or written.origins.get(name.split("::")[0], "derived")


def _percent(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _checks(written: Written, target: int) -> list[Check]:
    checks = [_model_check(written)]
    report = written.report
    if report is None:
        detail = f"{written.not_run}; they were read, not run"
        return [*checks, _check("tests pass", "not_run", detail, required=True)]
    passed = sum(outcome == "passed" for outcome in report.outcomes.values())
    status = "passed" if report.all_passed else "failed"
    detail = report.problem or f"{passed} of {len(report.collected)} in a fresh process"
    checks.append(_check("tests pass", status, detail, required=True))
    coverage = report.branch_coverage
    if coverage is None:
        checks.append(_check(f"coverage of {target} %", "not_run", "it could not be measured"))
    else:
        reached = "passed" if coverage >= target else "failed"
        checks.append(_check(f"coverage of {target} %", reached, f"measured {coverage:.2f} %"))
    return [
        *checks,
        *_mutants_check(written),
        *_suspicion_check(written),
        *_dropped_check(written),
        *_cut_check(written),
    ]


def _mutants_check(written: Written) -> list[Check]:
    """What the tests notice, as information: no share of mutants is asked for."""
    found = written.mutation
    if found is None:
        return []
    if found.problem or not found.total:
        detail = found.problem or "the code has nothing to mutate"
        return [_check("tests notice mutants", "not_run", detail)]
    alive = ", ".join(f"line {line} ({what})" for line, what in found.alive[:MOST_DROPPED_NAMED])
    detail = f"{found.killed} of {found.total} simple mutants"
    status = "passed" if found.killed else "failed"
    return [_check("tests notice mutants", status, detail + (f"; not: {alive}" if alive else ""))]


def _suspicion_check(written: Written) -> list[Check]:
    documented = [s for s in written.suspicions if s.line]
    if not documented:
        return []
    detail = "; ".join(f"{s.call}: documented {s.expected}, but {s.actual}" for s in documented)
    return [_check("the code does what its examples say", "failed", detail, required=True)]


def _dropped_check(written: Written) -> list[Check]:
    """Tests that passed once and not again, as information: none of them is returned."""
    if not written.dropped:
        return []
    detail = f"dropped, as they did not pass again: {_named(written.dropped)}"
    return [_check("tests give the same in fresh processes and in both orders", "failed", detail)]


def _cut_check(written: Written) -> list[Check]:
    """Where seconds ended the search, another run may find other tests."""
    if not written.cut:
        return []
    names = ", ".join(written.cut[:MOST_DROPPED_NAMED])
    more = len(written.cut) - MOST_DROPPED_NAMED
    detail = f"cut by its time limit: {names}{f' and {more} more' if more > 0 else ''}"
    return [_check("the search came to its end", "failed", f"{detail}; other runs may find others")]


def _named(dropped: Mapping[str, str]) -> str:
    named = [f"{name}: {why}" for name, why in dropped.items()]
    more = len(named) - MOST_DROPPED_NAMED
    return "; ".join(named[:MOST_DROPPED_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _model_check(written: Written) -> Check:
    dropped = written.model.dropped
    detail = written.model.note + (f"; dropped: {_named(dropped)}" if dropped else "")
    kept = "model" in written.origins.values()
    status = "not_run" if written.report is None else "passed" if kept else "failed"
    return _check("the model's tests", status, detail)


def _check(name: str, status: str, detail: str, *, required: bool = False) -> Check:
    return Check.model_validate(
        {
            "name": name,
            "kind": "behaviour",
            "required": required,
            "status": status,
            "detail": detail,
        }
    )
