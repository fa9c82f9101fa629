"""Code that is never reached, and functions that end without what they promise."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from mcp_server.analysis.defects.program import Program, Scope, blocks
from mcp_server.analysis.defects.syntax import Function, Loop, is_constant, last_name, text
from mcp_server.analysis.defects.table import Check, Defect

_EXITS = {"sys.exit", "os._exit", "os.abort", "exit", "quit"}
_LETTING = {"open", "closing", "socket", "connect", "ZipFile", "TemporaryDirectory", "urlopen"}
_BUILTIN = {"str", "int", "float", "bool", "bytes", "list", "dict", "set", "tuple", "None"}
_CONSTANTS = {"Literal", "Any", "object", "bool", "Union", "TypeVar"}


def unreachable(program: Program) -> Iterator[Defect]:
    """A statement after one that never ends or always leaves."""
    left = _leaving(program)
    bodies = [scope.node.body for scope in program.scopes]
    for block in (*bodies, *(block for block, _ in blocks(program))):
        for statement, following in pairwise(block):
            if statement in left and not _is_marker(following):
                kind = "loop never ends" if isinstance(statement, ast.While) else "code leaves"
                yield Defect(following, f"unreachable: the {kind} before it")
                break


def wrong_constant(program: Program) -> Iterator[Defect]:
    """A returned literal that the function's annotation does not allow."""
    for scope in program.functions:
        node = scope.node
        if not isinstance(node, Function) or node.returns is None:
            continue
        promised = _promised(ast.unparse(node.returns).strip("'\""))
        if promised is None or _is_generator(scope):
            continue
        for statement in scope.of(ast.Return):
            value = statement.value
            given = type(value.value).__name__ if isinstance(value, ast.Constant) else ""
            given = "None" if value is None or given == "NoneType" else given
            if promised - _BUILTIN and given != "bool":
                # An alias may stand for a literal type.
                continue
            allowed = promised | ({"int"} if "float" in promised else set())
            if given in _BUILTIN and given not in allowed:
                shown = "nothing" if value is None else ast.unparse(value)
                yield Defect(statement, f"returns {shown}, not {ast.unparse(node.returns)}")


def missing_return(program: Program) -> Iterator[Defect]:
    """A function that promises a value and returns none at all."""
    left = _leaving(program)
    for scope in program.functions:
        node = scope.node
        if not isinstance(node, Function) or node.returns is None or scope.of(ast.Return):
            continue
        promised = ast.unparse(node.returns)
        idle = any(word in promised for word in ("None", "Never", "NoReturn", "Any", "object"))
        if idle or _is_stub(node) or _is_generator(scope) or node.body[-1] in left:
            continue
        yield Defect(node, f"{node.name}() promises {promised}, and returns None")


def first_pass_only(program: Program) -> Iterator[Defect]:
    """A loop over elements that always leaves in its first pass, after a test of the element."""
    left = _leaving(program)
    for loop in program.of(ast.For):
        last = loop.body[-1]
        if last not in left or isinstance(last, ast.Raise) or _continues(loop):
            continue
        tested = any(isinstance(each, ast.If | ast.AugAssign) for each in loop.body)
        if isinstance(last, ast.If):
            last = last.orelse[-1] if last.orelse else last
        elif not isinstance(last, ast.Return | ast.Break):
            continue
        if tested:
            yield Defect(last, "this leaves in the first pass, so only one element is seen")


def swallowed(program: Program) -> Iterator[Defect]:
    """An error that is caught and ignored, where it is not an expected one."""
    expected = {
        "KeyError", "IndexError", "StopIteration", "StopAsyncIteration", "ImportError",
        "ModuleNotFoundError", "FileNotFoundError", "ProcessLookupError", "AttributeError",
        "KeyboardInterrupt", "asyncio.CancelledError", "queue.Empty", "Empty", "FileExistsError",
        "QueueEmpty", "asyncio.QueueEmpty", "BrokenPipeError", "queue.Full", "CancelledError",
    }  # fmt: skip
    for handler in program.of(ast.ExceptHandler):
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {ast.unparse(kind) if kind else "" for kind in kinds}
        if all(_is_idle(each) for each in handler.body) and not names <= expected:
            yield Defect(handler, "the error is ignored: nobody learns that something failed")


