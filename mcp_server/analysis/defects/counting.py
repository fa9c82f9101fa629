"""Loops over the indices of a sequence, and how they read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import argument, body_nodes, form, names_in, number

_INDEX_ERRORS = {"IndexError", "LookupError", "Exception", "KeyError"}


@dataclass(frozen=True, slots=True)
class Counting:
    """A loop over indices: `for index in range(start, len(sequence) + past)`."""

    loop: ast.For
    index: str
    start: int | None
    sequence: ast.expr
    past: int
    step: int


def countings(program: Program) -> Iterator[Counting]:
    """All loops over the indices of something that has a length."""
    for loop in program.of(ast.For):
        call = loop.iter
        if not isinstance(loop.target, ast.Name) or not isinstance(call, ast.Call):
            continue
        if program.name(call.func) == "enumerate":
            continue
        if (
            program.name(call.func) == "range"
            and call.args
            and not call.keywords
            and (found := _counting(program.scope(loop), loop, loop.target.id, call)) is not None
        ):
            yield found


def reads(counting: Counting) -> list[tuple[int, ast.Subscript]]:
    """Where the loop reads its sequence by its index, with the distance from the index."""
    found: list[tuple[int, ast.Subscript]] = []
    wanted = form(counting.sequence)
    for node in body_nodes(counting.loop):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            offset = _offset(node.slice, counting.index)
            if offset is not None and form(node.value) == wanted:
                found.append((offset, node))
    return sorted(found, key=lambda each: (each[1].lineno, each[1].col_offset))


def only_each(counting: Counting) -> bool:
    """Whether the loop uses its index for nothing but to read this sequence at it."""
    names = [n for n in body_nodes(counting.loop) if isinstance(n, ast.Name)]
    uses = sum(1 for name in names if name.id == counting.index)
    offsets = [offset for offset, _ in reads(counting)]
    return bool(offsets) and uses == len(offsets) and not any(offsets)


def takes_end(program: Program, counting: Counting, index: str) -> bool:
    """Whether the function reads the end that is left out, or any slice, by other means."""
    wanted = form(counting.sequence)
    for node in program.scope(counting.loop).of(ast.Subscript):
        if form(node.value) == wanted and (
            ast.unparse(node.slice) == index or not _is_read_by(node, counting)
        ):
            return True
    return ast.unparse(counting.sequence) in ("sys.argv", "argv")


def is_guarded(program: Program, counting: Counting) -> bool:
    """Whether the loop tests its index, or expects an IndexError."""
    for node in body_nodes(counting.loop):
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            tests: list[ast.AST] = [node.test]
        elif isinstance(node, ast.BoolOp):
            tests = [node.values[0]]
        else:
            continue
        if any(_compares(test, counting.index) for test in tests):
            return True
    around = [*program.ancestors(counting.loop), *body_nodes(counting.loop)]
    return any(isinstance(node, ast.Try) and _expects_index_error(node) for node in around)


def is_guarded_inside(counting: Counting) -> bool:
    """Whether the loop's body tests its index."""
    tests = (n.test for n in body_nodes(counting.loop) if isinstance(n, ast.If))
    return any(_compares(test, counting.index) for test in tests)


def measured(node: ast.expr) -> ast.expr | None:
    """The argument of a call of `len`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
        return node.args[0] if len(node.args) == 1 else None
    return None


def length_of(scope: Scope, node: ast.expr) -> tuple[ast.expr, int] | None:
    """The sequence and the distance of an expression such as `len(x) + 1`."""
    past = 0
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        distance = number(node.right)
        if not isinstance(distance, int):
            return None
        past = distance if isinstance(node.op, ast.Add) else -distance
        node = node.left
    if isinstance(node, ast.Name):
        node = scope.value(node.id) or node
    sequence = measured(node)
    return None if sequence is None else (sequence, past)


def _counting(scope: Scope, loop: ast.For, index: str, call: ast.Call) -> Counting | None:
    start, stop, step = ast.Constant(0), call.args[0], 1
    if len(call.args) > 1:
        start, stop = call.args[0], call.args[1]  # type: ignore[assignment]
    if (given := argument(call, 2)) is not None:
        step = int(number(given) or 0)
    if step < 0:
        # Downwards the sequence bounds the start; `start` is then how far from 0 it stops.
        length = length_of(scope, start)
        end = number(stop)
        if length is None or end is None or step != -1:
            return None
        sequence, past = length
        reached = 1 if past >= 0 else int(end)
        return Counting(loop, index, reached, sequence, 0, -1)
    length = length_of(scope, stop)
    first = number(start)
    if length is None or step < 1:
        return None
    return Counting(loop, index, None if first is None else int(first), *length, step)


def _offset(node: ast.expr, index: str) -> int | None:
    if isinstance(node, ast.Name) and node.id == index:
        return 0
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        distance = number(node.right)
        if isinstance(node.left, ast.Name) and node.left.id == index and isinstance(distance, int):
            return distance if isinstance(node.op, ast.Add) else -distance
    return None


def _is_read_by(node: ast.Subscript, counting: Counting) -> bool:
    return _offset(node.slice, counting.index) is not None


def _compares(test: ast.AST, index: str) -> bool:
    """Whether a condition is about the index itself, not about an element at it."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(_offset(side, index) is not None for side in sides):
                return True
        if isinstance(node, ast.BoolOp | ast.UnaryOp):
            parts = node.values if isinstance(node, ast.BoolOp) else [node.operand]
            if any(_offset(part, index) is not None for part in parts):
                return True
    return isinstance(test, ast.Name) and test.id == index


def _expects_index_error(node: ast.Try) -> bool:
    return any(h.type is None or names_in(h.type) & _INDEX_ERRORS for h in node.handlers)
