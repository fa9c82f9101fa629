"""Groups of cases as source, in the form of pytest or of unittest."""

import ast
import re
from collections.abc import Collection, Sequence

from mcp_server.analysis.derived.groups import RESULT, Group, call_form, grouped
from mcp_server.analysis.derived.imports import imports_of
from mcp_server.analysis.derived.naming import distinct
from mcp_server.analysis.searching import Case
from mcp_server.analysis.testfiles import Framework, TestFile

_RESERVED = {
    "request", "expected", "message", "error", "result", "capsys", "pytest", "self", "rows",
    "unittest", "list", "len", "str", "type",
}  # fmt: skip
_MOST_DIGITS = 8


def render_tests(
    cases: Sequence[Case], framework: Framework, names: Collection[str], module_name: str
) -> TestFile:
    """Write tests of cases; several that say the same become rows of one.

    Args:
        cases: What calls gave.
        framework: Whose form the tests have.
        names: What the module defines.
        module_name: Where it is imported from.
    """
    if framework == "unittest":
        cases = [c for c in cases if not (c.printed and not c.facts)]
    groups = grouped(cases)
    if not groups:
        return TestFile(problem="no call of the code has an outcome that can be recorded")
    taken: set[str] = set()
    writer = _Unittest(names) if framework == "unittest" else _Pytest(names)
    tests = [(distinct(g.name, taken), g) for g in groups]
    bodies = [(name, writer.written(name, group)) for name, group in tests]
    imports = imports_of([text for _, text in bodies], names, module_name)
    if framework == "unittest":
        methods = "\n\n".join(text for _, text in bodies)
        text = f"class TestRecordedBehaviour(unittest.TestCase):\n{methods}"
        return TestFile(("import unittest", *imports), (), (("TestRecordedBehaviour", text),))
    return TestFile(tuple(imports), (), tuple(bodies))


class _Writer:
    """What both forms share.

    Args:
        names: What the module defines; variables of tests have other names.
    """

    indent = "    "

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def variable(self, name: str, group: Group) -> str:
        """A parameter's name, as a variable of a test."""
        others = {n for n, _ in group.cases[0].values} - {name}
        found = name
        while found in self._names or found in _RESERVED or found in others:
            found = f"{found}_value"
        return found

    def columns(self, group: Group) -> list[str]:
        """Parameters whose values differ between the rows; all where none does."""
        names = [n for n, _ in group.cases[0].values]
        differing = [n for n in names if len({dict(case.values)[n] for case in group.cases}) > 1]
        return differing or names

    def call(self, group: Group, columns: Collection[str]) -> str:
        """The call of all rows, with variables for what differs."""
        case = group.cases[0]
        given = dict(case.values)
        found = call_form(case)
        head, _, inner = found.partition(f"{case.target}(")
        parts = []
        for name, source in given.items():
            value = self.variable(name, group) if name in columns else source
            by_name = re.search(rf"\b{name}={name}\b", inner)
            parts.append(f"{name}={value}" if by_name else value)
        return f"{head}{case.target}({', '.join(parts)})" + (")" if case.is_async else "")

    def setup(self, case: Case, indent: str) -> list[str]:
        """The lines before the call."""
        lines = [line for text in case.setup for line in text.split("\n")]
        return [f"{indent}{line}" for line in lines]


class _Pytest(_Writer):
    def written(self, name: str, group: Group) -> str:
        """A test function."""
        return self._table(name, group) if group.is_table else self._single(name, group.cases[0])

    def _single(self, name: str, case: Case) -> str:
        lines = [f"def {name}({'capsys' if case.printed else ''}):", *self.setup(case, self.indent)]
        if case.raised:
            lines += self._raising(
                case.raised, case.call, repr(case.message) if case.message else ""
            )
            return "\n".join(lines)
        return "\n".join([*lines, *self._asserting(case)])

    def _asserting(self, case: Case) -> list[str]:
        facts = [f for f in case.facts if not (case.printed and f == (RESULT, "None"))]
        several = sum(RESULT in expression for expression, _ in facts) > 1
        unused = not any(RESULT in expression for expression, _ in facts)
        lines = []
        if several or unused:
            lines.append(f"    result = {case.call}" if several else f"    {case.call}")
        call = "result" if several else case.call
        lines += [f"    {_assertion(e.replace(RESULT, _bracketed(call, e)), v)}" for e, v in facts]
        if case.printed:
            lines.append(f"    assert capsys.readouterr().out == {case.printed!r}")
        return lines

    def _raising(self, raised: str, call: str, message: str) -> list[str]:
        if not message:
            return [f"    with pytest.raises({raised}):", f"        {call}"]
        return [
            f"    with pytest.raises({raised}) as error:",
            f"        {call}",
            f"    assert str(error.value) == {message}",
        ]

    def _table(self, name: str, group: Group) -> str:
        first = group.cases[0]
        columns = self.columns(group)
        titles = [self.variable(c, group) for c in columns]
        extra = _extra_column(group)
        rows = [_row(case, columns, extra) for case in group.cases]
        if extra:
            titles.append(extra)
        argument = repr(titles[0]) if len(titles) == 1 else f"({', '.join(map(repr, titles))})"
        lines = [f"@pytest.mark.parametrize(\n    {argument},\n    ["]
        lines += [f"        {row}," for row in rows]
        lines += ["    ],", ")", f"def {name}({', '.join(titles)}):"]
        call = self.call(group, columns)
        if first.raised:
            said = extra or (repr(first.message) if first.message else "")
            return "\n".join([*lines, *self._raising(first.raised, call, said)])
        expression, value = first.facts[0]
        wanted = extra or value
        asserted = _assertion(expression.replace(RESULT, _bracketed(call, expression)), wanted,
                              any(_is_rough(c.facts[0][1]) for c in group.cases))  # fmt: skip
        return "\n".join([*lines, f"    {asserted}"])


