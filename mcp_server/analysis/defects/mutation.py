"""Collections that are changed where they must not be, or counted in before they are filled."""

import ast
import re
from collections.abc import Iterator

from mcp_server.analysis.defects.counting import countings
from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import (
    body_nodes,
    dotted,
    form,
    last_name,
    names_in,
    number,
    place,
)
from mcp_server.analysis.defects.table import Check, Defect

_CHANGING = {"append", "extend", "insert", "pop", "remove", "clear", "update", "sort", "reverse",
             "setdefault", "popitem", "add", "discard"}  # fmt: skip
_COLLECTIONS = ("list", "dict", "set", "List", "Dict", "Set", "MutableMapping", "MutableSequence")
_OPENLY = re.compile(
    r"(^|_)(add|append|update|insert|remove|register|fill|apply|extend|push|pop|drain|clear|sort|"
    r"shuffle|set|store|save|merge|consume|enqueue|visit|walk|collect|move|swap|delete|discard|"
    r"record|put|reset|init|patch|mark|assign|heap|sift|partition|mutate|into|take|write|log)(_|$)"
)
_SAID = re.compile(r"in[- ]place|modif|updat|mutat|changes|adds|removes|appends|filled", re.I)
_LARGE = re.compile(r"(^|_)(max|maximum|largest|highest|biggest|longest|best|top|latest)($|_)")
_SMALL = re.compile(r"(^|_)(min|minimum|smallest|lowest|shortest|least|cheapest|earliest)($|_)")


def counted_before_filled(program: Program) -> Iterator[Defect]:
    """`counts[x] += 1` in a plain dict in which x is not yet."""
    for scope in (program.module, *program.functions):
        for node in scope.of(ast.AugAssign):
            target = node.target
            if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
                continue
            name = target.value.id
            if _starts_empty(scope, name) and not _is_filled(program, scope, name):
                yield Defect(node, f"{name} has no such key at first: KeyError; use a Counter")


def changed_by_index(program: Program) -> Iterator[Defect]:
    """A loop over the indices of a list that takes elements out of it."""
    for counting in countings(program):
        wanted = form(counting.sequence)
        for node in body_nodes(counting.loop) if counting.step > 0 else ():
            removed = _removed(node, counting.index)
            leaves = isinstance(counting.loop.body[-1], ast.Return | ast.Break)
            if (
                removed is not None
                and form(removed) == wanted
                and not leaves
                and not _left_after(program, node)
            ):
                yield Defect(node, "the list gets shorter than the loop expects: IndexError")


def shallow_copy(program: Program) -> Iterator[Defect]:
    """A shallow copy whose inner collections are changed, which changes the original too."""
    for scope in program.functions:
        for name in list(scope.values):
            value = scope.value(name)
            if value is None or not _is_shallow(program, value):
                continue
            for node in scope.loads[name]:
                inner = program.parent(node)
                outer = program.parent(inner) if isinstance(inner, ast.Subscript) else None
                if inner is not None and _is_change(program, outer):
                    yield Defect(value, f"the inner parts of {name} are those of the original")
                    break


def argument_changed(program: Program) -> Iterator[Defect]:
    """A collection of the caller that a function changes besides returning something."""
    for scope in program.functions:
        name = getattr(scope.node, "name", "")
        returned = [each for each in scope.of(ast.Return) if each.value is not None]
        if not returned or _OPENLY.search(name) or _SAID.search(scope.docstring):
            continue
        for parameter, annotation in scope.annotations.items():
            owned = parameter in scope.params and parameter not in scope.stores
            if not owned or parameter.startswith("_") or not annotation.startswith(_COLLECTIONS):
                continue
            if (node := _first_change(program, scope, parameter)) is not None:
                yield Defect(node, f"this changes the caller's {parameter}: copy it first")


def extreme_from_zero(program: Program) -> Iterator[Defect]:
    """A largest or smallest value that starts at 0, which may beat all values."""
    for scope in (program.module, *program.functions):
        for name, values in scope.values.items():
            if number(values[0]) != 0 or not (_LARGE.search(name) or _SMALL.search(name)):
                continue
            for loop in scope.of(ast.For):
                if any(_takes_over(node, name) for node in body_nodes(loop)):
                    yield Defect(values[0], f"{name} starts at 0, which may beat every value")
                    break


def computed_in_vain(program: Program) -> Iterator[Defect]:
    """A result that is never read, while what it was made of is used on."""
    for scope in program.functions:
        for name, stores in scope.stores.items():
            if name in scope.loads or name in scope.read_inside or name in scope.not_local:
                continue
            value = scope.value(name)
            made = isinstance(value, ast.Call | ast.BinOp | ast.ListComp | ast.DictComp)
            if name.startswith("_") or not made or value is None or "locals" in scope.loads:
                continue
            sources = {n for n in names_in(value) if n in scope.params or n in scope.stores}
            later = [n for n in sources if any(place(u) > place(stores[0]) for u in scope.loads[n])
                     and place(scope.loads[n][-1]) > (value.end_lineno or 0, 0)]  # fmt: skip
            if later and isinstance(value.func if isinstance(value, ast.Call) else value, ast.expr):
                yield Defect(stores[0], f"{name} is never used; {min(later)} is, further down")


