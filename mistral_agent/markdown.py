"""Markdown written so that what tools and models say stays inside the block that quotes it."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mistral_agent.plain_text import one_line

MAX_ROWS = 12
MAX_COLUMNS = 6
CELL_LENGTH = 80
DECIMALS = 2

_CODE_SPAN = re.compile(r"(`[^`]+`)")
_MARKS = re.compile(r"[\\*<\[`~&]|(?<!\w)_|_(?!\w)|^(?:[#>+-]|\d+[.)])(?=\s)")
_TICKS = re.compile(r"`+")
_FENCE = re.compile(r" {0,3}(?P<marks>`{3,}|~{3,})(?P<info>.*)")


def fence(code: str, language: str = "") -> str:
    """A fenced block that `code` cannot close: its fence is longer than any run inside."""
    longest = max((len(run) for run in _TICKS.findall(code)), default=0)
    marks = "`" * max(3, longest + 1)
    end = "" if code.endswith("\n") else "\n"
    return f"{marks}{language}\n{code}{end}{marks}"


def inline(text: str, limit: int = 400) -> str:
    """One line of foreign text that shows as written; balanced code spans are kept."""
    parts = _CODE_SPAN.split(one_line(text, limit))
    return "".join(
        part if index % 2 else _MARKS.sub(lambda match: f"\\{match[0]}", part)
        for index, part in enumerate(parts)
    )


def quote(text: str) -> str:
    """Foreign Markdown as a block quote, which ends where we end it."""
    inside, lines = "", []
    for line in text.strip("\n").splitlines():
        inside, was = open_fence_after(inside, line), inside
        # Raw HTML would vanish when shown; in code it is shown anyway.
        lines.append(line if inside or was else line.replace("<", "\\<"))
    return "\n".join(f"> {line}".rstrip() for line in lines)


def open_fence(text: str) -> str:
    """The marks of the code fence that `text` leaves open (CommonMark 0.31 §4.5), or ""."""
    inside = ""
    for line in text.splitlines():
        inside = open_fence_after(inside, line)
    return inside


def open_fence_after(inside: str, line: str) -> str:
    """The fence that is open after `line`, where `inside` was open before it."""
    match = _FENCE.fullmatch(line.rstrip())
    if match is None:
        return inside
    marks, info = match["marks"], match["info"].strip()
    if not inside:
        return "" if marks[0] == "`" and "`" in info else marks
    closes = marks[0] == inside[0] and len(marks) >= len(inside) and not info
    return "" if closes else inside


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table of at most `MAX_ROWS` rows and `MAX_COLUMNS` columns that says what it leaves out."""
    columns = [name for name in _column_names(rows) if any(_present(row, name) for row in rows)]
    kept, dropped = columns[:MAX_COLUMNS], columns[MAX_COLUMNS:]
    if not kept:
        return f"{len(rows)} empty rows"
    lines = [_row([label(name) for name in kept]), _row(["---"] * len(kept))]
    lines += [_row([cell(row.get(name)) for name in kept]) for row in rows[:MAX_ROWS]]
    left_out = _left_out(len(rows) - MAX_ROWS, dropped)
    return "\n".join(lines) + (f"\n\n{left_out}" if left_out else "")


def bullets(items: Sequence[object]) -> str:
    """A list of at most `MAX_ROWS` items that says how many it leaves out."""
    lines = [f"- {inline(_as_text(item))}" for item in items[:MAX_ROWS]]
    left_out = _left_out(len(items) - MAX_ROWS, ())
    return "\n".join(lines) + (f"\n\n{left_out}" if left_out else "")


def cell(value: object) -> str:
    """A value in a table's cell: one bounded line, with its bars escaped."""
    return inline(_as_text(value), CELL_LENGTH).replace("|", "\\|")


def label(name: str) -> str:
    """A field's name for people."""
    return inline(name.replace("_", " ")).replace("|", "\\|")


def number(value: float) -> str:
    """A number with at most two decimals; a smaller one keeps two digits."""
    if isinstance(value, int):
        return str(value)
    is_small = 0 < abs(value) < 10**-DECIMALS
    rounded = f"{value:.{DECIMALS}g}" if is_small else f"{value:.{DECIMALS}f}"
    return rounded if is_small else rounded.rstrip("0").rstrip(".")


def compact(value: object) -> str:
    """JSON on one line."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and not any(isinstance(v, Mapping | list) for v in value):
        return ", ".join(_as_text(item) for item in value)
    return compact(value)


def _column_names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(name) for row in rows for name in row))


def _present(row: Mapping[str, Any], name: str) -> bool:
    return row.get(name) not in (None, "", [], {})


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _left_out(rows: int, columns: Sequence[str]) -> str:
    more = f"and {rows} more" if rows > 0 else ""
    hidden = f"columns left out: {', '.join(label(name) for name in columns)}" if columns else ""
    return "; ".join(part for part in (more, hidden) if part)
