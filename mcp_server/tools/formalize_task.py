"""The tool `formalize_task`."""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

import anyio
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field, ValidationError

from mcp_server.analysis.constraints import (
    Complexity,
    Constraint,
    clauses,
    estimate,
    find_constraints,
    invents,
    missing_from,
)
from mcp_server.analysis.steps import tool_of, usual_steps
from mcp_server.models_offered import DEFAULT_MODEL, ModelName
from mcp_server.prompting import Sampling, generate_text, prompt_text
from mcp_server.services import Services, services
from mcp_server.tools import TOOLS
from model_backends.errors import BackendError

TITLE = "Formalize a task"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)
MODEL_SHARE = 0.6
TOKENS = 700
SMALL_MODEL_TOKENS = 256
MOST_INFERRED = 5
FEWEST_WORDS = 3


class PlannedStep(BaseModel):
    """A step of the task."""

    step: str = Field(description="What to do.")
    tool: str | None = Field(
        description="The tool of this server that does it; null where none of them does."
    )


class FormalTask(BaseModel):
    """A request made precise."""

    formalized_description: str = Field(description="What shall be, in a few sentences.")
    requirements: list[str] = Field(
        description="Each can be tested. First what the request says, in its own words: every "
        "number, name, quotation, format and language of it; then what the model infers."
    )
    steps: list[str] = Field(description="What to do, in order; with the tool that does it.")
    plan: list[PlannedStep] = Field(description="The same steps, each with the tool that does it.")
    estimated_complexity: Complexity = Field(description="low, medium or high.")
    complexity_reason: str = Field(description="What the estimate was derived from.")
    constraints: list[str] = Field(description="What the request fixes explicitly, as it says it.")
    described_by: Literal["model", "request"] = Field(
        description="'request': the model gave nothing usable, so the request's own words stand."
    )


class _Draft(BaseModel):
    """What the model is asked for."""

    formalized_description: str
    requirements: list[str]
    steps: list[str]


_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "formalized_description": {"type": "string", "minLength": 10, "maxLength": 500},
        "requirements": {
            "type": "array",
            "items": {"type": "string", "minLength": 5, "maxLength": 200},
            "minItems": 1,
            "maxItems": 6,
        },
        "steps": {
            "type": "array",
            "items": {"type": "string", "minLength": 5, "maxLength": 200},
            "minItems": 1,
            "maxItems": 6,
        },
    },
    "required": ["formalized_description", "requirements", "steps"],
    "additionalProperties": False,
}


async def formalize_task(
    ctx: Context[Services],
    informal_request: Annotated[
        str, Field(description="What is wanted, in anyone's own words.", min_length=1)
    ],
    context: Annotated[
        str, Field(description="What else is known, such as the project or its conventions.")
    ] = "",
    *,
    model: ModelName = DEFAULT_MODEL,
) -> FormalTask:
    """Turn an informal request into a description with testable requirements and steps.
    Use it when a request is vague or long, before code is written. Every number, name, quoted
    text, format and language in the request is kept in the requirements; what the model adds
    without ground in the request is left out.
    """
    given = services(ctx, model)
    request = informal_request.strip()
    if not request:
        raise ToolError("informal_request: it is blank; say what is wanted")

    async def told(pieces: int) -> None:
        await ctx.report_progress(0, 1, f"asking the model: {pieces} tokens")

    await ctx.report_progress(0, 1, "asking the model")
    draft = await _draft(given, request, context, told)
    await ctx.report_progress(1, 1, "checking its draft against the request")
    known = f"{request}\n{context}"
    constraints = find_constraints(request)
    level, reason = estimate(request, constraints)
    described = draft is not None and _usable(draft.formalized_description, known)
    steps = _steps(request, draft, known, trusted=given.backend.info.quality != "small")
    tools = given.settings.tools.enabled or tuple(TOOLS)
    return FormalTask(
        formalized_description=(
            draft.formalized_description.strip() if draft and described else _description(request)
        ),
        requirements=_requirements(request, constraints, draft, known),
        steps=steps,
        plan=[PlannedStep(step=step, tool=tool_of(step, tools)) for step in steps],
        estimated_complexity=level,
        complexity_reason=reason,
        constraints=[constraint.text for constraint in constraints],
        described_by="model" if described else "request",
    )


async def _draft(
    given: Services, request: str, context: str, progress: Callable[[int], Awaitable[None]]
) -> _Draft | None:
    """The model's version; None where it fails or answers something else."""
    left = anyio.current_effective_deadline() - anyio.current_time()
    small = given.backend.info.quality == "small"
    about = f"\n\nContext: {context.strip()}" if context.strip() else ""
    try:
        answer = await generate_text(
            given.backend,
            prompt_text("formalize", request=request, context=about),
            Sampling(SMALL_MODEL_TOKENS if small else TOKENS, seed=0),
            schema=_SCHEMA,
            seconds=left * MODEL_SHARE,
            progress=progress,
        )
        return _Draft.model_validate(json.loads(answer.text))
    except (BackendError, ValidationError, ValueError):
        return None


def _usable(text: str, known: str) -> bool:
    """Whether it is a sentence about this request, and fixes nothing that nobody said."""
    words = _words(text)
    enough = len(words) >= FEWEST_WORDS
    return enough and bool(words & _words(known)) and not invents(text, known)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def _description(request: str) -> str:
    text = " ".join(request.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _requirements(
    request: str, constraints: Sequence[Constraint], draft: _Draft | None, known: str
) -> list[str]:
    said = clauses(request)
    said += [f"Keep to: {c.text}" for c in missing_from(constraints, said)]
    inferred = [" ".join(r.split()) for r in draft.requirements] if draft else []
    new = [r for r in inferred if _usable(r, known) and not _said_already(r, said)]
    return [*said, *dict.fromkeys(new[:MOST_INFERRED])] or [_description(request)]


def _said_already(requirement: str, said: Sequence[str]) -> bool:
    words = _words(requirement)
    return any(words <= _words(clause) for clause in said)


def _steps(request: str, draft: _Draft | None, known: str, *, trusted: bool) -> list[str]:
    """The model's steps where it is trusted with them, else those that the request names."""
    if draft and trusted:
        steps = [" ".join(s.split()) for s in draft.steps if _usable(s, known)]
        if len(steps) > 1:
            return list(dict.fromkeys(steps))
    return ["Settle inputs, outputs and errors from the requirements", *usual_steps(request)]
