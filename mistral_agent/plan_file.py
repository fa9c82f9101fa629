"""Plans that were kept in files: what `plan --json` printed, as it was or edited by hand."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mistral_agent.errors import PlanError, PlanFileError
from mistral_agent.files import expanded
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.reading import plan_from_json
from mistral_agent.planning.references import ITEM, whole_reference

MAX_PLAN_BYTES = 4 << 20


def read_plan(path: str) -> Plan:
    """Read a plan from a file, or from standard input where `path` is `-`.

    Raises:
        PlanFileError: It cannot be read, is not JSON, or is not a plan; the message says where.
    """
    try:
        return _with_sources(plan_from_json(_parsed(path, _read(path))))
    except PlanFileError:
        raise
    except PlanError as error:
        raise PlanFileError(path, str(error)) from None


def _read(path: str) -> bytes:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAX_PLAN_BYTES + 1)
        else:
            with expanded(path).open("rb") as file:
                data = file.read(MAX_PLAN_BYTES + 1)
    except OSError as error:
        raise PlanFileError(path, f"it cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a zero byte in the path
        raise PlanFileError(path, f"it cannot be read: {error}") from None
    if len(data) > MAX_PLAN_BYTES:
        raise PlanFileError(path, f"it has more than {MAX_PLAN_BYTES} bytes")
    return data


def _parsed(path: str, data: bytes) -> Any:
    try:
        return json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise PlanFileError(path, f"it is not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise PlanFileError(path, f"it is not valid JSON: {error.msg} ({where})") from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise PlanFileError(path, f"it is not valid JSON: {reason}") from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} stands twice in one object")
    return values


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _with_sources(plan: Plan) -> Plan:
    return replace(plan, steps=tuple(replace(each, sources=_sources(each)) for each in plan.steps))


def _sources(step: Step) -> dict[str, str]:
    sources: dict[str, str] = {}
    for name, value in step.args.items():
        meant = whole_reference(value)
        if step.for_each and meant is not None and meant.step == ITEM:
            sources[name] = f"{meant.path or 'each'} of {step.for_each}"
        elif meant is None:
            sources[name] = "the plan"
        else:
            sources[name] = f"{meant.path or 'result'} of {meant.step}"
    return sources
