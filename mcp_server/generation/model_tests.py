"""The model's own tests: asked for, read, run, and kept if they pass."""

from dataclasses import dataclass, field

import anyio

from mcp_server.analysis.searching import Suspicion
from mcp_server.analysis.subjects import Subjects
from mcp_server.analysis.testfiles import TestFile, test_name
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
from mcp_server.prompting import (
    Question,
    Sampling,
    extract_code,
    file_of_tests,
    generate_text,
    has_whole_block,
    prompt_text,
)
from mcp_server.sandbox.pytest_runner import TestReport
from mcp_server.services import Services
from model_backends.errors import BackendError

MODEL_SHARE = 0.4
"""Of the time that is left to the call, what the model may use."""
SMALL_MODEL_TOKENS = 320
ROUNDS = 2
"""How often a capable model is asked: once, and once more for what it left uncovered."""


@dataclass(slots=True)
class ModelTests:
    """What became of the model's tests.

    Args:
        file: Those that pass.
        coverage: What they cover, in percent of branches.
        not_run: Why nothing could be run on this machine.
        note: What became of them, in a line.
        dropped: Tests that were left out, with the reason.
        suspicions: What a capable model expected and the code does not do.
    """

    file: TestFile = field(default_factory=TestFile)
    coverage: float = 0.0
    not_run: str = ""
    note: str = ""
    dropped: dict[str, str] = field(default_factory=dict)
    suspicions: tuple[Suspicion, ...] = ()


async def write_model_tests(
    given: Services, task: TestTask, subjects: Subjects, progress: Progress
) -> ModelTests:
    """Ask the model for tests and keep those that pass; its failure is noted, not raised."""
    made = ModelTests()
    if not subjects.names:
        made.note = "not asked: the code defines nothing that can be called"
        return made
    until = anyio.current_time() + seconds_left() * MODEL_SHARE
    uncovered: tuple[int, ...] = ()
    for number in range(ROUNDS):
        try:
            answer = await _ask(given, task, subjects, progress, until=until, uncovered=uncovered)
        except BackendError as error:
            made.note = made.note or f"the model failed: {error}"
            break
        uncovered = await _take(given, task, subjects, answer, made)
        enough = made.coverage >= task.coverage_target or not uncovered
        if enough or made.not_run or given.backend.info.quality == "small":
            break
        if number + 1 < ROUNDS and until - anyio.current_time() < 1:
            break
    return made


async def _ask(
    given: Services,
    task: TestTask,
    subjects: Subjects,
    progress: Progress,
    *,
    until: float,
    uncovered: tuple[int, ...],
) -> str:
    settings = given.settings.tools.test_generation
    small = given.backend.info.quality == "small"

    async def told(pieces: int) -> None:
        await progress(0, 4, f"asking the model for tests: {pieces} tokens")

    generated = await generate_text(
        given.backend,
        Question(
            prompt_text(
                "tests_uncovered" if uncovered else "tests",
                module=task.module_name,
                code=task.code.strip(),
                framework=task.framework,
                names=", ".join(subjects.names),
                lines=_shown_lines(task.code, uncovered),
            ),
            file=file_of_tests(task.module_name, task.code, subjects.names, task.framework),
        ),
        Sampling(
            min(settings.max_new_tokens, SMALL_MODEL_TOKENS) if small else settings.max_new_tokens,
            seed=0,
        ),
        seconds=max(until - anyio.current_time(), 0.1),
        enough=has_whole_block,
        progress=told,
    )
    return extract_code(generated.text)


def _shown_lines(code: str, numbers: tuple[int, ...]) -> str:
    lines = code.splitlines()
    return "\n".join(f"{n}: {lines[n - 1]}" for n in numbers[:20] if 0 < n <= len(lines))


async def _take(
    given: Services, task: TestTask, subjects: Subjects, answer: str, made: ModelTests
) -> tuple[int, ...]:
    """Add the tests of an answer that pass; gives the lines that are still uncovered."""
    file: TestFile = await given.workers.run(
        "mcp_server.analysis.testfiles:take_apart",
        answer,
        task.code,
        subjects.names,
        task.module_name,
        tool="parser",
    )
    if not file.tests:
        made.note = made.note or file.problem
        return ()
    together = made.file.joined(file) if made.file.tests else file
    report = await run(given, task, together)
    if not could_run(report):
        made.not_run, made.file = report.problem or "", together
        return ()
    passed = passed_tests(report)
    _note_dropped(given, report, made)
    total = len(set(map(test_name, report.collected)))
    if report.problem and not passed:
        made.note = f"none could be kept: {report.problem}"
    else:
        made.note = f"{len(passed)} of {total} passed and were kept"
    made.file = await kept_tests(given, together, passed)
    if made.file.tests and not report.all_passed:
        report = await run(given, task, made.file)
    if not made.file.tests:
        return ()
    made.coverage = report.branch_coverage or 0.0
    return report.uncovered_lines


def _note_dropped(given: Services, report: TestReport, made: ModelTests) -> None:
    """Why tests are left out; a capable model's wrong expectation may be the code's bug."""
    found = list(made.suspicions)
    for name, node in not_passed(report).items():
        if name in made.dropped:
            continue
        made.dropped[name] = why(report, node)
        failed = report.outcomes.get(node) == "failed" and "assert" in made.dropped[name]
        if failed and given.backend.info.quality == "capable":
            found.append(Suspicion(name, name, "the model's test passes", made.dropped[name], 0))
    made.suspicions = tuple(found)
