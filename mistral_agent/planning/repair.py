"""A plan that does not fit its tools: mended by the model once, or by leaving out and asking."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from string import Template
from typing import Any

from mistral_agent.catalogue import Catalogue
from mistral_agent.planning import questions
from mistral_agent.planning.plan import Plan, Question, Step
from mistral_agent.planning.references import references
from mistral_agent.planning.validation import find_problems, validate_plan
from model_backends.base import GenerationRequest, Message, ModelBackend, complete
from model_backends.errors import BackendError

SECONDS = 60.0
MAX_TOKENS = 1024
_SHORT = 80
_MAX_REQUEST = 6000


async def repair(
    plan: Plan, catalogue: Catalogue, max_steps: int, backend: ModelBackend
) -> Plan | None:
    """Let the model mend a plan once, shown what is wrong with it.

    The user's texts are not in its hands: it moves marks that stand for them. It can neither bring
    in another tool nor lose a text.

    Returns:
        A valid plan; None where the model is too small to be asked, or did not give one.
    """
    if backend.info.quality == "small":
        return None
    tools = {step.tool: step.server for step in plan.steps}
    problems = validate_plan(plan, catalogue, max_steps=max_steps)
    if len(tools) < len({(step.server, step.tool) for step in plan.steps}):
        return None  # two servers with a tool of one name: the answer could mean either
    if any(step.for_each for step in plan.steps):
        return None  # the model is not told of steps that repeat
    texts: dict[str, str] = {}
    prompt = _prompt(plan, catalogue, problems, texts)
    request = GenerationRequest(
        messages=(Message("user", prompt),),
        max_tokens=MAX_TOKENS,
        json_schema=_schema(tuple(tools), min(max_steps, len(plan.steps))),
    )
    try:
        async with asyncio.timeout(SECONDS):
            answer = (await complete(backend, request)).text
    except (BackendError, TimeoutError):
        return None
    mended = _read(answer, plan, tools, texts)
    if mended is None or validate_plan(mended, catalogue, max_steps=max_steps):
        return None
    return replace(mended, notes=(*plan.notes, f"the plan was repaired: {'; '.join(problems)}"))


def without_misfits(plan: Plan, catalogue: Catalogue, max_steps: int, *, clarify: bool) -> Plan:
    """The plan with arguments that do not fit left out, or asked about.

    Asked about is what the tool needs, and a value of the user's that it does not take; without
    `clarify` the latter is left out with a note. What cannot be mended so stays as it is.

    Args:
        plan: With problems.
        catalogue: The tools.
        max_steps: Steps that a plan may have.
        clarify: Whether the user may be asked.
    """
    asked: dict[str, Question] = {}
    notes = list(plan.notes)
    steps = {step.id: step for step in plan.steps}
    for problem in find_problems(plan, catalogue, max_steps=max_steps):
        step, name = steps.get(problem.step), problem.argument
        tool = catalogue.find(step.server, step.tool) if step else None
        if step is None or tool is None or name is None:
            continue
        is_needed = name in tool.required
        if (
            name in tool.parameters
            and clarify
            and (is_needed or not references(step.args.get(name)))
        ):
            asked.setdefault(f"{problem.step}.{name}", questions.unfit(tool, name, problem.text))
        elif not is_needed and name in step.args:
            kept = {key: value for key, value in step.args.items() if key != name}
            steps[step.id] = replace(step, args=kept)
            notes.append(f"{name} of {step.tool} was left out: {problem.text}")
    return replace(
        plan,
        steps=tuple(steps[step.id] for step in plan.steps),
        questions=(*plan.questions, *asked.values()),
        notes=tuple(notes),
    )


def _prompt(
    plan: Plan, catalogue: Catalogue, problems: Sequence[str], texts: dict[str, str]
) -> str:
    steps = [
        {"id": step.id, "tool": step.tool, "args": _marked(step.args, texts)} for step in plan.steps
    ]
    found = {step.tool: catalogue.find(step.server, step.tool) for step in plan.steps}
    schemas = [
        f"{name}: {json.dumps(tool.input_schema, ensure_ascii=False)}"
        for name, tool in found.items()
        if tool is not None
    ]
    template = files("mistral_agent").joinpath("prompts/repair.md").read_text(encoding="utf-8")
    return Template(template).safe_substitute(
        tools="\n".join(schemas),
        plan=json.dumps(steps, ensure_ascii=False),
        problems="\n".join(f"- {problem}" for problem in problems),
        request=plan.goal[:_MAX_REQUEST],
    )


def _schema(tools: Sequence[str], most: int) -> Mapping[str, Any]:
    step = {
        "type": "object",
        "properties": {
            "tool": {"type": "string", "enum": list(tools)},
            "args": {"type": "object"},
        },
        "required": ["tool", "args"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"steps": {"type": "array", "items": step, "minItems": 1, "maxItems": most}},
        "required": ["steps"],
        "additionalProperties": False,
    }


def _read(
    answer: str, plan: Plan, servers: Mapping[str, str], texts: Mapping[str, str]
) -> Plan | None:
    """The plan that an answer gives, with the user's texts back in their places."""
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    listed = said.get("steps") if isinstance(said, Mapping) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= len(plan.steps):
        return None
    steps: list[Step] = []
    used: set[str] = set()
    for number, each in enumerate(listed, 1):
        tool = each.get("tool") if isinstance(each, Mapping) else None
        args = each.get("args") if isinstance(each, Mapping) else None
        if not isinstance(tool, str) or tool not in servers or not isinstance(args, Mapping):
            return None
        filled = _filled(dict(args), texts, used)
        needed = {reference.step for reference in references(filled)}
        before = [step.id for step in steps]
        sources = dict.fromkeys(filled, "repaired by the model")
        order = tuple(id_ for id_ in before if id_ in needed or not _is_free(plan, tool))
        steps.append(Step(f"step{number}", servers[tool], tool, filled, order, sources))
    is_whole = used == set(texts) and {step.tool for step in steps} == set(servers)
    return replace(plan, steps=tuple(steps)) if is_whole else None


def _is_free(plan: Plan, tool: str) -> bool:
    """Whether the steps of a tool waited for nothing but what they refer to."""
    return all(
        set(step.depends_on) <= {each.step for each in references(step.args)}
        for step in plan.steps
        if step.tool == tool
    )


def _marked(value: Any, texts: dict[str, str]) -> Any:
    """The value with long texts replaced by marks, which `texts` keeps."""
    if isinstance(value, str):
        if (len(value) <= _SHORT and "\n" not in value) or references(value):
            return value
        mark = next((m for m, text in texts.items() if text == value), f"<text {len(texts) + 1}>")
        texts[mark] = value
        return mark
    if isinstance(value, Mapping):
        return {key: _marked(each, texts) for key, each in value.items()}
    return [_marked(each, texts) for each in value] if isinstance(value, list) else value


def _filled(value: Any, texts: Mapping[str, str], used: set[str]) -> Any:
    if isinstance(value, str) and value in texts:
        used.add(value)
        return texts[value]
    if isinstance(value, Mapping):
        return {key: _filled(each, texts, used) for key, each in value.items()}
    return [_filled(each, texts, used) for each in value] if isinstance(value, list) else value
