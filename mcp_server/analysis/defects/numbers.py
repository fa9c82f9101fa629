"""Arithmetic that loses what it computes, and units that do not fit."""

import ast
import re
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import (
    dotted,
    form,
    is_constant,
    last_name,
    names_in,
    number,
    same,
    text,
)
from mcp_server.analysis.defects.table import Check, Defect

_UNITS = {
    "ms": "milliseconds", "millis": "milliseconds", "milliseconds": "milliseconds",
    "us": "microseconds", "microseconds": "microseconds", "s": "seconds", "sec": "seconds",
    "secs": "seconds", "seconds": "seconds", "min": "minutes", "mins": "minutes",
    "minutes": "minutes", "hours": "hours", "days": "days", "weeks": "weeks",
}  # fmt: skip
_TURNS = {"math.sin", "math.cos", "math.tan", "cmath.rect"}
_COUNTS = re.compile(r"(^|_)(count|total|n|size|num|length|denominator|divisor)($|_)")
_LOW = {"min", "minimum", "low", "lower", "lowest", "floor", "bottom"}
_HIGH = {"max", "maximum", "high", "upper", "highest", "ceiling", "top", "limit", "cap"}


def share_rounded_away(program: Program) -> Iterator[Defect]:
    """`part // whole * 100`, which is 0 for any part that is less than the whole."""
    for node in program.of(ast.BinOp):
        if not isinstance(node.op, ast.Mult):
            continue
        for quotient, factor in ((node.left, node.right), (node.right, node.left)):
            if not isinstance(quotient, ast.BinOp) or not isinstance(quotient.op, ast.FloorDiv):
                continue
            if number(factor) in (100, 1000) and not same(quotient.right, factor):
                yield Defect(node, "// rounds down before * : multiply first, or use /")


def mean_rounded_down(program: Program) -> Iterator[Defect]:
    """A mean by `//`, which loses its fraction."""
    for node in program.of(ast.BinOp):
        if isinstance(node.op, ast.FloorDiv):
            parts = [n for n in (node.left, node.right) if isinstance(n, ast.Call)]
            called = [program.name(each.func) for each in parts]
            promised = _promises_float(program, node)
            if called == ["sum", "len"] or (
                promised and isinstance(program.parent(node), ast.Return)
            ):
                yield Defect(node, "// drops the fraction of the result; / keeps it")


def division_by_length(program: Program) -> Iterator[Defect]:
    """A division by a length or count that nothing in the function guards against 0."""
    for scope in program.functions:
        for node in scope.of(ast.BinOp):
            if not isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
                continue
            if isinstance(node.op, ast.Mod) and not isinstance(node.right, ast.Call):
                continue
            counted = _counted(program, scope, node.right)
            if counted and not _is_guarded(program, scope, node, counted):
                yield Defect(node, f"{ast.unparse(node.right)} may be 0: ZeroDivisionError")


def fraction_as_index(program: Program) -> Iterator[Defect]:
    """The result of `/`, a float, as an index or a number of times."""
    for node in program.of(ast.Subscript):
        parts = [node.slice]
        if isinstance(node.slice, ast.Slice):
            parts = [p for p in (node.slice.lower, node.slice.upper) if p is not None]
        if any(_is_fraction(program, part) for part in parts) and not _is_array(node):
            yield Defect(node, "/ makes a float, which is no index: use //")
    for call in program.calls("range"):
        if any(_is_fraction(program, each) for each in call.args):
            yield Defect(call, "/ makes a float, which range does not take: use //")


def float_equality(program: Program) -> Iterator[Defect]:
    """Fractions compared by `==`, which rounding makes different."""
    for node in program.of(ast.Compare):
        if not all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        scope = program.scope(node)
        inexact = [s for s in sides if _is_inexact(program, scope, s)]
        computed = [s for s in sides if isinstance(s, ast.BinOp | ast.Name | ast.Attribute)]
        if inexact and (computed or len(inexact) > 1) and not any(_is_exact(s) for s in sides):
            yield Defect(node, "floats are seldom equal after arithmetic: use math.isclose")


