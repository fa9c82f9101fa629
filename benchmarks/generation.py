"""How many tasks with examples `generate_code` solves: a Markdown table.

python -m benchmarks.generation tuning            the half that prompts and budgets were tuned on
python -m benchmarks.generation frozen            the other half
python -m benchmarks.generation tuning --limit 8  the first tasks only

Progress goes to standard error, the table to standard output.

A task is solved if all of its hidden tests pass. The first greedy answer is the first candidate
that the tool looked at; the ceiling takes, of the same candidates, any that passes them.
"""

import argparse
import asyncio
import json
import re
import secrets
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import yaml

from benchmarks.intervals import wilson
from mcp_server.analysis.wanted import read_request
from mcp_server.analysis.workers import Workers
from mcp_server.checks import is_verified
from mcp_server.configuration import load_configuration
from mcp_server.generation.code_checks import CodeTask
from mcp_server.generation.code_writing import write_code
from mcp_server.sandbox import open_sandbox
from mcp_server.sandbox.base import Sandbox
from mcp_server.sandbox.pytest_runner import run_script
from mcp_server.services import Services
from mcp_server.sessions import StoredConversations
from model_backends import BackendSettings, open_backend

TASKS = Path(__file__).parent / "corpora" / "generation"
HIDDEN_SECONDS = 10.0

_SCRIPT = """
import json, os, signal
asked = json.load(open("asked.json"))
passed = []
for code in asked["candidates"]:
    child = os.fork()
    if not child:
        signal.setitimer(signal.ITIMER_VIRTUAL, 2)
        try:
            names = {"__name__": "solution"}
            exec(code, names)
            exec(asked["tests"], names)
        except BaseException:
            os._exit(1)
        os._exit(0)
    passed.append(os.waitpid(child, 0)[1] == 0)
print("\\n" + asked["key"] + json.dumps(passed))
"""


@dataclass(frozen=True, slots=True)
class Solved:
    """What came of one task.

    Args:
        name: The task's.
        first: The first candidate passes the hidden tests.
        returned: The one that the tool returns does.
        ceiling: Any of them does.
        verified: The tool says that its own is verified.
        tried: How many candidates there were.
        seconds: Of the whole call.
    """

    name: str
    first: bool
    returned: bool
    ceiling: bool
    verified: bool
    tried: int
    seconds: float


async def solve(given: Services, task: Mapping[str, Any]) -> Solved:
    """Have a task's code written as the tool does, and try the hidden tests on all candidates."""
    request = str(task["request"]).strip()
    asked = CodeTask(request, "python", "pep8", read_request(request))

    async def silent(*_: object) -> None:
        """Progress is for people."""

    started = time.perf_counter()
    with anyio.fail_after(given.settings.performance.timeout_seconds):
        written = await write_code(given, asked, silent)
    seconds = time.perf_counter() - started
    codes = [candidate.code for candidate in written.candidates]
    hidden = await _hidden(given.sandbox, [*codes, written.best.code], task["hidden"])
    return Solved(
        str(task["name"]),
        hidden[0],
        hidden[-1],
        any(hidden),
        is_verified(list(written.best.checks)),
        len(codes),
        seconds,
    )


async def _hidden(sandbox: Sandbox, codes: Sequence[str], tests: Sequence[str]) -> list[bool]:
    """Which candidates pass all hidden tests; each is run in a process of its own."""
    key = secrets.token_hex(16)
    asked = {"key": key, "candidates": [c or "raise ValueError" for c in codes]}
    asked["tests"] = "\n".join(tests)
    outcome = await run_script(
        sandbox, _SCRIPT, files={"asked.json": json.dumps(asked)}, seconds=HIDDEN_SECONDS * 3
    )
    found = re.search(rf"^{key}(.*)$", outcome.stdout, re.MULTILINE)
    if not found:
        raise RuntimeError(f"the hidden tests did not run: {outcome.stderr or outcome.ending}")
    return [bool(each) for each in json.loads(found[1])]


def table(half: str, solved: Sequence[Solved]) -> str:
    """The table of all tasks."""
    count = len(solved)
    first, returned, ceiling = (
        sum(getattr(each, name) for each in solved) for name in ("first", "returned", "ceiling")
    )
    verified = [each for each in solved if each.verified]
    refuted = sum(not each.returned for each in verified)
    quick = [each.seconds for each in solved if each.tried == 1]
    seconds = [each.seconds for each in solved]
    return "\n".join(
        [
            f"| {half} half, {count} tasks | share | 95 % interval |",
            "|---|---|---|",
            f"| solved by the first greedy answer | {_share(first, count)} |",
            f"| solved by verified generation | {_share(returned, count)} |",
            f"| ceiling: solved by any of the same candidates | {_share(ceiling, count)} |",
            f"| called verified | {_share(len(verified), count)} |",
            f"| refuted by hidden tests, of those verified | {_share(refuted, len(verified))} |",
            "",
            f"- verified generation to first answer: {_ratio(returned, first)}",
            f"- verified generation to ceiling: {_ratio(returned, ceiling)}",
            f"- candidates: median {statistics.median(e.tried for e in solved):g}, "
            f"most {max(e.tried for e in solved)}",
            f"- seconds: median {statistics.median(seconds):.1f}, most {max(seconds):.1f}; where "
            f"the first answer passes ({len(quick)}): "
            f"median {statistics.median(quick) if quick else float('nan'):.1f}",
        ]
    )


def _share(part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    share = f"{part / whole:.0%}" if whole else "-"
    return f"{share} ({part}/{whole}) | {low:.0%} to {high:.0%}"


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


async def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("half", choices=["frozen", "tuning"])
    parser.add_argument("--limit", type=int, metavar="N", help="the first N tasks only")
    parser.add_argument("--backend", default="embedded")
    options = parser.parse_args(argv)
    file = TASKS / f"tasks_{options.half}.yaml"
    tasks = yaml.safe_load(file.read_text(encoding="utf-8"))[: options.limit]
    settings = load_configuration().settings
    backend = open_backend(BackendSettings(backend=options.backend))
    sandbox, workers = open_sandbox("auto"), Workers(1)
    solved: list[Solved] = []
    given = Services(settings, backend, sandbox, workers, StoredConversations("sqlite://"))
    try:
        await sandbox.probe()
        for task in tasks:
            solved.append(await solve(given, task))
            print(f"{len(solved)} of {len(tasks)}: {solved[-1]}", file=sys.stderr, flush=True)
    finally:
        await backend.aclose()
        await workers.aclose()
    budget = settings.tools.code_generation
    print(f"{backend.info.model}, up to {budget.candidates} candidates or {budget.seconds:g} s\n")
    print(table(options.half, solved))


if __name__ == "__main__":
    asyncio.run(main())
