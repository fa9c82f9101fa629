"""Whether two pieces of Python mean the same: their syntax trees are compared.

Docstrings are compared without their indentation, and where imports may move, in any order.
"""

import ast

from mcp_server.analysis.formatters.base import Comparison
from mcp_server.analysis.guard import SourceError, parse_python


def compare_python(before: ast.Module, code: str, *, imports_move: bool) -> Comparison:
    """Compare the tree of the source with that of `code`; the former is changed in place."""
    name = "same syntax tree"
    try:
        after = parse_python(code)
    except SourceError as error:
        return Comparison(name, False, f"what was made of it cannot be read: {error}")
    try:
        trees = [_normal(tree, imports_move) for tree in (before, after)]
    except RecursionError:
        raise SourceError("nested too deeply to be compared with its formatted form") from None
    apart = ", the order of imports apart" if imports_move else ""
    return Comparison(name, trees[0] == trees[1], f"the code means what it meant{apart}")


def _normal(tree: ast.Module, imports_move: bool) -> list[str]:
    """The tree as text, without what formatting may change."""
    for node in ast.walk(tree):
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
    statements = [text for statement in tree.body for text in _statement(statement)]
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
