"""A review: all linters at once, one list of findings, and what follows from it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import anyio
from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.analysis.findings import Area, Finding, by_gravity, from_excess, merge, score
from mcp_server.analysis.limits import excesses
from mcp_server.analysis.linters import RawFinding, StyleGuide
from mcp_server.analysis.metrics import MODULE, Metrics
from mcp_server.analysis.refactoring import Improved
from mcp_server.analysis.workers import SECONDS, Workers
from mcp_server.settings import CodingStandard

MOST_LINES_NAMED = 5
DEADLINE_SHARE = 0.7
"""Of the time that is left to the call, what linters may use."""

_LINTERS: Mapping[str, str] = {
    "ruff": "mcp_server.analysis.linters:ruff",
    "bandit": "mcp_server.analysis.linters:bandit",
    "pylint": "mcp_server.analysis.linters:pylint",
    "defects": "mcp_server.analysis.defects:find_defects",
}
"""Who looks for findings, and the function that does."""

_AREA_ADVICE: Mapping[Area, str] = {
    "documentation": "Write or complete the docstrings",
    "types": "Annotate parameters and results",
    "style": "Bring the notation in line with the style guide",
}


@dataclass(frozen=True, slots=True)
class Review:
    """The outcome of a review.

    Args:
        findings: All in focus, the gravest first.
        raw_counts: Findings of each linter before they were merged.
        failures: Why a linter gave no result, by its name.
        score: 0 to 100, see `mcp_server.analysis.findings.score`.
        suggestions: What to do.
        compliments: What is well done.
        improved: The code with safe fixes.
    """

    findings: tuple[Finding, ...]
    raw_counts: Mapping[str, int]
    failures: Mapping[str, str]
    score: int
    suggestions: tuple[str, ...]
    compliments: tuple[str, ...]
    improved: Improved


async def review(
    workers: Workers,
    code: str,
    style_guide: StyleGuide,
    standard: CodingStandard,
    focus: Collection[Area] | None,
) -> Review:
    """Review Python source.

    Raises:
        ToolError: The source is not valid Python.
    """
    left = anyio.current_effective_deadline() - anyio.current_time()
    seconds = min(SECONDS, max(left * DEADLINE_SHARE, 0.1))
    metrics: Metrics = await workers.run(
        "mcp_server.analysis.metrics:measure", code, tool="review_code", timeout=seconds
    )
    run = _Linting(workers, code, seconds)
    async with anyio.create_task_group() as group:
        group.start_soon(run.lint, "ruff", style_guide, standard.line_length)
        group.start_soon(run.lint, "bandit")
        group.start_soon(run.lint, "pylint")
        group.start_soon(run.lint, "defects")
        group.start_soon(run.improve, standard.line_length)
    over = excesses(metrics, standard.complexity_limit)
    merged = merge(finding for found in run.raw.values() for finding in found)
    everything = by_gravity([*merged, *map(from_excess, over)])
    findings = [f for f in everything if _wanted(f, focus, standard)]
    in_focus = focus is None or "maintainability" in focus
    return Review(
        findings=tuple(findings),
        raw_counts={name: len(found) for name, found in run.raw.items()},
        failures=run.failures,
        score=score(findings, metrics.lines.code),
        suggestions=tuple(_suggestions(findings, [str(e) for e in over] if in_focus else [], run)),
        compliments=tuple(_compliments(findings, metrics, standard, focus, run)),
        improved=run.improved,
    )


class _Linting:
    """The results of linters as they come in; one that fails does not stop the others."""

    def __init__(self, workers: Workers, code: str, seconds: float) -> None:
        self.raw: dict[str, list[RawFinding]] = {name: [] for name in _LINTERS}
        self.failures: dict[str, str] = {}
        self.improved = Improved(None, 0, "")
        self._workers = workers
        self._code = code
        self._seconds = seconds

    async def lint(self, linter: str, *args: object) -> None:
        try:
            self.raw[linter] = await self._workers.run(
                _LINTERS[linter],
                self._code,
                *args,
                tool=linter,
                timeout=self._seconds,
            )
        except ToolError as error:
            self.failures[linter] = str(error)

    async def improve(self, line_length: int) -> None:
        try:
            self.improved = await self._workers.run(
                "mcp_server.analysis.refactoring:improve",
                self._code,
                line_length,
                tool="refactoring",
                timeout=self._seconds,
            )
        except ToolError as error:
            self.improved = Improved(None, 0, str(error))


def _wanted(finding: Finding, focus: Collection[Area] | None, standard: CodingStandard) -> bool:
    if finding.area == "types" and not standard.type_hints:
        return False
    return focus is None or finding.area in focus


def _suggestions(findings: Sequence[Finding], over: Sequence[str], run: _Linting) -> list[str]:
    """What is over a limit, then each finding that is grave, then the rest by its subject."""
    grave = [f for f in findings if f.severity in ("critical", "major") and f.rules[0][0].isupper()]
    lines: dict[str, list[int]] = defaultdict(list)
    for finding in grave:
        lines[f"{finding.message} ({', '.join(finding.rules)})"].append(finding.line)
    made = [f"Mend {_lines(where)}: {what}." for what, where in lines.items()]
    made += [f"Simplify: {each}." for each in over]
    areas: dict[Area, list[int]] = defaultdict(list)
    for finding in findings:
        if finding.area in _AREA_ADVICE and finding.severity in ("minor", "info"):
            areas[finding.area].append(finding.line)
    made += [f"{_AREA_ADVICE[area]}: {_lines(where)}." for area, where in areas.items()]
    if run.improved.code is not None:
        count = run.improved.changed_lines
        made.append(
            f"Take over refactored_code: safe fixes and formatting, {count} "
            f"changed line{'s' if count > 1 else ''}."
        )
    return made


def _lines(numbers: Sequence[int]) -> str:
    distinct = sorted(set(numbers))
    if len(distinct) == 1:
        return f"line {distinct[0]}"
    named = ", ".join(map(str, distinct[:MOST_LINES_NAMED]))
    more = len(distinct) - MOST_LINES_NAMED
    return f"lines {named}" + (f" and {more} more" if more > 0 else "")


def _compliments(
    findings: Sequence[Finding],
    metrics: Metrics,
    standard: CodingStandard,
    focus: Collection[Area] | None,
    run: _Linting,
) -> list[str]:
    """What was looked at and found in order; nothing is praised that no tool measured."""
    counts = Counter(f.area for f in findings)
    asked = {area for area in _PRAISE if focus is None or area in focus}
    if "types" in asked and not standard.type_hints:
        asked.remove("types")
    praise = [
        text
        for area, (text, linters) in _PRAISE.items()
        if area in asked and not counts[area] and not linters & run.failures.keys()
    ]
    named = [row for row in metrics.functions if row.name != MODULE]
    limit = standard.complexity_limit
    simple = named and all(row.cyclomatic <= limit for row in named)
    if simple and (focus is None or "maintainability" in focus):
        worst = max(named, key=lambda row: row.cyclomatic)
        praise.append(
            f"Every function is simple: the most complex, {worst.name}(), has a cyclomatic "
            f"complexity of {worst.cyclomatic}, within the limit of {limit}."
        )
    return praise


_PRAISE: Mapping[Area, tuple[str, frozenset[str]]] = {
    "security": (
        "bandit and ruff found no security hole.",
        frozenset({"bandit", "ruff", "defects"}),
    ),
    "correctness": (
        "ruff and pylint found no likely bug.",
        frozenset({"ruff", "pylint", "defects"}),
    ),
    "documentation": ("Everything public has a docstring in form.", frozenset({"ruff"})),
    "types": ("Every parameter and result is annotated.", frozenset({"ruff"})),
    "style": ("The notation follows the style guide.", frozenset({"ruff"})),
}
