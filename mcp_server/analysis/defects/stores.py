"""Values that are overwritten or forgotten before anybody reads them."""

import ast
import re
from collections.abc import Iterator, Sequence

from mcp_server.analysis.defects.program import Program, Scope, blocks
from mcp_server.analysis.defects.syntax import Function, dotted, names_in, stored_in, targets
from mcp_server.analysis.defects.table import Check, Defect

_COPY = re.compile(r"(^|_)(copy|copied|backup|snapshot|clone|saved|original)($|_)")
_NEAR = 30
"""Statements that are looked at after a store; what comes later is hardly a slip."""


def parameter_overwritten(program: Program) -> Iterator[Defect]:
    """A parameter that is given a new value before its own is read."""
    for scope in program.functions:
        body = _body(scope)
        for name in scope.params:
            if name not in scope.stores or name.startswith("_") or name in _gathered(scope):
                continue
            first = _first_touch(body, name)
            if isinstance(first, ast.Assign) and name not in names_in(first.value):
                yield Defect(first, f"the argument {name} is overwritten before it is read")
            elif (
                isinstance(first, ast.For)
                and name in targets(first)
                and name not in names_in(first.iter)
            ):
                yield Defect(first, f"the loop overwrites the argument {name}, never read")


def dead_store(program: Program) -> Iterator[Defect]:
    """A computed value that the same block overwrites before anything reads it."""
    for block in _blocks(program):
        for index, statement in enumerate(block):
            name = _stored_name(statement)
            if name is None or name.startswith("_"):
                continue
            following = _first_touch(block[index + 1 : index + 1 + _NEAR], name)
            scope = program.scope(statement)
            if following is None or name in scope.read_inside or name in scope.not_local:
                continue
            overwritten = _stored_name(following, first=False) == name
            if overwritten and name not in names_in(following.value):  # type: ignore[attr-defined]
                line = following.lineno
                yield Defect(statement, f"{name} is overwritten in line {line}, before it is read")


def hidden_global(program: Program) -> Iterator[Defect]:
    """A local that has the name of a module's variable and is never read: `global` was meant."""
    variables = {
        name for name in program.module.stores if not name.startswith("_") and name.islower()
    } - set(program.imports)
    for scope in program.functions:
        for name in sorted(variables & set(scope.stores) - scope.not_local - set(scope.params)):
            read = {name, "locals"} & {*scope.loads, *scope.read_inside}
            if not read and isinstance(program.parent(scope.stores[name][0]), ast.Assign):
                yield Defect(
                    scope.stores[name][0],
                    f"this sets a local; the module's {name} stays as it is without `global`",
                )


def reused_loop_variable(program: Program) -> Iterator[Defect]:
    """An inner loop over the variable of an outer one."""
    for loop in program.of(ast.For):
        for outer in program.ancestors(loop):
            if isinstance(outer, ast.For) and loop not in outer.orelse:
                shared = (targets(loop) & targets(outer)) - {"_"}
                shared = {n for n in shared if not n.startswith("_")}
                if shared & _names_stored(loop):
                    name = min(shared)
                    yield Defect(loop, f"{name} is already the variable of the loop around this")
                    break


def changed_while_iterated(program: Program) -> Iterator[Defect]:
    """A list, set or dict that a loop over it makes shorter or longer."""
    for loop in program.of(ast.For):
        over = _iterated(program, loop.iter)
        if over in ("", "self"):
            continue
        for node in _until_left(loop.body):
            changed = _changed(node)
            if changed is not None and ast.unparse(changed) == over:
                yield Defect(node, f"{over} changes while the loop goes over it: elements are lost")


def alias_for_copy(program: Program) -> Iterator[Defect]:
    """A name like `copy` for the very object that is then changed."""
    for scope in program.functions:
        for name, values in scope.values.items():
            plain = len(values) == 1 and isinstance(values[0], ast.Name | ast.Attribute)
            if not plain or not _COPY.search(name):
                continue
            names = {name, ast.unparse(values[0])}
            if any(_changes_in_place(call, names) for call in scope.of(ast.Call)):
                yield Defect(values[0], f"{name} is the same object, not a copy")


def _changes_in_place(call: ast.Call, names: set[str]) -> bool:
    methods = {"append", "sort", "clear", "update", "pop", "remove", "extend", "insert", "reverse",
               "add", "discard", "popitem", "setdefault"}  # fmt: skip
    owner, _, method = dotted(call.func).rpartition(".")
    return owner in names and method in methods


