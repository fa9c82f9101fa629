"""How long the code tools take beside the commands that users have for the same."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.processes import environment, installed
from benchmarks.rows import Row, Target
from benchmarks.wire import Wire, connected

if TYPE_CHECKING:
    from mcp_server.analysis.workers import Workers

TITLE = "Code tools"
NOTE = (
    "Ours is a call over stdio to a running `starcoder-mcp`; the reference is the command as a "
    "process on the same 20 lines: `black -q -`; `radon cc`, `raw`, `mi` and `hal` with `-j` and "
    "`complexipy`, one after the other, which together give what ours gives; `pylint`, the slowest "
    "linter of a review. Two rows only inform: two of these commands alone, and pylint in a worker "
    "of ours that has it imported, which is what a review waits for."
)
RUNS = 15
WARM_UP = 3
SAMPLE = '''"""Statistics of numbers."""

import math


def mean(values: list[float]) -> float:
    """Return the mean of the values."""
    if not values:
        raise ValueError("there are no values")
    return sum(values) / len(values)


def deviation(values: list[float], sample: bool = True) -> float:
    """Return the standard deviation."""
    if sample and len(values) < 2:
        return 0.0
    middle = mean(values)
    squares = sum((value-middle)**2 for value in values)
    return math.sqrt(squares / (len(values) - (1 if sample else 0)))
'''

Ask = Callable[[], object]


async def measure(runs: int) -> Sequence[Row]:
    """Ask ours and the reference in turns."""
    from mcp_server.analysis.workers import Workers

    env = environment()
    pylint = Workers(1)
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        file = Path(directory) / "sample.py"
        file.write_text(SAMPLE, encoding="utf-8")
        command = [installed("starcoder-mcp"), "--backend", "scripted"]
        wire = stack.enter_context(connected(command, env))
        black = [installed("black"), "-q", "-"]
        radon = [[installed("radon"), kind, "-j", str(file)] for kind in ("cc", "raw", "mi", "hal")]
        complexipy = [installed("complexipy"), str(file)]
        formatting = _in_turns(_call(wire, "format_code"), lambda: _run(black, SAMPLE), runs)
        counting = [
            _in_turns(
                _call(wire, "analyze_complexity"),
                lambda commands=commands: [_run(c, "", directory) for c in commands],
                runs,
            )
            for commands in ([*radon, complexipy], [radon[0], complexipy])
        ]
        command = [installed("pylint"), "--output-format=json2", "--persistent=n", str(file)]
        reviewing = _in_turns(
            _call(wire, "review_code"), lambda: _run(command, "", directory), runs
        )
        ours, alone = await _reviews(_call(wire, "review_code"), pylint, runs)
    await pylint.aclose()
    return [
        Row("format_code, 20 lines", "ms", *formatting, Target(1 / 15)),
        Row("analyze_complexity, 20 lines", "ms", *counting[0], Target(1 / 50)),
        Row("analyze_complexity, beside radon cc and complexipy", "ms", *counting[1]),
        Row("review_code, 20 lines", "ms", *reviewing, Target(1.2)),
        Row("review_code, beside pylint in a worker", "ms", ours, alone),
    ]


def _call(wire: Wire, tool: str) -> Ask:
    return lambda: wire.request("tools/call", {"name": tool, "arguments": {"code": SAMPLE}})


def _run(command: Sequence[str], text: str, directory: str | None = None) -> None:
    subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=directory)


def _in_turns(ours: Ask, reference: Ask, runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each, in pairs."""
    readings: tuple[list[float], list[float]] = ([], [])
    for run in range(WARM_UP + runs):
        for side, ask in enumerate((ours, reference)):
            started = time.perf_counter()
            ask()
            if run >= WARM_UP:
                readings[side].append(1000 * (time.perf_counter() - started))
    return readings


async def _reviews(review: Ask, workers: "Workers", runs: int) -> tuple[list[float], list[float]]:
    readings: tuple[list[float], list[float]] = ([], [])
    for run in range(WARM_UP + runs):
        started = time.perf_counter()
        review()
        between = time.perf_counter()
        await workers.run("mcp_server.analysis.linters:pylint", SAMPLE, tool="pylint")
        ended = time.perf_counter()
        if run >= WARM_UP:
            readings[0].append(1000 * (between - started))
            readings[1].append(1000 * (ended - between))
    return readings
