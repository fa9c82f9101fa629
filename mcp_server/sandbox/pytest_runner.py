"""Runs tests in a sandbox and says what they proved: outcomes and measured coverage.

Coverage is coverage.py's, with branches: `branch_coverage` is the "Cover" column of
`pytest --cov --cov-branch`, 100 * (covered lines + covered branches) / (lines + branches).
"""

import keyword
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from mcp_server.sandbox.base import (
    Job,
    Limits,
    Mechanism,
    Outcome,
    Sandbox,
    SandboxUnavailableError,
)
from mcp_server.sandbox.jail import collect
from mcp_server.sandbox.record import Record, read_record
from mcp_server.sandbox.select import SelectedSandbox

Framework = Literal["pytest", "unittest"]
TestOutcome = Literal["passed", "failed", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class TestReport:
    """What a run of tests showed.

    Args:
        collected: The tests' node ids as pytest writes them, such as
            "test_solution.py::test_add[1-2]".
        outcomes: How each test that was started ended.
        messages: Why it did, for those that did not pass.
        line_coverage: Lines of the module that ran, in percent; None if not measured.
        branch_coverage: Lines and branches that ran, in percent, as in the module's docstring.
        uncovered_lines: Line numbers that did not run.
        uncovered_branches: Branches that were not taken, as (from line, to line); a negative line
            is the exit of the block that starts there.
        problem: Why nothing could be run or the run did not end; None if it did.
        seconds: Wall-clock seconds.
        mechanism: What contained the code.
    """

    __test__ = False  # its name must not make pytest collect it

    collected: tuple[str, ...] = ()
    outcomes: Mapping[str, TestOutcome] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    line_coverage: float | None = None
    branch_coverage: float | None = None
    uncovered_lines: tuple[int, ...] = ()
    uncovered_branches: tuple[tuple[int, int], ...] = ()
    problem: str | None = None
    seconds: float = 0.0
    mechanism: Mechanism = "none"

    @property
    def all_passed(self) -> bool:
        """At least one test passed, none failed, and the run ended."""
        outcomes = set(self.outcomes.values())
        return (
            self.problem is None
            and "passed" in outcomes
            and outcomes <= {"passed", "skipped"}
            and len(self.outcomes) == len(self.collected)
        )


async def run_tests(
    sandbox: Sandbox,
    code: str,
    test_code: str,
    *,
    module_name: str = "solution",
    framework: Framework = "pytest",
    seconds: float = 20,
    hash_seed: int | None = None,
    fresh: bool = False,
    backwards: bool = False,
) -> TestReport:
    """Run `test_code` against `code`, which it imports as `module_name`.

    Args:
        sandbox: Where they run.
        code: The module under test.
        test_code: The tests, functions or classes.
        module_name: What the tests import; an identifier that is no module of Python's.
        framework: "unittest" collects subclasses of TestCase alone.
        seconds: Wall-clock limit.
        hash_seed: PYTHONHASHSEED of a fresh process; giving one asks for a fresh process.
        fresh: Run in a new process, as for a claim that is final, instead of a warm one.
        backwards: Run them in the reverse of their order.

    Raises:
        ValueError: `module_name` cannot name the module.
    """
    _check_name(module_name)
    key = secrets.token_hex(32)
    job = Job(
        command=[
            *(str(_python(sandbox)), str(Path(collect.__file__)), module_name, framework),
            *(["reversed"] if backwards else []),
        ],
        files={f"{module_name}.py": code, f"test_{module_name}.py": test_code},
        read_back=[collect.RECORD],
        stdin=key,
        environment=_environment(hash_seed),
        limits=replace(_limits(sandbox), seconds=seconds),
    )
    try:
        if isinstance(sandbox, SelectedSandbox) and not fresh and hash_seed is None:
            outcome = await sandbox.run_warm(job)
        else:
            outcome = await sandbox.run(job)
    except SandboxUnavailableError as error:
        problem = _no_pytest(str(error)) or f"not run: {error}"
        return TestReport(problem=problem, mechanism=sandbox.mechanism)
    record = read_record(outcome.files.get(collect.RECORD, ""), key.encode())
    return _report(record, outcome, module_name, seconds)


async def run_script(
    sandbox: Sandbox,
    script: str,
    *,
    files: Mapping[str, str] | None = None,
    seconds: float = 10,
) -> Outcome:
    """Run a Python script, with `files` (contents by relative path) beside it.

    Raises:
        SandboxUnavailableError: Code is not run here.
    """
    job = Job(
        command=[str(_python(sandbox)), "-u", "script.py"],
        files={**(files or {}), "script.py": script},
        environment=_environment(None),
        limits=replace(_limits(sandbox), seconds=seconds),
    )
    return await sandbox.run(job)


def _check_name(module_name: str) -> None:
    if not module_name.isidentifier() or keyword.iskeyword(module_name):
        raise ValueError(f"module name {module_name!r} is not an identifier")
    if module_name in sys.stdlib_module_names or module_name in ("pytest", "coverage"):
        raise ValueError(f"module name {module_name!r} belongs to a module of Python; use another")


def _python(sandbox: Sandbox) -> Path:
    return sandbox.python if isinstance(sandbox, SelectedSandbox) else Path(sys.executable)


def _limits(sandbox: Sandbox) -> Limits:
    return sandbox.limits if isinstance(sandbox, SelectedSandbox) else Limits()


def _environment(hash_seed: int | None) -> dict[str, str]:
    environment = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }
    if hash_seed is not None:
        environment["PYTHONHASHSEED"] = str(hash_seed)
    return environment


