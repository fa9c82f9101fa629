"""Questions about single pieces of syntax that several checks ask."""

import ast
from collections.abc import Iterable, Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.For | ast.AsyncFor | ast.While
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

_WITHOUT_PLACE = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)


def children(node: ast.AST) -> list[ast.AST]:
    """The direct parts of a node, operators left out."""
    found: list[ast.AST] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found.extend(each for each in value if isinstance(each, ast.AST))
        elif isinstance(value, ast.AST) and not isinstance(value, _WITHOUT_PLACE):
            found.append(value)
    return found


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of attributes of a name, else an empty text."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def last_name(node: ast.AST | None) -> str:
    """The name that a reader would call an expression by.

    `key` of `key`, `x.key`, `x["key"]`, `key()`, `x.get("key")` and `await key`.
    """
    while isinstance(node, ast.Await):
        node = node.value
    if isinstance(node, ast.Call):
        if node.args and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            return text(node.args[0]) or ""
        node = node.func
    if isinstance(node, ast.Subscript):
        return text(node.slice) or last_name(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def same(one: ast.AST | None, other: ast.AST | None) -> bool:
    """Whether two pieces of syntax are the same but for their places."""
    if one is None or other is None or type(one) is not type(other):
        return False
    return form(one) == form(other)


def form(node: ast.AST) -> str:
    """A piece of syntax as text, equal for equal pieces; names read and written are equal."""
    return ast.dump(node).replace("ctx=Store()", "ctx=Load()")


def text(node: ast.AST | None) -> str | None:
    """The value of a string literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def number(node: ast.AST | None) -> int | float | None:
    """The value of a number, with its sign; booleans are none."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = number(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value  # type: ignore[return-value]
    return None


def is_constant(node: ast.AST | None, value: object) -> bool:
    """Whether a node is this literal, of this type."""
    return (
        isinstance(node, ast.Constant) and node.value == value and type(node.value) is type(value)
    )


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """The value of the first of these keyword arguments that a call has."""
    return next((each.value for each in call.keywords if each.arg in names), None)


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """An argument by its position, or else by name; None also where `*args` hides it."""
    before = call.args[: position + 1]
    if len(before) > position and not any(isinstance(a, ast.Starred) for a in before):
        return before[position]
    return keyword(call, *names)


def takes_two(call: ast.Call) -> bool:
    """Whether a call has exactly two arguments, both by position."""
    return bool(call.args) and len(call.args[1:]) == 1 and not call.keywords


def has_spread(call: ast.Call) -> bool:
    """Whether a call takes arguments that cannot be seen here, by `*` or `**`."""
    return any(isinstance(a, ast.Starred) for a in call.args) or any(
        each.arg is None for each in call.keywords
    )


def names_in(node: ast.AST | Iterable[ast.AST]) -> set[str]:
    """All names that appear in a node or several."""
    nodes = [node] if isinstance(node, ast.AST) else node
    return {n.id for each in nodes for n in ast.walk(each) if isinstance(n, ast.Name)}


def contains(node: ast.AST | Sequence[ast.AST], *kinds: type[ast.AST]) -> bool:
    """Whether a node of these kinds is in a node or several."""
    nodes = [node] if isinstance(node, ast.AST) else node
    return any(isinstance(n, kinds) for each in nodes for n in ast.walk(each))


def body_nodes(loop: ast.AST) -> Iterator[ast.AST]:
    """All nodes that a loop or comprehension runs again and again."""
    if isinstance(loop, Loop):
        repeated: list[ast.AST] = [*loop.body]
        if isinstance(loop, ast.While):
            repeated.append(loop.test)
    elif isinstance(loop, ast.DictComp):
        repeated = [loop.key, loop.value]
    elif isinstance(loop, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        repeated = [loop.elt]
    else:
        repeated = []
    if isinstance(loop, Comprehension):
        repeated += [test for each in loop.generators for test in each.ifs]
    for node in repeated:
        yield from ast.walk(node)


def loops_over(outer: ast.AST, child: ast.AST) -> bool:
    """Whether a direct part of a node is run again and again by it."""
    if isinstance(outer, Comprehension):
        return child is not outer.generators[0]
    if not isinstance(outer, Loop) or (outer.orelse and place(child) >= place(outer.orelse[0])):
        return False
    return isinstance(outer, ast.While) or (child is not outer.iter and child is not outer.target)


def place(node: ast.AST) -> tuple[int, int]:
    """Line and column where a node starts; a `comprehension` has none of its own."""
    node = node.target if isinstance(node, ast.comprehension) else node
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def targets(loop: ast.AST) -> set[str]:
    """The names that a loop or comprehension sets."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        return names_in(loop.target)
    if isinstance(loop, Comprehension):
        return {name for each in loop.generators for name in names_in(each.target)}
    return set()


def stored_in(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that nodes set or delete, not looking inside them."""
    return {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}


def is_built_text(node: ast.AST | None) -> bool:
    """Whether an expression puts text together out of parts that are not all literals."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return _has_text(node) and contains(node, ast.Name, ast.Call)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "format" and text(node.func.value) is not None
    return False


def literal_parts(node: ast.AST) -> str:
    """The literal parts of a text that is put together, with a NUL where something is put in."""
    if (literal := text(node)) is not None:
        return literal
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part) or "\0" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return literal_parts(node.left) + literal_parts(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return (text(node.left) or "").replace("%s", "\0").replace("%d", "\0")
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
    ):
        return _filled(text(node.func.value) or "")
    return "\0"


def _filled(template: str) -> str:
    head, *rest = template.split("{")
    return head + "".join("\0" + part.partition("}")[2] for part in rest)


def _has_text(node: ast.AST) -> bool:
    """Whether a chain of `+`, or the left of a `%`, has a string in it."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        if text(node.right) is not None or isinstance(node.right, ast.JoinedStr):
            return True
        node = node.left
    return text(node) is not None or isinstance(node, ast.JoinedStr)
