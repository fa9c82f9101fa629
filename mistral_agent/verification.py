"""Whether a tool's result proves what it claims, from the checks that it reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mistral_agent.plain_text import one_line


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a result's checks amount to.

    Args:
        verified: A behavioural check passed, and so did every required one.
        line: The same in one line, with the reason where it is not verified.
    """

    verified: bool
    line: str


def judge(result: Mapping[str, Any]) -> Verdict | None:
    """Judge a structured result; None where it neither reports checks nor claims anything.

    A tool's own `verified` can only make the verdict stricter: without checks that bear it out it
    counts for nothing.
    """
    checks = [check for check in _items(result.get("checks")) if isinstance(check, Mapping)]
    claim = result.get("verified")
    if not checks:
        return _unproven(claim) if isinstance(claim, bool) else None
    passed = sum(check.get("status") == "passed" for check in checks)
    reason = _reason_against(checks)
    if reason is None and claim is False:
        reason = "the tool says so"
    if reason is None:
        return Verdict(True, f"verified: {_count(passed)} passed{_left_out(checks)}")
    return Verdict(False, f"not verified: {reason} ({passed} of {len(checks)} checks passed)")


def _unproven(claim: bool) -> Verdict:
    if claim:
        return Verdict(False, "not verified: the tool claims it, but reports no checks")
    return Verdict(False, "not verified: nothing was checked")


def _reason_against(checks: Sequence[Mapping[str, Any]]) -> str | None:
    required = [check for check in checks if check.get("required")]
    for status, verb in (("failed", "failed"), ("not_run", "was not run")):
        for check in required:
            if check.get("status") == status:
                return _say(check, verb)
    if any(check.get("status") != "passed" for check in required):
        return "a check has no outcome that is known"
    behaviour = [check for check in checks if check.get("kind") == "behaviour"]
    if not any(check.get("status") == "passed" for check in behaviour):
        return _unpassed(behaviour[0]) if behaviour else "the code was not run"
    return None


def _unpassed(check: Mapping[str, Any]) -> str:
    return _say(check, "failed" if check.get("status") == "failed" else "was not run")


def _say(check: Mapping[str, Any], verb: str) -> str:
    detail = one_line(str(check.get("detail") or ""))
    name = one_line(str(check.get("name") or "without a name"))
    return f"check '{name}' {verb}" + (f": {detail}" if detail else "")


def _left_out(checks: Sequence[Mapping[str, Any]]) -> str:
    """The optional checks that did not pass: the first one, and how many more."""
    others = [check for check in checks if check.get("status") != "passed"]
    if not others:
        return ""
    verb = "failed" if others[0].get("status") == "failed" else "was not run"
    more = f", and {len(others) - 1} more" if len(others) > 1 else ""
    return f"; optional {_say(others[0], verb)}{more}"


def _count(number: int) -> str:
    return f"{number} check" if number == 1 else f"{number} checks"


def _items(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
