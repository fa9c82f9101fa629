"""Small changes of values, and values that a comparison wants put where it found others."""

import re
from dataclasses import replace
from random import Random
from typing import Any

from .domains import CHARACTERS, Domain
from .grids import changed_grid, is_grid
from .mining import Hints

ANOTHER = 0.2
"""How often a changed value is just another one of its domain."""
RECTANGULAR = 0.8
"""How often the rows of a changed grid are still of one length."""


def change(  # noqa: PLR0911  (one a type)
    value: Any, random: Random, domain: Domain, hints: Hints
) -> Any:
    """A value near `value`: the same kind, a little different; now and then another one."""
    if random.random() < ANOTHER:
        return domain.sample(random)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return random.choice((value + 1, value - 1, -value, value * 2, value // 2, value + 10,
                              value * 10, random.choice(hints.integers or [0])))  # fmt: skip
    if isinstance(value, float):
        return random.choice((value + 1, value - 1, -value, value * 2, value / 2, value + 0.5,
                              random.choice(hints.floats or [0.0])))  # fmt: skip
    if isinstance(value, str):
        return _changed_text(value, random, hints)
    if isinstance(value, bytes):
        binary = replace(hints, fragments=[b.decode("latin-1") for b in hints.binary])
        text = _changed_text(value.decode("latin-1"), random, binary)
        return text.encode("latin-1", "replace")
    if is_grid(value) and random.random() < RECTANGULAR:
        cells = [cell for row in value for cell in row]
        cell = Domain("cell", tuple(cells), lambda r: _cell_of(domain, r, cells))
        return changed_grid(value, random, lambda old: change(old, random, cell, hints))
    if isinstance(value, list | tuple):
        return _changed_sequence(value, random, domain, hints)
    if isinstance(value, dict):
        return _changed_dict(value, random, domain, hints)
    return domain.sample(random)


def put_in_place(  # noqa: PLR0911  (one a type)
    value: Any, pair: tuple[Any, Any], random: Random
) -> Any:
    """The value with the first of a pair, where it is in it, replaced by the second."""
    there, wanted = pair
    if wanted is None or type(there) is not type(wanted):
        return value
    if isinstance(value, str):
        return _put_in_text(value, str(there), str(wanted), random)
    if type(value) is type(there) and value == there:
        return wanted
    if isinstance(value, int | float) and not isinstance(value, bool):
        near = isinstance(there, int | float) and random.random() < 0.5
        return _moved(value, there, wanted) if near else value
    if isinstance(value, list | tuple):
        return type(value)(put_in_place(v, pair, random) for v in value)
    if isinstance(value, dict):
        return {
            put_in_place(k, pair, random): put_in_place(v, pair, random) for k, v in value.items()
        }
    return value


def _moved(value: float, there: float, wanted: float) -> float:
    """The number as far from `wanted` as it was from `there`, where there is such a number."""
    try:
        return type(value)(value + (wanted - there))
    except (OverflowError, ValueError):
        return value


def _put_in_text(value: str, there: str, wanted: str, random: Random) -> str:
    """One of the places where it stands, in whatever case; an empty text stands at the end."""
    if not there:
        return value + wanted
    places = [m.start() for m in re.finditer(re.escape(there), value, re.IGNORECASE)]
    if not places:
        return value
    at = random.choice(places)
    return value[:at] + wanted + value[at + len(there) :]


def _changed_text(value: str, random: Random, hints: Hints) -> str:
    pieces = hints.fragments or list(CHARACTERS)
    at = random.randint(0, len(value))
    piece = random.choice(pieces) if random.random() < 0.7 else random.choice(CHARACTERS)
    end = min(len(value), at + random.choice((1, 1, 2, 4)))
    return random.choice(
        (
            value[:at] + piece + value[at:],
            value[:at] + value[end:],
            value[:at] + piece + value[end:],
            value + piece,
            piece + value,
            value[:at] + value[at:end] * 2 + value[end:],
            value.swapcase(),
            value.replace(random.choice(value or " "), piece),
        )
    )[:120]


def _changed_sequence(value: Any, random: Random, domain: Domain, hints: Hints) -> Any:
    items = list(value)
    kind = type(value)
    fixed = kind is tuple and domain.name.startswith("tuple[") and "," in domain.name
    step = random.randrange(2 if fixed else 7)
    if not items:
        return domain.sample(random)
    at = random.randrange(len(items))
    if step in (0, 1):
        place = at if fixed else None
        element = Domain("element", tuple(items), lambda r: _other(r, items, domain, kind, place))
        items[at] = change(items[at], random, element, hints)
    elif step == 2:
        del items[at]
    elif step == 3:
        items.insert(at, items[random.randrange(len(items))])
    elif step == 4:
        items.append(_other(random, items, domain, kind))
    elif step == 5:
        random.shuffle(items)
    else:
        items.reverse()
    return kind(items)


def _cell_of(domain: Domain, random: Random, cells: list[Any]) -> Any:
    """A cell as the domain's grids have them."""
    sampled = domain.sample(random)
    rows = [row for row in sampled if isinstance(row, list)] if isinstance(sampled, list) else []
    return random.choice([cell for row in rows for cell in row] or cells or [0])


def _other(
    random: Random, items: list[Any], domain: Domain, kind: type, place: int | None = None
) -> Any:
    """An element as the domain's sequences have them, at a place where each has its own kind."""
    sampled = domain.sample(random)
    if place is not None:
        fits = isinstance(sampled, tuple) and len(sampled) == len(items)
        return sampled[place] if fits else items[place]
    if isinstance(sampled, kind) and sampled:
        return random.choice(list(sampled))  # type: ignore[call-overload]
    return random.choice(items)


def _changed_dict(value: dict[Any, Any], random: Random, domain: Domain, hints: Hints) -> Any:
    found = dict(value)
    if not found:
        return domain.sample(random)
    key = random.choice(list(found))
    step = random.randrange(4)
    if step == 0:
        del found[key]
    elif step == 1:
        other = domain.sample(random)
        found.update(other if isinstance(other, dict) else {})
    else:
        values = list(found.values())
        element = Domain("element", tuple(values), lambda r: r.choice(values))
        found[key] = change(found[key], random, element, hints)
    return found
