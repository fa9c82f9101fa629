"""The linters, run for real."""

import pytest

from mcp_server.analysis import linters
from mcp_server.analysis.guard import SourceError
from mcp_server.analysis.refactoring import improve

FAULTY = '''import os
import subprocess


def f(a, b=[]):
    """Do it."""
    try:
        eval(a)
    except:
        pass
    subprocess.call("ls " + a, shell=True)
    return undefined
'''


@pytest.mark.parametrize(
    ("linter", "arguments", "expected"),
    [
        (linters.ruff, ("pep8", 100),
         {("F401", 1), ("B006", 5), ("S307", 8), ("E722", 9), ("F821", 12)}),
        (linters.bandit, (), {("B307", 8), ("B110", 9), ("B602", 11)}),
        (linters.pylint, (), {("W0102", 5), ("W0123", 8), ("W0702", 9), ("E0602", 12)}),
    ],
)  # fmt: skip
def test_a_linter_finds_planted_faults_on_their_lines(linter, arguments, expected):
    found = {(each.rule, each.line) for each in linter(FAULTY, *arguments)}

    assert expected <= found


def test_ruff_finds_what_it_only_previews_without_its_other_previews():
    code = """import re


def f(xs, name):
    for x in xs:
        xs.remove(x)
    with open(name) as file:
        return "Hello {name}", file.read()
"""
    found = {(each.rule, each.line) for each in linters.ruff(code, "pep8", 100)}

    assert {("B909", 6), ("PLW1514", 7), ("RUF027", 8)} <= found
    assert not any(rule.startswith(("FURB101", "S4", "CPY")) for rule, _ in found)


@pytest.mark.parametrize(
    ("linter", "arguments"),
    [(linters.ruff, ("pep8", 100)), (linters.bandit, ()), (linters.pylint, ())],
)
def test_a_second_source_gets_findings_of_its_own(linter, arguments):
    linter(FAULTY, *arguments)

    assert not linter('"""Fine."""\n\nX = 1\n', *arguments)
    assert linter("import os\n\neval(os.sep)\n", *arguments)


@pytest.mark.parametrize(
    "linter", [lambda code: linters.ruff(code, "pep8", 100), linters.bandit, linters.pylint]
)
def test_code_that_is_not_python_is_refused(linter):
    with pytest.raises(SourceError, match="line 1"):
        linter("x = (")


def test_the_style_guide_decides_on_docstrings():
    code = 'def f() -> int:\n    """Give.\n\n    Returns:\n        int: 1\n    """\n    return 1\n'

    google = {each.rule for each in linters.ruff(code, "google", 100)}
    numpy = {each.rule for each in linters.ruff(code, "numpy", 100)}
    assert google != numpy


def test_configuration_lying_about_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "ruff.toml").write_text('lint.ignore = ["ALL"]\n')
    (tmp_path / ".pylintrc").write_text("[MESSAGES CONTROL]\ndisable=all\n")
    (tmp_path / ".bandit").write_text("[bandit]\nskips: B602,B307\n")
    (tmp_path / "pyproject.toml").write_text("[tool.pylint]\ndisable = ['all']\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert any(each.rule == "F821" for each in linters.ruff(FAULTY, "pep8", 100))
    assert any(each.rule == "B602" for each in linters.bandit(FAULTY))
    assert any(each.rule == "E0602" for each in linters.pylint(FAULTY))


def test_linters_leave_no_files_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    linters.bandit(FAULTY)
    linters.pylint(FAULTY)

    assert not list(tmp_path.iterdir())


def test_linters_print_nothing(capfd):
    linters.bandit(FAULTY)
    linters.pylint(FAULTY)
    linters.ruff(FAULTY, "pep8", 100)

    assert capfd.readouterr() == ("", "")


def test_safe_fixes_keep_names_and_parameters():
    done = improve("import os\ndef f( a ):\n    return  a\n", 100)

    assert done.code == "def f(a):\n    return a\n"
    assert done.changed_lines == 3


def test_nothing_is_offered_where_there_is_nothing_to_fix():
    done = improve("X = 1\n", 100)

    assert done.code is None
    assert "nothing" in done.reason


def test_fixes_that_would_change_a_name_are_not_offered(monkeypatch):
    monkeypatch.setattr("mcp_server.analysis.refactoring.ruff_fix", lambda code: "def g(): pass\n")

    done = improve("def f(): pass\n", 100)
    assert done.code is None
    assert "names or parameters" in done.reason
