"""Facts about values, as expressions and literals that a test can hold."""

import ast
import builtins
import contextlib
import enum
import io
import itertools
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .values import IMPORTS, render

LONGEST = 240
MOST_ITEMS = 30
MOST_STATE = 6
LENGTH = "len()"


@dataclass(frozen=True, slots=True)
class Fact:
    """An expression and the source of the value that it has; `{result}` stands for the call."""

    expression: str
    value: str


_COMPILED: dict[tuple[str, str], types.CodeType] = {}


def code_of(text: str, mode: str) -> types.CodeType:
    """Compiled source of a case; the same is compiled once."""
    found = _COMPILED.get((text, mode))
    if found is None:
        if len(_COMPILED) > 20_000:
            _COMPILED.clear()
        found = _COMPILED[text, mode] = compile(text, "<case>", mode)
    return found


def describe(value: Any, expression: str, names: dict[str, Any]) -> Iterator[Fact]:
    """Facts about a value; none where nothing of it can be written down."""
    if (text := literal(value)) is not None:
        yield Fact(expression, text)
    elif isinstance(value, enum.Enum):
        if names.get(type(value).__name__) is type(value) and is_own(type(value), names):
            yield Fact(expression, f"{type(value).__name__}.{value.name}")
    elif is_lazy(value):
        yield from _of_lazy(value, expression, names)
    elif (text := _by_repr(value, names)) is not None:
        yield Fact(expression, text)
    elif isinstance(value, Exception):
        yield Fact(f"type({expression}).__name__", repr(type(value).__name__))
    elif not isinstance(value, types.FunctionType | types.MethodType | type | types.ModuleType):
        yield from _of_object(value, expression, names)


def literal(value: Any) -> str | None:
    """The source of a value that reads back as the same, else None."""
    if isinstance(value, float) and value != value:  # noqa: PLR0124  (not a number)
        return None
    try:
        text = render(value) if type(value) in _PLAIN else repr(value)
        if len(text) > LONGEST:
            return None
        again = eval(text, {"__builtins__": _MAKERS})  # noqa: S307  (what repr wrote)
        same = _same(again, value)
    except Exception:  # noqa: BLE001  (of another class's own repr or comparison)
        return None
    return text if same else None


_MAKERS = {"float": float, "set": set, "frozenset": frozenset}
_PLAIN = (list, tuple, dict, set, frozenset, str, bytes, int, float, bool, type(None))


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all through: True is not 1 here, nor 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[k], other[k]) for k in one)
    return bool(one == other)


def is_lazy(value: Any) -> bool:
    """Whether a value must be gone through to be seen."""
    return hasattr(value, "__next__") or type(value).__name__ in (
        "dict_keys", "dict_values", "dict_items", "range",
    )  # fmt: skip


def _of_lazy(value: Any, expression: str, names: dict[str, Any]) -> Iterator[Fact]:
    if isinstance(value, io.IOBase):
        return
    items = list(itertools.islice(value, MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        few = f"list(itertools.islice({expression}, 5))"
        yield from describe(items[:5], few, names)
    else:
        yield from describe(items, f"list({expression})", names)


def _by_repr(value: Any, names: dict[str, Any]) -> str | None:
    """The repr of a value where it makes an equal one: dataclasses, dates, named tuples."""
    try:
        text = repr(value)
        if (
            " at 0x" in text
            or len(text) > LONGEST
            or (not text[:1].isalpha() and text[:1] not in "[({")
        ):
            return None
        text = text.replace("PosixPath(", "Path(")
        if not all(_is_known(node, names) for node in ast.walk(ast.parse(text, mode="eval"))):
            return None
        again = eval(code_of(text, "eval"), names)  # noqa: S307
        return text if type(again) is type(value) and bool(again == value) else None
    except Exception:  # noqa: BLE001  (of the class's own repr, constructor or comparison)
        return None


def _is_known(node: ast.AST, names: dict[str, Any]) -> bool:
    """Whether a test can use a part of an expression: the module's names, and what it imports."""
    if isinstance(node, ast.Attribute):
        return not node.attr.startswith("__")
    if not isinstance(node, ast.Name) or node.id in IMPORTS or hasattr(builtins, node.id):
        return True
    return is_own(names.get(node.id), names)


def is_own(value: Any, names: dict[str, Any]) -> bool:
    """Whether the module defines a class or function itself."""
    return getattr(value, "__module__", None) == names.get("__name__")


def _of_object(value: Any, expression: str, names: dict[str, Any]) -> Iterator[Fact]:
    """What can be read of an instance: its class, and its public attributes."""
    attributes = list(_attributes(value, expression, names))
    if not attributes and names.get(type(value).__name__) is type(value):
        yield Fact(f"type({expression}).__name__", repr(type(value).__name__))
    yield from attributes[:MOST_STATE]


def _attributes(value: Any, expression: str, names: dict[str, Any]) -> Iterator[Fact]:
    for name, held in _read(value):
        text = literal(held)
        if text is None and not callable(held):
            text = _by_repr(held, names)
        if text is not None and len(text) <= LONGEST // 2:
            yield Fact(f"{expression}.{name}", text)


def _read(value: Any) -> Iterator[tuple[str, Any]]:
    for name in _readable(value):
        try:
            yield name, getattr(value, name)
        except Exception:  # noqa: BLE001, S112  (of a property)
            continue


def _readable(value: Any) -> list[str]:
    """Public attributes and properties, the instance's own first."""
    own = [*getattr(value, "__dict__", {}), *_slots(type(value))]
    properties = [n for n, v in vars(type(value)).items() if isinstance(v, property)]
    return [name for name in dict.fromkeys([*own, *properties]) if not name.startswith("_")]


def _slots(kind: type) -> list[str]:
    slots = getattr(kind, "__slots__", ())
    return [slots] if isinstance(slots, str) else list(slots)


def state_of(receiver: str, names: dict[str, Any]) -> dict[str, str]:
    """What can be read of the instance that a case works on, as text that only tells changes."""
    if not receiver or receiver not in names:
        return {}
    held = names[receiver]
    found = {name: _glance(value) for name, value in _read(held)}
    if "__len__" in vars(type(held)):
        with contextlib.suppress(Exception):  # of the class's own `__len__`
            found[LENGTH] = str(len(held))
    return found


def _glance(value: Any) -> str:
    try:
        return repr(value)[: 2 * LONGEST]
    except Exception:  # noqa: BLE001  (of the class's own repr)
        return ""


def changes_of(receiver: str, before: dict[str, str], names: dict[str, Any]) -> Iterator[Fact]:
    """Facts about what a call changed in the instance."""
    after = state_of(receiver, names)
    changed = {name for name, text in after.items() if before.get(name) != text}
    if changed - {LENGTH}:
        for fact in _attributes(names[receiver], receiver, names):
            if fact.expression.rpartition(".")[2] in changed:
                yield fact
    if LENGTH in changed:
        yield Fact(f"len({receiver})", after[LENGTH])
