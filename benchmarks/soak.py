"""`python -m benchmarks.soak`: many calls, and what is left of them: memory and processes."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from statistics import median

from mcp import Client, MCPError, StdioServerParameters

from benchmarks.memory import adopt_orphans, descendants, left_over
from benchmarks.processes import environment, installed
from benchmarks.workload import CALLS, EMBEDDED_CALLS, READ_SECONDS, Call, WrongAnswerError, mixed

GROWTH_LIMIT = 0.10
WARM_UP = 0.25
BATCH = len(CALLS)
"""Calls between two samples: each kind once, so that samples can be compared."""
EXIT_SECONDS = 5.0
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory between two batches, in MB (10^6 bytes): the server's own, and its children's."""

    calls: int
    server_mb: float
    children_mb: float
    processes: int


@dataclass
class Soak:
    """What one server went through.

    Args:
        samples: Memory over the calls; the first comes after the warm-up.
        problems: What went wrong, one line each.
    """

    samples: list[Sample] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def growth(values: Sequence[float]) -> float:
    """How much the last third's median is over the first third's, as a fraction of the latter."""
    third = max(len(values) // 3, 1)
    first = median(values[:third])
    return median(values[-third:]) / first - 1 if first else 0.0


def judged(samples: Sequence[Sample]) -> list[str]:
    """What the memory's course has against it; empty where all is well."""
    series = {
        "the server": [s.server_mb for s in samples],
        "the server with its children": [s.server_mb + s.children_mb for s in samples],
    }
    return [
        f"{who} grew by {growth(values):.0%}, from {values[0]:.0f} to {values[-1]:.0f} MB; "
        f"at most {GROWTH_LIMIT:.0%} is allowed"
        for who, values in series.items()
        if values and growth(values) > GROWTH_LIMIT
    ]


async def soak(
    command: Sequence[str], calls: Mapping[str, Call], count: int, at_once: int, seconds: float
) -> Soak:
    """Make `count` calls to a server on stdio, `at_once` at a time, within `seconds`.

    Args:
        command: The server and its arguments.
        calls: What is called, in turn.
        count: How many calls; a quarter of them warms the server up.
        at_once: Calls in flight.
        seconds: The soak stops before its next batch after that long, and says so.
    """
    found = Soak()
    work = mixed(calls, count)
    started = time.monotonic()
    before = {process.pid for process in descendants(os.getpid())}
    async with _connected(command) as client:
        server = next(p.pid for p in descendants(os.getpid()) if p.pid not in before)
        for first in range(0, count, BATCH):
            if time.monotonic() - started > seconds:
                print(f"  stopped after {first} calls: {seconds:.0f} s are over", flush=True)
                break
            found.problems += await _batch(client, work[first : first + BATCH], at_once)
            sample = _sample(server, min(first + BATCH, count))
            if sample is None:
                found.problems.append(f"the server died within the first {first + BATCH} calls")
                break
            _show(sample, time.monotonic() - started)
            if sample.calls > count * WARM_UP:
                found.samples.append(sample)
    return found


def _connected(command: Sequence[str]) -> Client:
    parameters = StdioServerParameters(
        command=command[0], args=list(command[1:]), env=environment()
    )
    return Client(parameters, read_timeout_seconds=READ_SECONDS)


async def _batch(client: Client, work: Sequence[tuple[int, str, Call]], at_once: int) -> list[str]:
    problems: list[str] = []
    gate = asyncio.Semaphore(at_once)

    async def one(number: int, name: str, call: Call) -> None:
        async with gate:
            try:
                await call(client, number)
            except (MCPError, WrongAnswerError) as error:
                problems.append(f"call {number}, {name}: {error}")

    async with asyncio.TaskGroup() as group:
        for item in work:
            group.create_task(one(*item))
    return problems


def _sample(server: int, calls: int) -> Sample | None:
    """The memory now; None when the server is gone."""
    resident = {process.pid: process.resident_mb for process in descendants(os.getpid())}
    if server not in resident:
        return None
    server_mb = resident.pop(server)
    return Sample(calls, server_mb, sum(resident.values()), 1 + len(resident))


def _show(sample: Sample, seconds: float) -> None:
    print(
        f"  {sample.calls:6} calls {seconds:6.0f} s   server {sample.server_mb:6.0f} MB   "
        f"children {sample.children_mb:6.0f} MB   {sample.processes:3} processes",
        flush=True,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Soak both kinds of server; 1 when memory grew, a call went wrong or a process stayed."""
    arguments = _parser().parse_args(argv)
    if not sys.platform.startswith("linux"):
        print("benchmarks.soak: needs Linux: memory is read from /proc", file=sys.stderr)
        return 2
    adopt_orphans()
    before = {process.pid for process in descendants(os.getpid())}
    plan = [("scripted", CALLS, arguments.calls), ("embedded", EMBEDDED_CALLS, arguments.embedded)]
    problems: list[str] = []
    for backend, calls, count in plan:
        print(f"{backend}: {count} calls, {arguments.at_once} at once", flush=True)
        command = [installed("starcoder-mcp"), "--backend", backend, "--log-level", "ERROR"]
        found = asyncio.run(soak(command, calls, count, arguments.at_once, arguments.seconds))
        problems += found.problems + judged(found.samples) + _left_over(before)
    for problem in problems[:SHOWN]:
        print(f"benchmarks.soak: {problem}", file=sys.stderr)
    if len(problems) > SHOWN:
        print(f"benchmarks.soak: and {len(problems) - SHOWN} more like these", file=sys.stderr)
    print("failed: something grew, went wrong or stayed" if problems else "nothing grew or stayed")
    return 1 if problems else 0


def _left_over(before: Set[int] = frozenset()) -> list[str]:
    found = left_over(os.getpid(), EXIT_SECONDS, before)
    for process in found:
        os.kill(process.pid, signal.SIGKILL)
    return [f"process {p.pid} ({p.name}) outlived the server" for p in found]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak",
        description="Call a server many times; watch its memory and its processes.",
    )
    add = parser.add_argument
    add("--calls", type=int, default=500, metavar="N", help="with the scripted model (500)")
    add("--embedded", type=int, default=40, metavar="N", help="with the embedded model (40)")
    add("--at-once", type=int, default=3, metavar="N", help="calls in flight (3)")
    add("--seconds", type=float, default=600, metavar="S", help="bound of each server (600)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
