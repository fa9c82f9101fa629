"""Values as arguments have them, with the source that makes them."""

import math
import re
from collections.abc import Iterator, Sized
from dataclasses import dataclass
from typing import Any

from .grids import is_grid, simpler_grids


@dataclass(frozen=True, slots=True)
class Code:
    """A value that only source can make, such as `Decimal("1.5")`.

    Args:
        text: An expression; its names are the module's, or modules that `IMPORTS` has.
    """

    text: str


IMPORTS = {
    "asyncio": "import asyncio",
    "collections": "import collections",
    "contextlib": "import contextlib",
    "datetime": "import datetime",
    "io": "import io",
    "itertools": "import itertools",
    "math": "import math",
    "re": "import re",
    "Counter": "from collections import Counter",
    "Decimal": "from decimal import Decimal",
    "Fraction": "from fractions import Fraction",
    "OrderedDict": "from collections import OrderedDict",
    "Path": "from pathlib import Path",
    "UUID": "from uuid import UUID",
    "deque": "from collections import deque",
}
"""Names that rendered source may use besides those of the module under test."""


def render(value: Any) -> str:  # noqa: PLR0911  (one a type)
    """The source of a value: sets in order, what has no literal by its call."""
    if isinstance(value, Code):
        return value.text
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if type(value) is list:
        return f"[{', '.join(map(render, value))}]"
    if type(value) is tuple:
        inner = ", ".join(map(render, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if type(value) is dict:
        return f"{{{', '.join(f'{render(k)}: {render(v)}' for k, v in value.items())}}}"
    if type(value) in (set, frozenset):
        inner = ", ".join(sorted(map(render, value)))
        if type(value) is frozenset:
            return f"frozenset({{{inner}}})" if inner else "frozenset()"
        return f"{{{inner}}}" if inner else "set()"
    return repr(value)


EMPTY = 5.0
"""Weight of an empty text or container: a border case, for all that it is short to read."""


def weight(value: Any) -> float:  # noqa: PLR0911  (one a type)
    """How much there is to read: plain and short values weigh little."""
    if isinstance(value, bool) or value is None:
        return 1
    if isinstance(value, int):
        return 1 + min(len(str(abs(value))), 12) + (value < 0) + 0.5 * (value == 0)
    if isinstance(value, Sized) and not len(value):
        return EMPTY
    if isinstance(value, float):
        return 2 + min(len(repr(value)), 20) + (value < 0) + 9 * (not math.isfinite(value))
    if isinstance(value, str | bytes):
        odd = sum(
            not _is_plain(c) for c in (value if isinstance(value, str) else repr(value)[2:-1])
        )
        return 1.5 + len(value) / 2 + 2 * odd
    if isinstance(value, dict):
        return 2 + sum(weight(k) + weight(v) for k, v in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return 2 + sum(map(weight, value))
    return 2 + len(value.text) if isinstance(value, Code) else 20


def _is_plain(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in " -_.,:/")


def shape(value: Any) -> str:
    """The kind of a value, with that of its first element: "list[int]"."""
    if isinstance(value, Code):
        return value.text.split("(")[0]
    name = type(value).__name__
    if isinstance(value, tuple):
        return f"tuple[{','.join(map(shape, value))}]"
    if isinstance(value, list | set | frozenset) and value:
        return f"{name}[{shape(next(iter(value)))}]"
    if isinstance(value, dict) and value:
        return f"dict[{shape(next(iter(value.values())))}]"
    return name


def simpler(value: Any) -> Iterator[Any]:
    """Plainer values of the same kind, the plainest first."""
    if isinstance(value, bool) or value is None or isinstance(value, Code):
        return
    if isinstance(value, int):
        yield from (v for v in (0, 1, 2, 3, 5, 10, -1, abs(value), value // 2) if v != value)
    elif isinstance(value, float):
        yield from (v for v in (0.0, 1.0, 0.5, 2.0, 1.5, 10.0, -1.0) if v != value)
        if math.isfinite(value) and round(value) != value:
            yield float(round(value))
    elif isinstance(value, str):
        yield from _simpler_text(value)
    elif isinstance(value, bytes):
        texts = _simpler_text(value.decode("latin-1"))
        yield from (t.encode("latin-1") for t in texts)
    elif isinstance(value, list | tuple):
        yield from _simpler_sequence(value)
    elif isinstance(value, dict):
        yield from _simpler_dict(value)
    elif isinstance(value, set | frozenset) and value:
        yield type(value)()
        ordered = sorted(value, key=render)
        yield from (type(value)(x for x in ordered if x is not each) for each in ordered)


def _simpler_text(value: str) -> Iterator[str]:
    yield from (v for v in ("", "a", "abc") if v != value and len(v) <= len(value))
    half = len(value) // 2
    if half:
        yield value[:half]
        yield value[half:]
    for index in range(min(len(value), 40)):
        yield value[:index] + value[index + 1 :]
    for index, character in enumerate(value[:40]):
        if not _is_plain(character):
            yield f"{value[:index]}a{value[index + 1 :]}"


def _simpler_sequence(value: Any) -> Iterator[Any]:
    kind = type(value)
    if is_grid(value):
        yield []
        yield from simpler_grids(value, simpler)
        return
    if kind is list or not value:
        if value:
            yield kind()
        for index in range(min(len(value), 12)):
            yield value[:index] + value[index + 1 :]
    for index, each in enumerate(value[:12]):
        for plainer in simpler(each):
            yield kind((*value[:index], plainer, *value[index + 1 :]))


def _simpler_dict(value: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
    if value:
        yield {}
    for key in value:
        yield {k: v for k, v in value.items() if k != key}
    for key, each in value.items():
        for plainer in simpler(each):
            yield {**value, key: plainer}


def parts_of(value: Any) -> Iterator[Any]:
    """The value and all that is in it; of a text its words."""
    yield value
    if isinstance(value, str):
        words = re.findall(r"\w+", value)
        yield from words if len(words) > 1 else ()
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from parts_of(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from parts_of(each)
