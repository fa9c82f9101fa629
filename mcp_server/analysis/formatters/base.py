"""What formatting gives, and what was compared to know that the meaning has stayed."""

import difflib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from mcp_server.analysis.guard import SourceError

EXTRA = "pip install 'starcoder-mistral[formatters]'"
PASSES = 3
"""Some formatters do not always reach their final form at once."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What of the source before and after formatting was compared.

    Args:
        name: What is the same, such as "same syntax tree".
        same: Whether it is; None where nothing could be compared.
        detail: What the comparison leaves out, or why there was none, in one line.
    """

    name: str
    same: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Formatted:
    """What became of the source.

    Args:
        code: The formatted source.
        changed_lines: Lines of the original that were replaced or removed, and lines added
            where none was replaced.
        comparison: What was compared to see that the meaning is the same.
        stable: Formatting it again changes nothing.
        language: Its name, in lower case.
        formatter: Which one was used.
    """

    code: str
    changed_lines: int
    comparison: Comparison
    stable: bool
    language: str
    formatter: str

    @property
    def same_meaning(self) -> bool:
        """It was compared, and is the same."""
        return self.comparison.same is True


class MissingFormatterError(SourceError):
    """What formats the language is not installed; the message says how to install it."""

    @classmethod
    def of(cls, name: str, install: str = EXTRA) -> "MissingFormatterError":
        """The error for the formatter `name`, which `install` brings."""
        return cls(f"{name} is not installed; run: {install}")


def changed_lines(before: str, after: str) -> int:
    """Count changed lines: of each differing block the larger of its two sides."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    # What is equal at both ends is taken off: many equal lines take difflib very long.
    start = common_start(old, new)
    old, new = old[start:], new[start:]
    end = common_start(old[::-1], new[::-1])
    old, new = old[: len(old) - end], new[: len(new) - end]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return sum(
        max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"
    )


def common_start(one: Sequence[object], other: Sequence[object]) -> int:
    """How many items the two begin with alike."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def nowhere() -> str:
    """A directory in which no project's configuration can lie."""
    return str(Path(sys.executable).anchor)


def first_line(error: object) -> str:
    """The first line of a message, or the error's type where it has none."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
