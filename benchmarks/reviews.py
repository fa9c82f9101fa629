"""How many planted defects a review finds, and how often it is wrong about clean code.

`python -m benchmarks.reviews [tuning|frozen|fresh]` asks the server's tool `review_code` about each
entry of `corpora/review/defects_*.yaml` and about each file of `corpora/review/clean/`, with the
default settings but for the number of issues that are listed. A defect counts as found when an
issue of at least minor severity, of one of its areas, points to the statement or expression that
the entry names; of a compound statement only the header counts. The last column counts those, too,
that are a few lines beside it. Of the frozen half, and of the fresh entries that were written when
all checks were, only counts are printed: nothing was tuned on them.

On the clean files an issue of at least major severity is false unless `clean_labels.yaml` says
that a reviewer would accept it.
"""

import argparse
import ast
import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from mcp import Client

from mcp_server.configuration import load_configuration
from mcp_server.sandbox import open_sandbox
from mcp_server.server import build_server
from mcp_server.tools import TOOLS
from model_backends.scripted import ScriptedBackend

CORPUS = Path(__file__).parent / "corpora" / "review"
MOST_ISSUES = "500"
COUNTED = ("critical", "major", "minor")
GRAVE = ("critical", "major")
NEAR = 3
"""Lines beside the place that a person named: a lock's release is missing at no line."""

Issue = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One planted defect, whether it was found at its place, and whether close by."""

    name: str
    areas: tuple[str, ...]
    found: bool
    near: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """One issue on clean code; `true` is the label, or None without one."""

    file: str
    issue: Issue
    true: bool | None


def span(code: str, fragment: str) -> range:
    """The lines of the innermost statement or expression at a fragment, headers alone of blocks.

    Raises:
        ValueError: The fragment is not in the code exactly once.
    """
    if code.count(fragment) != 1:
        raise ValueError(f"{fragment!r} is {code.count(fragment)} times in the code, not once")
    line = code.count("\n", 0, code.index(fragment)) + 1
    around = [
        range(node.lineno, _last_line(node) + 1)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.stmt | ast.ExceptHandler)
    ]
    holding = [lines for lines in around if line in lines]
    return min(holding, key=len, default=range(line, line + 1))


def is_found(entry: Mapping[str, Any], issues: Sequence[Issue], tolerance: int = 0) -> bool:
    """Whether any issue is about the defect of an entry, at its lines or so many beside them."""
    lines = span(entry["code"], entry["at"])
    around = range(lines.start - tolerance, lines.stop + tolerance)
    return any(
        issue["severity"] in COUNTED and issue["area"] in entry["areas"] and issue["line"] in around
        for issue in issues
    )


def defects_table(outcomes: Sequence[Outcome], *, names: bool) -> str:
    """Found and all by area, an entry of several areas under its first; the missed by name."""
    head = f"| area | found | all | share | within {NEAR} lines |"
    lines = [head, "|---|---|---|---|---|"]
    areas = sorted({outcome.areas[0] for outcome in outcomes})
    lines += [_row(area, [o for o in outcomes if o.areas[0] == area]) for area in areas]
    lines.append(_row("all", outcomes))
    missed = [outcome.name for outcome in outcomes if not outcome.found]
    if names and missed:
        lines += ["", f"missed: {', '.join(missed)}"]
    return "\n".join(lines)


def clean_table(remarks: Sequence[Remark], lines: int) -> str:
    """Issues on the clean files by severity, and the false ones of at least major severity."""
    counts = Counter(remark.issue["severity"] for remark in remarks)
    grave = [remark for remark in remarks if remark.issue["severity"] in GRAVE]
    false = [remark for remark in grave if not remark.true]
    cells = [lines, *(counts[severity] for severity in ("critical", "major", "minor", "info"))]
    head = "| lines | critical | major | minor | info | false at major or above | per 100 lines |"
    rate = 100 * len(false) / lines if lines else 0.0
    row = f"| {' | '.join(map(str, cells))} | {len(false)} | {rate:.2f} |"
    told = [
        f"- {r.file}:{r.issue['line']} {r.issue['rule']} {r.issue['message']}"
        + ("" if r.true is False else " (no label)")
        for r in false
    ]
    return "\n".join([head, "|---" * 7 + "|", row, "", *told])


async def review_defects(client: Client, half: str) -> list[Outcome]:
    """Ask for a review of every entry of one half."""
    file = CORPUS / f"defects_{half}.yaml"
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    outcomes = []
    for entry in entries:
        issues = await _issues(client, entry["code"])
        found, near = is_found(entry, issues), is_found(entry, issues, NEAR)
        outcomes.append(Outcome(entry["name"], tuple(entry["areas"]), found, near))
    return outcomes


async def review_clean(client: Client) -> tuple[list[Remark], int]:
    """Ask for a review of every clean file; also how many lines that are."""
    labels = _labels()
    remarks, lines = [], 0
    for file in sorted((CORPUS / "clean").glob("*.py")):
        code = file.read_text(encoding="utf-8")
        lines += len(code.splitlines())
        for issue in await _issues(client, code):
            label = labels.get((file.name, issue["line"], issue["rule"]))
            remarks.append(Remark(file.name, issue, label))
    return remarks, lines


async def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("half", nargs="?", choices=("tuning", "frozen", "fresh"), default="tuning")
    half: str = parser.parse_args().half
    environ = {"STARCODER_MCP__TOOLS__CODE_REVIEW__MAX_ISSUES": MOST_ISSUES}
    settings = load_configuration(environ=environ).settings
    backend = ScriptedBackend(replies=["nothing to add"])
    tools = {"review_code": TOOLS["review_code"]}
    server = build_server(settings, backend, open_sandbox("auto"), tools=tools)
    async with Client(server) as client:
        outcomes = await review_defects(client, half)
        remarks, lines = await review_clean(client)
    print(f"## Planted defects, {half} half\n")
    print(defects_table(outcomes, names=half in ("tuning", "frozen")))
    print("\n## Clean code\n")
    print(clean_table(remarks, lines))


async def _issues(client: Client, code: str) -> list[Issue]:
    result = await client.call_tool("review_code", {"code": code})
    if result.is_error or result.structured_content is None:
        raise RuntimeError(f"review_code failed: {result.content}")
    failed = [c for c in result.structured_content["checks"] if c["status"] == "failed"]
    if failed:
        raise RuntimeError(f"review_code is incomplete: {failed}")
    issues: list[Issue] = result.structured_content["issues"]
    return issues


def _labels() -> dict[tuple[str, int, str], bool]:
    file = CORPUS / "clean_labels.yaml"
    rows = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else None
    return {(row["file"], row["line"], row["rule"]): row["true"] for row in rows or ()}


def _last_line(node: ast.stmt | ast.ExceptHandler) -> int:
    body = getattr(node, "body", None)
    if isinstance(body, list) and body:
        return max(node.lineno, body[0].lineno - 1)
    return node.end_lineno or node.lineno


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    found = sum(outcome.found for outcome in outcomes)
    share = f"{found / len(outcomes):.0%}" if outcomes else "-"
    near = sum(outcome.near for outcome in outcomes)
    return f"| {name} | {found} | {len(outcomes)} | {share} | {near} |"


if __name__ == "__main__":
    asyncio.run(main())
