"""What can be read from generated source without running it."""

import ast
import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from mcp_server.analysis.guard import SourceError, parse_python
from mcp_server.analysis.missing_imports import with_imports
from mcp_server.analysis.signatures import Signature, signature_of


@dataclass(frozen=True, slots=True)
class Reading:
    """What a piece of Python source is.

    Args:
        problem: Why it does not parse; None if it does.
        defines: Functions and classes of the module, in their order, with their signatures.
        names: The same without signatures.
        bound: All names that the module has: these, those it assigns and those it imports.
        signatures: Those of its functions.
        imports: Top-level packages that it imports, in their order.
        summary: First line of the docstring of the module or of the first definition.
        normal: A digest of the code without comments and layout: equal for equal candidates.
        size: How many nodes its syntax tree has; of two that do the same, the smaller is simpler.
    """

    problem: str | None
    defines: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    imports: tuple[str, ...] = ()
    summary: str = ""
    normal: str = ""
    size: int = 0


def read_python(code: str) -> Reading:
    """Read source; one that does not parse is a reading, too."""
    try:
        tree = parse_python(code)
    except SourceError as error:
        return Reading(str(error))
    definitions = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    return Reading(
        problem=None,
        defines=tuple(_signature(node) for node in definitions),
        names=tuple(node.name for node in definitions),
        bound=tuple(dict.fromkeys(name for node in tree.body for name in _bound(node))),
        signatures=tuple(
            signature_of(node) for node in definitions if not isinstance(node, ast.ClassDef)
        ),
        imports=tuple(dict.fromkeys(_imports(tree))),
        summary=_summary([tree, *definitions]),
        normal=_digest(tree, code),
        size=sum(1 for _ in ast.walk(tree)),
    )


def prepare(code: str) -> tuple[str, Reading]:
    """The code with the imports that it forgot, and what it is then."""
    try:
        completed = with_imports(code, parse_python(code))
    except SourceError as error:
        return code, Reading(str(error))
    return completed, read_python(completed)


def third_party(imports: Iterable[str]) -> list[str]:
    """Imported packages that are not Python's own."""
    own = {*sys.stdlib_module_names, *sys.builtin_module_names, "__future__"}
    return [name for name in imports if name not in own]


def _bound(node: ast.stmt) -> Iterable[str]:
    """The names that a statement of the module gives a meaning, also within `if` and `try`."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
    else:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id
            elif isinstance(child, ast.stmt):
                yield from _bound(child)


def _imports(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def _digest(tree: ast.Module, code: str) -> str:
    try:
        text = ast.dump(tree)
    except RecursionError:
        text = code
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    prefix = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{prefix}{node.name}({ast.unparse(node.args)})"


def _summary(
    nodes: Iterable[ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef],
) -> str:
    for node in nodes:
        if docstring := ast.get_docstring(node):
            return docstring.strip().splitlines()[0]
    return ""
