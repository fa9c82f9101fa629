"""Whether two pieces of Python mean the same: their syntax trees are compared.

Docstrings are compared without their indentation, and where imports may move, in any order.
"""

import ast
from dataclasses import dataclass

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
        old, new = (_statements(body, imports_move) for body in bodies)
        same = _is_same(old, new)
    except RecursionError:
        raise SourceError("nested too deeply to be compared with its formatted form") from None
    apart = ", the order of imports apart" if imports_move else ""
    return Comparison(name, same, f"the code means what it meant{apart}")


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


def _statements(body: list[ast.stmt], imports_move: bool) -> list[ast.stmt]:
    """Statements with each import as one of its own; where imports move, they come first, sorted.

    autopep8 writes `import a, b` as `import a` and `import b`.
    """
    parted = [part for statement in body for part in _parted(statement)]
    if not imports_move:
        return parted
    imports = [each for each in parted if isinstance(each, ast.Import | ast.ImportFrom)]
    unique = {ast.dump(each): each for each in imports}
    others = [each for each in parted if not isinstance(each, ast.Import | ast.ImportFrom)]
    return [*(unique[text] for text in sorted(unique)), *others]


def _parted(node: ast.stmt) -> list[ast.stmt]:
    if isinstance(node, ast.Import):
        return [ast.Import([alias]) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [ast.ImportFrom(node.module, [alias], node.level) for alias in node.names]
    return [node]


def _is_same(one: object, other: object) -> bool:
    """Whether two trees are the same, apart from what formatting may change."""
    if type(one) is not type(other):
        return False
    if isinstance(one, ast.AST) and isinstance(other, ast.AST):
        one, other = _parts(one), _parts(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return one == other


def _parts(node: ast.AST) -> list[object]:
    """The fields of a node: a docstring without indentation, and u"x" as "x"."""
    if isinstance(node, ast.Constant):
        return [node.value]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        text = node.value.value
        return (
            [line.strip() for line in text.strip().splitlines()]
            if isinstance(text, str)
            else [node.value]
        )
    if (
        isinstance(node, ast.Delete)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Tuple)
    ):
        return list(node.targets[0].elts)  # black writes `del (a, b)` as `del a, b`
    return [getattr(node, field, None) for field in node._fields]
