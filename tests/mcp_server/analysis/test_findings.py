"""Findings of several linters made one list."""

from hypothesis import given
from hypothesis import strategies as st

from mcp_server.analysis.findings import (
    PENALTIES,
    SEVERITIES,
    Finding,
    canonical,
    from_excess,
    grade,
    merge,
    score,
)
from mcp_server.analysis.limits import Excess
from mcp_server.analysis.linters import RawFinding


def raw(source, rule, line=1, message="m", column=1):
    return RawFinding(source, rule, rule, message, line, column)


def finding(severity):
    return Finding(severity, "style", 1, 1, "m", ("X1",), ("x",), ("ruff",))


def test_findings_of_different_tools_about_the_same_thing_become_one():
    merged = merge([raw("ruff", "S307"), raw("bandit", "B307"), raw("pylint", "W0123")])

    assert len(merged) == 1
    assert merged[0].rules == ("S307", "B307", "W0123")
    assert merged[0].sources == ("ruff", "bandit", "pylint")


def test_the_same_rule_on_other_lines_or_twice_in_a_line_stays_apart():
    merged = merge(
        [
            raw("ruff", "F401", 1, "os"),
            raw("ruff", "F401", 1, "sys"),
            raw("pylint", "W0611", 1, "os"),
            raw("pylint", "W0611", 1, "sys"),
            raw("ruff", "F401", 2, "re"),
        ]
    )

    assert [(f.line, f.message, f.rules) for f in merged] == [
        (1, "os", ("F401", "W0611")),
        (1, "sys", ("F401", "W0611")),
        (2, "re", ("F401",)),
    ]


def test_what_the_own_checks_say_of_the_same_thing_joins_the_linters():
    merged = merge([raw("defects", "SC911"), raw("bandit", "B608"), raw("ruff", "S608")])

    assert [(f.rules, f.sources) for f in merged] == [
        (("S608", "B608", "SC911"), ("ruff", "bandit", "defects"))
    ]
    assert len(merge([raw("defects", "SC313"), raw("ruff", "RUF027")])) == 1


def test_different_things_in_a_line_stay_apart():
    assert len(merge([raw("ruff", "E722"), raw("bandit", "B110")])) == 2


def test_the_gravest_comes_first_then_the_line():
    merged = merge([raw("ruff", "E501", 1), raw("ruff", "B006", 9), raw("ruff", "B006", 3)])

    assert [f.line for f in merged] == [3, 9, 1]


def test_the_longest_prefix_grades_a_rule():
    assert grade("S602") == ("critical", "security")
    assert grade("S101") == ("minor", "security")
    assert grade("B006") == ("major", "correctness")
    assert grade("B007") == ("minor", "maintainability")
    assert grade("SC101") == ("major", "correctness")
    assert grade("SC901") == ("minor", "security")
    assert grade("SC802") == ("minor", "performance")
    assert grade("PLW1514") == ("minor", "correctness")
    assert grade("D103") == ("minor", "documentation")
    assert grade("ZZZ999") == ("info", "maintainability")


def test_rules_have_one_name_whoever_found_them():
    assert canonical("bandit", "B602") == "S602"
    assert canonical("pylint", "W0702") == "E722"
    assert canonical("pylint", "W0603") == "PLW0603"
    assert canonical("ruff", "F401") == "F401"


def test_clean_code_scores_100_and_the_gravest_finding_sets_a_ceiling():
    assert score([], 10) == 100
    assert score([finding("info")], 10_000) == 99
    assert score([finding("minor")], 10_000) == 98
    assert score([finding("major")], 10_000) == 85
    assert score([finding("critical")], 10_000) == 60


def test_the_score_is_what_its_formula_says():
    assert score([finding("minor")] * 10, 100) == 90
    assert score([finding("major"), finding("minor")], 50) == 85
    assert score([finding("minor")] * 4, 1) == 80


@given(st.lists(st.sampled_from(SEVERITIES)), st.integers(0, 5000), st.sampled_from(SEVERITIES))
def test_one_more_finding_never_raises_the_score(severities, lines, another):
    before = score([finding(s) for s in severities], lines)
    after = score([finding(s) for s in [*severities, another]], lines)

    assert 0 <= after <= before <= 100


def test_penalties_fall_with_severity():
    assert [PENALTIES[s] for s in SEVERITIES] == sorted(PENALTIES.values(), reverse=True)


def test_a_measure_over_its_limit_is_a_finding():
    found = from_excess(Excess("f", 3, "cyclomatic complexity", 25, 10, "split it"))

    assert (found.severity, found.area, found.line) == ("major", "maintainability", 3)
    assert found.rules == ("cyclomatic-complexity",)
