"""Measures of complexity."""

import subprocess
import sys
from pathlib import Path

import pytest

from mcp_server.analysis.guard import SourceError
from mcp_server.analysis.limits import excesses
from mcp_server.analysis.metrics import MODULE, measure

CODE = '''"""A module."""
import os

if os.name == "posix":
    for name in []:
        pass


@decorated
def f(a, *, b=1):
    # a comment
    if a:
        for x in a:
            if x:
                pass


class A:
    """A class."""

    if os.sep:
        y = 2

    def g(self, z):
        def h():
            if z:
                pass

        return h

    class B:
        async def k(self):
            if 1 and 2:
                return 3
'''


@pytest.fixture(scope="module")
def measured():
    return measure(CODE)


def test_every_function_method_and_closure_has_a_row(measured):
    rows = {row.name: row for row in measured.rows}

    assert list(rows) == ["f", "A.g", "A.g.h", "A.B.k", MODULE]
    assert (rows["f"].line, rows["f"].end_line, rows["f"].parameters) == (10, 15, 2)
    assert rows["f"].cyclomatic == 4
    assert rows["f"].cognitive == 6
    assert rows["A.B.k"].cyclomatic == 3
    assert rows["A.g"].parameters == 1
    assert rows["A.g.h"].cognitive is None


def test_what_runs_at_import_is_counted_with_the_bodies_of_classes(measured):
    assert measured.module.cyclomatic == 4
    assert measured.module.cognitive == 3  # complexipy leaves the bodies of classes out


def test_code_of_a_module_without_functions_is_not_simple_for_that():
    nested = "".join(f"{'    ' * i}if x{i}:\n" for i in range(30)) + "    " * 30 + "pass\n"

    assert measure(nested).module.cyclomatic == 31


def test_lines_are_counted_by_what_is_on_them():
    lines = measure('"""Doc\nstring."""\n\n# comment\nx = 1  # both\n\n\ny = """a\nb"""\n').lines

    assert (lines.total, lines.code, lines.blank, lines.docstrings) == (9, 3, 3, 2)
    assert lines.comments == 2


def test_line_separators_that_python_does_not_know_are_no_lines():
    assert measure("x = 'a\x0cb\u2028c'\ny = 2\n").lines.code == 2


def test_an_empty_module_of_comments_is_measured():
    measured = measure("# nothing\n")

    assert measured.lines.code == 0
    assert measured.maintainability_index == 100
    assert [row.name for row in measured.rows] == [MODULE]


def test_nesting_that_cannot_be_measured_is_refused():
    with pytest.raises(SourceError, match="nested too deeply"):
        measure("x = " + "(" * 180 + "a" + "+1)" * 180 + "+1" * 600)


@pytest.mark.parametrize("name", ["textwrap", "argparse", "heapq"])
def test_the_numbers_are_those_of_radons_own_command(name):
    file = Path(sys.modules.get(name, __import__(name)).__file__)
    measured = measure(file.read_text())

    def radon(*arguments):
        command = [sys.executable, "-m", "radon", *arguments, str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    said = {}
    for line in radon("cc", "-s", "--show-closures").splitlines()[1:]:
        kind, place, *_, value = line.replace("(", "").replace(")", "").split()
        if kind in "FM":
            said[int(place.split(":")[0])] = int(value)
    own = {row.line: row.cyclomatic for row in measured.functions}
    assert own == {line: value for line, value in said.items() if line in own}
    assert set(said) <= set(own)
    assert f"SLOC: {measured.lines.code}" in radon("raw")
    index = float(radon("mi", "-s").rsplit("(", 1)[1].rstrip(")\n"))
    assert measured.maintainability_index == pytest.approx(index)


def test_what_is_over_a_limit_is_named_with_value_limit_and_remedy():
    branches = "".join(f"    if a == {i}:\n        return {i}\n" for i in range(25))
    loops = "".join(f"{'    ' * (i + 1)}for x{i} in a:\n" for i in range(6)) + "    " * 7 + "pass\n"
    code = f"def many(a, b, c, d, e, f, g):\n{branches}\ndef deep(a):\n{loops}"

    found = [str(each) for each in excesses(measure(code), 10)]

    assert found[0].startswith(
        "many() (line 1): cyclomatic complexity is 26, over the limit of 10; split it by case"
    )
    assert any("cognitive complexity is 21, over the limit of 15" in each for each in found)
    assert any("number of parameters is 7" in each for each in found)
    assert excesses(measure(code), 10)[0].severe


def test_long_functions_and_unmaintainable_modules_are_named():
    body = "".join(f"    a{i} = a + {i} * b - c / d ** {i}\n" for i in range(400))
    found = [str(each) for each in excesses(measure(f"def f(a, b, c, d):\n{body}"), 10)]

    assert any("f() (line 1): length in lines is 401, over" in each for each in found)
    assert any("maintainability index is" in each and "under" in each for each in found)


def test_the_module_s_body_gets_advice_of_its_own():
    code = "".join(f"if x == {i}:\n    y = {i}\n" for i in range(12))

    assert "The module's own body (line 1): cyclomatic complexity is 13" in str(
        excesses(measure(code), 10)[0]
    )
