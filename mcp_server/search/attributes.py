"""Names that are read and never called: a class's settings, and a module's public constants."""

import ast
from collections.abc import Iterator

from .cases import Parameter, Target

_PLAIN = (bool, int, float, str)


def settings_of(node: ast.ClassDef) -> list[Target]:
    """Public attributes that a class sets to a constant once, and reads: its users set them, too.

    What its methods change is its state, and no setting.
    """
    first: dict[str, object] = {}
    changed: set[str] = set()
    for member in node.body:
        begins = isinstance(member, ast.FunctionDef) and member.name == "__init__"
        for name, value in _set_in(member):
            known = isinstance(value, ast.Constant) and type(value.value) in _PLAIN
            if known and name not in first and (begins or not isinstance(member, ast.FunctionDef)):
                first[name] = value.value  # type: ignore[union-attr]
            elif not begins:
                changed.add(name)
    read = {
        n.attr for n in ast.walk(node)
        if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)
    }  # fmt: skip
    return [
        Target(f"set_{name}", node.name, f"{{self}}.{name} = {{0}}",
               (Parameter("value", type(value).__name__),), True, line=node.lineno)
        for name, value in first.items()
        if name in read - changed and not name.startswith("_")
    ]  # fmt: skip


def _set_in(member: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Names that a member of a class gives a value, as the class's own or as an instance's."""
    if isinstance(member, ast.Assign | ast.AnnAssign):
        targets = member.targets if isinstance(member, ast.Assign) else [member.target]
        yield from ((t.id, member.value) for t in targets if isinstance(t, ast.Name))
    elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
        for node in ast.walk(member):
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                yield node.attr, _value_of(member, node)


def _value_of(member: ast.AST, attribute: ast.Attribute) -> ast.expr | None:
    """What an attribute is assigned as a statement of its own; None for all other changes."""
    return next(
        (n.value for n in ast.walk(member) if isinstance(n, ast.Assign) and attribute in n.targets),
        None,
    )


def constants_of(tree: ast.Module) -> list[tuple[ast.stmt, Target]]:
    """Public constants that no function reads: what else should show them?"""
    read = {
        n.id
        for statement in tree.body
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for n in ast.walk(statement)
        if isinstance(n, ast.Name)
    }
    exported = _exported(tree)
    found: dict[str, tuple[ast.stmt, Target]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for name in (t.id for t in targets if isinstance(t, ast.Name)):
                public = (name in exported or name.isupper()) and not name.startswith("_")
                if name == "__all__" or (public and name not in read):
                    found[name] = (statement, Target(name, None, name, (), line=statement.lineno))
    return list(found.values())


def _exported(tree: ast.Module) -> set[str]:
    """The texts of `__all__`."""
    return {
        n.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "__all__" for t in statement.targets)
        for n in ast.walk(statement.value)
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
