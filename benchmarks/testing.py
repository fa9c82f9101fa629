"""`python -m benchmarks.testing`: what generated tests cover and notice, beside plain pytest."""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from mcp import Client

from benchmarks.processes import environment
from mcp_server.configuration import load_configuration
from mcp_server.sandbox import open_sandbox
from mcp_server.server import build_server
from model_backends.registry import open_backend
from model_backends.settings import BackendSettings

CORPORA = Path(__file__).parent / "corpora" / "testing"
MODULES = ("colorsys", "fnmatch", "graphlib", "nturl2path", "quopri", "reprlib", "shlex",
           "stringprep", "textwrap", "string", "statistics", "copy", "base64")  # fmt: skip
"""Modules of the standard library that neither need a machine's state nor change it."""
PARTS = ("frozen", "tuning", "stdlib", "bugs")
SEARCH_ENDED = "the search came to its end"
GARBAGE = "I am sorry, I cannot help with that."


@dataclass(frozen=True, slots=True)
class Subject:
    """Code to write tests for; `typed` is None for modules of the standard library."""

    name: str
    typed: bool | None
    code: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one subject.

    Args:
        claimed: Branch coverage as the tool says, in percent.
        plain: The same as plain pytest says in a clean process; None if a test failed there.
        count: Tests as the tool says, and as plain pytest counts them.
        killed: Mutants that the tests notice.
        tried: Mutants that were tried.
        seconds: Of the tool's call.
        cut: Its search was ended by the clock.
    """

    subject: Subject
    claimed: float
    plain: float | None
    count: tuple[int, int]
    killed: int
    tried: int
    seconds: float
    problem: str = ""
    cut: bool = False


def subjects_of(name: str) -> list[Subject]:
    """The frozen or the tuning half of the corpus, or modules of the standard library."""
    if name == "stdlib":
        library = Path(sysconfig.get_path("stdlib"))
        files = [(module, library / f"{module}.py") for module in MODULES]
        return [Subject(m, None, f.read_text(encoding="utf-8"), name) for m, f in files]
    text = (CORPORA / f"subjects_{name}.yaml").read_text(encoding="utf-8")
    return [Subject(e["name"], e["typed"], e["code"], name) for e in yaml.safe_load(text)]


@asynccontextmanager
async def serving(backend: str, seconds: float) -> AsyncIterator[Client]:
    """A client of a server in memory that has the tool, with so many seconds a call."""
    variables = {"STARCODER_MCP__PERFORMANCE__TIMEOUT_SECONDS": str(seconds)}
    settings = load_configuration(environ=variables).settings
    if backend == "scripted":
        from model_backends.scripted import ScriptedBackend

        model: Any = ScriptedBackend(replies=[GARBAGE])
    else:
        model = open_backend(BackendSettings(backend=backend))
    tools = {"generate_tests": "mcp_server.tools.generate_tests"}
    server = build_server(settings, model, open_sandbox("auto"), tools=tools)
    async with Client(server) as client:
        yield client


async def measure(
    subjects: Sequence[Subject], backend: str, seconds: float, results: Path | None = None
) -> list[Measured]:
    """Call the tool for each subject, one after the other, as one client would.

    Args:
        subjects: What is measured.
        backend: The model's.
        seconds: Of a call.
        results: File in which each is kept when it is measured; what is there is not done again.
    """
    known = _known(results)
    found = [
        replace(known[s.part, s.name], subject=s) for s in subjects if (s.part, s.name) in known
    ]
    async with serving(backend, seconds) as client:
        for subject in (s for s in subjects if (s.part, s.name) not in known):
            found.append(await _one(client, subject, seconds))
            show(found[-1])
            if results:
                with results.open("a", encoding="utf-8") as file:
                    kept = replace(found[-1], subject=replace(subject, code=""))
                    file.write(json.dumps(asdict(kept)) + "\n")
    return found


def _known(results: Path | None) -> dict[tuple[str, str], Measured]:
    """What a file of results has, by part and name."""
    if results is None or not results.exists():
        return {}
    entries = map(json.loads, results.read_text(encoding="utf-8").splitlines())
    found = [
        Measured(**{**e, "subject": Subject(**e["subject"]), "count": tuple(e["count"])})
        for e in entries
    ]
    return {(m.subject.part, m.subject.name): m for m in found}


async def measure_bugs(backend: str, seconds: float) -> str:
    """A table of functions with a planted bug that an example in their documentation shows."""
    entries = yaml.safe_load((CORPORA / "bugs.yaml").read_text(encoding="utf-8"))
    suspected = held = 0
    async with serving(backend, seconds) as client:
        for entry in entries:
            result = await client.call_tool(
                "generate_tests", {"code": entry["code"]}, read_timeout_seconds=seconds + 30
            )
            made: dict[str, Any] = result.structured_content or {}
            suspected += bool(made.get("suspected_bugs"))
            plain, _, problem = plainly(entry["correct"], made.get("test_code", ""))
            held += plain is None
            print(f"{entry['name']:32} {made.get('suspected_bugs')} {problem}", file=sys.stderr)
    return (
        "| functions with a planted bug | in suspected_bugs | tests that hold the bug |\n"
        "|---|---|---|"
        f"\n| {len(entries)} | {suspected} | {held} |"
    )


async def _one(client: Client, subject: Subject, seconds: float) -> Measured:
    started = time.perf_counter()
    result = await client.call_tool(
        "generate_tests", {"code": subject.code}, read_timeout_seconds=seconds + 30
    )
    took = time.perf_counter() - started
    if result.is_error:
        return Measured(subject, 0, None, (0, 0), 0, 0, took, str(result.content[0]))
    made: dict[str, Any] = result.structured_content or {}
    plain, count, problem = await asyncio.to_thread(plainly, subject.code, made["test_code"])
    tried = made["mutants_tried"]
    killed = round((made["mutation_score"] or 0) * tried / 100)
    return Measured(
        subject,
        made["coverage_estimate"] or 0,
        plain,
        (made["test_count"], count),
        killed,
        tried,
        took,
        problem,
        any(check["name"] == SEARCH_ENDED for check in made["checks"]),
    )


def plainly(code: str, test_code: str) -> tuple[float | None, int, str]:
    """Coverage and number of tests as plain pytest has them; no coverage where a test failed."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "solution.py").write_text(code, encoding="utf-8")
        (directory / "test_solution.py").write_text(test_code, encoding="utf-8")
        report = directory / "coverage.json"
        command = [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull),
            *(f"--rootdir={name}", "--cov=solution", "--cov-branch"),
            *(f"--cov-report=json:{report}", "test_solution.py"),
        ]
        done = subprocess.run(
            command, cwd=name, capture_output=True, text=True, env=environment(), check=False
        )
        passed = re.search(r"(\d+) passed", done.stdout)
        count = int(passed[1]) if passed else 0
        if done.returncode:
            return None, count, done.stdout.strip().splitlines()[-1]
        return json.loads(report.read_text())["totals"]["percent_covered"], count, ""