def unit_mismatch(program: Program) -> Iterator[Defect]:
    """A value whose name has one unit, given where another is expected."""
    for call in program.of(ast.Call):
        name = program.name(call.func)
        if name in ("time.sleep", "asyncio.sleep", "anyio.sleep") and call.args:
            unit = _unit(call.args[0])
            if unit not in (None, "seconds"):
                yield Defect(call, f"sleep takes seconds, not {unit}")
        if name in _TURNS and call.args and "deg" in last_name(call.args[0]).lower():
            yield Defect(call, f"{name} takes radians, not degrees")
        for each in call.keywords:
            wanted = each.arg if name.endswith("timedelta") else None
            wanted = wanted or _UNITS.get((each.arg or "").rpartition("_")[2])
            unit = _unit(each.value)
            if wanted in _UNITS.values() and unit not in (None, wanted):
                yield Defect(each.value, f"{each.arg} takes {wanted}, not {unit}")


def clamp_reversed(program: Program) -> Iterator[Defect]:
    """`max` with the upper bound inside of `min` with the lower one."""
    for call in program.calls("min", "max"):
        inner = [a for a in call.args if isinstance(a, ast.Call)]
        others = [a for a in call.args if not isinstance(a, ast.Call)]
        if len(inner) != 1 or len(others) != 1 or call.keywords:
            continue
        names = program.name(call.func), program.name(inner[0].func)
        bounds = [set(re.split("[_.]", ast.unparse(a).lower())) for a in inner[0].args]
        mine = set(re.split("[_.]", ast.unparse(others[0]).lower()))
        wrong = {("min", "max"): (_LOW, _HIGH), ("max", "min"): (_HIGH, _LOW)}.get(names)
        if wrong and mine & wrong[0] and any(b & wrong[1] for b in bounds):
            yield Defect(call, f"{names[0]} and {names[1]} are reversed for these bounds")


def part_of_duration(program: Program) -> Iterator[Defect]:
    """`.seconds` of a duration, which leaves its days out."""
    words = ("delta", "elapsed", "duration", "age", "diff", "difference", "remaining", "uptime")
    for node in program.of(ast.Attribute):
        if node.attr != "seconds" or not isinstance(node.ctx, ast.Load):
            continue
        value = node.value
        if isinstance(value, ast.Name):
            value = program.scope(node).value(value.id) or value
        subtraction = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub)
        if subtraction or last_name(node.value).lower() in words:
            yield Defect(node, ".seconds is less than a day; .total_seconds() is the whole time")


def month_for_minute(program: Program) -> Iterator[Defect]:
    """A time format with %m, the month, where the minute stands, or the other way round."""
    for call in program.method_calls("strftime", "strptime"):
        for each in call.args:
            value = text(each) or ""
            if re.search(r"%[HI]:%m|%m:%S|%Y[-/.]%M|%M[-/.]%d", value):
                yield Defect(call, "%m is the month and %M the minute")


def inexact_decimal(program: Program) -> Iterator[Defect]:
    """A Decimal made of a float, which takes over the float's error."""
    for call in program.calls("decimal.Decimal"):
        given = call.args[0] if call.args else None
        value = number(given)
        if isinstance(value, float) and not value.is_integer():
            yield Defect(call, f"the float {value} is not exact: give the Decimal a text")
        if isinstance(given, ast.Name) and program.scope(call).annotations.get(given.id) == "float":
            yield Defect(call, "a float is not exact: give the Decimal its text")


def plus_before_value(program: Program) -> Iterator[Defect]:
    """`x =+ 1`, which sets x to 1."""
    for node in program.of(ast.Assign):
        value = node.value
        if not isinstance(value, ast.UnaryOp) or not isinstance(value.op, ast.UAdd | ast.USub):
            continue
        before = program.lines[value.lineno - 1].encode()[: value.col_offset]
        if before.endswith(b" =") and isinstance(value.op, ast.UAdd | ast.USub):
            yield Defect(node, "this sets the value; += or -= changes it")


