"""Reading plans that were written as JSON: by `plan --json`, by a person, by another program."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mistral_agent.errors import PlanError
from mistral_agent.planning.loops import needed_results
from mistral_agent.planning.plan import Plan, Question, Step
from mistral_agent.planning.references import (
    Reference,
    reference,
    uses_previous,
    whole_reference,
)
from mistral_agent.planning.wording import listed, short

_PLAN_KEYS = frozenset({"goal", "needs_clarification", "questions", "steps", "notes"})
_STEP_KEYS = frozenset({"id", "server", "tool", "args", "depends_on", "sources", "for_each"})


def plan_from_json(value: object) -> Plan:
    """Read the documented object of `plan --json`, as `ask --plan FILE` takes it.

    Raises:
        PlanError: It is not such an object; the message names the place.
    """
    if not isinstance(value, Mapping):
        raise PlanError(
            "a plan is a JSON object with 'goal' and 'steps', as `plan --json` prints it"
        )
    unknown = sorted(str(key) for key in value if key not in _PLAN_KEYS)
    if unknown:
        hint = "; the plan is its 'plan'" if "plan" in unknown else ""
        raise PlanError(
            f"the plan has the unknown key {unknown[0]!r}; known: {listed(_PLAN_KEYS)}{hint}"
        )
    goal = value.get("goal", "")
    if not isinstance(goal, str):
        raise PlanError("the plan's 'goal' must be a text")
    asked = value.get("questions", [])
    if not isinstance(asked, list) or not all(isinstance(each, str) for each in asked):
        raise PlanError("the plan's 'questions' must be a list of texts")
    if asked:
        return Plan(goal, questions=tuple(Question(each) for each in asked))
    found = value.get("steps")
    if not isinstance(found, list) or not found:
        raise PlanError("the plan has no 'steps': it needs a list with at least one step")
    steps: list[Step] = []
    for number, step in enumerate(found, 1):
        steps.append(_step(step, number, steps[-1:]))
    return Plan(goal, tuple(steps))


def _step(value: object, number: int, before: Sequence[Step]) -> Step:
    """Read one step; `before` holds the one before it, which `{prev_result}` means."""
    where = f"step {number} of the plan"
    if not isinstance(value, Mapping):
        raise PlanError(f"{where} must be an object with id, server, tool and args")
    if isinstance(value.get("id"), str):
        where += f" ({short(value['id'])!r})"
    unknown = sorted(str(key) for key in value if key not in _STEP_KEYS)
    if unknown:
        raise PlanError(f"{where} has the unknown key {unknown[0]!r}; known: {listed(_STEP_KEYS)}")
    for key in ("server", "tool"):
        if not isinstance(value.get(key), str) or not value[key]:
            raise PlanError(f"{where} needs {key!r}, a text{_got(value.get(key))}")
    identity = value.get("id", f"step{number}")
    args = value.get("args", {})
    needed = value.get("depends_on", [])
    if not isinstance(identity, str) or not _is_id(identity):
        raise PlanError(f"{where}: 'id' must be letters, digits, _ or -, such as 'step{number}'")
    if not isinstance(args, Mapping):
        raise PlanError(f"{where}: 'args' must be an object{_got(args)}")
    if not isinstance(needed, list) or not all(isinstance(each, str) for each in needed):
        raise PlanError(f"{where}: 'depends_on' must be a list of step ids{_got(needed)}")
    over = _list_reference(value.get("for_each"), where)
    step = Step(identity, value["server"], value["tool"], dict(args), for_each=over)
    pointed = {each.step for each in needed_results(step)}
    if uses_previous(args):
        pointed.update(step.id for step in before)
    after = (*dict.fromkeys(needed), *sorted(pointed - set(needed)))
    return replace(step, depends_on=after)


def _list_reference(value: object, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or whole_reference(value) is None:
        raise PlanError(f"{where}: 'for_each' must be a reference, '${{step1.files}}'{_got(value)}")
    return value


def _got(value: object) -> str:
    return "" if value is None else f" (got {short(json.dumps(value, default=str))})"


def _is_id(text: str) -> bool:
    return whole_reference(reference(text)) == Reference(text, None)
