"""Improvements of source that keep what it does, as far as reading can tell.

Runs in a worker process.
"""

import ast
from dataclasses import dataclass

from mcp_server.analysis.formatters import changed_lines, format_python
from mcp_server.analysis.guard import SourceError, clean_source, parse_python
from mcp_server.analysis.linters import ruff_fix


@dataclass(frozen=True, slots=True)
class Improved:
    """Improved source; None with the reason where there is none to offer."""

    code: str | None
    changed_lines: int
    reason: str


def improve(code: str, line_length: int) -> Improved:
    """Apply ruff's safe fixes, then black.

    It is offered only if it still defines the same names with the same parameters. That does not
    cover what runs inside of functions: there it rests on ruff calling its fixes safe.

    Raises:
        SourceError: The source is not valid Python, or ruff aborts on it.
    """
    original = clean_source(code)
    before = parse_python(original)
    formatted = format_python(ruff_fix(original), "black", line_length)
    try:
        after = parse_python(formatted.code)
    except SourceError as error:
        return Improved(None, 0, f"the fixed code does not parse: {error}")
    if interface(before) != interface(after):
        return Improved(None, 0, "the fixes would change names or parameters that others may use")
    changed = changed_lines(original, formatted.code)
    if not changed:
        return Improved(None, 0, "there is nothing that can be fixed safely")
    return Improved(formatted.code, changed, "ruff's safe fixes, then black")


def same_interface(original: str, candidate: str) -> Improved:
    """The candidate, if it has all names and parameters that the original has.

    Raises:
        SourceError: One of them is not valid Python.
    """
    before, after = interface(parse_python(original)), interface(parse_python(candidate))
    public = {name for name in before if not name.split("(")[0].split()[-1].startswith("_")}
    if missing := sorted(public - after):
        return Improved(None, 0, f"it changes or lacks {missing[0].split('(')[0]}")
    return Improved(candidate, changed_lines(original, candidate), "")


def interface(tree: ast.Module) -> set[str]:
    """What the source defines: names of its module and its classes, functions with parameters."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(f"{type(node).__name__} {node.name}({ast.dump(node.args)})")
        elif isinstance(node, ast.ClassDef):
            found.add(f"class {node.name}({[ast.dump(base) for base in node.bases]})")
    for statement in tree.body:
        for node in ast.walk(statement) if _assigns(statement) else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return found


def _assigns(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
