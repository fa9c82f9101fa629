"""Conditions that are always the same, or not what they look like."""

import ast
from collections.abc import Iterator, Sequence

from mcp_server.analysis.defects.program import Program
from mcp_server.analysis.defects.syntax import contains, form, number, same, text
from mcp_server.analysis.defects.table import Check, Defect

_CHANGING = {
    "next", "pop", "popleft", "popitem", "read", "readline", "recv", "get_nowait", "random",
    "choice", "randint", "poll", "input", "acquire", "getch", "fetchone", "time", "monotonic",
}  # fmt: skip
"""Calls that may answer differently each time."""

_LOWER = {ast.Gt: "above", ast.GtE: "above", ast.Lt: "below", ast.LtE: "below"}


def repeated_condition(program: Program) -> Iterator[Defect]:
    """A branch of an `if` … `elif` chain with the condition of an earlier one: never taken."""
    for first in program.of(ast.If):
        outer = program.parent(first)
        if isinstance(outer, ast.If) and outer.orelse == [first]:
            continue
        seen: set[str] = set()
        node: ast.stmt = first
        while isinstance(node, ast.If):
            key = form(node.test)
            if key in seen and not _may_change(node.test):
                yield Defect(node.test, "an earlier branch has this condition: never reached")
            seen.add(key)
            node = node.orelse[0] if len(node.orelse) == 1 else ast.Pass()


def same_branches(program: Program) -> Iterator[Defect]:
    """An `if` and its `else` that do the same."""
    for node in program.of(ast.If):
        if node.orelse and len(node.body) == len(node.orelse):
            pairs = zip(node.body, node.orelse, strict=True)
            if all(same(one, other) for one, other in pairs):
                yield Defect(node, "both branches do the same, so the condition has no effect")
    for choice in program.of(ast.IfExp):
        if same(choice.body, choice.orelse):
            yield Defect(choice, "both sides are the same, so the condition has no effect")


def literal_in_or(program: Program) -> Iterator[Defect]:
    """`x == "a" or "b"`, which is true whatever x is."""
    for node in program.of(ast.BoolOp):
        comparing = any(isinstance(each, ast.Compare) for each in node.values[:1])
        literals = [v for v in node.values[1:] if isinstance(v, ast.Constant) and v.value]
        literals = [v for v in literals if not isinstance(v.value, bool)]
        if comparing and literals and _decides(program, node):
            shown = ast.unparse(literals[0])
            yield Defect(node, f"{shown} alone is always true; compare with `in (…)` instead")


def contradiction(program: Program) -> Iterator[Defect]:
    """Comparisons of one thing that together are always true, or never."""
    for node in program.of(ast.BoolOp):
        comparisons = [v for v in node.values if isinstance(v, ast.Compare) and len(v.ops) == 1]
        disjunction = isinstance(node.op, ast.Or)
        for index, one in enumerate(comparisons[:8]):
            for other in comparisons[index + 1 : 8]:
                if same(one.left, other.left) and _opposed(one, other, disjunction):
                    verdict = "true" if disjunction else "false"
                    yield Defect(node, f"this is always {verdict}, whatever the value is")


def swallowed_by_bits(program: Program) -> Iterator[Defect]:
    """`a > 1 & b > 2`, where `&` binds tighter than the comparisons."""
    for node in program.of(ast.Compare):
        for middle in node.comparators[:-1]:
            bits = isinstance(middle, ast.BinOp) and isinstance(middle.op, ast.BitAnd | ast.BitOr)
            if bits and not _in_parentheses(program, middle):
                yield Defect(node, f"{ast.unparse(middle)} is computed first: use and / or")


def case_never_matches(program: Program) -> Iterator[Defect]:
    """`x.lower() == "Admin"`: text in one case compared with text in the other."""
    for node in program.of(ast.Compare):
        sides = [node.left, *node.comparators]
        for side in sides:
            change = _case_change(program, side)
            if change is None:
                continue
            for literal in _literals([s for s in sides if s is not side]):
                if getattr(literal, change)() != literal:
                    yield Defect(node, f"{literal!r} never equals text from .{change}()")
                    break


def impossible_length(program: Program) -> Iterator[Defect]:
    """A length or count compared so that the answer is known."""
    for node in program.of(ast.Compare):
        if len(node.ops) != 1 or not isinstance(node.left, ast.Call):
            continue
        bound = number(node.comparators[0])
        if program.name(node.left.func) != "len" or bound is None:
            if program.name(node.left.func) == "len" and text(node.comparators[0]) is not None:
                yield Defect(node, "a length is a number, and never equals text")
            continue
        operator = node.ops[0]
        if (isinstance(operator, ast.Lt) and bound <= 0) or (
            isinstance(operator, ast.GtE) and bound <= 0
        ):
            verdict = "false" if isinstance(operator, ast.Lt) else "true"
            yield Defect(node, f"a length is never negative, so this is always {verdict}")


