"""Names that hide others, and text that was meant to hold values."""

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import dotted, place, text
from mcp_server.analysis.defects.table import Check, Defect

_BUILTINS = {name for name in dir(builtins) if name.islower() and not name.startswith("_")}
_PLACEHOLDER = re.compile(
    r"(?<!\\end)(?<!\\begin)\{([A-Za-z_][\w.]*)(?:\[[^\]{}]*\])?(?:![rsa])?(?::[^{}]*)?\}"
)
_PLAIN = (
    ast.Constant, ast.List, ast.Dict, ast.Tuple, ast.Set, ast.BinOp, ast.JoinedStr, ast.ListComp,
    ast.DictComp, ast.SetComp, ast.Compare,
)  # fmt: skip
_FILLED = {"format", "format_map", "safe_substitute", "substitute", "replace", "partial"}


def hidden_import(program: Program) -> Iterator[Defect]:
    """A local with the name of an imported module, which is then used as the module."""
    elsewhere: dict[str, set[str]] = defaultdict(set)
    for node in program.of(ast.Attribute):
        if isinstance(node.value, ast.Name) and not _is_local(program.scope(node), node.value.id):
            elsewhere[node.value.id].add(node.attr)
    for scope in program.functions:
        for name in (*scope.params, *scope.stores):
            origin = program.imports.get(name)
            if origin is None or origin.startswith("__future__") or name in scope.not_local:
                continue
            uses = [n for n in scope.loads[name] if _is_member_access(program, n)]
            if name not in scope.params and not _comes_first(uses, scope.stores[name]):
                continue
            members = {p.attr for n in uses if isinstance(p := program.parent(n), ast.Attribute)}
            known = "." not in origin and members & _members(origin)
            if members and (known or members & elsewhere[name]):
                yield Defect(_first(scope, name), f"{name} hides the import, and is used as it")


def hidden_builtin(program: Program) -> Iterator[Defect]:
    """A local with the name of a builtin function, which is then called as the builtin."""
    for scope in (program.module, *program.functions):
        for name in _BUILTINS & {*scope.params, *scope.stores}:
            if name in scope.params and _is_callable(scope, name):
                continue
            stored = min((n.lineno for n in scope.stores[name]), default=0)
            for node in scope.loads[name]:
                call = program.parent(node)
                called = isinstance(call, ast.Call) and call.func is node
                if called and node.lineno > stored and not _function_value(scope, name):
                    yield Defect(
                        _first(scope, name), f"{name} hides the builtin, which line {node.lineno} "
                        "then calls",
                    )  # fmt: skip
                    break


def missing_prefix(program: Program) -> Iterator[Defect]:
    """A literal with the name of a variable in braces that nothing fills in."""
    for node in program.of(ast.Constant):
        value = text(node)
        if value is None or "{" not in value or "{{" in value:
            continue
        scope = program.scope(node)
        fields = [m.group(1).partition(".")[0] for m in _PLACEHOLDER.finditer(value)]
        if not fields or not all(_is_known(scope, field) for field in fields):
            continue
        if not _may_be_filled(program, node):
            yield Defect(node, f"{{{fields[0]}}} stays as it is written: the f is missing")


def _members(module: str) -> set[str]:
    """Some names that nothing but the module has."""
    return {
        "json": {"dumps", "loads", "dump", "load"}, "re": {"compile", "match", "search", "sub"},
        "os": {"path", "environ", "getcwd", "listdir"}, "time": {"time", "sleep", "monotonic"},
        "random": {"choice", "randint", "shuffle", "sample"}, "math": {"sqrt", "floor", "ceil"},
        "datetime": {"datetime", "timedelta"}, "logging": {"getLogger"}, "sys": {"argv", "exit"},
        "string": {"ascii_letters", "digits"}, "copy": {"deepcopy"}, "csv": {"reader", "writer"},
        "calendar": {"monthrange"}, "statistics": {"mean", "median"}, "uuid": {"uuid4"},
    }.get(module, set())  # fmt: skip


