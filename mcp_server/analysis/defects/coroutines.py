"""Coroutines that never run, and event loops that are held up."""

import ast
import re
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import dotted, last_name
from mcp_server.analysis.defects.table import Check, Defect

_COROUTINES = {
    "asyncio.sleep", "asyncio.wait", "asyncio.wait_for", "asyncio.gather", "asyncio.to_thread",
    "anyio.sleep", "asyncio.open_connection", "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell", "anyio.to_thread.run_sync",
}  # fmt: skip
_COMMON = {"close", "flush", "read", "write", "send", "get", "put", "run", "start", "stop", "open",
           "connect", "join", "wait", "acquire", "release", "save", "load", "update", "seek",
           "tell", "truncate", "readline", "readlines", "writelines", "cancel"}  # fmt: skip
_BLOCKING = {
    "requests.get", "requests.post", "requests.put", "requests.patch", "requests.delete",
    "requests.head", "requests.request", "urllib.request.urlopen", "subprocess.run",
    "subprocess.check_output", "subprocess.check_call", "subprocess.call", "time.sleep",
    "socket.create_connection", "socket.gethostbyname", "sqlite3.connect", "smtplib.SMTP",
    "shutil.copytree", "shutil.rmtree", "shutil.copyfile", "shutil.copy", "os.system", "input",
    "psycopg2.connect", "pymysql.connect",
}  # fmt: skip

_HARMLESS = {"staticmethod", "classmethod", "abstractmethod", "override", "final"}
_OF_COROUTINES = {"close", "send", "throw", "add_done_callback"}
_NEED_VALUE = {"len", "int", "float", "str", "sum", "sorted", "list", "set", "tuple", "dict", "max",
               "min", "round", "range", "enumerate", "json.dumps", "print"}  # fmt: skip
_LATER = re.compile(r"Coroutine|Awaitable|Future|Task|Generator")


def never_awaited(program: Program) -> Iterator[Defect]:
    """A call of a coroutine that is not awaited: nothing in it runs."""
    names = _coroutine_names(program)
    for call in program.of(ast.Call):
        known = program.name(call.func) in _COROUTINES
        if not known and not (names and _calls_coroutine(program, call, names)):
            continue
        outer = program.parent(call)
        shown = dotted(call.func) or last_name(call.func)
        if isinstance(outer, ast.Expr):
            yield Defect(call, f"{shown}() is a coroutine: without await nothing in it runs")
        elif _is_used_as_value(outer, call) or _is_kept_unawaited(program, outer):
            yield Defect(call, f"{shown}() is a coroutine: without await there is no result yet")


