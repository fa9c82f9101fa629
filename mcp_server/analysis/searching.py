"""The search for tests, and the measure of what tests notice, run in the sandbox."""

import ast
import contextlib
import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp_server import search
from mcp_server.analysis.examples import Example
from mcp_server.sandbox.base import Sandbox
from mcp_server.sandbox.pytest_runner import run_script

PACKAGE = "code_search"
"""The name of the search's package in the sandbox."""
MOST_MUTANTS = 400
MEASURED_MUTANTS = 60
WHOLE_MODULE = 8
"""How many times more runs than one function a whole module is searched with at most."""
GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Case:
    """A call that the search chose, and what it gave.

    Args:
        subject: The function or class that it belongs to.
        target: What is observed: a function's or a method's name.
        owner: The class of a method.
        setup: Lines before the observed call.
        call: The observed call.
        is_statement: It is no expression.
        is_composed: More than the call itself: what it gives is gone through, or called.
        values: Names and sources of the observed call's values.
        facts: Expressions and the values that they have; `{result}` stands for the call.
        raised: The exception's name.
        message: The exception's text, where it can be held.
        printed: What was written to standard output.
        documented: It is an example of the code's own documentation.
        receiver: The variable that holds the instance.
        steps: Methods that were called before.
    """

    subject: str
    target: str
    owner: str | None
    setup: tuple[str, ...]
    call: str
    is_statement: bool
    is_composed: bool
    values: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    raised: str
    message: str
    printed: str
    documented: bool
    receiver: str
    steps: tuple[str, ...]

    @property
    def is_async(self) -> bool:
        """The call is awaited."""
        return self.call.startswith("asyncio.run(")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """An example of the documentation that the code contradicts."""

    name: str
    call: str
    expected: str
    actual: str
    line: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Args:
        cases: The chosen cases.
        suspicions: Examples that the code contradicts.
        evaluated: How many calls were tried.
        cut: Functions and classes whose search its guard of seconds ended.
    """

    cases: tuple[Case, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    evaluated: int = 0
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mutation:
    """How many mutants the tests noticed, of how many; None of `problem` where it was measured."""

    killed: int = 0
    total: int = 0
    alive: tuple[tuple[int, str], ...] = ()
    problem: str | None = None

    @property
    def percent(self) -> float | None:
        """The share that is noticed, in percent; None where there is nothing to notice."""
        return 100.0 * self.killed / self.total if self.total else None


async def search_cases(
    sandbox: Sandbox,
    code: str,
    *,
    module_name: str,
    examples: Sequence[Example],
    runs_each: int,
    seconds_each: float,
    seconds: float,
    seed: int = 0,
    private: bool = False,
    subjects: Collection[str] = (),
) -> Found:
    """Search for calls that reach all branches and tell mutants from the code.

    Args:
        sandbox: Where the code runs.
        code: The module.
        module_name: Its name.
        examples: What its documentation says, to be tried first.
        runs_each: Runs of the code and its mutants in the search for one function or class; a
            module has at most `WHOLE_MODULE` times as many.
        seconds_each: Guard of the search for one function or class.
        seconds: Guard of all of them.
        seed: Of all chance.
        private: Whether what begins with an underscore is called, too.
        subjects: Names to search; all if empty.

    Raises:
        SandboxUnavailableError: Code is not run here.
    """
    asked = {
        "module": module_name,
        "runs": runs_each,
        "total_runs": runs_each * WHOLE_MODULE,
        "seconds": seconds_each,
        "total": seconds,
        "seed": seed,
        "most_mutants": MOST_MUTANTS,
        "private": private,
        "subjects": sorted(subjects),
        "examples": [
            {"name": e.name, "call": e.call, "expected": e.expected, "raises": e.raises}
            for e in examples
        ],
    }
    files = {f"{module_name}.py": code}
    guard = seconds * 1.5 + GRACE
    return _found(list(await _run(sandbox, "driver", "search.json", asked, files, seconds=guard)))


async def measure_mutants(
    sandbox: Sandbox, code: str, test_code: str, *, module_name: str, seconds: float
) -> Mutation:
    """Run the tests on simple mutants of the code, at most `MEASURED_MUTANTS`, by functions.

    What could not be run within the time is not counted.

    Raises:
        SandboxUnavailableError: Code is not run here.
    """
    files = {f"{module_name}.py": code, f"test_{module_name}.py": test_code}
    asked = {"module": module_name, "most": MEASURED_MUTANTS}
    lines = list(await _run(sandbox, "killing", "killing.json", asked, files, seconds=seconds))
    if problem := next((line["problem"] for line in lines if "problem" in line), None):
        return Mutation(problem=str(problem))
    measured = [line for line in lines if "killed" in line]
    if not measured and not any("end" in line for line in lines):
        return Mutation(problem="it did not end in time")
    return Mutation(
        killed=sum(bool(line["killed"]) for line in measured),
        total=len(measured),
        alive=tuple((int(n["line"]), str(n["what"])) for n in measured if not n["killed"]),
    )


async def _run(
    sandbox: Sandbox,
    program: str,
    name: str,
    asked: Mapping[str, Any],
    files: Mapping[str, str],
    *,
    seconds: float,
) -> Iterator[dict[str, Any]]:
    key = secrets.token_hex(16)
    outcome = await run_script(
        sandbox,
        f"from {PACKAGE}.{program} import main\n\nmain()\n",
        files={**_package(), **files, name: json.dumps({**asked, "key": key})},
        seconds=seconds,
    )
    return _read(outcome.stdout, key)


def _package() -> dict[str, str]:
    """The search's own source, as files of a package in the sandbox."""
    directory = Path(search.__file__).parent
    return {
        f"{PACKAGE}/{file.name}": file.read_text(encoding="utf-8")
        for file in directory.glob("*.py")
    }


