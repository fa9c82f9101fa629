"""Simple mutants: copies of a module that differ from it by one small fault.

The operators are the usual ones of mutation testing (Offutt et al., "An experimental determination
of sufficient mutant operators", TOSEM 1996, and what mutmut has): comparison, arithmetic and
boolean operators replaced, constants changed, conditions negated, statements and return values
left out. Docstrings and annotations are not mutated.
"""

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: where it is, and what it does.

    Args:
        line: The line it is in.
        what: What is changed, such as "Lt to LtE".
        node: The node of the module's tree that is changed.
        changes: The new values of the node's fields; or, where `becomes` is set, of none.
        becomes: The node's new class.
    """

    line: int
    what: str
    node: ast.AST
    changes: Mapping[str, object]
    becomes: type[ast.AST] | None = None


def mutants(tree: ast.Module, most: int, lines: Collection[int] | None = None) -> list[Mutant]:
    """Mutants of a module, at most that many.

    They are shared out evenly among functions and methods, what is outside of them counting as one
    more, and evenly spread within each: a table of a thousand constants is no more than a function.

    Args:
        tree: The module.
        most: Bound.
        lines: Only mutants of these lines; of all if None.
    """
    found = [m for m in _changes(tree) if lines is None or m.line in lines]
    return found if len(found) <= most else _shared_out(found, most, _owners(tree))


def _owners(tree: ast.Module) -> dict[int, int]:
    """For each line of a function or method where that begins."""
    found: dict[int, int] = {}
    waiting: list[ast.AST] = list(tree.body)
    for node in waiting:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.lineno
            found.update(dict.fromkeys(range(first, (node.end_lineno or first) + 1), first))
        else:
            waiting += ast.iter_child_nodes(node)
    return found


def _shared_out(found: list[Mutant], most: int, owners: Mapping[int, int]) -> list[Mutant]:
    groups: dict[int, list[int]] = {}
    for index, mutant in enumerate(found):
        groups.setdefault(owners.get(mutant.line, 0), []).append(index)
    chosen: list[int] = []
    # The smallest first: what they do not need is shared by the others.
    for rank, own in enumerate(sorted(groups.values(), key=len)):
        share = min((most - len(chosen)) // (len(groups) - rank), len(own))
        chosen += [own[len(own) * i // share] for i in range(share)]
    return [found[index] for index in sorted(chosen)]


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """Change the tree that the mutant was made from, within the block."""
    node = mutant.node
    kind, before = type(node), {name: getattr(node, name) for name in node._fields}
    if mutant.becomes:
        node.__class__ = mutant.becomes
    for name, value in mutant.changes.items():
        setattr(node, name, value)
    try:
        yield
    finally:
        node.__class__ = kind
        for name, value in before.items():
            setattr(node, name, value)


def _changes(tree: ast.Module) -> Iterator[Mutant]:
    """Every change that can be made, in the order of the source."""
    for node in _walked(tree):
        for kind, operator in _OPERATORS:
            if isinstance(node, kind):
                yield from operator(node)
        yield from _left_out(node)


def _walked(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but docstrings, annotations, what decorates, and parts of patterns.

    A pattern with a changed sign, or with one key twice, would not compile.
    """
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        if isinstance(tree, ast.MatchMapping) and field == "keys":
            continue
        if isinstance(tree, ast.MatchValue) and isinstance(value, ast.UnaryOp | ast.BinOp):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_text(child) and not _is_main(child):
                yield child
                yield from _walked(child)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_main(node: ast.AST) -> bool:
    """`if __name__ == "__main__":`, which an import does not run."""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Compare)
        and isinstance(node.test.left, ast.Name)
        and node.test.left.id == "__name__"
    )


def _gives_nothing(node: ast.Return) -> bool:
    return node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)


def _mutant(node: ast.expr | ast.stmt, what: str, **changes: object) -> Mutant:
    return Mutant(node.lineno, what, node, changes)


def _comparisons(node: ast.Compare) -> Iterator[Mutant]:
    for index, operator in enumerate(node.ops):
        for other in _COMPARE.get(type(operator), ()):
            operators = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield _mutant(node, f"{type(operator).__name__} to {other.__name__}", ops=operators)


def _arithmetic(node: ast.BinOp | ast.AugAssign) -> Iterator[Mutant]:
    other = _ARITHMETIC.get(type(node.op))
    left = getattr(node, "left", None)
    formats = isinstance(left, ast.JoinedStr | ast.Constant) and isinstance(node.op, ast.Mod)
    if other and not formats:
        yield _mutant(node, f"{type(node.op).__name__} to {other.__name__}", op=other())


def _boolean(node: ast.BoolOp) -> Iterator[Mutant]:
    other = ast.Or if isinstance(node.op, ast.And) else ast.And
    yield _mutant(node, f"{type(node.op).__name__} to {other.__name__}", op=other())


def _unary(node: ast.UnaryOp) -> Iterator[Mutant]:
    if isinstance(node.op, ast.Not):
        yield _mutant(node, "not left out", operand=_negated(node.operand))
    elif isinstance(node.op, ast.USub):
        yield _mutant(node, "- to +", op=ast.UAdd())


def _condition(node: ast.If | ast.While | ast.IfExp) -> Iterator[Mutant]:
    """Negated, unless that is what changing its only operator does."""
    simple = isinstance(node.test, ast.Compare) and len(node.test.ops) == 1
    if not simple and not isinstance(node.test, ast.UnaryOp):
        yield _mutant(node, "condition negated", test=_negated(node.test))


def _negated(node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), node), node)


def _constant(node: ast.Constant) -> Iterator[Mutant]:
    value = node.value
    if isinstance(value, bool):
        yield _mutant(node, f"{value} to {not value}", value=not value)
    elif isinstance(value, int | float) and value + 1 != value:
        yield _mutant(node, f"{value} to {value + 1}", value=value + 1)
    elif isinstance(value, str) and value:
        yield _mutant(node, "text changed", value=f"XX{value}XX")


def _jump(node: ast.Break | ast.Continue) -> Iterator[Mutant]:
    other = ast.Continue if isinstance(node, ast.Break) else ast.Break
    what = f"{type(node).__name__.lower()} to {other.__name__.lower()}"
    yield Mutant(node.lineno, what, node, {}, other)


def _returned(node: ast.Return) -> Iterator[Mutant]:
    if not _gives_nothing(node):
        yield _mutant(node, "return None", value=ast.copy_location(ast.Constant(None), node))


def _left_out(node: ast.AST) -> Iterator[Mutant]:
    """Statements whose absence the rest may not notice: calls for their effect, updates."""
    call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    stored = isinstance(node, ast.Assign) and isinstance(
        node.targets[0], ast.Subscript | ast.Attribute
    )
    if isinstance(node, ast.stmt) and (isinstance(node, ast.AugAssign) or call or stored):
        yield Mutant(node.lineno, "statement left out", node, {}, ast.Pass)


_OPERATORS: tuple[tuple[Any, Callable[[Any], Iterator[Mutant]]], ...] = (
    (ast.Compare, _comparisons),
    (ast.BinOp | ast.AugAssign, _arithmetic),
    (ast.BoolOp, _boolean),
    (ast.UnaryOp, _unary),
    (ast.If | ast.While | ast.IfExp, _condition),
    (ast.Constant, _constant),
    (ast.Return, _returned),
    (ast.Break | ast.Continue, _jump),
)
