"""Running tests for the tools that write them, within the time of the call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from mcp_server.analysis.testfiles import Framework, TestFile, test_name
from mcp_server.sandbox.pytest_runner import TestReport, run_tests
from mcp_server.services import Services

HASH_SEED = 4242
"""Of the last runs, other than any that went before: the order of sets must not matter."""

Progress = Callable[[float, float, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TestTask:
    """What tests are wanted."""

    __test__ = False  # its name must not make pytest collect it

    code: str
    framework: Framework
    coverage_target: int
    module_name: str


async def run(
    given: Services, task: TestTask, file: TestFile, *, fresh: bool = False, backwards: bool = False
) -> TestReport:
    """Run the tests of a file; `fresh`: in a new process, for a claim that is final."""
    return await run_tests(
        given.sandbox,
        task.code,
        file.source(),
        module_name=task.module_name,
        framework=task.framework,
        seconds=seconds_of_a_run(given),
        fresh=fresh,
        hash_seed=HASH_SEED + backwards if fresh else None,
        backwards=backwards,
    )


def seconds_of_a_run(given: Services) -> float:
    """The sandbox's limit, or a third of the call's time that is left if that is less."""
    return max(min(given.settings.sandbox.seconds, seconds_left() / 3), 0.5)


def seconds_left() -> float:
    """Until the call must have ended."""
    return anyio.current_effective_deadline() - anyio.current_time()


def could_run(report: TestReport) -> bool:
    """False where this machine is the reason: no sandbox, or a package that is not installed."""
    problem = report.problem or ""
    return not (problem.startswith("not run") or problem.endswith("is not installed"))


def passed_tests(report: TestReport) -> set[str]:
    """Tests all of whose parameters passed, as "function" or "Class::method"."""
    return {test_name(node) for node in report.collected} - not_passed(report).keys()


def not_passed(report: TestReport) -> dict[str, str]:
    """The other tests by the same names, each with the first of its nodes that did not pass."""
    found: dict[str, str] = {}
    for node in report.collected:
        if report.outcomes.get(node) != "passed":
            found.setdefault(test_name(node), node)
    return found


def why(report: TestReport, node: str) -> str:
    """Why a node did not pass, in a line."""
    reason = report.messages.get(node) or report.problem or ""
    return next(iter(reason.strip().splitlines()), "it did not pass")[:200]


async def kept_tests(given: Services, file: TestFile, passed: set[str]) -> TestFile:
    """The file with only the tests that passed."""
    kept: TestFile = await given.workers.run(
        "mcp_server.analysis.testfiles:keep", file, passed, tool="parser"
    )
    return kept