def _is_member_access(program: Program, node: ast.Name) -> bool:
    """Whether an attribute of a name is used, outside of annotations."""
    annotation = any(isinstance(outer, ast.arg) for outer in program.ancestors(node))
    return isinstance(program.parent(node), ast.Attribute) and not annotation


def _comes_first(uses: list[ast.Name], stores: list[ast.Name]) -> bool:
    return bool(uses) and place(uses[0]) < place(stores[0])


def _is_local(scope: Scope, name: str) -> bool:
    return name in scope.params or (scope.outer is not None and name in scope.stores)


def _first(scope: Scope, name: str) -> ast.AST:
    return scope.params.get(name) or scope.stores[name][0]


def _is_callable(scope: Scope, name: str) -> bool:
    """Whether a parameter is announced as something to call, or has no type."""
    annotation = scope.annotations.get(name)
    return annotation is None or "Callable" in annotation or "type" in annotation


def _function_value(scope: Scope, name: str) -> bool:
    """Whether what hides the builtin may be a function itself."""
    values = scope.values.get(name, ())
    if not values:
        return name not in scope.annotations
    return not all(isinstance(v, _PLAIN) or _is_builtin_call(v) for v in values)


def _is_builtin_call(node: ast.expr) -> bool:
    """Whether a value is made by a builtin that returns no function."""
    return isinstance(node, ast.Call) and dotted(node.func) in _BUILTINS - {
        "getattr",
        "type",
        "next",
    }


def _is_known(scope: Scope, name: str) -> bool:
    """Whether a name is a variable here, or in a scope around."""
    current: Scope | None = scope
    while current is not None:
        if name in current.params or name in current.stores:
            return current.outer is not None or scope.outer is None or name in scope.loads
        current = current.outer
    return False


def _may_be_filled(program: Program, node: ast.Constant) -> bool:
    """Whether anything around a literal may fill its braces, or shows that they are meant."""
    parent = program.parent(node)
    if isinstance(parent, ast.Expr | ast.JoinedStr | ast.FormattedValue):
        return True
    if isinstance(parent, ast.Attribute) and parent.attr in _FILLED:
        return True
    for outer in program.ancestors(node):
        if isinstance(outer, ast.Call):
            name = dotted(outer.func) or getattr(outer.func, "attr", "")
            if name.rpartition(".")[2] in _FILLED or _is_template_call(program, outer, name):
                return True
        if isinstance(outer, ast.Assign | ast.AnnAssign):
            stored = {n.id for n in ast.walk(outer) if isinstance(n, ast.Name)}
            return _is_formatted_later(program, node, stored)
        if isinstance(outer, ast.stmt):
            break
    return False


def _is_template_call(program: Program, call: ast.Call, name: str) -> bool:
    routes = {"route", "get", "post", "put", "patch", "delete", "path", "websocket", "api_route"}
    if name.rpartition(".")[2] in routes:
        return True
    keywords = {each.arg for each in call.keywords}
    keywords |= {text(k) for each in call.args if isinstance(each, ast.Dict) for k in each.keys}
    fields = {m.group(1) for each in call.args for m in _PLACEHOLDER.finditer(text(each) or "")}
    return bool(fields & keywords) or program.name(call.func).startswith("loguru.")


def _is_formatted_later(program: Program, node: ast.AST, names: set[str]) -> bool:
    """Whether a text that is assigned is formatted, or handed on, elsewhere."""
    for name in names:
        for use in program.scope(node).loads.get(name, ()):
            outer = program.parent(use)
            if isinstance(outer, ast.Attribute) and outer.attr in _FILLED:
                return True
            if isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Mod):
                return True
    return program.scope(node).outer is None


CHECKS = (
    Check("SC311", "import-hidden", hidden_import),
    Check("SC312", "builtin-hidden", hidden_builtin),
    Check("SC313", "missing-f-prefix", missing_prefix),
)
