"""What Python source says of itself: the names that tests import, and its documented examples."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_server.analysis.examples import Example, find_examples
from mcp_server.analysis.guard import parse_python
from mcp_server.search import subjects


@dataclass(frozen=True, slots=True)
class Subjects:
    """What there is to test, in the source's order.

    Args:
        names: Public functions and classes; private ones where there is nothing else.
        defined: All names that the module defines.
        examples: Calls with results in docstrings.
    """

    names: tuple[str, ...]
    defined: tuple[str, ...]
    examples: tuple[Example, ...]


def read_subjects(code: str) -> Subjects:
    """Find what can be tested.

    Raises:
        SourceError: It is not valid Python.
    """
    tree = parse_python(code)
    found = subjects.read(tree)
    public = tuple(s.name for s in found if not s.is_private)
    names = public or tuple(s.name for s in found)
    return Subjects(
        names=names,
        defined=tuple(dict.fromkeys(_defined(tree))),
        examples=tuple(e for e in _documented(tree) if e.name in names),
    )


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (t.id for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.If | ast.Try):
            handlers = getattr(node, "handlers", [])
            parts = [node.body, *(h.body for h in handlers), node.orelse]
            for part in [*parts, getattr(node, "finalbody", [])]:
                yield from _defined(ast.Module(part, []))


def _documented(tree: ast.Module) -> Iterator[Example]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from find_examples(ast.get_docstring(node) or "")
