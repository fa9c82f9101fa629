"""Slips of the pen: code that reads right and means something else."""

import ast
import re
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import (
    argument,
    dotted,
    is_constant,
    keyword,
    last_name,
    number,
    same,
    text,
)
from mcp_server.analysis.defects.table import Check, Defect

_POSITIONS = {"i", "j", "idx", "index", "number", "position", "pos", "row_number", "line_number"}
_KINDS: dict[str, type] = {"int": int, "str": str, "bytes": bytes, "float": float}
_ENUMS = {"Enum", "Flag"}
_POWERS = (2, 3, 10)


def found_as_truth(program: Program) -> Iterator[Defect]:
    """`if text.find(x):`, which is true for -1 and false at the start."""
    for call in program.method_calls("find", "rfind"):
        outer = program.parent(call)
        tested = isinstance(outer, ast.If | ast.While | ast.IfExp) and outer.test is call
        negated = isinstance(outer, ast.UnaryOp) and isinstance(outer.op, ast.Not)
        combined = isinstance(outer, ast.BoolOp) and text(argument(call, 0)) is not None
        past = isinstance(outer, ast.Compare) and is_constant(outer.comparators[0], 0)
        past = past and isinstance(outer, ast.Compare) and isinstance(outer.ops[0], ast.Gt)
        textual = bool(call.args) and len(call.args) == 1 and not call.keywords
        if textual and (tested or negated or combined or past):
            yield Defect(call, "find gives -1 for nothing and 0 for the start: use `in`")


def choice_of_literals(program: Program) -> Iterator[Defect]:
    """`("a" or "b") in x`, which only ever looks for the first."""
    for node in program.of(ast.Compare):
        for side in (node.left, *node.comparators):
            literals = isinstance(side, ast.BoolOp) and all(
                isinstance(value, ast.Constant) for value in side.values
            )
            if literals:
                yield Defect(node, f"({ast.unparse(side)}) is one literal: compare with each")


def tuple_without_comma(program: Program) -> Iterator[Defect]:
    """`x in ("a")`, which looks for x in a text: without a comma this is no tuple."""
    for node in program.of(ast.Compare):
        over = node.comparators[-1]
        if not isinstance(node.ops[-1], ast.In | ast.NotIn):
            continue
        if isinstance(over, ast.Name):
            over = program.scope(node).value(over.id) or program.module.value(over.id) or over
        if text(over) is not None and len(text(over) or "") > 1 and _in_parentheses(program, over):
            yield Defect(over, "this is a text in parentheses: a tuple needs a comma")


def numbered_backwards(program: Program) -> Iterator[Defect]:
    """`for item, index in enumerate(x)`, where the number comes first."""
    for loop in program.of(ast.For):
        call, target = loop.iter, loop.target
        if not isinstance(call, ast.Call) or program.name(call.func) != "enumerate":
            continue
        if isinstance(target, ast.Tuple) and len(target.elts) > 1:
            first, second = target.elts[0], target.elts[1]
            if last_name(second) in _POSITIONS and last_name(first) not in _POSITIONS:
                yield Defect(loop, f"enumerate gives the number first: {last_name(first)} is it")


def power_as_xor(program: Program) -> Iterator[Defect]:
    """`2 ^ n`, which is exclusive or: a power is `**`."""
    for node in program.of(ast.BinOp):
        if not isinstance(node.op, ast.BitXor):
            continue
        base, exponent = number(node.left), number(node.right)
        if (base in _POWERS and exponent is None) or (exponent in _POWERS[:2] and base is None):
            yield Defect(node, "^ is exclusive or: a power is **")


def choice_over_sum(program: Program) -> Iterator[Defect]:
    """`a + b if c else 0`, where the condition takes the whole sum."""
    for node in program.of(ast.IfExp):
        outer = program.parent(node)
        added = isinstance(node.body, ast.BinOp) and isinstance(node.body.op, ast.Add)
        nothing = number(node.orelse) == 0 or text(node.orelse) == ""
        if added and nothing and isinstance(outer, ast.Return | ast.Assign | ast.AugAssign):
            left = node.body.left if isinstance(node.body, ast.BinOp) else node.body
            named = isinstance(left, ast.Name | ast.Attribute | ast.Constant)
            tested = any(same(left, each) for each in ast.walk(node.test))
            if named and not tested and not _in_parentheses(program, node.body):
                yield Defect(node, "else drops the whole sum: put the choice in parentheses")


def default_lost(program: Program) -> Iterator[Defect]:
    """`d.get(key, []).append(x)`, which changes a list that nobody keeps."""
    for call in program.method_calls("append", "add", "extend", "update", "insert"):
        made = call.func.value  # type: ignore[attr-defined]
        if not isinstance(made, ast.Call) or not isinstance(made.func, ast.Attribute):
            continue
        fresh = made.args[1:] and isinstance(made.args[1], ast.List | ast.Dict | ast.Set | ast.Call)
        if made.func.attr == "get" and fresh and isinstance(program.parent(call), ast.Expr):
            yield Defect(call, "what get makes is not kept: use setdefault")


def letters_for_text(program: Program) -> Iterator[Defect]:
    """A list extended by a text, letter by letter."""
    for node in program.of(ast.AugAssign):
        texts = text(node.value) is not None or isinstance(node.value, ast.JoinedStr)
        if isinstance(node.op, ast.Add) and texts and isinstance(node.target, ast.Name):
            values = program.scope(node).values.get(node.target.id, ())
            if values and all(isinstance(value, ast.List | ast.ListComp) for value in values):
                yield Defect(node, "a list takes a text letter by letter: append it")
    for call in program.method_calls("extend"):
        given = argument(call, 0)
        if isinstance(given, ast.JoinedStr) or len(text(given) or "") > 1:
            yield Defect(call, "extend takes a text letter by letter: append it")


