"""`python -m benchmarks`: run measures and print their tables."""

import argparse
import asyncio
import importlib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import heading, table
from benchmarks.rows import Row

APART = "# Measured apart"
MEASURES = {
    "server_start": "a server's process from its start to its first answer",
    "server_calls": "one round trip to a running server",
    "agent_help": "the agent's command line without work",
    "agent_start": "the agent from its start to its first model request",
    "agent_steps": "the agent around each step of a plan",
    "code_tools": "formatting, measuring and reviewing beside the linters' own commands",
    "sandbox_runs": "tests in the sandbox beside a fresh pytest",
    "embedded": "tokens per second of the embedded model",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measures that are named, all if none is; 1 when a target is missed."""
    arguments = _parser().parse_args(argv)
    names = arguments.names or list(MEASURES)
    if unknown := [name for name in names if name not in MEASURES]:
        print(
            f"benchmarks: no measure {unknown[0]!r}; there are {', '.join(MEASURES)}",
            file=sys.stderr,
        )
        return 2
    parts = [heading(shlex.join(["python", "-m", "benchmarks", *arguments.names]))]
    missed: list[Row] = []
    print(parts[0], flush=True)
    for name in names:
        measure = importlib.import_module(f"benchmarks.{name}")
        rows: Sequence[Row] = asyncio.run(measure.measure(arguments.runs or measure.RUNS))
        missed += [row for row in rows if row.met is False]
        parts.append(table(measure.TITLE, measure.NOTE, rows))
        print(f"\n{parts[-1]}", flush=True)
    if arguments.write:
        _write(arguments.write, "\n\n".join(parts) + "\n")
    for row in missed:
        print(f"benchmarks: target missed: {row.what}", file=sys.stderr)
    return 1 if missed else 0


def _write(file: Path, text: str) -> None:
    """Write the tables; from `APART` on stands what is measured otherwise, and stays."""
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    _, mark, apart = before.partition(APART)
    file.write_text(f"{text}\n{mark}{apart}" if mark else text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure speed as ratios to a reference, and print Markdown tables.",
        epilog="\n".join(f"  {name:14} {what}" for name, what in MEASURES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="MEASURE", help="which ones; all if none")
    parser.add_argument("--runs", type=_positive, metavar="N", help="readings of each, both sides")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tables there as well")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