def _promises_float(program: Program, node: ast.AST) -> bool:
    returns = getattr(program.scope(node).node, "returns", None)
    return returns is not None and ast.unparse(returns) in ("float", "float | None")


def _counted(program: Program, scope: Scope, node: ast.expr) -> set[str]:
    """What has to be non-zero or non-empty for a divisor: names to look for in conditions."""
    if isinstance(node, ast.Name) and node.id not in scope.params:
        value = scope.value(node.id)
        if value is not None and isinstance(value, ast.Call):
            return _counted(program, scope, value) | {node.id}
    if isinstance(node, ast.Call) and len(node.args) == 1:
        if program.name(node.func) in ("len", "sum"):
            return {ast.unparse(node.args[0]), *names_in(node.args[0])} - {"self"}
        return set()
    if isinstance(node, ast.Name) and node.id in scope.params and _COUNTS.search(node.id):
        return {node.id}
    return set()


def _is_guarded(program: Program, scope: Scope, node: ast.BinOp, counted: set[str]) -> bool:
    if counted & scope.tested or any(
        name in ast.unparse(test) for test in scope.tests for name in counted if "." in name
    ):
        return True
    if any(scope.values.get(name) and _is_filled(scope.values[name][0]) for name in counted):
        return True
    around = [*program.ancestors(node)]
    loops = (n for n in around if isinstance(n, ast.For))
    if any(names_in(loop.iter) & counted for loop in loops):
        return True
    elements = (n for n in around if hasattr(n, "generators"))
    if any(names_in(g.iter) & counted for n in elements for g in n.generators):
        return True
    return any(isinstance(n, ast.Try) and n.handlers for n in around)


def _is_filled(value: ast.expr) -> bool:
    """Whether a literal has elements."""
    return isinstance(value, ast.List | ast.Tuple | ast.Set) and bool(value.elts)


def _is_fraction(program: Program, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        node = program.scope(node).value(node.id) or node
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return False
    lengths = (each for each in ast.walk(node) if isinstance(each, ast.Call))
    return number(node.right) is not None or any(dotted(each.func) == "len" for each in lengths)


def _is_array(node: ast.Subscript) -> bool:
    """Whether a subscript looks like one of a type or mapping, not of a sequence."""
    return last_name(node.value)[:1].isupper()


def _is_inexact(program: Program, scope: Scope, node: ast.expr) -> bool:
    value = number(node)
    if isinstance(value, float):
        return not value.is_integer() or not value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return "Path" not in form(node) and "Constant(value='" not in form(node)
    if isinstance(node, ast.Name):
        return scope.annotations.get(node.id) == "float"
    if isinstance(node, ast.Call):
        return program.name(node.func) in ("float", "math.sqrt", "math.sin", "math.cos")
    return False


def _is_exact(node: ast.expr) -> bool:
    """Whether one side tells that the other is compared with a mark, not a measure."""
    infinite = isinstance(node, ast.Call) and bool(node.args) and text(node.args[0]) is not None
    return is_constant(node, None) or infinite or number(node) == 0 or text(node) is not None


def _unit(node: ast.expr) -> str | None:
    name = last_name(node) if isinstance(node, ast.Name | ast.Attribute) else ""
    head, _, tail = name.lower().rpartition("_")
    # A bare `s` or `min` is seldom a unit.
    return _UNITS.get(tail) if (head and tail[1:]) or tail[3:] else None


CHECKS = (
    Check("SC341", "share-rounded-away", share_rounded_away),
    Check("SC342", "mean-rounded-down", mean_rounded_down),
    Check("SC343", "division-by-zero", division_by_length),
    Check("SC344", "fraction-as-index", fraction_as_index),
    Check("SC345", "float-equality", float_equality),
    Check("SC346", "unit-mismatch", unit_mismatch),
    Check("SC347", "bounds-reversed", clamp_reversed),
    Check("SC348", "seconds-without-days", part_of_duration),
    Check("SC349", "month-for-minute", month_for_minute),
    Check("SC350", "inexact-decimal", inexact_decimal),
    Check("SC351", "sign-before-value", plus_before_value),
)
