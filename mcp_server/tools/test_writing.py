"""Tests that are written by a model, kept if they pass, and completed from the code itself."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import anyio
from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.analysis.derived import import_test, render_tests
from mcp_server.analysis.probing import Seen, documented, plan_calls, probe
from mcp_server.analysis.subjects import Subjects
from mcp_server.analysis.testfiles import Framework, TestFile, test_name
from mcp_server.prompting import Sampling, extract_code, generate_text, has_whole_block, prompt_text
from mcp_server.sandbox.base import SandboxUnavailableError
from mcp_server.sandbox.pytest_runner import TestReport, run_tests
from mcp_server.services import Services
from model_backends.errors import BackendError

MODEL_SHARE = 0.4
"""Of the time that is left to the call, what the model may use."""
SMALL_MODEL_TOKENS = 320
PROBE_SECONDS = 10.0
HASH_SEED = 4242
"""Of the last run, other than any that went before: order of sets must not matter."""

Progress = Callable[[float, float, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TestTask:
    """What tests are wanted."""

    __test__ = False  # its name must not make pytest collect it

    code: str
    framework: Framework
    coverage_target: int
    module_name: str


@dataclass(slots=True)
class Written:
    """The tests, how they ran, and what became of the model's.

    Args:
        file: The tests.
        report: Their last run, in a fresh process; None if they could not be run.
        origins: "model" or "derived", by the name of a test.
        not_run: Why they could not be run.
        model_note: What became of the model's tests.
        dropped: Tests that were left out, with the reason.
    """

    file: TestFile = field(default_factory=TestFile)
    report: TestReport | None = None
    origins: dict[str, str] = field(default_factory=dict)
    not_run: str = ""
    model_note: str = ""
    dropped: dict[str, str] = field(default_factory=dict)


async def write_tests(given: Services, task: TestTask, progress: Progress) -> Written:
    """Write tests, run them, and keep those that pass.

    Raises:
        ToolError: The code is not valid Python.
    """
    subjects: Subjects = await given.workers.run(
        "mcp_server.analysis.subjects:read_subjects", task.code, tool="generate_tests"
    )
    written = Written()
    await progress(0, 4, "asking the model for tests")
    file = await _of_model(given, task, subjects, written, progress)
    await progress(1, 4, "running the model's tests")
    file, coverage = await _that_pass(given, task, file, written)
    written.origins = dict.fromkeys(_names(file), "model")
    if not written.not_run and (not file.tests or coverage < task.coverage_target):
        await progress(2, 4, "trying calls of the code")
        derived = await _derived(given, task, subjects)
        file = file.joined(derived)
    if not file.tests:
        file = import_test(task.framework, task.module_name, subjects.names)
    for name in _names(file):
        written.origins.setdefault(name, "derived")
    await progress(3, 4, "running all tests in a fresh process")
    await _finish(given, task, file, written)
    return written


async def _of_model(
    given: Services, task: TestTask, subjects: Subjects, written: Written, progress: Progress
) -> TestFile:
    """The model's tests, as far as they can be read; its failure is noted, not raised."""
    if not subjects.names:
        written.model_note = "not asked: the code defines nothing that can be called"
        return TestFile()
    try:
        answer = await _ask(given, task, subjects, progress)
    except BackendError as error:
        written.model_note = f"the model failed: {error}"
        return TestFile()
    file: TestFile = await given.workers.run(
        "mcp_server.analysis.testfiles:take_apart",
        answer,
        task.code,
        subjects.names,
        task.module_name,
        tool="parser",
    )
    written.model_note = file.problem
    return file


async def _ask(given: Services, task: TestTask, subjects: Subjects, progress: Progress) -> str:
    settings = given.settings.tools.test_generation
    small = given.backend.info.quality == "small"

    async def told(pieces: int) -> None:
        await progress(0, 4, f"asking the model for tests: {pieces} tokens")

    generated = await generate_text(
        given.backend,
        prompt_text(
            "tests",
            module=task.module_name,
            code=task.code.strip(),
            framework=task.framework,
            names=", ".join(subjects.names),
        ),
        Sampling(
            min(settings.max_new_tokens, SMALL_MODEL_TOKENS) if small else settings.max_new_tokens,
            seed=0,
        ),
        seconds=(anyio.current_effective_deadline() - anyio.current_time()) * MODEL_SHARE,
        enough=has_whole_block,
        progress=told,
    )
    return extract_code(generated.text)


