"""What the code compares, watched: how near a run came to the other answer of each comparison.

The distance is the branch distance of search-based testing (Tracey et al., "A search-based
automated test-data generation framework for safety-critical systems", 2002); that values seen in
a comparison are put into the inputs where they came from is the input-to-state correspondence of
Aschermann et al., "REDQUEEN" (NDSS 2019).
"""

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any, Literal

HOOK = "__compared__"
MOST_SEEN = 40
FAR = 1e6
LONGEST_LIST = 8
MOST_BITS = 1000

Answer = Literal["true", "false", "equal"]
CompareGoal = tuple[int, Answer]
"""A comparison by its number, and the answer that is wanted of it."""

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "In": lambda a, b: a in b,
    "NotIn": lambda a, b: a not in b,
}
_ORDERING = ("Lt", "LtE", "Gt", "GtE")


class Watch:
    """Collects the operands of the comparisons of one run."""

    def __init__(self) -> None:
        self.seen: dict[int, list[tuple[str, Any, Any]]] = {}

    def __call__(self, number: int, name: str, left: Any, right: Any) -> Any:
        """Compare as the code would, and remember plain operands."""
        held = self.seen.setdefault(number, [])
        if len(held) < MOST_SEEN and _is_plain(left) and (_is_plain(right) or "In" in name):
            held.append((name, left, _members(right) if "In" in name else right))
        return _OPERATORS[name](left, right)


def watched(tree: ast.Module) -> ast.Module:
    """The module with each comparison of two operands made a call of `HOOK`."""
    found: ast.Module = _Watching().visit(tree)
    return ast.fix_missing_locations(found)


class _Watching(ast.NodeTransformer):
    def __init__(self) -> None:
        self._count = 0

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        name = type(node.ops[0]).__name__
        if len(node.ops) > 1 or name not in _OPERATORS:
            return node
        self._count += 1
        call = ast.Call(
            ast.Name(HOOK, ast.Load()),
            [ast.Constant(self._count), ast.Constant(name), node.left, node.comparators[0]],
            [],
        )
        return ast.copy_location(call, node)


def _is_plain(value: Any) -> bool:
    if type(value) in (list, tuple):
        return len(value) <= LONGEST_LIST and all(map(_is_short, value))
    return _is_short(value)


def _is_short(value: Any) -> bool:
    """A number that a float can come near to, or a text of few characters."""
    if type(value) is int:
        return value.bit_length() < MOST_BITS
    return type(value) in (float, bool) or (type(value) is str and len(value) < 200)


def _members(value: Any) -> str | tuple[Any, ...]:
    """A text itself, of a container its members; no `__iter__` of the code's own is called."""
    if type(value) is str:
        return value if len(value) < 200 else ()
    if type(value) in (list, tuple, set, frozenset, dict):
        return tuple(v for v in list(value)[:30] if _is_plain(v))
    return ()


def distances(watch: Watch) -> Iterator[tuple[CompareGoal, float, tuple[Any, Any]]]:
    """For each comparison and each answer how far the run was from it; 0: it gave it.

    With it the operands that were nearest: what was there, and what would be wanted.
    """
    for number, seen in watch.seen.items():
        best: dict[Answer, tuple[float, tuple[Any, Any]]] = {}
        for name, left, right in seen:
            for answer, far, pair in _of_one(name, left, right):
                if answer not in best or far < best[answer][0]:
                    best[answer] = (far, pair)
        for answer, (far, pair) in best.items():
            yield (number, answer), far, pair


def _of_one(name: str, left: Any, right: Any) -> Iterator[tuple[Answer, float, tuple[Any, Any]]]:
    if "In" in name:
        far, pair = _to_members(left, right)
        yield ("true" if name == "In" else "false"), far, pair
        yield ("false" if name == "In" else "true"), float(far == 0), (left, None)
        return
    same = _apart(left, right)
    if name in ("Eq", "NotEq"):
        yield ("true" if name == "Eq" else "false"), same, (left, right)
        yield ("false" if name == "Eq" else "true"), float(same == 0), (left, None)
    elif name in _ORDERING and isinstance(left, int | float) and isinstance(right, int | float):
        holds = bool(_OPERATORS[name](left, right))
        yield ("true" if holds else "false"), 0.0, (left, right)
        yield ("false" if holds else "true"), same + 1, (left, right)
        yield "equal", same, (left, right)


def _to_members(left: Any, members: str | tuple[Any, ...]) -> tuple[float, tuple[Any, Any]]:
    if isinstance(members, str):
        if not isinstance(left, str):
            return FAR, (left, None)
        far = 0.0 if left in members else _apart(left, members[: len(left)] or members)
        return far, (left, members[:1])
    best: float = FAR
    wanted = None
    for each in members:
        far = _apart(left, each)
        if far < best:
            best, wanted = far, each
    return best, (left, wanted)


def _apart(left: Any, right: Any) -> float:
    """How far two values are from being equal."""
    if isinstance(left, str) and isinstance(right, str):
        if left == right:
            return 0.0
        matching = sum(a == b for a, b in zip(left, right, strict=False))
        return max(len(left), len(right)) - matching + 0.5 * (left.lower() != right.lower())
    if isinstance(left, int | float) and isinstance(right, int | float):
        far = abs(left - right)
        return float(far) if far == far else FAR  # noqa: PLR0124  (not a number)
    if isinstance(left, list | tuple) and type(left) is type(right):
        pairs = zip(left, right, strict=False)
        return 10.0 * abs(len(left) - len(right)) + sum(min(_apart(a, b), 100.0) for a, b in pairs)
    return 0.0 if left == right else FAR
