"""A model's refactoring, offered only if it behaves as the code did."""

from dataclasses import dataclass

from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.analysis.candidates import Reading
from mcp_server.analysis.derived import render_tests
from mcp_server.analysis.refactoring import Improved
from mcp_server.analysis.searching import search_cases
from mcp_server.analysis.subjects import Subjects
from mcp_server.analysis.testfiles import TestFile
from mcp_server.checks import Check, CheckStatus
from mcp_server.generation.test_runs import (
    TestTask,
    could_run,
    kept_tests,
    passed_tests,
    run,
    seconds_left,
)
from mcp_server.prompting import (
    Question,
    Sampling,
    extract_code,
    generate_text,
    has_whole_block,
    prompt_text,
    simpler_file,
)
from mcp_server.sandbox.base import Mechanism, SandboxUnavailableError
from mcp_server.sandbox.pytest_runner import TestReport
from mcp_server.services import Services
from model_backends.errors import BackendError

CANDIDATES = 3
MODULE = "solution"
SEARCH_SHARE = 0.2
"""Of the time that is left to the call, what recording the behaviour may use."""
NAME = "refactoring behaves the same"


@dataclass(frozen=True, slots=True)
class Refactored:
    """A refactoring that may be offered, or none; what was checked, and what contained the code."""

    code: str | None
    check: Check
    sandbox: Mechanism | None = None


async def refactor(given: Services, code: str, findings: str) -> Refactored:
    """Ask the model for a better version, and hold it against tests recorded on the original.

    The tests are derived from calls of the original; a version is offered if it parses, has the
    same names and parameters, and passes all of them in a fresh process. That does not cover what
    the tests do not run: the check says how much that is.
    """
    recorded = await _recorded(given, code)
    if isinstance(recorded, str):
        return Refactored(None, _check("not_run", recorded))
    task, tests, report = recorded
    said = f"{len(report.collected)} tests recorded on the original, which cover "
    said += f"{report.branch_coverage or 0:.0f} % of its branches"
    why = "the model wrote no code"
    for number in range(CANDIDATES):
        left = seconds_left()
        if left < 1:
            why = "there was no time left for it"
            break
        try:
            candidate = await _asked(given, code, findings, seed=number, seconds=left / 2)
        except BackendError as error:
            return Refactored(
                None, _check("not_run", f"the model failed: {error}"), report.mechanism
            )
        why = await _fault(given, code, candidate, task, tests)
        if not why:
            check = _check("passed", f"{said}, pass on it")
            return Refactored(candidate, check, report.mechanism)
    check = _check("failed", f"{said}; the model's version was not taken: {why}")
    return Refactored(None, check, report.mechanism)


async def _recorded(given: Services, code: str) -> str | tuple[TestTask, TestFile, TestReport]:
    """Tests of what the code does now, with their run; or why there are none."""
    subjects: Subjects = await given.workers.run(
        "mcp_server.analysis.subjects:read_subjects", code, tool="refactoring"
    )
    left = seconds_left()
    try:
        found = await search_cases(
            given.sandbox,
            code,
            module_name=MODULE,
            examples=subjects.examples,
            runs_each=given.settings.tools.test_generation.search_runs,
            seconds_each=min(given.settings.tools.test_generation.search_seconds, left / 8),
            seconds=max(left * SEARCH_SHARE, 0.5),
        )
    except SandboxUnavailableError as error:
        return f"code is not run here: {error}"
    task = TestTask(code, "pytest", 0, MODULE)
    tests = render_tests(found.cases, "pytest", subjects.defined, MODULE)
    if not tests.tests:
        return "nothing of the code's behaviour could be recorded, so none could be held against it"
    report = await run(given, task, tests, fresh=True)
    if not could_run(report):
        return report.problem or "the tests could not be run"
    if not report.all_passed:
        tests = await kept_tests(given, tests, passed_tests(report))
        report = await run(given, task, tests, fresh=True)
    if not report.all_passed:
        return "what the code does could not be repeated, so nothing could be held against it"
    return task, tests, report


async def _asked(given: Services, code: str, findings: str, *, seed: int, seconds: float) -> str:
    settings = given.settings
    generated = await generate_text(
        given.backend,
        Question(
            prompt_text("refactor", code=code.strip(), findings=findings),
            file=simpler_file(code, findings),
        ),
        Sampling(
            settings.tools.code_generation.max_new_tokens,
            temperature=0.0 if seed == 0 else 0.7,
            seed=seed,
        ),
        seconds=seconds,
        enough=has_whole_block,
    )
    return extract_code(generated.text)


async def _fault(
    given: Services, original: str, candidate: str, task: TestTask, tests: TestFile
) -> str:
    """Why a version is not taken; empty if it is."""
    if not candidate.strip():
        return "it has no code"
    reading: Reading = await given.workers.run(
        "mcp_server.analysis.candidates:read_python", candidate, tool="parser"
    )
    if reading.problem:
        return reading.problem
    try:
        changed: Improved = await given.workers.run(
            "mcp_server.analysis.refactoring:same_interface", original, candidate, tool="parser"
        )
    except ToolError as error:
        return str(error)
    if changed.code is None:
        return changed.reason
    report = await run(
        given, TestTask(candidate, task.framework, 0, task.module_name), tests, fresh=True
    )
    if report.all_passed:
        return ""
    failed = [node for node in report.collected if report.outcomes.get(node) != "passed"]
    first = failed[0].split("::", 1)[-1] if failed else "the tests"
    message = report.messages.get(failed[0], "") if failed else (report.problem or "")
    return f"{first} fails on it: {message.strip().splitlines()[0][:160] if message else '?'}"


def _check(status: CheckStatus, detail: str) -> Check:
    return Check(name=NAME, kind="behaviour", required=False, status=status, detail=detail)