def show(found: Measured) -> None:
    """One line on a subject, as it is measured."""
    share = f"{found.killed}/{found.tried}"
    print(
        f"{found.subject.name:32} {found.claimed:6.1f} %  mutants {share:>7}  tests "
        f"{found.count[0]:3}  {found.seconds:5.1f} s  {found.problem}",
        file=sys.stderr,
        flush=True,
    )


def table(found: Sequence[Measured]) -> str:
    """A Markdown table, typed and untyped code apart."""
    lines = [
        "| code | subjects | branch coverage: median | at 95 % and more | mutants noticed | "
        "seconds: median (most) | cut by the clock | failing in plain pytest | "
        "claimed coverage off by over 1 | claimed count wrong |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    groups: dict[str, list[Measured]] = {}
    for each in found:
        kinds = {True: f"{each.subject.part}, typed", False: f"{each.subject.part}, untyped"}
        title = kinds.get(bool(each.subject.typed), "")
        groups.setdefault("standard library" if each.subject.typed is None else title, []).append(
            each
        )
    lines += [_row(title, own) for title, own in sorted(groups.items())]
    return "\n".join(lines)


def _row(title: str, own: Sequence[Measured]) -> str:
    covered = [m.claimed for m in own]
    killed, tried = sum(m.killed for m in own), sum(m.tried for m in own)
    seconds = [m.seconds for m in own]
    off = [m for m in own if m.plain is not None and abs(m.plain - m.claimed) > 1]
    return (
        f"| {title} | {len(own)} | {median(covered):.1f} % | "
        f"{sum(c >= 95 for c in covered)} of {len(own)} | "
        f"{100 * killed / max(tried, 1):.1f} % ({killed} of {tried}) | "
        f"{median(seconds):.1f} ({max(seconds):.1f}) | {sum(m.cut for m in own)} | "
        f"{sum(m.plain is None for m in own)} | "
        f"{len(off)} | {sum(m.count[0] != m.count[1] for m in own)} |"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where plain pytest contradicts a claim."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.testing", description=__doc__)
    parser.add_argument(
        "parts", metavar="PART", nargs="*", default=["frozen"],
        help=f"of {', '.join(PARTS)}, in one table (frozen)",
    )  # fmt: skip
    parser.add_argument("--backend", default="scripted", help="scripted answers garbage (default)")
    parser.add_argument("--seconds", type=float, default=60, help="time of a call (60)")
    parser.add_argument("--limit", type=int, help="only the first subjects")
    parser.add_argument(
        "--only",
        default="",
        metavar="A,B",
        help="only subjects whose names have one of these in them",
    )
    parser.add_argument(
        "--results", type=Path, metavar="FILE",
        help="keep what is measured there, a line each; a later run goes on from it",
    )  # fmt: skip
    arguments = parser.parse_args(argv)
    if unknown := [part for part in arguments.parts if part not in PARTS]:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    if "bugs" in arguments.parts:
        print(asyncio.run(measure_bugs(arguments.backend, arguments.seconds)))
        return 0
    wanted = arguments.only.split(",")
    every = [s for part in arguments.parts for s in subjects_of(part)]
    subjects = [s for s in every if any(part in s.name for part in wanted)][: arguments.limit]
    found = asyncio.run(measure(subjects, arguments.backend, arguments.seconds, arguments.results))
    print(table(found))
    wrong = [m for m in found if m.plain is None or m.count[0] != m.count[1]]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
