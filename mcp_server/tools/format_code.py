"""The tool `format_code`."""

from typing import TYPE_CHECKING, Annotated, Literal

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from mcp_server.checks import Check, CheckedResult
from mcp_server.services import Services, services
from mcp_server.settings import ServerSettings
from mcp_server.tools.sources import SOURCE, SourceCode

if TYPE_CHECKING:
    from mcp_server.analysis.formatters.base import Comparison, Formatted

TITLE = "Format code"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

Formatter = Literal[
    "black", "ruff", "autopep8", "yapf", "isort",
    "clang-format", "oxfmt", "shfmt", "sqlfluff", "mdformat", "gofmt",
]  # fmt: skip
FormatterChoice = Literal[Formatter, None]  # one list: who is refused is then told all of them


class FormattedCode(CheckedResult):
    """Formatted source."""

    formatted_code: str = Field(description="The formatted code.", json_schema_extra=SOURCE)
    changes_made: int = Field(
        description="Number of changed lines; 0: it was formatted already. Of each differing "
        "block the larger of its two sides counts."
    )
    formatter_used: Formatter = Field(description="The formatter that was used.")
    language: str = Field(description="The language, in lower case.")


def configured(settings: ServerSettings) -> dict[str, int]:
    """The line length is that of the coding standard."""
    return {"line_length": settings.coding_standard().line_length}


async def format_code(
    ctx: Context[Services],
    code: SourceCode,
    formatter: Annotated[
        FormatterChoice,
        Field(
            description="The formatter; left out: the usual one of the language, black for "
            "Python. isort orders the imports and nothing else.",
        ),
    ] = None,
    line_length: Annotated[
        int,
        Field(
            description="Longest line, in characters; shfmt, gofmt and mdformat have none.",
            ge=1,
            le=500,
        ),
    ] = 100,
    language: Annotated[
        str,
        Field(
            description="Programming language: python, c, cpp, csharp, java, javascript, "
            "typescript, tsx, go, bash, sql, css, json, yaml, toml or markdown.",
            pattern=r"\S",
            max_length=40,
        ),
    ] = "python",
) -> FormattedCode:
    """Format source code without changing what it does; no language model is used.
    The result's syntax tree (of data: its values) is compared with the original's, and it is
    formatted again to see that nothing changes. Configuration files are not read.
    """
    done: Formatted = await services(ctx).workers.run(
        "mcp_server.analysis.formatters.table:format_source",
        code,
        language,
        formatter,
        line_length,
        tool=formatter or "format_code",
    )
    if done.comparison.same is False:
        raise ToolError(
            f"{done.formatter} would change what this code means, so it was left as it is "
            f"(compared: {done.comparison.name}); use another formatter, or format a part of it"
        )
    return FormattedCode.model_validate(
        {
            "formatted_code": done.code,
            "changes_made": done.changed_lines,
            "formatter_used": done.formatter,
            "language": done.language,
            "checks": [_meaning(done.comparison), _stability(done)],
        }
    )


def _meaning(comparison: "Comparison") -> Check:
    return Check(
        name=comparison.name,
        kind="static",
        required=True,
        status="not_run" if comparison.same is None else "passed",
        detail=comparison.detail,
    )


def _stability(done: "Formatted") -> Check:
    said = (
        "formatting it again changes nothing"
        if done.stable
        else f"{done.formatter} would change it once more"
    )
    status: Literal["passed", "failed"] = "passed" if done.stable else "failed"
    return Check(name="stable", kind="static", required=False, status=status, detail=said)