def other_type(program: Program) -> Iterator[Defect]:
    """A value of an annotated type compared with a literal of another one."""
    enums = {
        name for name, scope in program.classes.items()
        if isinstance(scope.node, ast.ClassDef)
        and {last_name(base) for base in scope.node.bases} <= _ENUMS
        and scope.node.bases
    }  # fmt: skip
    for node in program.of(ast.Compare):
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        left, right = node.left, node.comparators[0]
        for side, literal in ((left, right), (right, left)):
            if isinstance(literal, ast.Constant) and literal.value is not None:
                kind = _kind(program, side, enums)
                if kind in enums or (kind in _KINDS and _differs(_KINDS[kind], literal.value)):
                    yield Defect(node, f"this is {kind}, and never equals {ast.unparse(literal)}")


def absolute_part(program: Program) -> Iterator[Defect]:
    """A path joined with one that starts at the root, which drops what is before it."""
    for call in program.calls("os.path.join"):
        if any((text(part) or "").startswith("/") for part in call.args[1:]):
            yield Defect(call, "a part that starts with / drops everything before it")
    for node in program.of(ast.BinOp):
        part = text(node.right) or ""
        if isinstance(node.op, ast.Div) and part.startswith("/"):
            yield Defect(node, "a part that starts with / drops everything before it")


def impossible_date(program: Program) -> Iterator[Defect]:
    """`d.replace(month=d.month + 1)`, which fails in December."""
    for call in program.method_calls("replace"):
        for part in ("month", "day", "year", "hour", "minute"):
            given = keyword(call, part)
            if (
                isinstance(given, ast.BinOp)
                and last_name(given.left) == part
                and isinstance(given.op, ast.Add | ast.Sub)
            ):
                yield Defect(call, f"there may be no such {part}: add a timedelta")
                break


def hash_of_text(program: Program) -> Iterator[Defect]:
    """The builtin `hash` for something that lasts: for texts it differs in each process."""
    for call in program.calls("hash"):
        function = getattr(program.scope(call).node, "name", "")
        outer = program.parent(call)
        kept = isinstance(outer, ast.BinOp) or (
            isinstance(outer, ast.Call) and dotted(outer.func) in ("str", "hex", "abs")
        )
        if function != "__hash__" and kept:
            yield Defect(call, "the hash of a text differs in each process: use hashlib")


def clock_for_duration(program: Program) -> Iterator[Defect]:
    """A duration measured by the wall clock, which may be set in between."""
    for node in program.of(ast.BinOp):
        if not isinstance(node.op, ast.Sub) or not isinstance(node.left, ast.Call):
            continue
        start = node.right
        if isinstance(start, ast.Name):
            start = program.scope(node).value(start.id) or start
        clocks = [isinstance(each, ast.Call) and program.name(each.func) == "time.time"
                  for each in (node.left, start)]  # fmt: skip
        if all(clocks):
            yield Defect(node, "the clock may be set in between: use time.monotonic")


def order_lost(program: Program) -> Iterator[Defect]:
    """`list(set(x))` in a function that promises an order."""
    for call in program.calls("list", "tuple"):
        inner = argument(call, 0)
        made = isinstance(inner, ast.Call) and program.name(inner.func) == "set"
        words = program.scope(call).docstring.lower()
        promised = re.search(r"\border\b|first occurrence|original", words)
        if (made or isinstance(inner, ast.SetComp)) and promised:
            yield Defect(call, "a set has no order: use dict.fromkeys")


def _kind(program: Program, node: ast.expr, enums: set[str]) -> str:
    """The annotated type of a parameter or of an attribute of this module's classes."""
    scope: Scope | None = program.scope(node)
    if isinstance(node, ast.Name):
        while scope is not None and node.id not in scope.annotations:
            if node.id in scope.params or node.id in scope.stores:
                return ""
            scope = scope.outer
        return scope.annotations[node.id] if scope is not None else ""
    if not isinstance(node, ast.Attribute):
        return ""
    if dotted(node.value) in enums and node.attr.isupper():
        return dotted(node.value)
    kinds = {
        s.annotations[node.attr] for s in program.classes.values() if node.attr in s.annotations
    }
    return min(kinds) if len(kinds) == 1 and kinds <= enums else ""


def _differs(kind: type, value: object) -> bool:
    if isinstance(value, bool | int | float) and kind in (int, float):
        return False
    return not isinstance(value, kind)


def _in_parentheses(program: Program, node: ast.expr) -> bool:
    before = program.lines[node.lineno - 1].encode()[: node.col_offset].rstrip()
    end = (node.end_lineno or node.lineno) - 1
    after = program.lines[end].encode()[node.end_col_offset or 0 :].lstrip()
    return before.endswith(b"(") and after.startswith(b")")


CHECKS = (
    Check("SC371", "position-as-truth", found_as_truth),
    Check("SC372", "choice-of-literals", choice_of_literals),
    Check("SC373", "tuple-without-comma", tuple_without_comma),
    Check("SC374", "enumerated-backwards", numbered_backwards),
    Check("SC375", "power-as-xor", power_as_xor),
    Check("SC376", "choice-over-sum", choice_over_sum),
    Check("SC377", "default-lost", default_lost),
    Check("SC378", "text-letter-by-letter", letters_for_text),
    Check("SC379", "compared-with-another-type", other_type),
    Check("SC380", "absolute-part-of-path", absolute_part),
    Check("SC381", "impossible-date", impossible_date),
    Check("SC382", "hash-of-text", hash_of_text),
    Check("SC383", "clock-for-duration", clock_for_duration),
    Check("SC384", "order-lost", order_lost),
)
