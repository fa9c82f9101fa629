"""What of a module a subject uses: the functions, classes and tables that it stands on."""

import ast
from collections.abc import Iterator, Set

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def used_by(node: ast.stmt, tree: ast.Module) -> list[ast.stmt]:
    """Statements of the module that bind or change names that a subject reads, and so on."""
    binding: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        for name in _bound(statement):
            binding.setdefault(name, []).append(statement)
    found: dict[int, ast.stmt] = {id(node): node}
    waiting = [node]
    while waiting:
        for name in _read(waiting.pop()):
            new = [s for s in binding.get(name, ()) if id(s) not in found]
            found.update((id(s), s) for s in new)
            waiting += new
    return [s for i, s in found.items() if i != id(node)]


def lines_for(node: ast.stmt, tree: ast.Module) -> set[int]:
    """The lines of a subject, and of what it uses and is no public function or class itself."""
    found = _lines(node)
    for statement in used_by(node, tree):
        if not isinstance(statement, Definition) or statement.name.startswith("_"):
            found |= _lines(statement)
    return found


def _lines(node: ast.stmt) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _read(node: ast.stmt) -> Set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _bound(node: ast.stmt) -> Iterator[str]:
    """Names that a statement of the module gives a meaning, or changes what they mean."""
    if isinstance(node, Definition):
        yield node.name
        return
    targets = [
        *getattr(node, "targets", []),
        *([node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For) else []),
    ]
    for target in targets:
        yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield from (n.id for n in ast.walk(node.value.func) if isinstance(n, ast.Name))
    for child in ast.iter_child_nodes(node):
        inner = child.body if isinstance(child, ast.ExceptHandler) else [child]
        for each in inner:
            if isinstance(each, ast.stmt):
                yield from _bound(each)
