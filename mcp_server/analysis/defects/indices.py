"""Indices, slices and pages that are one off."""

import ast
from collections.abc import Iterator

from mcp_server.analysis.defects.counting import measured
from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import argument, body_nodes, is_constant, number, same
from mcp_server.analysis.defects.table import Check, Defect


def slice_one_short(program: Program) -> Iterator[Defect]:
    """`x[a : a + n - 1]`, which takes one element less than n."""
    for node in program.of(ast.Subscript):
        part = node.slice
        if not isinstance(part, ast.Slice):
            continue
        if part.upper is None and _is_last_but_one(part.lower):
            yield Defect(node, "this takes one element less than the number says")
        if not isinstance(part.upper, ast.BinOp):
            continue
        upper = part.upper
        if not (isinstance(upper.op, ast.Sub) and is_constant(upper.right, 1)):
            continue
        if part.lower is not None and isinstance(upper.left, ast.BinOp):
            total = upper.left
            if isinstance(total.op, ast.Add) and same(total.left, part.lower):
                yield Defect(node, "a slice ends before its end: without the - 1 none is lost")
        elif _is_ranked(program, node.value) and isinstance(upper.left, ast.Name):
            yield Defect(node, f"this takes one element less than {upper.left.id}")


def page_from_one(program: Program) -> Iterator[Defect]:
    """An offset of `page * size` where pages count from 1, which leaves out the first page."""
    for scope in program.functions:
        for node in scope.of(ast.BinOp):
            sides = {n.id for n in (node.left, node.right) if isinstance(n, ast.Name)}
            if not isinstance(node.op, ast.Mult) or not sides - {"page"} or "page" not in sides:
                continue
            if "page" in scope.params and _counts_from_one(scope, "page"):
                yield Defect(node, "pages count from 1 here, so the first page is skipped")


def bisection(program: Program) -> Iterator[Defect]:
    """A binary search that reads past the end, or that stops narrowing its interval."""
    for loop in program.of(ast.While):
        test = loop.test
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
            continue
        low, high = test.left, test.comparators[0]
        if not isinstance(low, ast.Name) or not isinstance(high, ast.Name):
            continue
        if not isinstance(test.ops[0], ast.Lt | ast.LtE):
            continue
        scope = program.scope(loop)
        yield from _stuck(loop, low.id, high.id)
        first = scope.values.get(high.id, [None])[0]
        if isinstance(test.ops[0], ast.LtE) and first is not None and measured(first):
            middle = [n for n in body_nodes(loop) if isinstance(n, ast.Subscript)]
            if middle and _middles(loop, low.id, high.id):
                yield Defect(loop, f"{high.id} starts at the length, which is no valid index")


def _is_index(program: Program, call: ast.Call) -> bool:
    """Whether the result of a call is used as an index, by way of a variable too."""
    outer = program.parent(call)
    if isinstance(outer, ast.Subscript):
        return True
    if not isinstance(outer, ast.Assign) or not isinstance(outer.targets[0], ast.Name):
        return False
    uses = program.scope(call).loads[outer.targets[0].id]
    return any(isinstance(program.parent(use), ast.Subscript) for use in uses)


def _stuck(loop: ast.While, low: str, high: str) -> Iterator[Defect]:
    """`low = middle`, where the middle is rounded down to `low` in the end."""
    middles = _middles(loop, low, high)
    for node in body_nodes(loop):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and node.value.id in middles
            and ast.unparse(node.targets[0]) == low
        ):
            yield Defect(node, f"{low} stays where it is once {high} is next to it: endless")


def _middles(loop: ast.While, low: str, high: str) -> set[str]:
    """Names that are set to the middle of two others, rounded down."""
    forms = {f"({low} + {high}) // 2", f"({high} + {low}) // 2", f"{low} + ({high} - {low}) // 2"}
    return {
        ast.unparse(node.targets[0])
        for node in body_nodes(loop)
        if isinstance(node, ast.Assign) and ast.unparse(node.value) in forms
    }


def _is_last_but_one(node: ast.expr | None) -> bool:
    """Whether a slice starts at `-n + 1`."""
    return (
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)
        and is_constant(node.right, 1) and isinstance(node.left, ast.UnaryOp)
        and isinstance(node.left.op, ast.USub) and isinstance(node.left.operand, ast.Name)
    )  # fmt: skip


def _is_ranked(program: Program, node: ast.expr) -> bool:
    """Whether an expression is a sorted list, from which the first n are taken."""
    if isinstance(node, ast.Name):
        node = program.scope(node).value(node.id) or node
    if not isinstance(node, ast.Call):
        return False
    return program.name(node.func) == "sorted" or program.name(node.func).endswith(".most_common")


def _counts_from_one(scope: Scope, name: str) -> bool:
    arguments = getattr(scope.node, "args", None)
    if isinstance(arguments, ast.arguments):
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = zip(positional[::-1], arguments.defaults[::-1], strict=False)
        pairs_by_name = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        for parameter, default in [*pairs, *pairs_by_name]:
            if parameter.arg == name and number(default) == 1:
                return True
    tests = {ast.unparse(test) for test in scope.tests}
    return bool(tests & {f"{name} < 1", f"{name} <= 0", f"{name} == 1"})


def index_of_length(program: Program) -> Iterator[Defect]:
    """`x[len(x)]`, or an index drawn by randint up to the length."""
    for node in program.of(ast.Subscript):
        length = measured(node.slice)
        if length is not None and isinstance(node.ctx, ast.Load) and same(length, node.value):
            yield Defect(node, "the last index is the length less one: this is an IndexError")
    for call in program.calls("random.randint"):
        high = argument(call, 1, "b")
        if high is not None and measured(high) is not None and _is_index(program, call):
            yield Defect(call, "randint includes its upper end, and the length is no valid index")


CHECKS = (
    Check("SC108", "index-of-the-length", index_of_length),
    Check("SC110", "slice-one-short", slice_one_short),
    Check("SC111", "page-counts-from-one", page_from_one),
    Check("SC112", "binary-search-bounds", bisection),
)
