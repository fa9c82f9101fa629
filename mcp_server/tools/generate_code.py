"""The tool `generate_code`."""

from typing import Annotated, Literal

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from mcp_server.analysis.candidates import third_party
from mcp_server.analysis.wanted import read_request
from mcp_server.checks import Check, CheckedResult
from mcp_server.generation.code_agreement import AGREEMENT
from mcp_server.generation.code_checks import Candidate, CodeTask
from mcp_server.generation.code_writing import Written, write_code
from mcp_server.models_offered import DEFAULT_MODEL, ModelName
from mcp_server.prompting.fences import language_name
from mcp_server.services import Services, services
from mcp_server.tools.sources import SOURCE

TITLE = "Generate code"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)
LONGEST_DETAIL = 300


class GeneratedCode(CheckedResult):
    """Code that a model wrote, and what was checked of it."""

    code: str = Field(description="The code.", json_schema_extra=SOURCE)
    language: str = Field(description="Its language, in lower case.")
    explanation: str = Field(
        description="What the code defines and imports and what was checked; facts, not promises."
    )
    dependencies: list[str] = Field(
        description="Packages that the code imports and that are not Python's own; empty for "
        "other languages, where imports are not read."
    )
    candidates_tried: int = Field(description="How many answers of the model were looked at.")


async def generate_code(
    ctx: Context[Services],
    description: Annotated[
        str,
        Field(
            description="What the code shall do. Examples in it, such as 'f(2) == 4', doctest "
            "lines or a table of inputs and outputs, are run against the code.",
            min_length=1,
        ),
    ],
    language: Annotated[
        str,
        Field(
            description="Programming language. Python is run; of others the syntax is checked, "
            "where there is a grammar.",
            pattern=r"\S",
        ),
    ] = "python",
    style: Annotated[
        Literal["pep8", "google", "numpy"],
        Field(description="Style guide; google and numpy also name the form of docstrings."),
    ] = "pep8",
    *,
    model: ModelName = DEFAULT_MODEL,
) -> GeneratedCode:
    """Write code that does what a description says: a function, class, endpoint or script.
    Python is checked before it is returned: it parses, has the name and the parameters that were
    asked for, is linted, and every example in the description is run in a sandbox. The first
    candidate that passes is taken, else the best one with its failures named. Without examples
    several candidates are compared, and one is taken that does what most of them do.
    """
    given = services(ctx, model)
    if not description.strip():
        raise ToolError("description: it is blank; say what the code shall do")
    task = CodeTask(
        description=description.strip(),
        language=language_name(language),
        style=style,
        wanted=read_request(description),
    )

    async def progress(step: float, total: float, message: str) -> None:
        await ctx.report_progress(step, total, message)

    written = await write_code(given, task, progress)
    candidates, best = written.candidates, written.best
    if not best.code:
        raise ToolError(
            f"the model {given.backend.info.model} wrote no code in {len(candidates)} "
            "answers; say it differently, or use a more capable model"
        )
    python = task.language == "python"
    return GeneratedCode(
        code=best.code,
        language=task.language,
        explanation=_explanation(task, written),
        dependencies=third_party(best.reading.imports) if python and best.reading else [],
        candidates_tried=len(candidates),
        checks=list(best.checks),
        sandbox=given.sandbox.mechanism if _was_run(best) else None,
    )


def _was_run(best: Candidate) -> bool:
    run = [c for c in best.checks if c.kind == "behaviour" or c.name == AGREEMENT]
    return any(check.status != "not_run" for check in run)


def _explanation(task: CodeTask, written: Written) -> str:
    reading = written.best.reading
    if reading is None:
        return f"Written for the request in {task.language}; {_syntax_said(written.best)}."
    if reading.problem:
        return f"This is not valid Python ({reading.problem}); it is the best of all answers."
    parts = [f"Defines {', '.join(reading.defines)}." if reading.defines else "A script."]
    if reading.summary:
        parts.append(f"Its docstring says: {reading.summary[:LONGEST_DETAIL]}")
    outside = third_party(reading.imports)
    parts.append(f"Needs {', '.join(outside)}." if outside else "Needs only Python itself.")
    parts += [_examples_said(written.best.checks), _search_said(written)]
    return " ".join(part for part in parts if part)


def _syntax_said(best: Candidate) -> str:
    check = best.checks[0]
    if check.status == "not_run":
        return "nothing of it was checked"
    if check.status == "failed":
        return f"it is not well-formed ({check.detail}); it is the best of all answers"
    return "its syntax is right, and it was not run"


def _examples_said(checks: tuple[Check, ...]) -> str:
    run = [c for c in checks if c.kind == "behaviour"]
    if not run:
        agreement = next((c.detail for c in checks if c.name == AGREEMENT), "")
        said = "The request has no examples, so its behaviour was not checked."
        return f"{said} Of what was compared: {agreement}." if agreement else said
    passed = sum(c.status == "passed" for c in run)
    said = f"Of {len(run)} example{'s' if len(run) > 1 else ''} in the request {passed} passed"
    not_run = [c for c in run if c.status == "not_run"]
    if not_run:
        said += f"; {len(not_run)} could not be run: {not_run[0].detail}"
    return f"{said}."


def _search_said(written: Written) -> str:
    """Why the search ended, where it did not end with what was wanted."""
    if written.best.passes:
        return ""
    count = len(written.candidates)
    ended = {"time": ", until the time was over", "model": ", until the model failed"}
    tried = f"{count} candidate{' was' if count == 1 else 's were'} tried"
    return f"It is the best of what was found: {tried}{ended.get(written.stopped, '')}."
