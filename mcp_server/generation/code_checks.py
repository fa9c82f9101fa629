"""What is checked of one candidate: how it reads, and what it gives for the examples."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import anyio
from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.analysis.acceptance import as_tests
from mcp_server.analysis.candidates import Reading
from mcp_server.analysis.examples import Example
from mcp_server.analysis.findings import canonical, grade
from mcp_server.analysis.linters import RawFinding
from mcp_server.analysis.signatures import mismatch
from mcp_server.analysis.syntax import Syntax
from mcp_server.analysis.wanted import Wanted
from mcp_server.checks import Check, CheckStatus
from mcp_server.sandbox.pytest_runner import TestReport, run_tests
from mcp_server.services import Services

MODULE = "solution"
RUN_SECONDS = 6.0
"""Of a run of all examples, where nothing else limits it; each of them has its own limit, too."""


@dataclass(frozen=True, slots=True)
class CodeTask:
    """What shall be written; `wanted` is what can be held against it."""

    description: str
    language: str
    style: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer's code with what was checked.

    Args:
        code: The code; empty where the answer has none.
        reading: What it defines; None where it is not Python.
        checks: What was checked.
        repairs: Which candidate it was made from, counted from 0; None if it was written anew.
    """

    code: str
    reading: Reading | None
    checks: tuple[Check, ...]
    repairs: int | None = None

    @property
    def passes(self) -> bool:
        """It has code, and no check that ran failed."""
        return bool(self.code) and all(c.status != "failed" for c in self.checks if c.required)

    @property
    def examples(self) -> tuple[int, int]:
        """How many examples passed, of how many."""
        run = [check for check in self.checks if check.kind == "behaviour"]
        return sum(check.status == "passed" for check in run), len(run)

    @property
    def rank(self) -> tuple[bool, bool, int, int, int]:
        """Any code, valid code, passed required checks, passed examples, passed other checks."""
        passed = [check for check in self.checks if check.status == "passed"]
        return (
            bool(self.code),
            not any(c.name == "parses" and c.status == "failed" for c in self.checks),
            sum(check.required and check.kind == "static" for check in passed),
            self.examples[0],
            sum(not check.required for check in passed),
        )


async def check_code(
    given: Services,
    task: CodeTask,
    code: str,
    known: Sequence[Candidate] = (),
    seconds: float = RUN_SECONDS,
) -> Candidate:
    """Check a candidate: it parses, is what was asked for, and does what the examples say.

    Code that is among the `known` candidates already, layout apart, is not run again. A run of the
    examples takes no more than `seconds`.
    """
    if not code:
        return Candidate(code, None, (static("parses", "not_run", "no code"),))
    if task.language != "python":
        return Candidate(code, None, (await _reads(given, task.language, code),))
    prepared: tuple[str, Reading] = await given.workers.run(
        "mcp_server.analysis.candidates:prepare", code, tool="parser"
    )
    code, reading = prepared
    if reading.problem:
        return Candidate(code, reading, (static("parses", "failed", reading.problem),))
    same = (c for c in known if c.reading and c.reading.normal == reading.normal)
    if again := next(same, None):
        return again
    checks = [static("parses", "passed"), *_as_asked(task.wanted, reading)]
    seconds = min(seconds, given.settings.sandbox.seconds, half_of_what_is_left())
    checks += await _run_examples(given, task.wanted.examples, code, reading, seconds)
    return Candidate(code, reading, tuple(checks))


async def finished(given: Services, task: CodeTask, candidate: Candidate) -> Candidate:
    """The candidate as it is returned: formatted where that keeps its meaning, and linted."""
    if task.language != "python" or candidate.reading is None or candidate.reading.problem:
        return candidate
    code = await _formatted(given, candidate.code)
    read = [check for check in candidate.checks if check.kind == "static"]
    run = [check for check in candidate.checks if check.kind == "behaviour"]
    return replace(candidate, code=code, checks=(*read, await _lints(given, code), *run))


def half_of_what_is_left() -> float:
    """Half the seconds that are left to the call: a run must not outlast it."""
    return max((anyio.current_effective_deadline() - anyio.current_time()) / 2, 0.5)