def _report(record: Record, outcome: Outcome, module_name: str, seconds: float) -> TestReport:
    messages = dict(record.messages)
    outcomes = dict(record.outcomes)
    if record.running is not None and not record.ended:
        outcomes[record.running] = "error"
        messages[record.running] = _why_it_stopped(outcome, seconds)
    return TestReport(
        collected=record.collected,
        outcomes=outcomes,
        messages=messages,
        line_coverage=record.line_coverage,
        branch_coverage=record.branch_coverage,
        uncovered_lines=record.uncovered_lines,
        uncovered_branches=record.uncovered_branches,
        problem=_problem(record, outcome, module_name, seconds),
        seconds=outcome.seconds,
        mechanism=outcome.mechanism,
    )


def _problem(record: Record, outcome: Outcome, module_name: str, seconds: float) -> str | None:
    if record.forged:
        return "the code under test wrote to the record of the run"
    if record.unimportable:
        return _import_problem(record.unimportable, module_name)
    if not record.ended:
        return _why_it_stopped(outcome, seconds)
    if record.broken_off:
        return "the code under test ended the run (SystemExit or KeyboardInterrupt)"
    if not record.collected:
        return record.skipped or "no tests were collected"
    return None


def _import_problem(message: str, module_name: str) -> str:
    missing = re.search(r"No module named '([^']+)'", message)
    if missing and missing[1].split(".")[0] not in (module_name, f"test_{module_name}"):
        return f"module {missing[1]} is not installed"
    lines = [line for line in message.splitlines() if line.strip()]
    return f"the tests cannot be imported: {lines[-1] if lines else 'no reason given'}"


def _no_pytest(said: str) -> str | None:
    if "No module named 'pytest'" in said:
        return "pytest is not installed in sandbox.python; install it there or unset the setting"
    return None


def _why_it_stopped(outcome: Outcome, seconds: float) -> str:
    """One line on a run that did not reach its end."""
    if outcome.ending == "timeout":
        return f"stopped after {seconds:g} s, the time limit"
    if outcome.ending == "output_limit":
        return "stopped: it wrote more output than the limit"
    note = [line for line in outcome.stderr.splitlines() if line.startswith("sandbox: ")]
    if note:
        return note[-1]
    if outcome.ending == "signalled":
        return f"the process was ended by signal {-outcome.exit_code}"
    if missing := _no_pytest(outcome.stderr):
        return missing
    return f"the process ended itself before the tests were done (exit code {outcome.exit_code})"
