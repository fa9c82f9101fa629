"""Locks that are not released or do not protect, and what threads change without one."""

import ast
import re
from collections.abc import Iterator, Sequence

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import Function, contains, dotted, last_name
from mcp_server.analysis.defects.table import Check, Defect

_LOCKISH = re.compile(r"lock|mutex|sem(aphore)?$|cond(ition)?$", re.IGNORECASE)
_STARTERS = {"Thread", "Timer", "submit", "map", "apply_async", "run_in_executor", "to_thread",
             "start_new_thread", "run_sync"}  # fmt: skip


def not_released(program: Program) -> Iterator[Defect]:
    """A lock that stays locked when something fails between `acquire` and `release`."""
    released = {
        (program.scope(call), ast.unparse(call.func.value))  # type: ignore[attr-defined]
        for call in program.method_calls("release")
        if _is_in_finally(program, call)
    }
    for call in program.method_calls("acquire"):
        lock = ast.unparse(call.func.value)  # type: ignore[attr-defined]
        waits = isinstance(program.parent(call), ast.Expr) and not call.args and not call.keywords
        function = getattr(program.scope(call).node, "name", "")
        wrapped = re.search("acquire|lock|enter", function, re.IGNORECASE)
        left = (program.scope(call), lock) not in released
        if waits and left and _LOCKISH.search(lock) and not wrapped:
            yield Defect(call, f"{lock} stays locked if anything fails: use `with {lock}`")


def unprotected_change(program: Program) -> Iterator[Defect]:
    """A shared value that functions run by several threads read and write without a lock."""
    running = _run_by_threads(program)
    for scope in running:
        shared = scope.not_local
        for node in scope.of(ast.AugAssign):
            name = node.target.id if isinstance(node.target, ast.Name) else ""
            own = ast.unparse(node.target).startswith("self.")
            if (own or name in shared) and not _is_locked(program, node):
                shown = ast.unparse(node.target)
                yield Defect(node, f"threads change {shown} without a lock: some changes get lost")
        for assign in scope.of(ast.Assign):
            target = ast.unparse(assign.targets[0])
            name = target.partition("[")[0]
            if (
                (name.startswith("self.") or name in shared)
                and target in ast.unparse(assign.value)
                and not _is_locked(program, assign)
            ):
                yield Defect(
                    assign, f"threads change {target} without a lock: some changes get lost"
                )


def locked_twice(program: Program) -> Iterator[Defect]:
    """A method that holds a lock and calls another one that waits for it."""
    plain = {
        ast.unparse(node.targets[0])
        for node in program.of(ast.Assign)
        if isinstance(node.value, ast.Call)
        and program.name(node.value.func) in ("threading.Lock", "asyncio.Lock", "anyio.Lock")
    }
    takers: dict[tuple[Scope | None, str], set[str]] = {}
    for scope in program.functions if plain else ():
        taken = {ast.unparse(i.context_expr) for i in scope.of(ast.withitem)} & plain
        takers[scope.outer, scope.node.name] = taken  # type: ignore[union-attr]
    for scope in program.functions if plain else ():
        for call in scope.of(ast.Call):
            own = ast.unparse(call.func).startswith("self.")
            key = (scope.outer if own else program.module, last_name(call.func))
            for lock in sorted(takers.get(key, set()) & _held(program, call)):
                yield Defect(call, f"{lock} is held here, and {key[1]}() waits for it: deadlock")


def opposite_order(program: Program) -> Iterator[Defect]:
    """Two locks that are taken in one order here and in the other there."""
    pairs: dict[tuple[str, str], ast.AST] = {}
    for item in program.of(ast.withitem):
        inner = ast.unparse(item.context_expr)
        if not _LOCKISH.search(inner):
            continue
        statement = program.parent(item)
        for outer in _held(program, item) | _earlier_items(statement, item):
            if outer != inner and _LOCKISH.search(outer):
                pairs.setdefault((outer, inner), item.context_expr)
    for (first, second), node in pairs.items():
        if (second, first) in pairs and node.lineno > pairs[second, first].lineno:  # type: ignore[attr-defined]
            yield Defect(node, f"elsewhere {second} is taken before {first}: deadlock")


