"""Whether two pieces of Python mean the same: their syntax trees are compared.

Docstrings are compared without their indentation, and where imports may move, in any order.
"""

import ast
from dataclasses import dataclass
from itertools import chain

from mcp_server.analysis.formatters.base import Comparison, common_start
from mcp_server.analysis.guard import SourceError, parse_python


def compare_python(source: str, before: ast.Module, code: str, *, imports_move: bool) -> Comparison:
    """Compare the tree of `source`, which is `before`, with that of `code`."""
    name = "same syntax tree"
    try:
        after = parse_python(code)
    except SourceError as error:
        return Comparison(name, False, f"what was made of it cannot be read: {error}")
    try:
        bodies = before.body, after.body
        if not imports_move:
            bodies = _differing(_Written(source, before), _Written(code, after))
        trees = [_normal(body, imports_move) for body in bodies]
    except RecursionError:
        raise SourceError("nested too deeply to be compared with its formatted form") from None
    apart = ", the order of imports apart" if imports_move else ""
    return Comparison(name, trees[0] == trees[1], f"the code means what it meant{apart}")


@dataclass(frozen=True, slots=True)
class _Written:
    """A module and its text."""

    source: str
    module: ast.Module

    def statements(self) -> list[tuple[int, int | None, list[str]]]:
        """The text of each statement: its lines, and the columns of the first and last of them."""
        lines = self.source.split("\n")
        return [
            (each.col_offset, each.end_col_offset, lines[_first_line(each) - 1 : each.end_lineno])
            for each in self.module.body
        ]


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _differing(before: _Written, after: _Written) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The statements without those at both ends that are the same text, and so the same tree."""
    old, new = before.statements(), after.statements()
    start = common_start(old, new)
    end = common_start(old[start:][::-1], new[start:][::-1])
    return (
        before.module.body[start : len(old) - end],
        after.module.body[start : len(new) - end],
    )


def _normal(body: list[ast.stmt], imports_move: bool) -> list[str]:
    """Statements as text, without what formatting may change; they are changed in place."""
    for node in chain.from_iterable(map(ast.walk, body)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str):
                lines = node.value.value.strip().splitlines()
                node.value.value = "\n".join(line.strip() for line in lines)
        elif isinstance(node, ast.Constant):
            node.kind = None  # u"x" is "x"
        elif isinstance(node, ast.Delete):
            # black writes `del (a, b)` as `del a, b`.
            tuples = [t for t in node.targets if isinstance(t, ast.Tuple)]
            node.targets = tuples[0].elts if node.targets == tuples[:1] else node.targets
    statements = [text for statement in body for text in _statement(statement)]
    if not imports_move:
        return statements
    imports = {text for text in statements if text.startswith("import ")}
    return [*sorted(imports), *(text for text in statements if text not in imports)]


def _statement(node: ast.stmt) -> list[str]:
    """A statement as text; `import a, b` is `import a` and `import b`, as autopep8 writes it."""
    if isinstance(node, ast.Import):
        return [f"import {ast.dump(alias)}" for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        origin = "." * node.level + (node.module or "")
        return [f"import {ast.dump(alias)} from {origin}" for alias in node.names]
    return [ast.dump(node)]
