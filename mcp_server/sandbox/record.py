"""Reading the record of a test run, believing only lines that carry the right code."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mcp_server.sandbox.jail import collect

_Outcome = Literal["passed", "failed", "error", "skipped"]
_RANK: Mapping[_Outcome, int] = {"passed": 0, "skipped": 1, "failed": 2, "error": 3}
# pytest's exit codes for an interruption, an internal error and wrong usage.
_BROKEN_OFF = (2, 3, 4)


@dataclass
class Record:
    """What the lines of a record say, as far as they go."""

    begun: bool = False
    ended: bool = False
    broken_off: bool = False
    forged: bool = False
    collected: tuple[str, ...] = ()
    running: str | None = None
    outcomes: dict[str, _Outcome] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    unimportable: str = ""
    skipped: str = ""
    line_coverage: float | None = None
    branch_coverage: float | None = None
    uncovered_lines: tuple[int, ...] = ()
    uncovered_branches: tuple[tuple[int, int], ...] = ()


def read_record(text: str, key: bytes) -> Record:
    """The record in `text`; from the first line with a wrong code on, nothing is believed."""
    record = Record()
    for number, line in enumerate(text.splitlines()):
        code, _, entry = line.partition(" ")
        if not hmac.compare_digest(code.encode(), collect.sign(key, number, entry).encode()):
            # The last line may be cut short where the run was.
            record.forged = text.endswith("\n") or number + 1 < len(text.splitlines())
            break
        record.begun = True
        _take(record, json.loads(entry))
    return record


def _take(record: Record, entry: dict[str, Any]) -> None:
    match entry:
        case {"collected": list(nodes)}:
            record.collected = tuple(nodes)
        case {"unimportable": _, "message": str(message)}:
            record.unimportable = record.unimportable or message or "unknown"
        case {"skipped_module": _, "message": str(message)}:
            record.skipped = message
        case {"started": str(node)}:
            record.running = node
        case {"test": str(node), "when": str(when), "outcome": str(outcome)}:
            _take_phase(record, node, when, outcome, str(entry.get("message", "")))
        case {"end": int(status)}:
            record.ended = True
            record.broken_off = status in _BROKEN_OFF
            record.running = None
            _take_coverage(record, entry)


def _take_phase(record: Record, node: str, when: str, outcome: str, message: str) -> None:
    """One phase of a test; the worst phase is the test's outcome."""
    found: _Outcome = "passed"
    if outcome == "skipped":
        found = "skipped"
    elif outcome == "failed":
        found = "failed" if when == "call" else "error"
    before = record.outcomes.get(node)
    if when == "setup" and found == "passed":
        return  # not an outcome before the test itself has run
    if before is None or _RANK[found] > _RANK[before]:
        record.outcomes[node] = found
        if message:
            record.messages[node] = message
    if when == "teardown":
        record.running = None


def _take_coverage(record: Record, entry: dict[str, Any]) -> None:
    totals = entry.get("totals")
    if not totals:
        return
    lines, covered = totals["num_statements"], totals["covered_lines"]
    record.line_coverage = 100.0 * covered / lines if lines else 100.0
    record.branch_coverage = float(totals["percent_covered"])
    record.uncovered_lines = tuple(entry["missing_lines"])
    record.uncovered_branches = tuple((a, b) for a, b in entry["missing_branches"])
