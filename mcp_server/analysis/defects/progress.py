"""Loops and recursion that never come to an end."""

import ast
import re
from collections.abc import Iterator, Sequence

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import (
    Function,
    contains,
    dotted,
    is_constant,
    names_in,
    number,
    stored_in,
)
from mcp_server.analysis.defects.table import Check, Defect

_LEAVING = (ast.Break, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await)
_MAYBE = (
    ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.For, ast.While, ast.Match, ast.comprehension,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.AsyncFor,
)  # fmt: skip

_NEAR = 5
_COUNTER = re.compile(
    r"(^|_)(page|offset|start|skip|index|idx|pos|position|cursor|counter|i|j|row|line)"
    r"(_?(number|no|num|index))?$",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"size|limit|step|timeout|delay|interval|wait|sleep|verbos|flag|level|debug|width|depth|mode|"
    r"port|seed|scale|factor|rate|base|min|max|total|weight|precision|retr|fd|code|status|"
    r"default|version|indent|axis|dim|length|per_|n_|found|done|is_|has_|one|zero|empty|null|none",
    re.IGNORECASE,
)
_SAME_EACH_TIME = {"sleep", "read", "recv", "wait", "join", "settimeout", "poll", "select", "pop",
                   "insert", "print", "isinstance", "exit", "_exit", "seek", "min", "max", "len",
                   "append", "range", "recv_into", "readline", "send", "get", "put"}  # fmt: skip
_CUTTING = {"pop", "popleft", "remove", "insert", "append", "appendleft", "clear", "extend", "sort",
            "reverse", "rotate", "update", "read", "readline", "readinto", "recv_into"}  # fmt: skip


def endless_loop(program: Program) -> Iterator[Defect]:
    """A `while` whose condition nothing in it can change."""
    for loop in program.of(ast.While):
        scope = program.scope(loop)
        names = names_in(loop.test)
        if not names or not _is_plain(loop.test) or contains(loop.body, *_LEAVING):
            continue
        local = any(name in scope.stores or name in scope.params for name in names)
        if (
            local
            and not any(_is_shared(program, scope, name) for name in names - {"len"})
            and not _may_progress(loop, loop.body)
        ):
            shown = " and ".join(sorted(names - {"len"}))
            yield Defect(loop, f"nothing in the loop changes {shown}: it never ends")


def skipped_progress(program: Program) -> Iterator[Defect]:
    """A `continue` in front of the only statement that brings the loop forward."""
    for loop in program.of(ast.While):
        if not _is_plain(loop.test) or not _numbers(loop.test):
            continue
        moves = [_may_progress(loop, [statement]) for statement in loop.body]
        if not any(moves):
            continue
        for statement in loop.body[: moves.index(True)]:
            if isinstance(statement, ast.Assign) and contains(statement.value, ast.Call):
                break
            if not isinstance(statement, ast.If) or statement.orelse:
                continue
            if isinstance(statement.body[-1], ast.Continue):
                yield Defect(
                    statement.body[-1], "the loop goes on without its next step: it never ends"
                )


def endless_recursion(program: Program) -> Iterator[Defect]:
    """A function that calls itself on every path."""
    for scope in program.functions:
        node = scope.node
        if not isinstance(node, Function) or scope.of(ast.Yield):
            continue
        for statement in node.body:
            for call in _own_calls(program, scope, statement):
                if not _is_conditional(program, call):
                    yield Defect(call, f"{node.name}() calls itself on every path: it never ends")
                    return_found = True
                    break
            else:
                return_found = contains(statement, ast.Return, ast.Raise)
            if return_found:
                break


def unchanged_recursion(program: Program) -> Iterator[Defect]:
    """A function that calls itself with the very arguments it was given."""
    for scope in program.functions:
        node = scope.node
        if not isinstance(node, Function) or not _all_immutable(scope):
            continue
        for statement in node.body:
            for call in _own_calls(program, scope, statement):
                given = [ast.unparse(each) for each in call.args]
                given += [ast.unparse(k.value) for k in call.keywords if k.arg]
                changed = any(name in scope.stores for name in scope.params)
                inside_try = any(isinstance(n, ast.Try) for n in program.ancestors(call))
                if given == list(scope.params) and not changed and not inside_try:
                    yield Defect(call, "the same arguments again: the recursion never ends")


