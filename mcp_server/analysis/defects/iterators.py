"""Iterators that are read a second time, when there is nothing left in them."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import (
    Comprehension,
    Loop,
    body_nodes,
    dotted,
    names_in,
    place,
)
from mcp_server.analysis.defects.table import Check, Defect

_ONCE = {"map", "filter", "zip", "reversed", "iter", "enumerate", "csv.reader", "csv.DictReader"}
_TAKERS = {
    "list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "min", "max", "any", "all",
    "statistics.mean", "statistics.fmean", "statistics.median", "statistics.stdev", "math.fsum",
    "collections.Counter", "collections.deque", "join", "extend", "enumerate", "map", "filter",
    "zip", "writerows", "update", "statistics.pstdev", "statistics.variance", "fromkeys",
}  # fmt: skip
_LAZY = {"any", "all", "zip", "enumerate", "map", "filter"}
_ITERATORS = ("Iterator[", "Generator[", "collections.abc.Iterator[", "typing.Iterator[")


def read_twice(program: Program) -> Iterator[Defect]:
    """A generator, `map` or open file that is consumed, and then consumed again."""
    for scope in (program.module, *program.functions):
        for name in _iterators(program, scope):
            taken = sorted(_takings(program, scope, name), key=place)
            for first, second in pairwise(taken):
                if not _exclusive(program, first, second) and not _leaves(program, first):
                    yield Defect(second, f"{name} was read to its end in line {first.lineno}")
                    break
            else:
                yield from _in_loop(program, scope, name, taken)


def iterable_read_twice(program: Program) -> Iterator[Defect]:
    """A parameter that may be an iterator by its annotation, and is consumed twice."""
    for scope in program.functions:
        for name, annotation in scope.annotations.items():
            if name not in scope.params or name in scope.stores or "Iterable[" not in annotation:
                continue
            if not annotation.startswith(("Iterable[", "collections.abc.Iterable[")):
                continue
            taken = sorted(_takings(program, scope, name), key=place)
            for first, second in pairwise(taken):
                if not _exclusive(program, first, second) and not _leaves(program, first):
                    yield Defect(
                        second,
                        f"{name} may be an iterator, which line {first.lineno} has read to its end",
                    )
                    break


def length_of_iterator(program: Program) -> Iterator[Defect]:
    """`len` or an index of a generator, which has neither."""
    for scope in (program.module, *program.functions):
        for name in _iterators(program, scope):
            for node in scope.loads[name]:
                outer = program.parent(node)
                if isinstance(outer, ast.Call) and program.name(outer.func) == "len":
                    yield Defect(outer, f"{name} is an iterator, which has no length: TypeError")
                if isinstance(outer, ast.Subscript) and outer.value is node:
                    yield Defect(outer, f"{name} is an iterator, which has no index: TypeError")


def _iterators(program: Program, scope: Scope) -> Iterator[str]:
    """Names that stand for an iterator wherever they are read."""
    for name in list(scope.values):
        value = None if name in scope.params else scope.value(name)
        if isinstance(value, ast.GeneratorExp):
            yield name
        elif isinstance(value, ast.Call):
            called = program.name(value.func)
            file = called == "open" or called.endswith(".open")
            if (
                called in _ONCE
                or _is_generator(program, value)
                or (file and not _is_rewound(program, scope, name))
            ):
                yield name
    for name, annotation in scope.annotations.items():
        if name in scope.params and name not in scope.stores and annotation.startswith(_ITERATORS):
            yield name


def _is_generator(program: Program, call: ast.Call) -> bool:
    """Whether a call is of a generator function of this module."""
    scopes = program.named(dotted(call.func).removeprefix("self."))
    return bool(scopes) and all(
        (s.of(ast.Yield) or s.of(ast.YieldFrom)) and isinstance(s.node, ast.FunctionDef)
        and not s.node.decorator_list
        for s in scopes
    )  # fmt: skip


def _is_rewound(program: Program, scope: Scope, name: str) -> bool:
    """Whether a file is set back to its start anywhere."""
    uses = (program.parent(node) for node in scope.loads[name])
    return any(isinstance(use, ast.Attribute) and use.attr == "seek" for use in uses)


def _takings(program: Program, scope: Scope, name: str) -> Iterator[ast.expr]:
    """Where a name is consumed."""
    for node in scope.loads[name]:
        outer = program.parent(node)
        if (
            (isinstance(outer, ast.For | ast.AsyncFor | ast.comprehension) and outer.iter is node)
            or (isinstance(outer, ast.Call) and node in outer.args and _takes(program, outer))
            or isinstance(outer, ast.Starred | ast.YieldFrom)
        ):
            yield node


def _takes(program: Program, call: ast.Call) -> bool:
    name = program.name(call.func)
    return name in _TAKERS or (isinstance(call.func, ast.Attribute) and call.func.attr in _TAKERS)


def _exclusive(program: Program, first: ast.AST, second: ast.AST) -> bool:
    """Whether no run comes through both: other branches, or the first's block leaves."""
    above = set(program.ancestors(second))
    child = first
    for outer in program.ancestors(first):
        if outer in above:
            other = _part_with(program, outer, second)
            return _block(outer, child) != _block(outer, other) and not isinstance(outer, Loop)
        block = getattr(outer, _block(outer, child), None)
        if isinstance(outer, ast.Return) or (isinstance(block, list) and _ends(block)):
            return True
        child = outer
    return False


