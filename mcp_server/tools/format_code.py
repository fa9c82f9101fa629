"""The tool `format_code`."""

from typing import Annotated, Literal

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from mcp_server.services import Services, services
from mcp_server.settings import ServerSettings
from mcp_server.tools.checks import Check, CheckedResult
from mcp_server.tools.sources import SOURCE, PythonCode

TITLE = "Format code"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

Formatter = Literal["black", "ruff", "autopep8", "yapf", "isort"]


class FormattedCode(CheckedResult):
    """Formatted source."""

    formatted_code: str = Field(description="The formatted code.", json_schema_extra=SOURCE)
    changes_made: int = Field(
        description="Number of changed lines; 0: it was formatted already. Of each differing "
        "block the larger of its two sides counts."
    )
    formatter_used: Formatter = Field(description="The formatter that was used.")


def configured(settings: ServerSettings) -> dict[str, int]:
    """The line length is that of the coding standard."""
    return {"line_length": settings.coding_standard().line_length}


async def format_code(
    ctx: Context[Services],
    code: PythonCode,
    formatter: Annotated[
        Formatter, Field(description="The formatter; isort orders the imports and nothing else.")
    ] = "black",
    line_length: Annotated[
        int, Field(description="Longest line, in characters.", ge=1, le=500)
    ] = 100,
) -> FormattedCode:
    """Format Python source code without changing what it does; no language model is used.
    The result's syntax tree is compared with the original's, and it is formatted again to see
    that nothing changes. Configuration files are not read.
    """
    given = services(ctx)
    done = await given.workers.run(
        "mcp_server.analysis.formatters:format_python",
        code,
        formatter,
        line_length,
        tool=formatter,
    )
    if not done.same_meaning:
        raise ToolError(
            f"{formatter} would change what this code means, so it was left as it is; "
            "use another formatter"
        )
    return FormattedCode(
        formatted_code=done.code,
        changes_made=done.changed_lines,
        formatter_used=formatter,
        checks=[
            Check(
                name="same syntax tree",
                kind="static",
                required=True,
                status="passed",
                detail="the code means what it meant"
                + (", the order of imports apart" if formatter == "isort" else ""),
            ),
            Check(
                name="stable",
                kind="static",
                required=False,
                status="passed" if done.stable else "failed",
                detail=(
                    "formatting it again changes nothing"
                    if done.stable
                    else f"{formatter} would change it once more"
                ),
            ),
        ],
    )
