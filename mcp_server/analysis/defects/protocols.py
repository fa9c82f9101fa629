"""Special methods, context managers and retries that break their contract."""

import ast
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import (
    dotted,
    is_constant,
    keyword,
    last_name,
    names_in,
)
from mcp_server.analysis.defects.table import Check, Defect

_IN_PLACE = {"__iadd__", "__isub__", "__imul__", "__ior__", "__iand__", "__itruediv__"}
_TEMPORARY = {
    "tempfile.TemporaryDirectory",
    "tempfile.NamedTemporaryFile",
    "tempfile.TemporaryFile",
}
_SEQUENCES = ("list", "tuple", "set", "dict", "str", "int", "bool", "float", "List")


def nothing_returned(program: Program) -> Iterator[Defect]:
    """An `__enter__` or in-place operator that returns nothing."""
    for scope in program.functions:
        name = getattr(scope.node, "name", "")
        if name not in _IN_PLACE and name not in ("__enter__", "__aenter__"):
            continue
        promised = getattr(scope.node, "returns", None)
        silent = promised is not None and is_constant(promised, None)
        raised = scope.of(ast.Raise)
        if (
            not raised
            and not silent
            and not _is_stub(scope)
            and not any(r.value for r in scope.of(ast.Return))
        ):
            yield Defect(scope.node, f"{name} returns nothing, so the name it is for is None")


def generator_for_list(program: Program) -> Iterator[Defect]:
    """A function that promises a list and yields, so that callers get a generator."""
    for scope in program.functions:
        returns = getattr(scope.node, "returns", None)
        if returns is None or not (bool(scope.of(ast.Yield)) or bool(scope.of(ast.YieldFrom))):
            continue
        promised = ast.unparse(returns).strip("'\"")
        if promised.partition("[")[0] in _SEQUENCES:
            yield Defect(scope.node, f"yield makes this a generator, not {promised}")


def temporary_outlived(program: Program) -> Iterator[Defect]:
    """The path of a temporary file or directory, returned when it is removed already."""
    for node in program.of(ast.With):
        names = {
            item.optional_vars.id
            for item in node.items
            if isinstance(item.optional_vars, ast.Name)
            and _is_temporary(program, item.context_expr)
        }
        for statement in node.body if names else ():
            value = statement.value if isinstance(statement, ast.Return) else None
            if value is not None and _is_path_of(program, value, names):
                yield Defect(statement, "this is removed before the caller gets it")


def endless_retry(program: Program) -> Iterator[Defect]:
    """A loop that tries the same again for ever, at once."""
    for loop in program.of(ast.While):
        if not is_constant(loop.test, True):
            continue
        tries = [statement for statement in loop.body if isinstance(statement, ast.Try)]
        counted = any(isinstance(n, ast.AugAssign) for each in loop.body for n in ast.walk(each))
        waits = any(
            "sleep" in ast.unparse(each) or "wait" in ast.unparse(each) for each in loop.body
        )
        for attempt in tries if not counted and not waits else ():
            for handler in attempt.handlers:
                again = all(isinstance(s, ast.Pass | ast.Continue) for s in handler.body)
                leaves = any(isinstance(s, ast.Return | ast.Break) for s in attempt.body)
                if again and (leaves or attempt.orelse) and len(loop.body) == 1:
                    yield Defect(
                        handler, "a lasting error is tried again for ever, without a pause"
                    )


def future_dropped(program: Program) -> Iterator[Defect]:
    """Work handed to a pool whose errors nobody sees."""
    for call in program.method_calls("submit", "apply_async"):
        owner = last_name(call.func.value).lower()  # type: ignore[attr-defined]
        pool = any(word in owner for word in ("pool", "executor"))
        if pool and isinstance(program.parent(call), ast.Expr):
            yield Defect(call, "nobody asks for the result, so errors get lost: keep the future")