def _leaving(program: Program) -> set[ast.stmt]:
    """Statements after which the next one is not reached.

    Inner statements come after outer ones in the tables, so backwards each is known in time.
    """
    left: set[ast.stmt] = set()
    breaks = _breaks(program)
    for kind in (ast.Return, ast.Raise, ast.Continue, ast.Break):
        left.update(program.of(kind))
    for call in program.calls(*_EXITS):
        if isinstance(statement := program.parent(call), ast.Expr):
            left.add(statement)
    left.update(node for node in program.of(ast.Assert) if is_constant(node.test, False))
    for loop in program.of(ast.While):
        if (is_constant(loop.test, True) or is_constant(loop.test, 1)) and loop not in breaks:
            left.add(loop)
    compound = [*program.of(ast.If), *program.of(ast.With), *program.of(ast.Try)]
    for node in sorted(compound, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        if _leaves(node, left):
            left.add(node)
    return left


def _leaves(node: ast.stmt, left: set[ast.stmt]) -> bool:
    if isinstance(node, ast.If):
        return bool(node.orelse) and node.body[-1] in left and node.orelse[-1] in left
    if isinstance(node, ast.Try):
        if node.finalbody and node.finalbody[-1] in left:
            return True
        tried = (node.orelse or node.body)[-1] in left
        return tried and all(handler.body[-1] in left for handler in node.handlers)
    if not isinstance(node, ast.With) or not isinstance(node.body[-1], ast.Return | ast.Continue):
        return False
    # Other managers may swallow what is raised before the return.
    managers = [item.context_expr for item in node.items]
    return all(not isinstance(m, ast.Call) or last_name(m.func) in _LETTING for m in managers)


def _breaks(program: Program) -> set[ast.AST]:
    """The loops that have a `break` of their own."""
    found: set[ast.AST] = set()
    for node in program.of(ast.Break):
        loop = next((n for n in program.ancestors(node) if isinstance(n, Loop)), None)
        found.update([loop] if loop else [])
    return found


def _continues(loop: ast.For) -> bool:
    return any(isinstance(n, ast.Continue) for each in loop.body for n in ast.walk(each))


def _is_marker(node: ast.stmt) -> bool:
    """A `yield` that makes a generator, or a `break` and the like that says the same again."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Yield | ast.Constant)
    return isinstance(node, ast.Break | ast.Pass | Function | ast.ClassDef)


def _promised(annotation: str) -> set[str] | None:
    """The builtin types that an annotation allows, or None if it is beyond this check."""
    parts = annotation
    if parts.startswith("Optional["):
        parts = parts.removeprefix("Optional[").removesuffix("]") + " | None"
    names = {part.strip().partition("[")[0] for part in parts.split(" | ")}
    if names & _CONSTANTS or any(name in annotation for name in ("Literal", "Any", "object")):
        return None
    if names <= _BUILTIN or "None" in names:
        return names if not any(len(name) == 1 for name in names) else None
    return None


def _is_generator(scope: Scope) -> bool:
    return bool(scope.of(ast.Yield) or scope.of(ast.YieldFrom))


def _is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether nothing is done: a protocol's, abstract or overloaded function."""
    abstract = any("abstract" in ast.unparse(d) for d in node.decorator_list)
    return abstract or all(_is_idle(statement) for statement in node.body)


def _is_idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return node.value.value is ... or text(node.value) is not None
    return isinstance(node, ast.Pass | ast.Continue)


CHECKS = (
    Check("SC211", "unreachable", unreachable),
    Check("SC212", "returns-another-type", wrong_constant),
    Check("SC213", "missing-return", missing_return),
    Check("SC214", "loop-ends-in-first-pass", first_pass_only),
    Check("SC215", "error-ignored", swallowed),
)
