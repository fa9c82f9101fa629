"""Findings of several linters made one list: graded, sorted by subject, told once, scored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from mcp_server.analysis.limits import Excess
from mcp_server.analysis.linters import RawFinding, Source

Severity = Literal["critical", "major", "minor", "info"]
Area = Literal[
    "security",
    "performance",
    "style",
    "correctness",
    "maintainability",
    "documentation",
    "types",
]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
PENALTIES: Mapping[Severity, float] = {"critical": 12, "major": 5, "minor": 1, "info": 0.2}
CEILINGS: Mapping[Severity, int] = {"critical": 60, "major": 85, "minor": 98, "info": 99}
FEWEST_LINES = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong at one place, with everyone who says so.

    Args:
        severity: How grave it is; see `rules.yaml`.
        area: What it is about.
        line: Where, from 1.
        column: Where in the line, from 1, or None.
        message: What is wrong.
        rules: Each tool's rule that proves it, the one of `message` first.
        names: What the rules are called, in the same order.
        sources: The tools that found it.
    """

    severity: Severity
    area: Area
    line: int
    column: int | None
    message: str
    rules: tuple[str, ...]
    names: tuple[str, ...]
    sources: tuple[Source, ...]


def merge(raw: Iterable[RawFinding]) -> list[Finding]:
    """Grade the findings, and make one of those that say the same of the same line.

    The n-th finding of a subject in a line is the same thing for every tool.

    Returns:
        The gravest first, then by line.
    """
    counts: dict[tuple[str, int, str], int] = defaultdict(int)
    groups: dict[tuple[int, str, int], list[RawFinding]] = defaultdict(list)
    for each in raw:
        rule = canonical(each.source, each.rule)
        subject = _tables()["same"].get(rule, rule)
        counter = (each.source, each.line, rule)
        groups[each.line, subject, counts[counter]].append(each)
        counts[counter] += 1
    return sorted((_finding(group) for group in groups.values()), key=_gravity)


def from_excess(excess: Excess) -> Finding:
    """A measure over its limit as a finding."""
    rule = excess.metric.replace(" ", "-")
    return Finding(
        severity="major" if excess.severe else "minor",
        area="maintainability",
        line=excess.line,
        column=None,
        message=str(excess),
        rules=(rule,),
        names=(rule,),
        sources=("complexity",),
    )


def by_gravity(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, then by line."""
    return sorted(findings, key=_gravity)


def canonical(source: str, rule: str) -> str:
    """The name under which ruff has a rule, also where another tool found it."""
    if source == "bandit":
        return f"S{rule[1:]}"
    if source == "pylint":
        return str(_tables()["pylint"].get(rule, f"PL{rule}"))
    return rule


def grade(rule: str) -> tuple[Severity, Area]:
    """Severity and subject of a canonical rule, by the longest listed prefix."""
    grades = _grades()
    for length in range(len(rule), 0, -1):
        if found := grades.get(rule[:length]):
            return found
    return "info", "maintainability"


def score(findings: Sequence[Finding], lines: int) -> int:
    """Rate code from 0 to 100.

    100 less 100 times the penalties (critical 12, major 5, minor 1, info 0.2) per line of code,
    of which at least 20 are assumed; and at most 60, 85, 98 or 99 where the gravest finding is
    critical, major, minor or info.

    Args:
        findings: What was found, before any is left out of a report.
        lines: Source lines without blanks, comments and docstrings.
    """
    if not findings:
        return 100
    penalty = sum(PENALTIES[f.severity] for f in findings)
    ceiling = min(CEILINGS[f.severity] for f in findings)
    return max(0, min(ceiling, round(100 - 100 * penalty / max(lines, FEWEST_LINES))))


def _finding(group: Sequence[RawFinding]) -> Finding:
    ranked = sorted(group, key=lambda f: (f.source != "ruff", f.source != "bandit"))
    grades = [grade(canonical(f.source, f.rule)) for f in ranked]
    severity, area = min(grades, key=lambda g: SEVERITIES.index(g[0]))
    first = ranked[0]
    return Finding(
        severity=severity,
        area=area,
        line=first.line,
        column=first.column,
        message=first.message.rstrip("."),
        rules=tuple(dict.fromkeys(f.rule for f in ranked)),
        names=tuple(dict.fromkeys(f.name for f in ranked)),
        sources=tuple(dict.fromkeys(f.source for f in ranked)),
    )


def _gravity(finding: Finding) -> tuple[int, int, int, str]:
    return (
        SEVERITIES.index(finding.severity),
        finding.line,
        finding.column or 0,
        finding.rules[0],
    )


@cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    import yaml

    text = Path(__file__).with_name("rules.yaml").read_text(encoding="utf-8")
    return cast("Mapping[str, Mapping[str, Any]]", yaml.safe_load(text))


@cache
def _grades() -> Mapping[str, tuple[Severity, Area]]:
    return {
        prefix: (severity, cast("Area", area))
        for severity in SEVERITIES
        for prefix, area in _tables()[severity].items()
    }