async def _that_pass(
    given: Services, task: TestTask, file: TestFile, written: Written
) -> tuple[TestFile, float]:
    """The tests of `file` that pass, and their coverage in percent."""
    if not file.tests:
        return TestFile(), 0.0
    report = await _run(given, task, file)
    if not _could_run(report):
        written.not_run = report.problem or ""
        return file, 0.0
    passed = _passed(report)
    _note_dropped(report, passed, written)
    total = len(set(map(test_name, report.collected)))
    if report.problem and not passed:
        written.model_note = f"none could be kept: {report.problem}"
    else:
        written.model_note = f"{len(passed)} of {total} passed and were kept"
    all_passed = report.all_passed
    coverage = (report.branch_coverage or 0.0) if all_passed else 0.0
    kept = await _kept(given, file, passed)
    if kept.tests and not all_passed:
        again = await _run(given, task, kept)
        coverage = again.branch_coverage or 0.0
    return kept, coverage


async def _derived(given: Services, task: TestTask, subjects: Subjects) -> TestFile:
    calls = plan_calls(subjects)
    seen: list[Seen] = documented(subjects)
    said = {each.call.expression for each in seen}
    if calls:
        try:
            seen += await probe(
                given.sandbox,
                task.code,
                [call for call in calls if call.expression not in said],
                module_name=task.module_name,
                seconds=min(PROBE_SECONDS, _seconds(given)),
            )
        except SandboxUnavailableError:
            return TestFile()
    return render_tests(seen, task.framework, subjects.names, task.module_name)


async def _finish(given: Services, task: TestTask, file: TestFile, written: Written) -> None:
    """Run what is left in a fresh process; what fails there is dropped, once."""
    for attempt in range(2):
        report = await _run(given, task, file, fresh=True)
        if not _could_run(report):
            written.file, written.not_run = file, report.problem or "the tests could not be run"
            return
        passed = _passed(report)
        if report.all_passed or attempt:
            break
        _note_dropped(report, passed, written)
        kept = await _kept(given, file, passed)
        if not kept.tests:
            break
        file = kept
    written.file, written.report = file, report


async def _kept(given: Services, file: TestFile, passed: set[str]) -> TestFile:
    kept: TestFile = await given.workers.run(
        "mcp_server.analysis.testfiles:keep", file, passed, tool="parser"
    )
    return kept


async def _run(
    given: Services, task: TestTask, file: TestFile, *, fresh: bool = False
) -> TestReport:
    return await run_tests(
        given.sandbox,
        task.code,
        file.source(),
        module_name=task.module_name,
        framework=task.framework,
        seconds=_seconds(given),
        fresh=fresh,
        hash_seed=HASH_SEED if fresh else None,
    )


def _seconds(given: Services) -> float:
    """The sandbox's limit, or a third of the call's time that is left if that is less."""
    left = anyio.current_effective_deadline() - anyio.current_time()
    return max(min(given.settings.sandbox.seconds, left / 3), 0.5)


def _could_run(report: TestReport) -> bool:
    """False where this machine is the reason: no sandbox, or a package that is not installed."""
    problem = report.problem or ""
    return not (problem.startswith("not run") or problem.endswith("is not installed"))


def _passed(report: TestReport) -> set[str]:
    """Tests all of whose parameters passed, as "function" or "Class::method"."""
    names = {test_name(node) for node in report.collected}
    bad = {test_name(node) for node in report.collected if report.outcomes.get(node) != "passed"}
    return names - bad


def _note_dropped(report: TestReport, passed: set[str], written: Written) -> None:
    for node in report.collected:
        name = test_name(node)
        if name not in passed and name not in written.dropped:
            reason = report.messages.get(node) or report.problem or "it did not pass"
            written.dropped[name] = reason.strip().splitlines()[0][:200]


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