def useless_lock(program: Program) -> Iterator[Defect]:
    """A lock that every call makes for itself, so that it keeps nobody out."""
    for scope in program.functions:
        for name in list(scope.values):
            value = scope.value(name)
            made = isinstance(value, ast.Call) and program.name(value.func) in (
                "threading.Lock", "threading.RLock", "asyncio.Lock", "multiprocessing.Lock",
            )  # fmt: skip
            uses = [program.parent(use) for use in scope.loads[name]]
            only_here = all(isinstance(use, ast.withitem) for use in uses)
            if made and uses and only_here and name not in scope.read_inside:
                yield Defect(value or scope.node, "each call makes a lock of its own: share one")


def thread_lock_across_await(program: Program) -> Iterator[Defect]:
    """A thread's lock that is held while a coroutine waits."""
    plain = {
        ast.unparse(node.targets[0])
        for node in program.of(ast.Assign)
        if isinstance(node.value, ast.Call)
        and program.name(node.value.func) in ("threading.Lock", "threading.RLock")
    }
    for node in program.of(ast.With) if plain else ():
        held = {ast.unparse(item.context_expr) for item in node.items} & plain
        if held and contains(node.body, ast.Await):
            yield Defect(node, f"{min(held)} blocks the whole event loop while this awaits")


def _is_in_finally(program: Program, node: ast.AST) -> bool:
    child = node
    for outer in program.ancestors(node):
        if isinstance(outer, ast.Try) and child in outer.finalbody:
            return True
        child = outer
    return False


def _run_by_threads(program: Program) -> Sequence[Scope]:
    """Functions that are given to threads or pools, with those of this module that they call."""
    names = {s.node.name for s in program.functions}  # type: ignore[union-attr]
    started: set[str] = set()
    for call in program.of(ast.Call):
        starter = last_name(call.func)
        if starter not in _STARTERS or (starter == "map" and isinstance(call.func, ast.Name)):
            continue
        given = [
            *call.args[:2],
            *(k.value for k in call.keywords if k.arg in ("target", "function")),
        ]
        started |= {last_name(each) for each in given if not isinstance(each, ast.Call)} & names
    threads = {c for c, s in program.classes.items() if _is_thread(s.node)}
    found = [s for s in program.functions if _is_started(s, started, threads)]
    called = {(s.outer, dotted(call.func)) for s in found for call in s.of(ast.Call)}
    known = set(found)
    others = (scope for scope in program.functions if scope not in known)
    helpers = [scope for scope in others if (scope.outer, _called(scope)) in called]
    return [*found, *helpers]


def _called(scope: Scope) -> str:
    """What a function is called by others beside it, such as `self.work`."""
    name = getattr(scope.node, "name", "")
    method = scope.outer is not None and isinstance(scope.outer.node, ast.ClassDef)
    return f"self.{name}" if method else name


def _is_started(scope: Scope, started: set[str], threads: set[str]) -> bool:
    node, outer = scope.node, scope.outer
    if not isinstance(node, Function):
        return False
    owner = outer.node.name if outer is not None and isinstance(outer.node, ast.ClassDef) else ""
    # What a thread sets on itself is its own.
    return node.name in started and not (owner in threads and node.name == "run")


def _is_thread(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any(last_name(b) == "Thread" for b in node.bases)


def _is_locked(program: Program, node: ast.AST) -> bool:
    return any(_LOCKISH.search(each) for each in _held(program, node))


def _held(program: Program, node: ast.AST) -> set[str]:
    """What the `with` statements around a node manage."""
    found: set[str] = set()
    for outer in program.ancestors(node):
        if isinstance(outer, ast.With | ast.AsyncWith) and node not in outer.items:
            found |= {ast.unparse(item.context_expr) for item in outer.items}
    return found


def _earlier_items(statement: ast.AST | None, item: ast.withitem) -> set[str]:
    if not isinstance(statement, ast.With | ast.AsyncWith):
        return set()
    return {ast.unparse(i.context_expr) for i in statement.items[: statement.items.index(item)]}


CHECKS = (
    Check("SC611", "lock-not-released", not_released),
    Check("SC612", "changed-without-lock", unprotected_change),
    Check("SC613", "lock-taken-twice", locked_twice),
    Check("SC614", "locks-in-opposite-order", opposite_order),
    Check("SC615", "lock-of-one-call", useless_lock),
    Check("SC616", "thread-lock-across-await", thread_lock_across_await),
)
