"""Tests that are written by a model, kept if they pass, and completed from the code itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import anyio
from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.analysis.derived import import_test, render_tests
from mcp_server.analysis.searching import (
    Case,
    Found,
    Mutation,
    Suspicion,
    measure_mutants,
    search_cases,
)
from mcp_server.analysis.subjects import Subjects
from mcp_server.analysis.testfiles import TestFile
from mcp_server.generation.model_tests import ModelTests, write_model_tests
from mcp_server.generation.test_runs import (
    Progress,
    TestTask,
    could_run,
    kept_tests,
    not_passed,
    passed_tests,
    run,
    seconds_left,
    why,
)
from mcp_server.sandbox.base import SandboxUnavailableError
from mcp_server.sandbox.pytest_runner import TestReport
from mcp_server.services import Services

SEARCH_SHARE = 0.3
"""Of the time that is left to the call, what one search may use."""
MUTANTS_SHARE = 0.4
SEARCHES = 2
"""How often the search is made, with other chances, where the target is not reached."""
LEAST_SECONDS = 1.0
"""Of a call; with less left it is not searched again."""
STEPS = 4
ROUNDS = 4
"""How often the finished tests are run in both orders, while some of them fail."""


@dataclass(slots=True)
class Written:
    """The tests, how they ran, and what became of the model's.

    Args:
        file: The tests.
        report: Their last run, in a fresh process; None if they could not be run.
        origins: "model" or "derived", by the name of a test.
        not_run: Why they could not be run.
        model: What became of the model's tests.
        suspicions: Where the code seems to be wrong.
        mutation: What the tests notice; None if that was not measured.
        dropped: Tests that were left out at the end, with the reason.
        cut: Functions and classes whose search its time limit ended.
    """

    file: TestFile = field(default_factory=TestFile)
    report: TestReport | None = None
    origins: dict[str, str] = field(default_factory=dict)
    not_run: str = ""
    model: ModelTests = field(default_factory=ModelTests)
    suspicions: tuple[Suspicion, ...] = ()
    mutation: Mutation | None = None
    dropped: dict[str, str] = field(default_factory=dict)
    cut: tuple[str, ...] = ()


async def write_tests(given: Services, task: TestTask, progress: Progress) -> Written:
    """Write tests, run them, and keep those that pass.

    The model is asked while the search goes on; what the search found is used where the model's
    tests do not reach the coverage target.

    Raises:
        ToolError: The code is not valid Python.
    """
    subjects: Subjects = await given.workers.run(
        "mcp_server.analysis.subjects:read_subjects", task.code, tool="generate_tests"
    )
    written = Written()
    await progress(0, STEPS, "asking the model for tests, and searching for calls to hold")
    found = await _asked_and_searched(given, task, subjects, written, progress)
    file = written.model.file
    written.not_run = written.model.not_run
    written.origins = dict.fromkeys(_names(file), "model")
    if not written.not_run:
        if not file.tests or written.model.coverage < task.coverage_target:
            await progress(1, STEPS, f"{found.evaluated} calls of the code were tried")
            file = await _completed(given, task, subjects, file, found, written=written)
        written.suspicions = (*found.suspicions, *written.model.suspicions)
    notes = tuple(map(_noted, written.suspicions))
    least = import_test(task.framework, task.module_name, subjects.names)
    least = replace(least, notes=notes)
    written.file = replace(file, notes=notes) if file.tests else least
    await progress(2, STEPS, "running all tests in fresh processes")
    await _finish(given, task, written, least)
    for name in _names(written.file):
        written.origins.setdefault(name, "derived")
    await _measure_mutants(given, task, written, progress)
    return written


async def _asked_and_searched(
    given: Services, task: TestTask, subjects: Subjects, written: Written, progress: Progress
) -> Found:
    """The model's tests and the search at the same time; a good model's end the search."""
    found = Found()
    async with anyio.create_task_group() as group:

        async def search() -> None:
            nonlocal found
            found = await _search(given, task, subjects, 0)

        group.start_soon(search)
        written.model = await write_model_tests(given, task, subjects, progress)
        if written.model.file.tests and written.model.coverage >= task.coverage_target:
            group.cancel_scope.cancel()
    if not found.evaluated and subjects.examples and not written.model.not_run:
        # Ended early: what the documentation says is still held against the code.
        documented = {example.name for example in subjects.examples}
        brief = await _search(given, task, subjects, 0, seconds=0.2, names=tuple(documented))
        found = Found(suspicions=brief.suspicions)
    return found


async def _search(
    given: Services,
    task: TestTask,
    subjects: Subjects,
    seed: int,
    *,
    seconds: float | None = None,
    names: Sequence[str] = (),
    private: bool = False,
) -> Found:
    """A search within its share of the time; nothing where code is not run here."""
    settings = given.settings.tools.test_generation
    bound = max(seconds_left() * SEARCH_SHARE, 0.5)
    try:
        return await search_cases(
            given.sandbox,
            task.code,
            module_name=task.module_name,
            examples=subjects.examples,
            runs_each=settings.search_runs,
            seconds_each=seconds or settings.search_seconds,
            seconds=seconds or bound,
            seed=seed,
            private=private or all(n.startswith("_") for n in subjects.names),
            subjects=names,
        )
    except SandboxUnavailableError:
        return Found()


async def _completed(
    given: Services,
    task: TestTask,
    subjects: Subjects,
    file: TestFile,
    found: Found,
    *,
    written: Written,
) -> TestFile:
    """The file with tests of what the search found; searched again while the target is missed."""
    cases, written.cut = _holdable(found), found.cut
    whole = _joined(file, cases, subjects, task)
    for seed in range(1, SEARCHES):
        if not whole.tests:
            break
        report = await run(given, task, whole)
        reached = report.branch_coverage or 0.0
        in_time = seconds_left() >= LEAST_SECONDS
        if not could_run(report) or reached >= task.coverage_target or not in_time:
            break
        more = await _search(given, task, subjects, seed, private=True)
        written.cut = tuple(dict.fromkeys([*written.cut, *more.cut]))
        known = {(c.setup, c.call) for c in cases}
        cases += [c for c in _holdable(more) if (c.setup, c.call) not in known]
        whole = _joined(file, cases, subjects, task)
    return whole


def _joined(file: TestFile, cases: Sequence[Case], subjects: Subjects, task: TestTask) -> TestFile:
    derived = render_tests(cases, task.framework, subjects.defined, task.module_name)
    return file.joined(derived) if file.tests else derived


def _holdable(found: Found) -> list[Case]:
    """Cases whose outcome may be held: not those of code that its documentation contradicts.

    Of these only what the documentation says is held, lest tests enshrine the fault: the examples
    that are right, and of the others the type that they give.
    """
    suspected = {suspicion.name for suspicion in found.suspicions}
    return [c for c in found.cases if c.documented or c.subject not in suspected]


def _noted(suspicion: Suspicion) -> str:
    raises = suspicion.actual.startswith("raises")
    does = suspicion.actual if raises else f"gives {suspicion.actual}"
    return f"Suspected bug: {suspicion.call}: expected {suspicion.expected}, but it {does}"


async def _finish(given: Services, task: TestTask, written: Written, least: TestFile) -> None:
    """Run the file in fresh processes, in both orders; what fails in either is dropped.

    The report is that of the last file in its own order. Where nothing is left, it is `least`.
    """
    for _ in range(ROUNDS):
        kept = await _both_orders(given, task, written)
        if kept is None or written.file is least:
            return
        written.file = kept if kept.tests else least
    # What is left has not run by itself: the report would be of another file.
    written.report = None
    written.not_run = f"tests still failed when they had been run {ROUNDS} times"


async def _both_orders(given: Services, task: TestTask, written: Written) -> TestFile | None:
    """What passes of the file, where something of it fails; None where nothing is to be dropped."""
    for backwards in (False, True):
        report = await run(given, task, written.file, fresh=True, backwards=backwards)
        if not could_run(report):
            written.not_run = report.problem or "the tests could not be run"
            written.report = None
            return None
        if not backwards:
            written.report = report
        if not report.all_passed:
            for name, node in not_passed(report).items():
                written.dropped.setdefault(name, why(report, node))
            return await kept_tests(given, written.file, passed_tests(report))
    return None


async def _measure_mutants(
    given: Services, task: TestTask, written: Written, progress: Progress
) -> None:
    """Measure what the tests notice, where they could be run and pass."""
    if written.report is None or not written.report.all_passed:
        return
    await progress(3, STEPS, "running the tests on mutants of the code")
    seconds = min(given.settings.sandbox.seconds, seconds_left() * MUTANTS_SHARE)
    try:
        written.mutation = await measure_mutants(
            given.sandbox,
            task.code,
            written.file.source(),
            module_name=task.module_name,
            seconds=max(seconds, 0.5),
        )
    except SandboxUnavailableError:
        written.mutation = None


def _names(file: TestFile) -> Sequence[str]:
    return [name for name, _ in file.tests]


async def formatted(given: Services, source: str) -> str:
    """The test file as black writes it."""
    line_length = given.settings.coding_standard().line_length
    try:
        done = await given.workers.run(
            "mcp_server.analysis.formatters:format_python",
            source,
            "black",
            line_length,
            tool="black",
        )
    except ToolError:
        return source
    return str(done.code) if done.same_meaning else source
