"""The tool `review_code`."""

from collections import Counter
from typing import Annotated, Literal

import anyio
from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.analysis.findings import Area, Finding, Severity
from mcp_server.analysis.reviewing import Review, review
from mcp_server.checks import Check, CheckedResult
from mcp_server.generation.behaviour_kept import refactor as refactor_code
from mcp_server.models_offered import DEFAULT_MODEL, ModelName
from mcp_server.prompting import Remark, Remarks, remark_on
from mcp_server.services import Services, services
from mcp_server.tools.sources import SOURCE, PythonCode

TITLE = "Review code"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class Issue(BaseModel):
    """One thing that is wrong."""

    severity: Severity = Field(
        description="critical: lets an attacker run code, or fails when reached; major: a likely "
        "bug or hole; minor: works, and will cost somebody time; info: a matter of style."
    )
    line: int = Field(description="Line in the code, from 1.")
    column: int | None = Field(description="Column, from 1; null without one.")
    message: str = Field(description="What is wrong.")
    rule: str = Field(description="The rule that proves it, such as S307.")
    source: str = Field(description="The tool that found it.")
    area: Area = Field(description="What it is about.")
    rules: list[str] = Field(description="The rules of all tools that found it.")
    sources: list[str] = Field(description="All tools that found it.")


MODEL = "model"
"""The rule and the source of what the language model says: nothing proves it."""


class CodeReview(CheckedResult):
    """What is wrong with the code, and what is not."""

    overall_score: int = Field(
        ge=0,
        le=100,
        description="100 less 100 * (12 critical + 5 major + 1 minor + 0.2 info) / lines of code "
        "(at least 20), of the areas in focus; at most 60 with a critical issue, 85 with a major "
        "one, 98 with a minor one.",
    )
    summary: str = Field(description="The review in a few sentences.")
    issues: list[Issue] = Field(description="The gravest first.")
    issue_counts: dict[Severity, int] = Field(
        description="All issues in focus by severity, also those left out of the list."
    )
    suggestions: list[str] = Field(description="What to do, derived from the findings.")
    compliments: list[str] = Field(description="What is well done, as far as it was measured.")
    refactored_code: str | None = Field(
        description="The code with safe fixes and formatting, or, with refactor, a version of the "
        "model's that behaves the same; null where there is none to offer.",
        json_schema_extra=SOURCE,
    )


async def review_code(
    ctx: Context[Services],
    code: PythonCode,
    style_guide: Annotated[
        Literal["pep8", "google", "numpy"],
        Field(description="Whose rules of docstrings the code is held to."),
    ] = "pep8",
    focus_areas: Annotated[
        list[Area] | None, Field(description="What to look at; everything if left out.")
    ] = None,
    refactor: Annotated[
        bool,
        Field(
            description="Also ask the language model for a better version, and offer it if it "
            "passes tests recorded on the code, which is run for that in a sandbox."
        ),
    ] = False,
    *,
    model: ModelName = DEFAULT_MODEL,
) -> CodeReview:
    """Find bugs, security holes, complexity and style problems in Python code.
    Every issue names the line and the rule that proves it. Findings come from ruff, bandit, pylint,
    checks of this server's own and complexity limits; what a language model adds is marked as
    its own and does not count. The code is not run unless refactor is set.
    """
    given = services(ctx, model)
    standard = given.settings.coding_standard()
    await ctx.report_progress(0, 2, "running ruff, bandit, pylint and own checks")
    found = await review(given.workers, code, style_guide, standard, focus_areas)
    await ctx.report_progress(1, 2, f"{len(found.findings)} findings")
    limits = given.settings.tools.code_review
    listed = [f for f in found.findings if f.severity in limits.severity_levels]
    facts = _facts(found, len(listed) - limits.max_issues)
    said = await _remarks(given, code, found)
    issues = [_issue(finding) for finding in listed[: limits.max_issues]]
    issues += [_remark(r) for r in said.remarks if "info" in limits.severity_levels]
    better = await refactor_code(given, code, _told(found)) if refactor else None
    return CodeReview(
        overall_score=found.score,
        summary=f"{facts} {said.advice}".strip(),
        issues=issues[: limits.max_issues],
        issue_counts=dict(Counter(f.severity for f in found.findings)),
        suggestions=list(found.suggestions),
        compliments=list(found.compliments),
        refactored_code=(better and better.code) or found.improved.code,
        sandbox=better.sandbox if better else None,
        checks=[
            *_linters_that_ran(found),
            _refactoring(found),
            *([better.check] if better else []),
        ],
    )


def _issue(finding: Finding) -> Issue:
    return Issue(
        severity=finding.severity,
        line=finding.line,
        column=finding.column,
        message=finding.message,
        rule=finding.rules[0],
        source=finding.sources[0],
        area=finding.area,
        rules=list(finding.rules),
        sources=list(finding.sources),
    )


def _facts(found: Review, left_out: int) -> str:
    counts = Counter(f.severity for f in found.findings)
    if not counts:
        text = "No issues were found."
    else:
        kinds = ", ".join(f"{n} {severity}" for severity, n in counts.items())
        total = sum(counts.values())
        text = f"{total} issue{'s' if total > 1 else ''} found: {kinds}."
        worst = found.findings[0]
        text += f" The gravest is in line {worst.line}: {worst.message}."
    if left_out > 0:
        text += f" {left_out} are not listed (tools.code_review.max_issues)."
    if found.failures:
        text += f" Not everything was checked: {'; '.join(found.failures.values())}."
    return text


def _told(found: Review) -> str:
    told = [f"line {f.line}: {f.message} ({f.severity})" for f in found.findings[:10]]
    return "\n".join(told) or "nothing"


async def _remarks(given: Services, code: str, found: Review) -> Remarks:
    """What a capable model adds; its failure takes nothing away."""
    if given.backend.info.quality != "capable":
        return Remarks()
    budget = 0.3 * (anyio.current_effective_deadline() - anyio.current_time())
    return await remark_on(given.backend, code, _told(found), seconds=min(budget, 15.0))


def _remark(remark: Remark) -> Issue:
    return Issue(
        severity="info",
        line=remark.line,
        column=None,
        message=f"{remark.message} (the model's opinion, not proved)",
        rule=MODEL,
        source=MODEL,
        area="correctness",
        rules=[MODEL],
        sources=[MODEL],
    )


def _linters_that_ran(found: Review) -> list[Check]:
    return [
        Check(
            name=f"{linter} ran",
            kind="static",
            required=True,
            status="failed" if linter in found.failures else "passed",
            detail=found.failures.get(linter, f"{found.raw_counts[linter]} findings of its own"),
        )
        for linter in found.raw_counts
    ]


def _refactoring(found: Review) -> Check:
    offered = found.improved.code is not None
    return Check(
        name="refactoring keeps names and parameters",
        kind="static",
        required=False,
        status="passed" if offered else "not_run",
        detail=found.improved.reason,
    )
