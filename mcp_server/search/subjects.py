"""What there is to call in a module: functions, classes with their methods, their parameters."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .attributes import constants_of, settings_of
from .cases import COLLECTED, Parameter, Target

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

# How special methods are reached by those who use a class.
_SPECIAL = {
    "__len__": "len({self})",
    "__bool__": "bool({self})",
    "__str__": "str({self})",
    "__repr__": "repr({self})",
    "__iter__": "list({self})",
    "__reversed__": "list(reversed({self}))",
    "__contains__": "{0} in {self}",
    "__getitem__": "{self}[{0}]",
    "__eq__": "{self} == {0}",
    "__ne__": "{self} != {0}",
    "__lt__": "{self} < {0}",
    "__le__": "{self} <= {0}",
    "__gt__": "{self} > {0}",
    "__ge__": "{self} >= {0}",
    "__add__": "{self} + {0}",
    "__radd__": "{0} + {self}",
    "__sub__": "{self} - {0}",
    "__mul__": "{self} * {0}",
    "__rmul__": "{0} * {self}",
    "__matmul__": "{self} @ {0}",
    "__truediv__": "{self} / {0}",
    "__floordiv__": "{self} // {0}",
    "__mod__": "{self} % {0}",
    "__pow__": "{self} ** {0}",
    "__and__": "{self} & {0}",
    "__or__": "{self} | {0}",
    "__xor__": "{self} ^ {0}",
    "__neg__": "-{self}",
    "__pos__": "+{self}",
    "__abs__": "abs({self})",
    "__int__": "int({self})",
    "__float__": "float({self})",
    "__round__": "round({self})",
    "__call__": "{self}({args})",
    "__enter__": "{self}.__enter__()",
    "__hash__": "hash({self}) == hash({self})",
    "__next__": "next({self})",
    "__format__": "format({self}, {0})",
}
_STATEMENTS = {
    "__setitem__": "{self}[{0}] = {1}",
    "__delitem__": "del {self}[{0}]",
    "__iadd__": "{self} += {0}",
    "__exit__": "{self}.__exit__(None, None, None)",
}


@dataclass
class Subject:
    """A function, or a class with its methods.

    Args:
        name: Its name.
        node: Its definition.
        targets: The function itself, or what can be done with an instance.
        maker: How an instance is made; None for a function.
        static: Methods that need no instance.
        is_private: Its name begins with an underscore.
        settings: Attributes that can be set before something is done.
    """

    name: str
    node: ast.stmt
    targets: list[Target]
    maker: Target | None = None
    static: list[Target] = field(default_factory=list)
    is_private: bool = False
    settings: list[Target] = field(default_factory=list)


def constants(tree: ast.Module) -> list[Subject]:
    """The public constants that no function reads, each a subject that is only looked at."""
    return [Subject(t.name, node, [t]) for node, t in constants_of(tree)]


def read(tree: ast.Module) -> list[Subject]:
    """All subjects in the source's order; of several with one name, the last."""
    found: dict[str, Subject] = {}
    for node in _definitions(tree.body):
        if node.name.startswith("__"):
            continue
        if isinstance(node, ast.ClassDef):
            found[node.name] = _of_class(node, tree)
        else:
            found[node.name] = Subject(node.name, node, [_function(node)])
        found[node.name].is_private = node.name.startswith("_")
    return [s for s in found.values() if s.targets or s.static or s.maker]


def _definitions(body: list[ast.stmt]) -> Iterator[FunctionNode | ast.ClassDef]:
    """Functions and classes of the module, those under `if` and `try` too."""
    for node in body:
        if isinstance(node, FunctionNode | ast.ClassDef):
            yield node
        elif isinstance(node, ast.If | ast.Try):
            own = [
                found
                for part in (node.body, node.orelse, getattr(node, "finalbody", []))
                for found in _definitions(part)
            ]
            yield from own
            # Of what a handler has another of, the body's counts.
            taken = {found.name for found in own}
            for handler in getattr(node, "handlers", []):
                yield from (d for d in _definitions(handler.body) if d.name not in taken)


def _function(node: FunctionNode) -> Target:
    is_async = isinstance(node, ast.AsyncFunctionDef)
    call = f"{node.name}({{args}})"
    template = f"{COLLECTED}({call})" if is_async and _yields(node) else call
    return Target(
        node.name, None, template, parameters(node.args), is_async=is_async, line=node.lineno
    )


def _yields(node: FunctionNode) -> bool:
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(node))