def suppressed(program: Program) -> Iterator[Defect]:
    """All errors suppressed by `contextlib.suppress`."""
    for call in program.calls("contextlib.suppress"):
        if any(dotted(each) in ("Exception", "BaseException") for each in call.args):
            yield Defect(call, "every error is ignored: name those that are expected")


def lines_doubled(program: Program) -> Iterator[Defect]:
    """A CSV file opened without `newline=""`, which doubles line ends on some systems."""
    for call in program.calls("csv.writer", "csv.DictWriter", "csv.reader", "csv.DictReader"):
        stream = call.args[0] if call.args else None
        opened = program.scope(call).value(stream.id) if isinstance(stream, ast.Name) else None
        if (
            isinstance(opened, ast.Call)
            and last_name(opened.func) == "open"
            and keyword(opened, "newline") is None
            and not any(k.arg is None for k in opened.keywords)
        ):
            yield Defect(opened, 'csv takes care of line ends itself: open with newline=""')


def pipe_not_read(program: Program) -> Iterator[Defect]:
    """A process that is waited for before its output is read: it may block for ever."""
    for call in program.method_calls("wait"):
        owner = call.func.value  # type: ignore[attr-defined]
        made = program.scope(call).value(owner.id) if isinstance(owner, ast.Name) else None
        if isinstance(made, ast.Call) and program.name(made.func) == "subprocess.Popen":
            piped = any("PIPE" in ast.unparse(k.value) for k in made.keywords)
            if piped and not _is_read_before(program.scope(call), owner, call):
                yield Defect(call, "a full pipe blocks the process: use communicate")


def shared_counter(program: Program) -> Iterator[Defect]:
    """A counter of the class that is counted up on each instance instead."""
    for name, scope in program.classes.items():
        counters = {n for n, v in scope.values.items() if isinstance(v[0], ast.Constant)}
        used = {a.attr for a in program.of(ast.Attribute) if dotted(a.value) in (name, "cls")}
        for method in program.within(scope) if counters & used else ():
            for node in method.of(ast.AugAssign):
                target = dotted(node.target)
                if target.startswith("self.") and target.removeprefix("self.") in counters & used:
                    yield Defect(node, f"this counts on the instance: use {name}")


def _is_stub(scope: Scope) -> bool:
    """Whether a body is a docstring or `...` alone, as in a protocol."""
    return all(
        isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
        for each in scope.node.body
    )


def _is_temporary(program: Program, node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or program.name(node.func) not in _TEMPORARY:
        return False
    return not is_constant(keyword(node, "delete"), False)


def _is_path_of(program: Program, value: ast.expr, names: set[str]) -> bool:
    """Whether a value is a path made of one of some names, not something read from it."""
    if isinstance(value, ast.Call) and program.name(value.func) in (
        "pathlib.Path",
        "str",
        "os.path.join",
    ):
        return bool(names_in(value.args) & names)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
        return bool(names_in(value.left) & names)
    if isinstance(value, ast.Attribute):
        return value.attr == "name" and dotted(value.value) in names
    return isinstance(value, ast.Name) and value.id in names


def _is_read_before(scope: Scope, owner: ast.Name, wait: ast.Call) -> bool:
    reads = (n for n in scope.of(ast.Attribute) if dotted(n.value) == owner.id)
    early = {n.attr for n in reads if n.lineno < wait.lineno}
    return bool(early & {"stdout", "communicate", "stderr"})


CHECKS = (
    Check("SC511", "nothing-returned", nothing_returned),
    Check("SC512", "generator-for-list", generator_for_list),
    Check("SC513", "temporary-outlived", temporary_outlived),
    Check("SC514", "endless-retry", endless_retry),
    Check("SC515", "future-dropped", future_dropped),
    Check("SC516", "everything-suppressed", suppressed),
    Check("SC517", "csv-line-ends", lines_doubled),
    Check("SC518", "pipe-not-read", pipe_not_read),
    Check("SC519", "counter-of-instance", shared_counter),
)