def own_property(program: Program) -> Iterator[Defect]:
    """A property that reads or sets itself."""
    for scope in program.functions:
        node = scope.node
        if not isinstance(node, Function) or not node.args.args:
            continue
        decorators = {ast.unparse(each) for each in node.decorator_list}
        itself = f"{node.args.args[0].arg}.{node.name}"
        getter = "property" in decorators
        setter = f"{node.name}.setter" in decorators
        for attribute in scope.of(ast.Attribute) if getter or setter else ():
            wanted = ast.Load if getter else ast.Store
            same = isinstance(attribute.ctx, wanted) and ast.unparse(attribute) == itself
            if same and not _is_conditional(program, attribute):
                yield Defect(attribute, f"{itself} is this property itself: it never ends")
                break


def busy_wait(program: Program) -> Iterator[Defect]:
    """A loop that does nothing but ask again."""
    for loop in program.of(ast.While):
        idle = all(isinstance(each, ast.Pass | ast.Continue) for each in loop.body)
        if idle and not isinstance(loop.test, ast.NamedExpr):
            yield Defect(loop, "the loop takes all of a processor while it waits; sleep, or wait")


def counter_left_behind(program: Program) -> Iterator[Defect]:
    """A counter that an endless loop reads and that nothing moves on."""
    for loop in program.of(ast.While):
        if not is_constant(loop.test, True) and not is_constant(loop.test, 1):
            continue
        scope = program.scope(loop)
        for name in _counters_before(program, scope, loop):
            reads = [node for node in scope.loads[name] if loop in program.ancestors(node)]
            if any(_advances_nothing(program, loop, node) for node in reads):
                yield Defect(loop, f"nothing in the loop moves {name} on: each pass is the same")


def _counters_before(program: Program, scope: Scope, loop: ast.While) -> list[str]:
    """Names set to a whole number shortly before a loop, and never again."""
    found: list[str] = []
    for name, stores in scope.stores.items():
        if len(stores) != 1 or name in scope.params or name in scope.read_inside:
            continue
        assign = next((n for n in program.ancestors(stores[0]) if isinstance(n, ast.stmt)), None)
        if not isinstance(assign, ast.Assign | ast.AnnAssign) or assign.value is None:
            continue
        value = number(_assigned(assign, stores[0]))
        counts = bool(_COUNTER.search(name)) or (value in (0, 1) and not _SETTING.search(name))
        near = any(
            each is loop or each in program.ancestors(loop)
            for each in program.following(assign, _NEAR)
        )
        shared = any(name in each.not_local for each in program.scopes)
        if type(value) is int and counts and near and not shared and not name.isupper():
            found.append(name)
    return found


def _assigned(assign: ast.Assign | ast.AnnAssign, target: ast.Name) -> ast.expr | None:
    """What an assignment gives to a name, also as one of several."""
    first = assign.targets[0] if isinstance(assign, ast.Assign) else assign.target
    if first is target:
        return assign.value
    if isinstance(first, ast.Tuple) and isinstance(assign.value, ast.Tuple):
        pairs = zip(first.elts, assign.value.elts, strict=False)
        return next((value for each, value in pairs if each is target), None)
    return None


def _advances_nothing(program: Program, loop: ast.While, node: ast.Name) -> bool:
    """Whether a number tells a call or an index in a loop where to go on, always the same."""
    for outer in program.ancestors(node):
        if isinstance(outer, ast.Subscript):
            base = names_in(outer.value)
            return bool(base) and not base & _changed_in(loop)
        if isinstance(outer, ast.Call):
            func = outer.func
            method = func.attr if isinstance(func, ast.Attribute) else dotted(func)
            given = node not in ast.walk(func)
            owner = names_in(func) if isinstance(func, ast.Attribute) else set()
            return given and method not in _SAME_EACH_TIME and not owner & _changed_in(loop)
        if isinstance(outer, ast.stmt | ast.Compare | ast.Lambda):
            return False
    return False