def parameters(arguments: ast.arguments) -> tuple[Parameter, ...]:
    """The parameters of a signature, in its order."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults]
    found = [
        Parameter(a.arg, _text(a.annotation), _text(d))
        for a, d in zip(positional, defaults, strict=True)
    ]
    if arguments.vararg:
        found.append(Parameter(arguments.vararg.arg, _text(arguments.vararg.annotation), "()",
                               starred="*"))  # fmt: skip
    for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found.append(Parameter(a.arg, _text(a.annotation), _text(d), keyword_only=True))
    if arguments.kwarg:
        found.append(Parameter(arguments.kwarg.arg, _text(arguments.kwarg.annotation), "{}",
                               starred="**"))  # fmt: skip
    return tuple(found)


def _text(node: ast.expr | None) -> str | None:
    if node is None:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return repr(node.value)
    return ast.unparse(node)


def _of_class(node: ast.ClassDef, tree: ast.Module) -> Subject:
    members = {
        (m.name, "setter" in _decorators(m)): m
        for m in _members(node, tree)
        if "deleter" not in _decorators(m)
    }
    methods = {name: member for (name, _), member in members.items()}
    subject = Subject(node.name, node, [], _maker(node, methods, tree))
    for (name, _), member in members.items():
        if target := _method(node.name, name, member):
            unbound = _decorators(member) & {"staticmethod", "classmethod"}
            (subject.static if unbound else subject.targets).append(target)
    subject.settings = settings_of(node)
    if _is_enum(node):
        subject.maker, subject.targets = None, []
    return subject


def _members(node: ast.ClassDef, tree: ast.Module, depth: int = 0) -> Iterator[FunctionNode]:
    """Methods of a class and of its bases in the module, the class's own last."""
    if depth < 5:
        bases = {b.id for b in node.bases if isinstance(b, ast.Name)}
        for other in tree.body:
            if isinstance(other, ast.ClassDef) and other.name in bases and other is not node:
                yield from _members(other, tree, depth + 1)
    for member in node.body:
        if isinstance(member, FunctionNode):
            yield member


def _maker(node: ast.ClassDef, members: dict[str, FunctionNode], tree: ast.Module) -> Target:
    template = f"{node.name}({{args}})"
    if init := members.get("__init__") or members.get("__new__"):
        return Target("__init__", node.name, template, parameters(init.args)[1:], line=init.lineno)
    fields = {p.name: p for p in _fields(node, tree)}
    return Target("__init__", node.name, template, tuple(fields.values()), line=node.lineno)


def _fields(node: ast.ClassDef, tree: ast.Module, depth: int = 0) -> Iterator[Parameter]:
    """The parameters of a dataclass, or of a named tuple, those of its bases first."""
    bases = {_last(b) for b in node.bases}
    for other in tree.body if depth < 5 else ():
        if isinstance(other, ast.ClassDef) and other.name in bases and other is not node:
            yield from _fields(other, tree, depth + 1)
    if not (bases & {"NamedTuple", "TypedDict"} or "dataclass" in _decorators(node)):
        return
    for member in node.body:
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            annotation = _text(member.annotation) or ""
            if not annotation.startswith(("ClassVar", "typing.ClassVar")):
                default = None if member.value is None else "..."
                if not _says(member.value, "init", False):
                    by_name = any(_says(d, "kw_only", True) for d in node.decorator_list)
                    yield Parameter(member.target.id, annotation, default, by_name)


def _says(call: ast.expr | None, keyword: str, value: bool) -> bool:
    """Whether a call is given that value by that name."""
    return isinstance(call, ast.Call) and any(
        k.arg == keyword and isinstance(k.value, ast.Constant) and k.value.value is value
        for k in call.keywords
    )


def _method(  # noqa: PLR0911  (one a kind)
    owner: str, name: str, node: FunctionNode
) -> Target | None:
    kinds = _decorators(node)
    own = parameters(node.args)
    if "staticmethod" in kinds or "classmethod" in kinds:
        taken = own if "staticmethod" in kinds else own[1:]
        return None if name.startswith("_") else Target(
            name, owner, f"{owner}.{name}({{args}})", taken, line=node.lineno,
            is_async=isinstance(node, ast.AsyncFunctionDef),
        )  # fmt: skip
    taken = own[1:]
    if kinds & {"setter"}:
        return Target(name, owner, f"{{self}}.{name} = {{0}}", taken, True, line=node.lineno)
    if kinds & {"property", "cached_property"}:
        return Target(name, owner, f"{{self}}.{name}", (), line=node.lineno)
    if name in _SPECIAL:
        return Target(name, owner, _SPECIAL[name], taken, line=node.lineno)
    if name in _STATEMENTS:
        return Target(name, owner, _STATEMENTS[name], taken, True, line=node.lineno)
    if name.startswith("_"):
        return None
    is_async = isinstance(node, ast.AsyncFunctionDef)
    call = f"{{self}}.{name}({{args}})"
    template = f"{COLLECTED}({call})" if is_async and _yields(node) else call
    return Target(name, owner, template, taken, False, is_async, node.lineno)


def _decorators(node: FunctionNode | ast.ClassDef) -> set[str]:
    return {_last(d) for d in node.decorator_list}


def _is_enum(node: ast.ClassDef) -> bool:
    return any(_last(b).endswith(("Enum", "Flag")) for b in node.bases)


def enum_members(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """The members of each enumeration of the module, as source."""
    return {
        node.name: tuple(
            f"{node.name}.{target.id}"
            for member in node.body
            if isinstance(member, ast.Assign)
            for target in member.targets
            if isinstance(target, ast.Name) and not target.id.startswith("_")
        )
        for node in tree.body
        if isinstance(node, ast.ClassDef) and _is_enum(node)
    }


def aliases(tree: ast.Module) -> dict[str, str]:
    """Names that the module gives to types, such as `Row = dict[str, int]`, as source."""
    return {
        target.id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Subscript | ast.BinOp)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def _last(node: ast.expr) -> str:
    """`a.b.c(…)` is "c"."""
    if isinstance(node, ast.Call):
        return _last(node.func)
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