def _starts_empty(scope: Scope, name: str) -> bool:
    value = scope.value(name)
    empty = isinstance(value, ast.Dict) and not value.keys
    made = isinstance(value, ast.Call) and dotted(value.func) == "dict" and not value.args
    return empty or (made and isinstance(value, ast.Call) and not value.keywords)


def _is_filled(program: Program, scope: Scope, name: str) -> bool:
    """Whether anything else puts keys in, or looks whether they are there."""
    if name in scope.read_inside or name in scope.tested:
        return True
    for node in scope.loads[name]:
        outer = program.parent(node)
        if isinstance(outer, ast.Attribute) and outer.attr in _CHANGING:
            return True
        if isinstance(outer, ast.Call):
            return True
        if (
            isinstance(outer, ast.Subscript)
            and isinstance(outer.ctx, ast.Store)
            and not isinstance(program.parent(outer), ast.AugAssign)
        ):
            return True
        if any(isinstance(n, ast.Try) and n.handlers for n in program.ancestors(node)):
            return True
    return False


def _removed(node: ast.AST, index: str) -> ast.expr | None:
    """The list that an element is taken out of by the loop's index."""
    if isinstance(node, ast.Delete) and isinstance(node.targets[0], ast.Subscript):
        target = node.targets[0]
        return target.value if dotted(target.slice) == index else None
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.args
        and node.func.attr == "pop"
        and dotted(node.args[0]) == index
    ):
        return node.func.value
    return None


def _left_after(program: Program, node: ast.AST) -> bool:
    """Whether the block of a node ends by leaving the loop."""
    for outer in program.ancestors(node):
        body = getattr(outer, "body", None)
        if isinstance(outer, ast.If) and isinstance(body, list):
            return isinstance(body[-1], ast.Break | ast.Return)
    return False


def _is_shallow(program: Program, value: ast.expr) -> bool:
    if isinstance(value, ast.Dict):
        return bool(value.keys) and value.keys[0] is None
    if isinstance(value, ast.Subscript):
        return isinstance(value.slice, ast.Slice)
    if not isinstance(value, ast.Call):
        return False
    copied = isinstance(value.func, ast.Attribute) and value.func.attr == "copy" and not value.args
    made = program.name(value.func) in ("dict", "list", "copy.copy") and len(value.args) == 1
    plain = bool(value.args) and isinstance(value.args[0], ast.Name | ast.Attribute)
    return (copied and dotted(value.func) != "copy.copy") or (made and plain)


def _is_change(program: Program, node: ast.AST | None) -> bool:
    """Whether an inner part is set at a key, or changed by a method."""
    if isinstance(node, ast.Subscript):
        return not isinstance(node.ctx, ast.Load)
    called = isinstance(node, ast.Attribute) and node.attr in _CHANGING
    outer = program.parent(node) if node is not None else None
    return called and isinstance(outer, ast.Call)


def _first_change(program: Program, scope: Scope, name: str) -> ast.AST | None:
    for node in scope.loads[name]:
        outer = program.parent(node)
        if isinstance(outer, ast.Attribute) and outer.attr in _CHANGING:
            call = program.parent(outer)
            if isinstance(call, ast.Call) and call.func is outer:
                return call
        if (
            isinstance(outer, ast.Subscript)
            and outer.value is node
            and not isinstance(outer.ctx, ast.Load)
        ):
            return outer
    return None


def _takes_over(node: ast.AST, name: str) -> bool:
    """`if x > name: name = x`, or `name = max(name, x)`."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
        compared = isinstance(node.test.ops[0], ast.Lt | ast.Gt | ast.LtE | ast.GtE)
        sides = [dotted(s) for s in (node.test.left, *node.test.comparators)]
        set_here = any(
            isinstance(s, ast.Assign) and dotted(s.targets[0]) == name for s in node.body
        )
        return compared and name in sides and set_here
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        called = last_name(node.value.func) in ("max", "min")
        return called and dotted(node.targets[0]) == name and name in names_in(node.value)
    return False


CHECKS = (
    Check("SC391", "counted-before-filled", counted_before_filled),
    Check("SC392", "shortened-by-index", changed_by_index),
    Check("SC393", "shallow-copy-changed", shallow_copy),
    Check("SC394", "argument-changed", argument_changed),
    Check("SC395", "extreme-from-zero", extreme_from_zero),
    Check("SC396", "computed-in-vain", computed_in_vain),
)
