"""Rows as Markdown, with the machine they were measured on."""

import os
import platform
from collections.abc import Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from benchmarks.rows import Row

PACKAGES = ("mcp", "pydantic", "anyio", "openai", "xllamacpp")
_HEAD = (
    "| what | ours: median (least) | reference: median (least) | pairs | found | target | met |",
    "|---|---|---|---|---|---|---|",
)
_NAMES = {"ratio": "ratio", "ours": "ours", "difference": "ours less reference"}


def table(title: str, note: str, rows: Sequence[Row]) -> str:
    """One measure's rows under its title; `note` says what ours and the reference are."""
    return "\n".join([f"## {title}", "", note, "", *_HEAD, *map(_line, rows)])


def _line(row: Row) -> str:
    target = row.target
    cells = [
        row.what,
        _readings(row.ours, row.unit),
        _readings(row.reference, row.unit),
        str(len(row.ours)),
        _quantity(row),
        f"{'≥' if target.at_least else '≤'} {_number(target.limit)}{_unit(row)}" if target else "",
        {True: "yes", False: "**no**", None: ""}[row.met],
    ]
    return f"| {' | '.join(cells)} |"


def _readings(values: Sequence[float], unit: str) -> str:
    return f"{_number(median(values))} ({_number(min(values))}) {unit}"


def _quantity(row: Row) -> str:
    name = _NAMES[row.target.of if row.target else "ratio"]
    return f"{name} {_number(row.bounded)}{_unit(row)}"


def _unit(row: Row) -> str:
    return f" {row.unit}" if row.target and row.target.of != "ratio" else ""


def _number(value: float) -> str:
    """Three significant digits, and no exponent."""
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{value:.{decimals}f}"


def heading(command: str, today: date | None = None) -> str:
    """What was run, when and on what."""
    lines = [
        "# Benchmarks",
        "",
        f"Printed by `{command}` on {today or date.today()}. "
        "Readings of ours and of the reference are taken in turns; a ratio is the median of the "
        "ratios of neighbours, so that what else the machine does counts for both.",
        "",
        f"- machine: {_processor()}, {len(os.sched_getaffinity(0))} cores, "
        f"{platform.system()} {platform.release()}",
        f"- load at the start (1, 5, 15 minutes): {' '.join(f'{x:.2f}' for x in os.getloadavg())}",
        f"- Python {platform.python_version()}; {', '.join(map(_package, PACKAGES))}",
    ]
    return "\n".join(lines)


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _package(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} (not installed)"