def kept_unawaited(program: Program) -> Iterator[Defect]:
    """A coroutine kept under a name that is then used as if it were the result."""
    names = _coroutine_names(program)
    for call in program.of(ast.Call):
        kept = program.parent(call)
        if not isinstance(kept, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            continue
        target = kept.targets[0] if isinstance(kept, ast.Assign) else kept.target
        several = isinstance(kept, ast.Assign) and len(kept.targets) > 1
        if several or not isinstance(target, ast.Name) or _is_kept_unawaited(program, kept):
            continue
        known = program.name(call.func) in _COROUTINES
        if not (known or _is_own_coroutine(program, call, names)):
            continue
        if _is_taken_for_result(program, kept, target.id):
            shown = dotted(call.func)
            yield Defect(call, f"{shown}() is a coroutine: {target.id} is no result without await")


def blocking_call(program: Program) -> Iterator[Defect]:
    """A call in a coroutine that holds up everything else on its event loop."""
    for call in program.calls(*_BLOCKING):
        node = program.scope(call).node
        if isinstance(node, ast.AsyncFunctionDef) and not _is_in_lambda(program, call):
            name = program.name(call.func)
            yield Defect(call, f"{name}() blocks the event loop while it waits")
    sessions = {"requests.Session", "requests.session"}
    for call in program.method_calls("get", "post", "put", "delete", "request"):
        scope = program.scope(call)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(scope.node, ast.AsyncFunctionDef) and isinstance(owner, ast.Name):
            made = scope.value(owner.id)
            annotated = scope.annotations.get(owner.id) in (*sessions, "Session")
            if annotated or (isinstance(made, ast.Call) and program.name(made.func) in sessions):
                yield Defect(call, "requests blocks the event loop while it waits")


def loop_in_loop(program: Program) -> Iterator[Defect]:
    """`asyncio.run` in a coroutine, where an event loop runs already."""
    calls = [*program.calls("asyncio.run"), *program.method_calls("run_until_complete")]
    for call in calls:
        if isinstance(program.scope(call).node, ast.AsyncFunctionDef):
            yield Defect(call, "an event loop runs already: await instead")


def cancellation_swallowed(program: Program) -> Iterator[Defect]:
    """A coroutine that catches its cancellation and goes on."""
    for handler in program.of(ast.ExceptHandler):
        if not isinstance(program.scope(handler).node, ast.AsyncFunctionDef):
            continue
        named = handler.type is not None and "CancelledError" in ast.unparse(handler.type)
        if named and not any(isinstance(n, ast.Raise | ast.Return | ast.Break)
                             for each in handler.body for n in ast.walk(each)):  # fmt: skip
            yield Defect(handler, "the cancellation is swallowed: raise it again")


def _coroutine_names(program: Program) -> dict[str, set[str]]:
    """Names that here are coroutines only, with the classes that define them."""
    found: dict[str, set[str]] = {}
    plain: set[str] = set()
    for scope in program.functions:
        node, outer = scope.node, scope.outer
        owner = outer.node.name if outer and isinstance(outer.node, ast.ClassDef) else ""
        if isinstance(node, ast.AsyncFunctionDef) and not _is_generator(scope):
            wrapped = [d for d in node.decorator_list if "overload" not in ast.unparse(d)]
            if not wrapped or owner:
                found.setdefault(node.name, set()).add(owner)
        elif isinstance(node, ast.FunctionDef):
            plain.add(node.name)
    return {name: owners for name, owners in found.items() if name not in plain}


def _is_generator(scope: Scope) -> bool:
    return bool(scope.of(ast.Yield) or scope.of(ast.YieldFrom))


def _calls_coroutine(program: Program, call: ast.Call, names: dict[str, set[str]]) -> bool:
    func, scope = call.func, program.scope(call)
    if isinstance(func, ast.Name):
        hidden = func.id in scope.params or func.id in scope.stores
        return "" in names.get(func.id, ()) and not hidden
    owners = names.get(last_name(func), set()) - {""}
    if not isinstance(func, ast.Attribute) or not owners:
        return False
    if isinstance(func.value, ast.Name):
        return _is_object_of(scope, func.value.id, owners, func.attr)
    return _is_attribute_of(program, func.value, owners)


def _is_object_of(scope: Scope, name: str, owners: set[str], method: str) -> bool:
    """Whether a name is an object of some classes; unless it is known, by an uncommon method."""
    if name == "self":
        return _class_of(scope) in owners
    made = scope.value(name)
    if isinstance(made, ast.Call):
        return last_name(made.func) in owners
    annotation = scope.annotations.get(name, "")
    return annotation.partition(" ")[0] in owners or (not annotation and method not in _COMMON)


def _is_attribute_of(program: Program, node: ast.expr, owners: set[str]) -> bool:
    """Whether an attribute such as `self._store` is set to an object of some classes."""
    wanted = dotted(node)
    for assign in program.of(ast.Assign) if wanted.startswith("self.") else ():
        if dotted(assign.targets[0]) != wanted:
            continue
        value, annotations = assign.value, program.scope(assign).annotations
        if isinstance(value, ast.Call) and last_name(value.func) in owners:
            return True
        if isinstance(value, ast.Name) and annotations.get(value.id) in owners:
            return True
    return False


def _class_of(scope: Scope) -> str:
    current: Scope | None = scope
    while current is not None:
        if isinstance(current.node, ast.ClassDef):
            return current.node.name
        current = current.outer
    return ""


def _is_used_as_value(outer: ast.AST | None, call: ast.Call) -> bool:
    """Whether what is around a call needs its result."""
    if isinstance(outer, ast.Attribute):
        return outer.attr not in ("close", "send", "throw", "cr_frame")
    if isinstance(outer, ast.If | ast.While | ast.IfExp):
        return outer.test is call
    if isinstance(outer, ast.For | ast.comprehension):
        return outer.iter is call
    if isinstance(outer, ast.Subscript):
        return outer.value is call
    return isinstance(outer, ast.Compare | ast.BinOp | ast.UnaryOp | ast.FormattedValue)


def _is_kept_unawaited(program: Program, outer: ast.AST | None) -> bool:
    """Whether a coroutine is assigned to a name that then is only used as a result."""
    if not isinstance(outer, ast.Assign) or not isinstance(outer.targets[0], ast.Name):
        return False
    scope, name = program.scope(outer), outer.targets[0].id
    uses = scope.loads.get(name, ())
    parents = [program.parent(use) for use in uses]
    return bool(uses) and all(
        isinstance(p, ast.Attribute | ast.Subscript | ast.Compare | ast.BinOp | ast.FormattedValue)
        or (isinstance(p, ast.For) and p.iter in uses)
        for p in parents
    )


def _is_own_coroutine(program: Program, call: ast.Call, names: dict[str, set[str]]) -> bool:
    """Whether a call is of a coroutine function of this module, or of one of its own class."""
    func, scope = call.func, program.scope(call)
    if isinstance(func, ast.Name):
        return _calls_coroutine(program, call, names)
    if not isinstance(func, ast.Attribute) or dotted(func.value) not in ("self", "cls"):
        return False
    pending, seen = [_class_of(scope)], set[str]()
    while pending:
        owner = program.classes.get(pending.pop(0))
        if owner is None or not isinstance(owner.node, ast.ClassDef) or owner.node.name in seen:
            continue
        seen.add(owner.node.name)
        own = [s for s in program.within(owner) if getattr(s.node, "name", "") == func.attr]
        if own or func.attr in owner.stores:
            return len(own) == 1 and func.attr not in owner.stores and _is_plain_coroutine(own[0])
        pending += [last_name(base) for base in owner.node.bases]
    return False


def _is_plain_coroutine(scope: Scope) -> bool:
    node = scope.node
    if not isinstance(node, ast.AsyncFunctionDef) or _is_generator(scope):
        return False
    return all(last_name(each) in _HARMLESS for each in node.decorator_list)


def _is_taken_for_result(
    program: Program, kept: ast.Assign | ast.AnnAssign | ast.NamedExpr, name: str
) -> bool:
    """Whether a name that holds a coroutine is used as a value, and nobody may yet await it."""
    scope = program.scope(kept)
    annotation = ast.unparse(kept.annotation) if isinstance(kept, ast.AnnAssign) else ""
    if name in scope.read_inside or name in scope.not_local or _LATER.search(annotation):
        return False
    uses: list[ast.expr] = [*_uses_after(program, scope, kept, name)]
    if isinstance(kept, ast.NamedExpr):
        uses.append(kept)
    kinds = {_kind_of_use(program, scope, use) for use in uses}
    return "awaited" not in kinds and (
        "needed" in kinds or ("tested" in kinds and "handed on" not in kinds)
    )


def _uses_after(program: Program, scope: Scope, kept: ast.AST, name: str) -> list[ast.Name]:
    """Where the value that a statement gives to a name is read; nothing if that is not clear."""
    if len(scope.stores[name]) == 1 and name not in scope.params:
        return scope.loads[name]
    uses: list[ast.Name] = []
    for statement in program.following(kept, 20) if isinstance(kept, ast.stmt) else ():
        inside = [n for n in ast.walk(statement) if isinstance(n, ast.Name) and n.id == name]
        uses += [n for n in inside if isinstance(n.ctx, ast.Load)]
        if any(not isinstance(n.ctx, ast.Load) for n in inside):
            plain = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
            return uses if plain else []
    return []


def _kind_of_use(program: Program, scope: Scope, use: ast.expr) -> str:
    """What a use does with a coroutine: needs its result, tests it, or leaves it to others."""
    outer = program.parent(use)
    while isinstance(outer, ast.IfExp) and outer.test is not use:
        use, outer = outer, program.parent(outer)
    if isinstance(outer, ast.Await):
        return "awaited"
    if isinstance(outer, ast.Attribute):
        technical = outer.attr.startswith(("cr_", "_")) or outer.attr in _OF_COROUTINES
        return "awaited" if technical else "needed"
    if isinstance(outer, ast.Call):
        called = program.name(outer.func)
        if called.startswith(("asyncio.", "anyio.", "inspect.")):
            return "awaited"
        return "needed" if called in _NEED_VALUE else "handed on"
    if isinstance(outer, ast.BinOp | ast.AugAssign | ast.Compare) or (
        use in (getattr(outer, "iter", None), getattr(outer, "value", None))
        and isinstance(outer, ast.For | ast.comprehension | ast.Subscript)
    ):
        return "needed"
    return "tested" if _is_tested(scope, outer, use) else "handed on"


def _is_tested(scope: Scope, outer: ast.AST | None, use: ast.expr) -> bool:
    """Whether a use shows or tests a name, or gives it back as the result."""
    if isinstance(outer, ast.If | ast.While | ast.IfExp | ast.Assert):
        return outer.test is use
    if isinstance(outer, ast.Return):
        node = scope.node
        later = isinstance(node, ast.AsyncFunctionDef) and node.returns is not None
        promised = ast.unparse(node.returns) if later else ""  # type: ignore[union-attr, arg-type]
        return isinstance(node, ast.AsyncFunctionDef) and not _LATER.search(promised)
    return isinstance(outer, ast.FormattedValue | ast.UnaryOp | ast.BoolOp)


def _is_in_lambda(program: Program, call: ast.Call) -> bool:
    return any(isinstance(outer, ast.Lambda) for outer in program.ancestors(call))


CHECKS = (
    Check("SC601", "coroutine-not-awaited", never_awaited),
    Check("SC602", "blocking-call-in-coroutine", blocking_call),
    Check("SC603", "event-loop-in-event-loop", loop_in_loop),
    Check("SC604", "cancellation-swallowed", cancellation_swallowed),
    Check("SC605", "coroutine-for-result", kept_unawaited),
)