def _changed_in(loop: ast.While) -> set[str]:
    """Names that a loop sets, cuts or calls changing methods of."""
    inside = [node for statement in loop.body for node in ast.walk(statement)]
    found = stored_in(inside)
    for node in inside:
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            found |= names_in(node.value)
        if isinstance(node, ast.Attribute) and node.attr in _CUTTING:
            found |= names_in(node.value)
    return found


def _is_shared(program: Program, scope: Scope, name: str) -> bool:
    """Whether other functions may change what a name holds, by a method bound before too."""
    if name in scope.read_inside:
        return True
    bound = (program.parent(node) for node in scope.loads[name])
    return any(isinstance(n, ast.Attribute) and not _is_called(program, n) for n in bound)


def _is_called(program: Program, node: ast.AST) -> bool:
    outer = program.parent(node)
    return isinstance(outer, ast.Call) and outer.func is node


def _all_immutable(scope: Scope) -> bool:
    """Whether all parameters are numbers or texts, which nobody can change in between."""
    plain = ("int", "float", "str", "bool", "bytes", "Decimal")
    computed = {n for node in scope.of(ast.BinOp) for n in names_in(node)}
    return bool(scope.params) and all(
        scope.annotations.get(name) in plain or (name not in scope.annotations and name in computed)
        for name in scope.params
    )


def _is_plain(test: ast.expr) -> bool:
    """Whether a condition depends on names alone, lengths included."""
    for node in ast.walk(test):
        if isinstance(node, ast.Call) and ast.unparse(node.func) != "len":
            return False
        if isinstance(node, ast.Attribute | ast.Await | ast.NamedExpr):
            return False
    return True


def _may_progress(loop: ast.While, body: Sequence[ast.stmt]) -> bool:
    """Whether statements may change what the condition depends on."""
    names = names_in(loop.test) - {"len"}
    inside = [node for statement in body for node in ast.walk(statement)]
    if names & stored_in(inside):
        return True
    numbers = _numbers(loop.test)
    for node in inside:
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            changes = not isinstance(node.ctx, ast.Load) or isinstance(node, ast.Attribute)
            if changes and names_in(node.value) & names:
                return True
        if isinstance(node, ast.Call):
            given = {n for each in (*node.args, *node.keywords) for n in names_in(each)}
            if ast.unparse(node.func) not in ("len", "print", "range") and given & names - numbers:
                return True
        if isinstance(node, ast.Global | ast.Nonlocal | ast.Delete):
            return True
    return False


def _numbers(test: ast.expr) -> set[str]:
    """Names that a condition compares by order: numbers, which a call cannot change."""
    found: set[str] = set()
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and all(
            isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops
        ):
            sides = (node.left, *node.comparators)
            found |= {side.id for side in sides if isinstance(side, ast.Name)}
    return found


def _own_calls(program: Program, scope: Scope, statement: ast.stmt) -> Iterator[ast.Call]:
    """Calls of a function by itself in one of its statements."""
    node = scope.node
    if not isinstance(node, Function) or isinstance(statement, Function | ast.ClassDef):
        return
    method = scope.outer is not None and isinstance(scope.outer.node, ast.ClassDef)
    first = node.args.args[0].arg if node.args.args else ""
    static = any(dotted(each) == "staticmethod" for each in node.decorator_list)
    wanted = f"{first}.{node.name}" if method and not static else node.name
    imported = {a.asname or a.name for each in scope.of(ast.ImportFrom) for a in each.names}
    if node.name in scope.stores or node.name in scope.params or node.name in imported:
        return
    if method and static:
        return
    for call in ast.walk(statement):
        if (
            isinstance(call, ast.Call)
            and program.scope(call) is scope
            and dotted(call.func) == wanted
        ):
            yield call


def _is_conditional(program: Program, node: ast.expr) -> bool:
    return any(isinstance(outer, _MAYBE) for outer in program.ancestors(node))


CHECKS = (
    Check("SC221", "endless-loop", endless_loop),
    Check("SC222", "continue-before-the-next-step", skipped_progress),
    Check("SC223", "endless-recursion", endless_recursion),
    Check("SC224", "recursion-with-the-same-arguments", unchanged_recursion),
    Check("SC225", "property-of-itself", own_property),
    Check("SC226", "busy-wait", busy_wait),
    Check("SC227", "counter-left-behind", counter_left_behind),
)
