"""Test files taken apart and put together again: the model's tests, and those that are derived."""

import ast
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mcp_server.analysis.guard import SourceError, parse_python

Framework = Literal["pytest", "unittest"]


@dataclass(frozen=True, slots=True)
class TestFile:
    """A test file in parts.

    Args:
        imports: Import statements.
        support: Fixtures, helpers and constants.
        tests: Source of each test function, or class of tests, by its name.
        problem: Why there is nothing in it.
        notes: What a reader must know first, as comments.
    """

    __test__ = False  # its name must not make pytest collect it

    imports: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    tests: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()

    def source(self) -> str:
        """The file, not yet formatted."""
        parts = ["\n".join(dict.fromkeys(self.imports)), *self.support]
        notes = "\n".join(f"# {line}" for note in self.notes for line in note.splitlines())
        whole = [notes, *parts, *(text for _, text in self.tests)]
        return "\n\n\n".join(part for part in whole if part) + "\n"

    def joined(self, other: "TestFile") -> "TestFile":
        """Both files in one; a test of the other whose name is taken is left out."""
        own = {name for name, _ in self.tests}
        more = tuple((name, text) for name, text in other.tests if name not in own)
        return replace(
            self,
            imports=(*self.imports, *other.imports),
            support=(*self.support, *other.support),
            tests=(*self.tests, *more),
        )


def take_apart(answer: str, code: str, names: Sequence[str], module_name: str) -> TestFile:
    """Read a model's tests so that they import the code, and test nothing but it.

    Copies of the code under test and imports of it under a guessed module name are replaced by an
    import from `module_name`; tests that do not use any of `names` are left out.
    """
    if not answer.strip():
        return TestFile(problem="the model wrote no code")
    try:
        tree = parse_python(answer)
    except SourceError as error:
        return TestFile(problem=f"the model's tests do not parse: {error}")
    own = {_name(node) for node in parse_python(code).body} - {""}
    imports = [f"from {module_name} import {', '.join(sorted(set(names)))}"] if names else []
    support, tests = [], []
    for node in tree.body:
        text = _segment(answer, node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports += _other_imports(node, own, module_name)
        elif _name(node) in own:
            continue
        elif _is_test(node):
            if _uses(node, {*names, module_name}):
                tests.append((_name(node), text))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign):
            support.append(text)
    if not tests:
        return TestFile(problem="the model's answer has no test of this code")
    return TestFile(tuple(imports), tuple(support), tuple(dict(tests).items()))


def keep(file: TestFile, passed: Collection[str]) -> TestFile:
    """Only the tests that passed.

    Args:
        file: The file.
        passed: "function" or "Class::method".
    """
    kept = []
    for name, text in file.tests:
        if name in passed:
            kept.append((name, text))
        elif methods := {p.split("::")[1] for p in passed if p.startswith(f"{name}::")}:
            kept.append((name, _with_methods(text, methods)))
    if not kept:
        return TestFile(problem=file.problem)
    return replace(file, tests=tuple(kept))


def test_name(node_id: str) -> str:
    """The test of a node: of "test_x.py::TestA::test_b[1-2]" it is "TestA::test_b"."""
    return re.sub(r"\[.*$", "", node_id.split("::", 1)[-1], flags=re.DOTALL)


test_name.__test__ = False  # type: ignore[attr-defined]


def count_tests(file: TestFile) -> int:
    """How many tests stand in the file; parametrized ones count once."""
    return sum(max(len(re.findall(r"^\s+(?:async )?def test", text, re.M)), 1)
               if text.lstrip().startswith("class") else 1 for _, text in file.tests)  # fmt: skip


def _with_methods(text: str, methods: Collection[str]) -> str:
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            node.body = [
                member for member in node.body if not _is_test(member) or _name(member) in methods
            ]
    return ast.unparse(tree)


def _segment(source: str, node: ast.stmt) -> str:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno]).rstrip()


def _other_imports(
    node: ast.Import | ast.ImportFrom, own: Collection[str], module_name: str
) -> list[str]:
    """Imports that are not of the code under test, whatever name the model gave its module."""
    if isinstance(node, ast.Import):
        kept = [a for a in node.names if a.name != module_name]
        return [ast.unparse(ast.Import([a])) for a in kept]
    if node.level or node.module == module_name or any(a.name in own for a in node.names):
        return []
    if any(a.name == "*" for a in node.names):
        return []
    return [ast.unparse(node)]


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name.startswith("test")
    return isinstance(node, ast.ClassDef) and any(_is_test(member) for member in node.body)


def _uses(node: ast.stmt, names: Collection[str]) -> bool:
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))


def _name(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    return ""