def text_order(program: Program) -> Iterator[Defect]:
    """Versions or numbers in text compared by order: "10" is before "9"."""
    for node in program.of(ast.Compare):
        if not all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops):
            continue
        literals = [text(side) for side in (node.left, *node.comparators)]
        for literal in literals:
            digits = (literal or "").replace(".", "")
            if digits.isdigit() and (len(digits) > 1 or "version" in ast.unparse(node).lower()):
                yield Defect(node, f"texts are compared letter by letter: {literal!r} < '9'")
                break


def identity_of_values(program: Program) -> Iterator[Defect]:
    """Numbers or texts compared by `is`, which may be false for equal ones."""
    plain = ("int", "str", "float", "bytes", "Decimal")
    for node in program.of(ast.Compare):
        if not isinstance(node.ops[0], ast.Is | ast.IsNot):
            continue
        annotations = program.scope(node).annotations
        sides = [node.left, node.comparators[0]]
        kinds = [annotations.get(s.id) if isinstance(s, ast.Name) else None for s in sides]
        if all(kind in plain for kind in kinds):
            yield Defect(node, "equal values may be different objects: compare them by ==")


def zero_as_missing(program: Program) -> Iterator[Defect]:
    """An optional number tested by truth, so that 0 counts as missing."""
    for scope in program.functions:
        numbers = {n for n, a in scope.annotations.items() if n in scope.params and _optional(a)}
        for node in scope.of(ast.Name) if numbers else ():
            if node.id in numbers and isinstance(node.ctx, ast.Load) and _is_truth(program, node):
                yield Defect(node, f"{node.id} may be 0, which counts as missing here: `is None`")


def _optional(annotation: str) -> bool:
    parts = {part.strip() for part in annotation.split("|")}
    if annotation.startswith(("Optional[", "typing.Optional[")):
        parts = {annotation.partition("[")[2].rstrip("]"), "None"}
    return "None" in parts and bool(parts & {"int", "float", "Decimal"})


def _is_truth(program: Program, node: ast.expr) -> bool:
    """Whether only the truth of a value counts where it stands."""
    outer = program.parent(node)
    if isinstance(outer, ast.If | ast.IfExp | ast.While):
        return node is outer.test
    if isinstance(outer, ast.BoolOp):
        last = node is outer.values[-1]
        return not last or _is_truth(program, outer)
    return isinstance(outer, ast.UnaryOp) and isinstance(outer.op, ast.Not)


def _decides(program: Program, node: ast.BoolOp) -> bool:
    """Whether an `or` is a condition, not a default: a comparison is no value to fall back from."""
    outer = program.parent(node)
    return isinstance(node.op, ast.Or) or isinstance(outer, ast.If | ast.While | ast.IfExp)


def _may_change(test: ast.expr) -> bool:
    for node in ast.walk(test):
        if isinstance(node, ast.Await | ast.NamedExpr | ast.Yield):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name is None or name in _CHANGING:
                return True
    return False


def _opposed(one: ast.Compare, other: ast.Compare, disjunction: bool) -> bool:
    a, b = one.comparators[0], other.comparators[0]
    kinds = type(one.ops[0]), type(other.ops[0])
    if contains(one.left, ast.Call, ast.Await):
        return False
    if kinds in ((ast.NotEq, ast.NotEq), (ast.Eq, ast.Eq)):
        wanted = ast.NotEq if disjunction else ast.Eq
        both = isinstance(a, ast.Constant) and isinstance(b, ast.Constant)
        return kinds[0] is wanted and both and not same(a, b)
    first, second = number(a), number(b)
    if first is None or second is None:
        return False
    directions = _LOWER.get(kinds[0]), _LOWER.get(kinds[1])
    if directions == ("below", "above"):
        first, second = second, first
    elif directions != ("above", "below"):
        return False
    # x > first and x < second
    return first < second if disjunction else first >= second and first != second


def _in_parentheses(program: Program, node: ast.expr) -> bool:
    before = program.lines[node.lineno - 1].encode()[: node.col_offset].rstrip()
    return before.endswith(b"(")


def _case_change(program: Program, node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        node = program.scope(node).value(node.id) or node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        return node.func.attr if node.func.attr in ("lower", "upper", "casefold") else None
    return None


def _literals(nodes: Sequence[ast.expr]) -> Iterator[str]:
    for node in nodes:
        elements = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
        yield from (value for each in elements if (value := text(each)) is not None)


CHECKS = (
    Check("SC201", "repeated-condition", repeated_condition),
    Check("SC202", "same-branches", same_branches),
    Check("SC203", "literal-in-condition", literal_in_or),
    Check("SC204", "condition-without-effect", contradiction),
    Check("SC205", "bit-operator-in-comparison", swallowed_by_bits),
    Check("SC206", "case-never-matches", case_never_matches),
    Check("SC207", "length-comparison-without-effect", impossible_length),
    Check("SC208", "numbers-ordered-as-text", text_order),
    Check("SC210", "identity-of-values", identity_of_values),
    Check("SC209", "zero-counts-as-missing", zero_as_missing),
)