def static(name: str, status: CheckStatus, detail: str = "", *, required: bool = True) -> Check:
    """A check of how code reads."""
    return Check(name=name, kind="static", required=required, status=status, detail=detail)


async def _reads(given: Services, language: str, code: str) -> Check:
    """Whether code in another language than Python is well-formed."""
    try:
        found: Syntax = await given.workers.run(
            "mcp_server.analysis.syntax:read_syntax", code, language, tool="tree-sitter"
        )
    except ToolError as error:
        return static("parses", "not_run", str(error))
    if not found.read:
        return static("parses", "not_run", found.problem or "")
    return static("parses", "failed" if found.problem else "passed", found.problem or "")


def _as_asked(wanted: Wanted, reading: Reading) -> list[Check]:
    """Whether it has the name and the parameters that were asked for."""
    if not wanted.name:
        return []
    name = f"defines {wanted.name}"
    if wanted.name not in reading.bound:
        return [static(name, "failed", f"it defines {', '.join(reading.names) or 'nothing'}")]
    found = next((s for s in reading.signatures if s.name == wanted.name), None)
    if not wanted.signature or not found:
        return [static(name, "passed")]
    problem = mismatch(wanted.signature, found)
    takes = f"takes {wanted.signature.source.removeprefix(wanted.name)}"
    return [
        static(name, "passed"),
        static(takes, "failed" if problem else "passed", problem or ""),
    ]


async def _formatted(given: Services, code: str) -> str:
    """The code formatted by black where that keeps its meaning."""
    line_length = given.settings.coding_standard().line_length
    try:
        done = await given.workers.run(
            "mcp_server.analysis.formatters:format_python", code, "black", line_length, tool="black"
        )
    except ToolError:
        return code
    return str(done.code) if done.same_meaning else code


async def _lints(given: Services, code: str) -> Check:
    """No finding of ruff's is critical or major, docstrings and annotations apart."""
    line_length = given.settings.coding_standard().line_length
    try:
        raw: list[RawFinding] = await given.workers.run(
            "mcp_server.analysis.linters:ruff", code, "pep8", line_length, tool="ruff"
        )
    except ToolError as error:
        return static("lints", "not_run", str(error), required=False)
    grave = [f for f in raw if grade(canonical(f.source, f.rule))[0] in ("critical", "major")]
    if not grave:
        return static("lints", "passed", "ruff found nothing critical or major", required=False)
    named = "; ".join(f"line {f.line}: {f.message} ({f.rule})" for f in grave[:3])
    return static("lints", "failed", named, required=False)


async def _run_examples(
    given: Services, examples: Sequence[Example], code: str, reading: Reading, seconds: float
) -> list[Check]:
    """The examples' outcomes; where the function is missing, they fail without being run."""
    if not examples:
        return []
    if missing := {example.name for example in examples} - set(reading.bound):
        detail = f"there is no {', '.join(sorted(missing))}"
        return [_behaviour(example, "failed", detail) for example in examples]
    report = await run_tests(
        given.sandbox,
        code,
        as_tests(examples, MODULE),
        module_name=MODULE,
        seconds=seconds,
    )
    return [example_check(example, number, report) for number, example in enumerate(examples, 1)]


def example_check(example: Example, number: int, report: TestReport) -> Check:
    """What a run of `as_tests` says of its example `number`."""
    node = next((n for n in report.collected if n.endswith(f"::test_example_{number}")), None)
    outcome = report.outcomes.get(node) if node else None
    detail = (report.messages.get(node, "") if node else "") or (report.problem or "")
    status: CheckStatus = "passed" if outcome == "passed" else "failed"
    if outcome is None and not _is_failure(report):
        status, detail = "not_run", detail or "it was not run"
    first = detail.strip().splitlines()[0] if detail.strip() else ""
    return _behaviour(example, status, first.removeprefix("test_solution.OutOfTime: "))


def _behaviour(example: Example, status: CheckStatus, detail: str) -> Check:
    return Check(
        name=f"example {example}",
        kind="behaviour",
        required=True,
        status=status,
        detail=detail,
    )


def _is_failure(report: TestReport) -> bool:
    """Whether tests that did not run are the code's fault rather than this machine's."""
    problem = report.problem or ""
    return not (problem.startswith("not run") or problem.endswith("is not installed"))