def shared_rows(program: Program) -> Iterator[Defect]:
    """`[[0] * n] * m`, which is m times the same list."""
    for node in program.of(ast.BinOp):
        for side in (node.left, node.right):
            if (
                isinstance(node.op, ast.Mult)
                and isinstance(side, ast.List)
                and side.elts
                and any(_is_mutable(program, each) for each in side.elts)
            ):
                yield Defect(node, "every element is the same object: changing one changes all")
    for call in program.calls("dict.fromkeys"):
        if len(call.args) > 1 and _is_mutable(program, call.args[1]):
            yield Defect(call, "every key has the same object: changing one changes all")


def _body(scope: Scope) -> Sequence[ast.stmt]:
    return scope.node.body


def _blocks(program: Program) -> Iterator[Sequence[ast.stmt]]:
    for scope in program.functions:
        yield _body(scope)
    for block, node in blocks(program):
        if isinstance(program.scope(node).node, Function):
            yield block


def _gathered(scope: Scope) -> set[str]:
    """The names of `*args` and `**kwargs`, which a signature may need without reading them."""
    arguments = getattr(scope.node, "args", None)
    if not isinstance(arguments, ast.arguments):
        return set()
    return {each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None}


def _first_touch(statements: Sequence[ast.stmt], name: str) -> ast.stmt | None:
    """The first of some statements in which a name appears, at whatever depth."""
    for statement in statements:
        if name in _touched(statement):
            return statement
    return None


def _touched(node: ast.stmt) -> set[str]:
    """The names in a statement, those of `global` and of closures included."""
    found = names_in(node)
    for each in ast.walk(node):
        if isinstance(each, ast.Global | ast.Nonlocal):
            found.update(each.names)
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Name)
            and each.func.id in ("locals", "vars")
        ):
            return found | {"*"}
    return found


def _stored_name(node: ast.stmt, *, first: bool = True) -> str | None:
    """The one name that a plain assignment sets; a first value must be worth reading."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = node.targets[0], node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target, value = node.target, node.value
    else:
        return None
    if not isinstance(target, ast.Name) or (first and _is_initial(value)):
        return None
    return target.id


def _is_initial(value: ast.expr) -> bool:
    """Whether a value only makes a name known, such as None, 0 or an empty list."""
    if isinstance(value, ast.Constant | ast.UnaryOp):
        return True
    empty = isinstance(value, ast.List | ast.Tuple | ast.Set) and not value.elts
    if isinstance(value, ast.Call):
        return not value.args and dotted(value.func) in ("list", "dict", "set", "tuple", "str")
    return empty or (isinstance(value, ast.Dict) and not value.keys)


def _names_stored(loop: ast.For) -> set[str]:
    return stored_in(ast.walk(loop.target))


def _iterated(program: Program, node: ast.expr) -> str:
    """What a loop goes over without a copy: `x`, `x.y`, `x.items()`, `enumerate(x)`."""
    if (
        isinstance(node, ast.Call)
        and not node.args
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("items", "keys", "values")
    ):
        return ast.unparse(node.func.value)
    if isinstance(node, ast.Call) and program.name(node.func) == "enumerate" and node.args:
        node = node.args[0]
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def _until_left(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes of a loop's body that are not followed by leaving the loop in their block."""
    if body and isinstance(body[-1], ast.Return | ast.Break | ast.Raise):
        return
    for statement in body:
        if isinstance(statement, Function | ast.ClassDef):
            continue
        inner = [getattr(statement, f, None) for f in ("body", "orelse", "finalbody")]
        blocks = [each for each in inner if isinstance(each, list)]
        blocks += [handler.body for handler in getattr(statement, "handlers", ())]
        if not blocks:
            yield from ast.walk(statement)
        for block in blocks:
            yield from _until_left(block)


def _changed(node: ast.AST) -> ast.expr | None:
    """The collection that a node makes shorter or longer."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        methods = ("remove", "pop", "clear", "insert", "discard", "add", "popitem")
        return node.func.value if node.func.attr in methods else None
    if isinstance(node, ast.Delete) and isinstance(node.targets[0], ast.Subscript):
        return node.targets[0].value
    return None


def _is_mutable(program: Program, node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return isinstance(node.left, ast.List) or isinstance(node.right, ast.List)
    return isinstance(node, ast.Call) and program.name(node.func) in (
        "list", "dict", "set", "collections.deque", "collections.defaultdict",
    )  # fmt: skip


CHECKS = (
    Check("SC301", "parameter-overwritten", parameter_overwritten),
    Check("SC302", "value-overwritten", dead_store),
    Check("SC303", "local-hides-global", hidden_global),
    Check("SC304", "loop-variable-reused", reused_loop_variable),
    Check("SC305", "changed-while-iterated", changed_while_iterated),
    Check("SC307", "alias-for-copy", alias_for_copy),
    Check("SC306", "shared-rows", shared_rows),
)
