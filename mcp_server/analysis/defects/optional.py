"""Results that may be None, used as if they never were."""

import ast
from collections.abc import Iterator

from mcp_server.analysis.defects.program import Program, Scope
from mcp_server.analysis.defects.syntax import dotted, last_name, text
from mcp_server.analysis.defects.table import Check, Defect

_MATCHES = {"re.match", "re.search", "re.fullmatch", "shutil.which", "os.getenv", "os.environ.get",
            "mimetypes.guess_extension", "inspect.getmodule", "inspect.getdoc"}  # fmt: skip
_MAPPINGS = ("dict[", "Mapping[", "Dict[", "MutableMapping[", "dict", "defaultdict[")
_NOT_MAPPINGS = {"requests", "session", "client", "queue", "http", "httpx", "response", "api"}


def none_used_directly(program: Program) -> Iterator[Defect]:
    """`re.match(…).group()` or `d.get(key)[…]`, where nothing was found."""
    for call in program.of(ast.Call):
        outer = program.parent(call)
        used = isinstance(outer, ast.Attribute | ast.Subscript) and outer.value is call
        if used and _may_be_none(program, program.scope(call), call):
            yield Defect(call, f"{ast.unparse(call.func)}() is None where there is nothing")


def none_used_later(program: Program) -> Iterator[Defect]:
    """The same by way of a variable that is never tested."""
    for scope in (program.module, *program.functions):
        for name in list(scope.values):
            value = scope.value(name)
            if name in scope.tested or not isinstance(value, ast.Call):
                continue
            if not _may_be_none(program, scope, value):
                continue
            for node in scope.loads[name]:
                outer = program.parent(node)
                used = isinstance(outer, ast.Attribute | ast.Subscript) and outer.value is node
                if used and not _expects_error(program, node):
                    yield Defect(outer or node, f"{name} may be None, and is never tested")
                    break


def _optional_functions(program: Program) -> set[str]:
    """The functions and methods of this module that may return None by their annotation."""
    found: set[str] = set()
    for scope in program.functions:
        returns = getattr(scope.node, "returns", None)
        promised = ast.unparse(returns) if returns is not None else ""
        if (
            isinstance(scope.node, ast.FunctionDef)
            and promised != "None"
            and ("None" in promised.split(" | ") or promised.startswith("Optional["))
        ):
            found.add(scope.node.name)
    return found


def none_from_here(program: Program) -> Iterator[Defect]:
    """The result of a function of this module that may return None, used untested."""
    optional = _optional_functions(program)
    for call in program.of(ast.Call) if optional else ():
        outer = program.parent(call)
        used = isinstance(outer, ast.Attribute | ast.Subscript) and outer.value is call
        if (
            used
            and last_name(call.func) in optional
            and _is_own(program, call)
            and not _expects_error(program, call)
        ):
            yield Defect(outer or call, f"{dotted(call.func)}() may return None")
    for scope in (program.module, *program.functions) if optional else ():
        for name in list(scope.values):
            value = scope.value(name)
            if name in scope.tested or not isinstance(value, ast.Call):
                continue
            if last_name(value.func) not in optional or not _is_own(program, value):
                continue
            for node in scope.loads[name]:
                outer = program.parent(node)
                used = isinstance(outer, ast.Attribute | ast.Subscript) and outer.value is node
                if used and not _expects_error(program, node):
                    yield Defect(outer or node, f"{name} may be None, and is never tested")
                    break


def _may_be_none(program: Program, scope: Scope, call: ast.Call) -> bool:
    name = program.name(call.func)
    if name in _MATCHES:
        return not call.args[1:] or name.startswith("re.")
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in ("match", "search", "fullmatch"):
        return _is_pattern(program, call.func.value)
    alone = len(call.args) == 1 and not call.keywords
    return call.func.attr == "get" and alone and _is_mapping(scope, call.func.value, call.args[0])


def _is_mapping(scope: Scope, owner: ast.expr, key: ast.expr) -> bool:
    """Whether `owner.get(key)` looks up a key, and requests no address."""
    if last_name(owner).lower() in _NOT_MAPPINGS:
        return False
    if isinstance(owner, ast.Name) and scope.annotations.get(owner.id, "").startswith(_MAPPINGS):
        return True
    literal = text(key)
    return literal is not None and "/" not in literal


def _is_pattern(program: Program, node: ast.expr) -> bool:
    """Whether a name stands for a compiled pattern."""
    if not isinstance(node, ast.Name):
        return False
    value = program.scope(node).value(node.id) or program.module.value(node.id)
    return isinstance(value, ast.Call) and program.name(value.func) == "re.compile"


def _expects_error(program: Program, node: ast.AST) -> bool:
    around = program.ancestors(node)
    return any(isinstance(outer, ast.Try) and outer.handlers for outer in around)


def _is_own(program: Program, call: ast.Call) -> bool:
    if isinstance(call.func, ast.Name):
        return call.func.id not in program.imports
    return isinstance(call.func, ast.Attribute) and last_name(call.func.value) == "self"


CHECKS = (
    Check("SC361", "none-used", none_used_directly),
    Check("SC362", "none-used-later", none_used_later),
    Check("SC363", "optional-result-used", none_from_here),
)