def _read(stdout: str, key: str) -> Iterator[dict[str, Any]]:
    for line in stdout.splitlines():
        if line.startswith(key):
            try:
                found = json.loads(line.removeprefix(key))
            except ValueError:  # cut short where the run was
                continue
            if isinstance(found, dict):
                yield found


def _found(lines: Sequence[Mapping[str, Any]]) -> Found:
    """All that the lines of a search say."""
    cases, suspicions, evaluated = [], [], 0
    cut = [] if any("end" in line for line in lines) else ["the module as a whole"]
    for line in lines:
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError, SyntaxError):
            # The code under test can write such lines, too, and break them.
            if "case" in line:
                cases.append(_case(line))
            elif "suspected" in line:
                suspicions.append(_suspicion(line))
            elif "subject" in line:
                evaluated += int(line.get("evaluated", 0))
                cut += [str(line["subject"])] if line["cut"] else []
    return Found(tuple(cases), tuple(suspicions), evaluated, tuple(cut))


def _case(line: Mapping[str, Any]) -> Case:
    """A case of a line; all that becomes source is source.

    Raises:
        KeyError, TypeError, ValueError, SyntaxError: It is none that the search wrote.
    """
    ast.parse("\n".join([*line["setup"], line["call"]]))
    for fact in line["facts"]:
        ast.parse(fact["expression"], mode="eval")
        ast.parse(fact["value"], mode="eval")
    return Case(
        subject=line["case"],
        target=line["target"],
        owner=line["owner"],
        setup=tuple(line["setup"]),
        call=line["call"],
        is_statement=line["statement"],
        is_composed=line["composed"],
        values=tuple((name, value) for name, value in line["values"]),
        facts=tuple((fact["expression"], fact["value"]) for fact in line["facts"]),
        raised=line["raised"],
        message=line["message"],
        printed=line["printed"],
        documented=line["documented"],
        receiver=line["receiver"],
        steps=tuple(line["steps"]),
    )


def _suspicion(line: Mapping[str, Any]) -> Suspicion:
    expected = f"raises {line['raises']}" if line["raises"] else str(line["expected"])
    return Suspicion(
        line["suspected"], line["call"], expected, str(line["actual"]), int(line["line"])
    )