def _block(outer: ast.AST, child: ast.AST) -> str:
    """The field of a branching statement or expression that a part of it is in."""
    if isinstance(outer, ast.Match):
        return str(child.__dict__.get("pattern"))
    if isinstance(outer, ast.IfExp):
        return "body" if child is outer.body else "orelse" if child is outer.orelse else ""
    if not isinstance(outer, ast.If | ast.Try | ast.ExceptHandler):
        return ""
    fields = ("body", "orelse", "handlers") if isinstance(outer, ast.If | ast.Try) else ("body",)
    return next((f for f in fields if child in getattr(outer, f, ())), "")


def _ends(block: list[ast.AST]) -> bool:
    return isinstance(block[-1], ast.Return | ast.Raise | ast.Continue)


def _part_with(program: Program, outer: ast.AST, node: ast.AST) -> ast.AST:
    """The direct part of `outer` that a node is in."""
    child = node
    for above in program.ancestors(node):
        if above is outer:
            break
        child = above
    return child


def _leaves(program: Program, node: ast.AST) -> bool:
    """Whether what reads an iterator may stop early, with more to come."""
    outer = program.parent(node)
    if isinstance(outer, ast.Call):
        return program.name(outer.func) in _LAZY
    if isinstance(outer, ast.For | ast.AsyncFor):
        leaving = (ast.Break, ast.Return)
        return any(isinstance(n, leaving) for each in outer.body for n in ast.walk(each))
    lazily = program.parent(outer) if isinstance(outer, ast.comprehension) else None
    if not isinstance(lazily, ast.GeneratorExp):
        return False
    consumer = program.parent(lazily)
    return not (isinstance(consumer, ast.Call) and program.name(consumer.func) in _TAKERS - _LAZY)


def _in_loop(program: Program, scope: Scope, name: str, taken: list[ast.expr]) -> Iterator[Defect]:
    """An iterator made outside of a loop and consumed inside of it."""
    value = scope.value(name)
    for node in taken:
        loop = program.loop(node)
        consumer = program.parent(node)
        if isinstance(loop, Comprehension) and isinstance(consumer, ast.comprehension):
            loop = loop if loop.generators[0] is not consumer else None
        if loop is None or loop is consumer or _leaves(program, node) or _is_over(loop, name):
            continue
        if value is not None and any(each is value for each in body_nodes(loop)):
            continue
        if isinstance(loop, Loop) and names_in(loop.body) and _leaves_loop(loop):
            continue
        yield Defect(node, f"{name} is read to its end in the first pass of the loop around it")


def _is_over(loop: ast.AST, name: str) -> bool:
    """Whether a loop goes over the iterator itself, of which a part of it may take the rest."""
    return isinstance(loop, ast.For) and name in names_in(loop.iter)


def _leaves_loop(loop: ast.AST) -> bool:
    return isinstance(getattr(loop, "body", [None])[-1], ast.Return | ast.Break)


CHECKS = (
    Check("SC321", "iterator-read-twice", read_twice),
    Check("SC322", "iterable-read-twice", iterable_read_twice),
    Check("SC323", "iterator-without-length", length_of_iterator),
)