class _Unittest(_Writer):
    indent = "        "

    def written(self, name: str, group: Group) -> str:
        """A test method."""
        return self._table(name, group) if group.is_table else self._single(name, group.cases[0])

    def _single(self, name: str, case: Case) -> str:
        lines = [f"    def {name}(self):", *self.setup(case, self.indent)]
        if case.raised:
            said = repr(case.message) if case.message else ""
            return "\n".join([*lines, *self._raising(case.raised, case.call, said, self.indent)])
        unused = not any(RESULT in expression for expression, _ in case.facts)
        lines.append(
            f"{self.indent}{case.call}" if unused else f"{self.indent}result = {case.call}"
        )
        lines += [f"{self.indent}{_method(e.replace(RESULT, 'result'), v)}" for e, v in case.facts]
        return "\n".join(lines)

    def _raising(self, raised: str, call: str, message: str, indent: str) -> list[str]:
        kept = " as error" if message else ""
        lines = [f"{indent}with self.assertRaises({raised}){kept}:", f"{indent}    {call}"]
        if message:
            lines.append(f"{indent}self.assertEqual(str(error.exception), {message})")
        return lines

    def _table(self, name: str, group: Group) -> str:
        first = group.cases[0]
        columns = self.columns(group)
        titles = [self.variable(c, group) for c in columns]
        extra = _extra_column(group)
        if extra:
            titles.append(extra)
        rows = [_row(case, columns, extra) for case in group.cases]
        over = ", ".join(titles) if len(titles) > 1 else titles[0]
        lines = [f"    def {name}(self):", "        rows = ["]
        lines += [f"            {row}," for row in rows]
        shown = ", ".join(f"{t}={t}" for t in titles)
        lines += [
            "        ]",
            f"        for {over} in rows:",
            f"            with self.subTest({shown}):",
        ]
        call = self.call(group, columns)
        inner = " " * 16
        if first.raised:
            said = extra or (repr(first.message) if first.message else "")
            return "\n".join([*lines, *self._raising(first.raised, call, said, inner)])
        expression, value = first.facts[0]
        asserted = _method(expression.replace(RESULT, _bracketed(call, expression)), extra or value)
        if any(_is_rough(c.facts[0][1]) for c in group.cases):
            asserted = asserted.replace("assertEqual", "assertAlmostEqual")
        return "\n".join([*lines, f"{inner}{asserted}"])


def _extra_column(group: Group) -> str:
    """The column of what is expected, where the rows differ in it."""
    if group.cases[0].raised:
        return "message" if len({c.message for c in group.cases}) > 1 else ""
    return "expected" if len({c.facts[0][1] for c in group.cases}) > 1 else ""


def _row(case: Case, columns: Sequence[str], extra: str) -> str:
    values = [dict(case.values)[c] for c in columns]
    if extra == "message":
        values.append(repr(case.message))
    elif extra:
        values.append(case.facts[0][1])
    return values[0] if len(values) == 1 else f"({', '.join(values)})"


def _bracketed(call: str, expression: str) -> str:
    """The call in brackets where what follows it would bind to a part of it."""
    operators = re.search(r"^\S+ (?:in|[<>=!+*/%@&|^-]+) |^[-+]", call)
    return f"({call})" if operators and expression != RESULT else call


def _assertion(expression: str, value: str, rough: bool = False) -> str:
    if value in ("True", "False", "None"):
        return f"assert {_compared(expression)} is {value}"
    if rough or _is_rough(value):
        return f"assert {_compared(expression)} == pytest.approx({value})"
    return f"assert {_compared(expression)} == {value}"


def _compared(expression: str) -> str:
    """The expression, in brackets where it is a comparison itself."""
    node = ast.parse(expression, mode="eval").body
    loose = isinstance(node, ast.Compare | ast.BoolOp | ast.Lambda | ast.IfExp)
    return f"({expression})" if loose else expression


def _method(expression: str, value: str) -> str:
    """Unittest's assertion."""
    if value in ("True", "False", "None"):
        return f"self.assertIs({expression}, {value})"
    if _is_rough(value):
        return f"self.assertAlmostEqual({expression}, {value})"
    return f"self.assertEqual({expression}, {value})"


def _is_rough(value: str) -> bool:
    """A number with so many digits that the last ones may differ elsewhere."""
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return False
    return isinstance(found, float) and len(repr(found).replace(".", "").strip("-0")) > _MOST_DIGITS
