"""What can be read from generated source without running it."""

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from mcp_server.analysis.guard import SourceError, parse_python


@dataclass(frozen=True, slots=True)
class Reading:
    """What a piece of Python source is.

    Args:
        problem: Why it does not parse; None if it does.
        defines: Functions and classes of the module, in their order, with their signatures.
        names: The same without signatures.
        imports: Top-level packages that it imports, in their order.
        summary: First line of the docstring of the module or of the first definition.
    """

    problem: str | None
    defines: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    summary: str = ""


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
        imports=tuple(dict.fromkeys(_imports(tree))),
        summary=_summary([tree, *definitions]),
    )


def third_party(imports: Iterable[str]) -> list[str]:
    """Imported packages that are not Python's own."""
    own = {*sys.stdlib_module_names, *sys.builtin_module_names, "__future__"}
    return [name for name in imports if name not in own]


def _imports(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


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
