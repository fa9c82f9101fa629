"""The checks, each with code that it is about and code that only looks like it.

The tables mirror the modules of `mcp_server.analysis.defects`; `#!` marks the line of the defect.
"""

from pathlib import Path

import pytest
import yaml

from mcp_server.analysis.defects import find_defects
from mcp_server.analysis.defects.rules import CHECKS
from mcp_server.analysis.findings import grade
from mcp_server.analysis.guard import SourceError

TABLES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CASES = [
    pytest.param(case["rule"], case["defect"], case["sound"], id=f"{case['rule']}-{number}")
    for table in TABLES
    for number, case in enumerate(yaml.safe_load(table.read_text(encoding="utf-8")))
]


def lines_of(rule, code):
    return [found.line for found in find_defects(code) if found.rule == rule]


@pytest.mark.parametrize(("rule", "defect", "sound"), CASES)
def test_a_defect_is_found_on_its_line_and_told_from_what_looks_like_it(rule, defect, sound):
    marked = [n for n, line in enumerate(defect.splitlines(), start=1) if line.endswith("#!")]

    assert lines_of(rule, defect.replace("  #!", "")) == marked
    assert lines_of(rule, sound) == []


def test_every_check_has_a_case():
    told = {case.values[0] for case in CASES}
    rules = {rule for check in CHECKS for rule in (check.rule, check.certain) if rule}

    assert rules == told


def test_every_check_has_an_id_and_a_name_of_its_own_and_says_what_it_looks_for():
    assert len({check.rule for check in CHECKS}) == len(CHECKS)
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all((check.find.__doc__ or "").strip() for check in CHECKS)


def test_every_check_is_graded():
    assert all(grade(check.rule)[0] in ("major", "minor") for check in CHECKS)
    assert {grade(check.certain) for check in CHECKS if check.certain} == {("major", "security")}


def test_a_finding_names_rule_message_and_place():
    found = find_defects("def f(x):\n    return x == 1 or 2\n")[0]

    assert (found.source, found.rule, found.name) == ("defects", "SC203", "literal-in-condition")
    assert (found.line, found.column) == (2, 12)
    assert "2 alone is always true" in found.message


@pytest.mark.parametrize(
    "code",
    [
        "x = 1" + " + 1" * 5000,
        "if a:\n    pass\n" + "elif b:\n    pass\n" * 1500,
        "f" + "(1)" * 3000,
        "a" + ".b" * 5000,
        "x = " + "[" * 150 + "]" * 150,
        "x = " + "-" * 300 + "1",
    ],
)
def test_deep_code_is_searched_or_refused_by_name(code):
    try:
        find_defects(code)
    except SourceError as error:
        assert "nested too deeply" in str(error)  # noqa: PT017  (either is right)


def test_code_that_is_not_python_is_refused():
    with pytest.raises(SourceError, match="line 1"):
        find_defects("x = (")
