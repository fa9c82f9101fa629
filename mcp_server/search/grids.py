"""Lists of rows of one length: matrices, boards, tables of numbers."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

MOST = 5
"""Rows and columns, at most."""
SQUARE = 0.5
FEW = 0.5
"""How often a grid has two or three different cells, as boards have."""


def is_grid(value: Any) -> bool:
    """Whether it is a list of lists of one length, of which there is something to keep."""
    return (
        type(value) is list
        and bool(value)
        and all(type(row) is list and len(row) == len(value[0]) for row in value)
        and (len(value) > 1 or len(value[0]) > 1)
    )


def plain_grids(cells: Sequence[Any]) -> list[Any]:
    """The plainest: two by two, two by three, three by three, one cell, none."""
    every = list(cells) or [0]
    return [_filled(r, c, every) for r, c in ((2, 2), (2, 3), (3, 3), (1, 1))] + [[]]


def _filled(rows: int, columns: int, cells: Sequence[Any]) -> list[list[Any]]:
    return [[cells[(r * columns + c) % len(cells)] for c in range(columns)] for r in range(rows)]


def sampled_grid(random: Random, cell: Callable[[], Any]) -> list[list[Any]]:
    """A grid of some size with cells as they come, or of a few that come again and again."""
    rows = random.randint(1, MOST)
    columns = rows if random.random() < SQUARE else random.randint(1, MOST)
    few = [cell() for _ in range(random.choice((2, 2, 3)))]
    pick: Callable[[], Any] = (lambda: random.choice(few)) if random.random() < FEW else cell
    return [[pick() for _ in range(columns)] for _ in range(rows)]


def changed_grid(
    value: list[list[Any]], random: Random, change: Callable[[Any], Any]
) -> list[list[Any]]:
    """A grid near another: a cell, a row or a column is different, or it is turned."""
    rows = [list(row) for row in value]
    at, of = random.randrange(len(rows)), random.randrange(len(rows[0])) if rows[0] else 0
    step = random.randrange(9) if rows[0] else 5
    if step < 3:
        rows[at][of] = change(rows[at][of])
    elif step == 3:
        other = random.choice(random.choice(rows))
        rows[at][of] = other
    elif step == 4:
        rows.insert(at, list(random.choice(rows)))
    elif step == 5 and len(rows) > 1:
        del rows[at]
    elif step == 6:
        rows = [[*row[:of], random.choice(row), *row[of:]] for row in rows]
    elif step == 7 and len(rows[0]) > 1:
        rows = [row[:of] + row[of + 1 :] for row in rows]
    elif step == 8:
        rows = [list(column) for column in zip(*rows, strict=True)]
    return rows


def simpler_grids(
    value: list[list[Any]], simpler: Callable[[Any], Iterator[Any]]
) -> Iterator[list[list[Any]]]:
    """Grids with a row or a column less, or with a plainer cell."""
    yield from (value[:at] + value[at + 1 :] for at in range(len(value)))
    columns = range(len(value[0])) if len(value[0]) > 1 else ()
    yield from ([row[:at] + row[at + 1 :] for row in value] for at in columns)
    for at, row in enumerate(value):
        for of, cell in enumerate(row):
            for plainer in simpler(cell):
                yield [*value[:at], [*row[:of], plainer, *row[of + 1 :]], *value[at + 1 :]]
