"""The code under study, walked once: nodes by kind, parents, scopes, and what names stand for.

Every check reads these tables instead of walking again, so that all of them together take little
more than the walk. Nothing here recurses: the syntax tree of hostile input is deep.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise
from typing import TypeVar

from mcp_server.analysis.defects.syntax import (
    Comprehension,
    Function,
    children,
    dotted,
    last_name,
    loops_over,
)

Node = TypeVar("Node", bound=ast.AST)

MOST_ANCESTORS = 200
"""How far up checks look; an `elif` chain of thousands is thousands deep."""


class _Names(dict[str, list[ast.Name]]):
    """Nodes by name; asking for a name that is not there leaves no trace."""

    def __missing__(self, key: str) -> list[ast.Name]:
        return []


class Scope:
    """A module, class or function with its nodes in source order, those of inner scopes left out.

    Lambdas and comprehensions are part of the scope that they stand in.
    """

    def __init__(self, node: ast.Module | ast.ClassDef | Function, outer: "Scope | None") -> None:
        self.node = node
        self.outer = outer
        self.loads: dict[str, list[ast.Name]] = _Names()
        self.stores: dict[str, list[ast.Name]] = _Names()
        self.read_inside: set[str] = set()
        """Names that inner scopes read."""
        self._by_kind: dict[type, list[ast.AST]] = defaultdict(list)

    def add(self, node: ast.AST) -> None:
        """Take a node into the tables."""
        self._by_kind[type(node)].append(node)
        if not isinstance(node, ast.Name):
            return
        if isinstance(node.ctx, ast.Load):
            self.loads.setdefault(node.id, []).append(node)
            outer = self.outer
            while outer is not None:
                outer.read_inside.add(node.id)
                outer = outer.outer
        else:
            self.stores.setdefault(node.id, []).append(node)

    def of(self, kind: type[Node]) -> Sequence[Node]:
        """All nodes of exactly this kind, in source order."""
        return self._by_kind.get(kind, ())  # type: ignore[return-value]

    @cached_property
    def not_local(self) -> frozenset[str]:
        """Names that `global` or `nonlocal` say to belong to a scope around."""
        nodes: list[ast.Global | ast.Nonlocal] = [*self.of(ast.Global), *self.of(ast.Nonlocal)]
        return frozenset(name for node in nodes for name in node.names)

    @cached_property
    def params(self) -> Mapping[str, ast.arg]:
        """The parameters of a function by name."""
        if not isinstance(self.node, Function):
            return {}
        a = self.node.args
        named = [*a.posonlyargs, *a.args, *a.kwonlyargs]
        return {p.arg: p for p in (*named, *filter(None, (a.vararg, a.kwarg)))}

    @cached_property
    def values(self) -> Mapping[str, Sequence[ast.expr]]:
        """What is assigned to each name by plain assignments, `with … as` included."""
        found: dict[str, list[ast.expr]] = defaultdict(list)
        for assign in self.of(ast.Assign):
            for target in assign.targets:
                if isinstance(target, ast.Name):
                    found[target.id].append(assign.value)
        for annotated in self.of(ast.AnnAssign):
            if isinstance(annotated.target, ast.Name) and annotated.value:
                found[annotated.target.id].append(annotated.value)
        for named in self.of(ast.NamedExpr):
            found[named.target.id].append(named.value)
        for item in self.of(ast.withitem):
            if isinstance(item.optional_vars, ast.Name):
                found[item.optional_vars.id].append(item.context_expr)
        return found

    def value(self, name: str) -> ast.expr | None:
        """What a name stands for, if it is assigned exactly once, and plainly."""
        values = self.values.get(name, ())
        return values[0] if len(values) == len(self.stores[name]) == 1 else None

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """The annotations of parameters and variables as text."""
        found = {n: p.annotation for n, p in self.params.items() if p.annotation is not None}
        for node in self.of(ast.AnnAssign):
            if isinstance(node.target, ast.Name):
                found.setdefault(node.target.id, node.annotation)
        return {name: ast.unparse(node).strip("'\"") for name, node in found.items()}

    @cached_property
    def called(self) -> frozenset[str]:
        """The last names of everything that is called."""
        return frozenset(last_name(call.func) for call in self.of(ast.Call))

    @cached_property
    def docstring(self) -> str:
        """The docstring, or an empty text."""
        return ast.get_docstring(self.node, clean=True) or ""

    @cached_property
    def tests(self) -> Sequence[ast.expr]:
        """The conditions that anything in the scope depends on."""
        kinds = (ast.If, ast.While, ast.IfExp, ast.Assert)
        nodes = (node for kind in kinds for node in self.of(kind))
        found: list[ast.expr] = [getattr(node, "test") for node in nodes]  # noqa: B009
        found += [test for node in self.of(ast.comprehension) for test in node.ifs]
        found += [node.values[0] for node in self.of(ast.BoolOp)]
        return found + [node.subject for node in self.of(ast.Match)]

    @cached_property
    def tested(self) -> frozenset[str]:
        """Names that appear in any condition."""
        found = (node for test in self.tests for node in ast.walk(test))
        return frozenset(node.id for node in found if isinstance(node, ast.Name))


class Program:
    """Python source and its tables.

    Args:
        code: The source.
        tree: Its syntax tree.
    """

    def __init__(self, code: str, tree: ast.Module) -> None:
        self.lines = code.split("\n")
        self.module = Scope(tree, None)
        self.scopes: list[Scope] = [self.module]
        self._by_kind: dict[type, list[ast.AST]] = defaultdict(list)
        self._parents: dict[ast.AST, ast.AST] = {}
        self._scopes: dict[ast.AST, Scope] = {tree: self.module}
        self._walk(tree)

    def of(self, kind: type[Node]) -> Sequence[Node]:
        """All nodes of exactly this kind, in source order."""
        return self._by_kind.get(kind, ())  # type: ignore[return-value]

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that a node is directly part of."""
        return self._parents.get(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, inside out, up to its function, class or module."""
        return islice(self._ancestors(node), MOST_ANCESTORS)

    def scope(self, node: ast.AST) -> Scope:
        """The scope that a node stands in; of a function or class, the one around it."""
        return self._scopes[node]

    def loop(self, node: ast.AST) -> ast.AST | None:
        """The innermost loop or comprehension that runs a node again and again."""
        child, condition = node, False
        for outer in self.ancestors(node):
            if loops_over(outer, child) or (condition and isinstance(outer, Comprehension)):
                return outer
            condition = isinstance(outer, ast.comprehension) and child in outer.ifs
            child = outer
        return None

    def name(self, node: ast.AST) -> str:
        """The full dotted name of an expression such as `np.random.seed`, by the imports."""
        name = dotted(node)
        first, dot, rest = name.partition(".")
        return self.imports.get(first, first) + dot + rest

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls of functions by their full dotted names."""
        return (call for name in names for call in self._calls.get(name, ()))

    def method_calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls of attributes by their last name, whatever the object."""
        return (call for name in names for call in self._methods.get(name, ()))

    def within(self, scope: Scope) -> Sequence[Scope]:
        """The scopes of the functions and classes directly in a scope."""
        return self._within.get(scope, ())

    def named(self, name: str) -> Sequence[Scope]:
        """The scopes of all functions and methods of this name."""
        return self._named.get(name, ())

    def following(self, statement: ast.stmt, most: int) -> Sequence[ast.stmt]:
        """The next statements of the same block."""
        found: list[ast.stmt] = []
        following = self._next.get(statement)
        while following is not None and len(found) < most:
            found.append(following)
            following = self._next.get(following)
        return found

    @cached_property
    def functions(self) -> Sequence[Scope]:
        """The scopes of all functions and methods."""
        return [scope for scope in self.scopes if isinstance(scope.node, Function)]

    @cached_property
    def classes(self) -> Mapping[str, Scope]:
        """The scopes of classes by name."""
        return {s.node.name: s for s in self.scopes if isinstance(s.node, ast.ClassDef)}

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What imported names stand for, such as `np` for `numpy`."""
        found: dict[str, str] = {}
        for node in self.of(ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        for origin in self.of(ast.ImportFrom):
            for alias in origin.names:
                found[alias.asname or alias.name] = f"{origin.module or ''}.{alias.name}"
        return found

    @cached_property
    def _calls(self) -> Mapping[str, Sequence[ast.Call]]:
        found: dict[str, list[ast.Call]] = defaultdict(list)
        for call in self.of(ast.Call):
            if name := self.name(call.func):
                found[name].append(call)
        return found

    @cached_property
    def _methods(self) -> Mapping[str, Sequence[ast.Call]]:
        found: dict[str, list[ast.Call]] = defaultdict(list)
        for call in self.of(ast.Call):
            if isinstance(call.func, ast.Attribute):
                found[call.func.attr].append(call)
        return found

    @cached_property
    def _within(self) -> Mapping[Scope, Sequence[Scope]]:
        found: dict[Scope, list[Scope]] = defaultdict(list)
        for scope in self.scopes:
            if scope.outer is not None:
                found[scope.outer].append(scope)
        return found

    @cached_property
    def _named(self) -> Mapping[str, Sequence[Scope]]:
        found: dict[str, list[Scope]] = defaultdict(list)
        for scope in self.functions:
            found[getattr(scope.node, "name", "")].append(scope)
        return found

    @cached_property
    def _next(self) -> Mapping[ast.stmt, ast.stmt]:
        bodies = [*(scope.node.body for scope in self.scopes), *(b for b, _ in blocks(self))]
        return {one: other for body in bodies for one, other in pairwise(body)}

    def _ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        limit = self._scopes[node].node
        current = self._parents.get(node)
        while current is not None and current is not limit:
            yield current
            current = self._parents.get(current)

    def _walk(self, tree: ast.Module) -> None:
        stack: list[tuple[ast.AST, Scope]] = [(child, self.module) for child in tree.body[::-1]]
        self._parents.update(dict.fromkeys(tree.body, tree))
        while stack:
            node, scope = stack.pop()
            self._by_kind[type(node)].append(node)
            self._scopes[node] = scope
            scope.add(node)
            if isinstance(node, Function | ast.ClassDef):
                outside, scope = scope, Scope(node, scope)
                self.scopes.append(scope)
                around = {*node.decorator_list, getattr(node, "returns", None)}
            else:
                outside, around = scope, set()
            for child in reversed(children(node)):
                self._parents[child] = node
                stack.append((child, outside if child in around else scope))


def blocks(program: Program) -> Iterator[tuple[Sequence[ast.stmt], ast.stmt | ast.ExceptHandler]]:
    """All lists of statements inside of compound statements, with their statements."""
    branching: list[ast.If | ast.For | ast.AsyncFor | ast.While] = [*program.of(ast.If)]
    branching += [*program.of(ast.For), *program.of(ast.AsyncFor), *program.of(ast.While)]
    for node in branching:
        yield from ((node.body, node), (node.orelse, node))
    for attempt in program.of(ast.Try):
        yield from ((b, attempt) for b in (attempt.body, attempt.orelse, attempt.finalbody))
    single: list[ast.With | ast.AsyncWith | ast.ExceptHandler] = [*program.of(ast.With)]
    single += [*program.of(ast.AsyncWith), *program.of(ast.ExceptHandler)]
    yield from ((node.body, node) for node in single)
