"""Formatters of Python source."""

import ast
import inspect
import textwrap
from pathlib import Path

import pytest

from mcp_server.analysis import formatters
from mcp_server.analysis.formatters import FORMATTERS, changed_lines, format_python, run_ruff
from mcp_server.analysis.guard import SourceError

UGLY = '''import sys, os
from typing import (List,
   Dict)
# a comment stays
def f( a,b = 1 ):
    """ Doc.
       more
    """
    x = {  'a':1,'b':2 }  # this too
    if a == None : return   u"x"
    del (a, b)
    return some_function(argument_one_is_long, argument_two_is_long, argument_three_is_long)
'''


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_formatting_changes_the_form_and_neither_meaning_nor_comments(formatter):
    done = format_python(UGLY, formatter, 79)

    assert done.code != UGLY
    assert done.changed_lines > 0
    assert done.same_meaning
    assert done.stable
    assert "# a comment stays" in done.code
    assert "# this too" in done.code


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_formatting_again_changes_nothing(formatter):
    once = format_python(UGLY, formatter, 79)
    twice = format_python(once.code, formatter, 79)

    assert twice.code == once.code
    assert twice.changed_lines == 0


@pytest.mark.parametrize("formatter", ["black", "ruff", "autopep8", "yapf"])
def test_the_line_length_is_kept_to(formatter):
    short = format_python(UGLY, formatter, 80).code
    long = format_python(UGLY, formatter, 120).code

    assert max(map(len, short.splitlines())) <= 80 < max(map(len, long.splitlines()))


@pytest.mark.parametrize(
    ("formatter", "module"),
    [*((formatter, textwrap) for formatter in FORMATTERS), ("ruff", inspect), ("isort", ast)],
)
def test_modules_of_the_standard_library_keep_their_meaning(formatter, module):
    done = format_python(Path(module.__file__).read_text(), formatter, 88)

    assert done.same_meaning


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_code_that_is_not_python_is_refused(formatter):
    with pytest.raises(SourceError, match="line 2, column 5: not valid Python"):
        format_python("x = 1\ny = (\n", formatter, 88)


def test_configuration_lying_about_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(
        "[tool.black]\nline-length = 20\n[tool.ruff]\nline-length = 20\n"
        "[tool.isort]\nforce_single_line = true\n[tool.yapf]\ncolumn_limit = 20\n"
    )
    (tmp_path / "setup.cfg").write_text("[pycodestyle]\nmax-line-length = 20\n")
    monkeypatch.chdir(tmp_path)
    code = "from os import path, sep\n\nx = (111111111, 2222222222, 333333333)\n"

    for formatter in FORMATTERS:
        assert format_python(code, formatter, 100).changed_lines == 0


def test_changed_lines_count_the_larger_side_of_each_block():
    assert changed_lines("a\nb\nc\n", "a\nB\nc\n") == 1
    assert changed_lines("a\nb\n", "a\nx\ny\nz\n") == 3
    assert changed_lines("a\nb\nc\n", "c\n") == 2
    assert changed_lines("a", "a\n") == 1
    assert changed_lines("a\n", "a\n") == 0


def test_a_change_of_meaning_is_noticed(monkeypatch):
    monkeypatch.setitem(formatters.FORMATTERS, "black", lambda code, _: code.replace("1", "2"))

    assert not format_python("x = 1\n", "black", 88).same_meaning


def test_a_formatter_that_breaks_the_code_is_noticed(monkeypatch):
    monkeypatch.setitem(formatters.FORMATTERS, "black", lambda code, _: code + "(")

    assert not format_python("x = 1\n", "black", 88).same_meaning


def test_ruff_that_refuses_is_an_error_with_its_reason():
    with pytest.raises(SourceError, match="ruff refused this input"):
        run_ruff("check", "--no-such-flag", stdin="x = 1\n", name="ruff")
