"""Where output goes: what a stream can show, and text on it that cannot fail on its encoding."""

import io
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from mistral_agent.plain_text import plain

if TYPE_CHECKING:
    from rich.console import Console

GAP = "  "


def is_styled(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether `stream` is a terminal that can do more than print lines."""
    return stream.isatty() and environ.get("TERM", "") not in ("dumb", "unknown")


def forgiving(stream: TextIO) -> TextIO:
    """Make `stream` replace what its encoding cannot write instead of failing on it."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream


def console_on(stream: TextIO, environ: Mapping[str, str] = os.environ) -> "Console":
    """A rich console on a terminal; NO_COLOR and COLUMNS are rich's own to honour."""
    from rich.console import Console

    return Console(file=stream, highlight=False, emoji=False, markup=False, _environ=environ)


def write_line(stream: TextIO, text: str) -> None:
    """Write text, stripped of escapes, and a line end, at once."""
    stream.write(f"{plain(text)}\n")
    stream.flush()


def write_markdown(stream: TextIO, text: str, environ: Mapping[str, str] = os.environ) -> None:
    """Write Markdown: laid out on a terminal, as it stands elsewhere."""
    if not is_styled(stream, environ):
        write_line(stream, text)
        return
    from mistral_agent.chat.terminal_markdown import terminal_markdown

    console_on(stream, environ).print(terminal_markdown(plain(text)))


def write_table(
    stream: TextIO,
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Write a table: with rules on a terminal, as aligned columns elsewhere."""
    cells = [[" ".join(plain(cell).split()) for cell in row] for row in rows]
    if is_styled(stream, environ):
        from rich.table import Table

        table = Table(*headers, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for row in cells:
            table.add_row(*row)
        console_on(stream, environ).print(table)
        return
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    for row in [[header.upper() for header in headers], *cells]:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        write_line(stream, GAP.join(padded).rstrip())
