"""What there is to test in Python source: functions, classes, and what they take."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_server.analysis.examples import Example, find_examples
from mcp_server.analysis.guard import parse_python

MOST_CONSTANTS = 12
LONGEST_CONSTANT = 40


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter; `annotation` is its source text, None where there is none."""

    name: str
    annotation: str | None
    optional: bool
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A function, or a method or property of `owner`.

    Args:
        name: Its name.
        parameters: What it takes, without `self`.
        raises: Exceptions that it names in `raise`.
        constants: Literals in its body, as source text.
        owner: The class it belongs to.
        is_property: It is read, not called.
        is_async: It must be awaited.
        returns_value: It has a `return` or `yield` with a value.
    """

    name: str
    parameters: tuple[Parameter, ...]
    raises: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    owner: str | None = None
    is_property: bool = False
    is_async: bool = False
    returns_value: bool = True

    @property
    def typed(self) -> bool:
        """Every parameter that must be given is annotated."""
        return all(p.annotation for p in self.parameters if not p.optional)


@dataclass(frozen=True, slots=True)
class Subjects:
    """All there is to test, in the source's order.

    Args:
        functions: Public functions of the module.
        constructors: The public classes, as the functions that make an instance.
        methods: Public methods and properties of these classes.
        examples: Calls with results in docstrings.
    """

    functions: tuple[Subject, ...]
    constructors: tuple[Subject, ...]
    methods: tuple[Subject, ...]
    examples: tuple[Example, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What tests import."""
        return (*(f.name for f in self.functions), *(c.name for c in self.constructors))


def read_subjects(code: str) -> Subjects:
    """Find what can be tested.

    Names with a leading underscore are private, and left out unless there is nothing else.

    Raises:
        SourceError: It is not valid Python.
    """
    tree = parse_python(code)
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    classes = [n for n in tree.body if isinstance(n, ast.ClassDef)]
    public = [f for f in functions if not f.name.startswith("_")]
    open_classes = [c for c in classes if not c.name.startswith("_")]
    if not public and not open_classes:
        public = [f for f in functions if not f.name.startswith("__")]
    names = {f.name for f in public} | {c.name for c in open_classes}
    return Subjects(
        functions=tuple(_unique(_subject(f) for f in public)),
        constructors=tuple(_constructor(c) for c in open_classes),
        methods=tuple(m for c in open_classes for m in _methods(c)),
        examples=tuple(e for e in _documented(tree) if e.name in names),
    )


def _unique(subjects: Iterator[Subject]) -> Iterator[Subject]:
    """The last definition of a name is the one that counts."""
    return iter({subject.name: subject for subject in subjects}.values())


def _documented(tree: ast.Module) -> Iterator[Example]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from find_examples(ast.get_docstring(node) or "")


def _subject(node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str | None = None) -> Subject:
    decorators = {_last_name(d) for d in node.decorator_list}
    skip = owner is not None and "staticmethod" not in decorators
    return Subject(
        name=node.name,
        parameters=tuple(_parameters(node.args))[1 if skip else 0 :],
        raises=tuple(dict.fromkeys(_raised(node))),
        constants=tuple(dict.fromkeys(_constants(node)))[:MOST_CONSTANTS],
        owner=owner,
        is_property=bool(decorators & {"property", "cached_property"}),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        returns_value=any(
            isinstance(n, ast.Return | ast.Yield) and n.value is not None for n in ast.walk(node)
        ),
    )


def _constructor(node: ast.ClassDef) -> Subject:
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            made = _subject(member, node.name)
            return Subject(node.name, made.parameters, made.raises, made.constants)
    if any(_last_name(d) == "dataclass" for d in node.decorator_list):
        fields = [m for m in node.body if isinstance(m, ast.AnnAssign)]
        return Subject(
            node.name,
            tuple(
                Parameter(f.target.id, ast.unparse(f.annotation), f.value is not None)
                for f in fields
                if isinstance(f.target, ast.Name)
            ),
        )
    return Subject(node.name, ())


def _methods(node: ast.ClassDef) -> Iterator[Subject]:
    for member in node.body:
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            setter = any(_last_name(d) in ("setter", "deleter") for d in member.decorator_list)
            if not member.name.startswith("_") and not setter:
                yield _subject(member, node.name)


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    first_default = len(positional) - len(arguments.defaults)
    for index, each in enumerate(positional):
        yield Parameter(each.arg, _text(each.annotation), index >= first_default)
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield Parameter(each.arg, _text(each.annotation), default is not None, keyword_only=True)


def _text(annotation: ast.expr | None) -> str | None:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return ast.unparse(annotation) if annotation else None


def _raised(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Raise) and each.exc is not None:
            yield _last_name(each.exc)


def _constants(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    docstring = ast.get_docstring(node, clean=False)
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, int | float | str):
            text = repr(each.value)
            if each.value != docstring and len(text) <= LONGEST_CONSTANT:
                yield text


def _last_name(node: ast.expr) -> str:
    """`a.b.c(…)` is "c"."""
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
