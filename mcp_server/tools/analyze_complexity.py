"""The tool `analyze_complexity`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.analysis.languages import language_name
from mcp_server.analysis.limits import excesses
from mcp_server.analysis.metrics import FunctionMetrics, Metrics
from mcp_server.services import Services, services
from mcp_server.tools.sources import SourceCode

if TYPE_CHECKING:
    from mcp_server.analysis.token_metrics import TokenMetrics

TITLE = "Analyze complexity"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
MOST_LISTED = 500
"""A list of many thousands would keep the server from answering anybody while it is written."""


class FunctionRow(BaseModel):
    """The measures of one function, method or closure, or of a Python module's body."""

    name: str = Field(description="Its name; '<module>' is what runs at import.")
    line: int = Field(description="First line.")
    end_line: int = Field(description="Last line.")
    cyclomatic_complexity: int = Field(description="Linearly independent paths (McCabe 1976).")
    cognitive_complexity: int | None = Field(
        description="Effort to follow the flow (SonarSource 2018); null for a closure, which "
        "counts in the function around it, and for other languages than Python."
    )
    length: int = Field(description="Lines from first to last.")
    parameters: int = Field(description="Parameters; of Python without self and cls.")
    code_lines: int | None = Field(
        default=None, description="Lines without blanks and comments; null for Python."
    )
    tokens: int | None = Field(
        default=None, description="Tokens, comments left out; null for Python."
    )


class LineCounts(BaseModel):
    """Physical lines by what is on them."""

    total: int = Field(description="All lines.")
    code: int = Field(description="Lines of code.")
    logical: int | None = Field(description="Logical lines: statements; null unless Python.")
    comments: int | None = Field(
        description="Comments, those behind code included; null unless Python."
    )
    docstrings: int | None = Field(
        description="Lines of strings that stand alone over several lines; null unless Python."
    )
    blank: int = Field(description="Blank lines.")


class HalsteadMeasures(BaseModel):
    """Halstead's measures (1977), of operators and operands in expressions."""

    vocabulary: int = Field(description="Distinct operators and operands.")
    length: int = Field(description="All operators and operands.")
    volume: float = Field(description="Bits: length * log2(vocabulary).")
    difficulty: float = Field(description="How hard it is to write or understand.")
    effort: float = Field(description="Volume * difficulty.")
    time: float = Field(description="Seconds to write it: effort / 18.")
    bugs: float = Field(description="Expected bugs: volume / 3000.")


class Complexity(BaseModel):
    """How complex the code is."""

    language: str = Field(description="The language, in lower case.")
    cyclomatic_complexity: int | None = Field(
        description="The highest of any function or the module's body (McCabe 1976); null where "
        "no function was found."
    )
    cyclomatic_total: int | None = Field(
        description="The sum over all of them; null where no function was found."
    )
    cognitive_complexity: int | None = Field(
        description="The highest of any function or the module's body (SonarSource 2018); null "
        "unless Python."
    )
    cognitive_total: int | None = Field(description="The sum over all of them; null unless Python.")
    lines_of_code: int = Field(
        description="Source lines without blanks, comments and docstrings (radon's SLOC); of "
        "other languages without blanks and comments (lizard's NLOC)."
    )
    maintainability_index: float | None = Field(
        description="0 to 100, as `radon mi`: 20 and more is good, under 10 is bad; null unless "
        "Python."
    )
    recommendations: list[str] = Field(
        description="Each names a function, its measure, the limit and a remedy; the worst first."
    )
    lines: LineCounts = Field(description="Lines by what is on them.")
    tokens: int | None = Field(
        default=None, description="Tokens, comments left out (lizard); null for Python."
    )
    halstead: HalsteadMeasures | None = Field(
        description="Halstead's measures of the whole code; null unless Python."
    )
    functions: list[FunctionRow] | None = Field(
        description="One row a function, the most complex first; null unless detailed."
    )
    notes: list[str] = Field(
        default_factory=list, description="What was not measured or not checked."
    )


async def analyze_complexity(
    ctx: Context[Services],
    code: SourceCode,
    detailed: Annotated[bool, Field(description="With a row for each function.")] = True,
    language: Annotated[
        str,
        Field(
            description="Programming language, such as python, c, cpp, csharp, java, javascript, "
            "typescript, go, rust, php, ruby, swift, kotlin, scala or lua. Python is parsed; the "
            "functions of other languages are found and counted by their tokens.",
            pattern=r"\S",
            max_length=40,
        ),
    ] = "python",
) -> Complexity:
    """Measure how complex code is, and name the functions that should be simpler.
    Counted by radon and complexipy, of other languages than Python by lizard; nothing is
    estimated, and no language model is used.
    """
    given = services(ctx)
    name = language_name(language)
    limit = given.settings.coding_standard(name).complexity_limit
    if name == "python":
        measured = await given.workers.run(
            "mcp_server.analysis.metrics:measure", code, tool="analyze_complexity"
        )
        found = _of_python(measured)
    else:
        measured = await given.workers.run(
            "mcp_server.analysis.token_metrics:measure_tokens",
            code,
            name,
            tool="analyze_complexity",
        )
        found = _of_tokens(measured, name)
    over = excesses(measured, limit)
    found.recommendations = [str(excess) for excess in over[:MOST_LISTED]]
    found.functions = _rows(measured.rows) if detailed else None
    for what, count in (("recommendations", len(over)), ("functions", len(measured.rows))):
        if count > MOST_LISTED:
            found.notes.append(f"of {count} {what} the worst {MOST_LISTED} are listed")
    return found


def _of_python(metrics: Metrics) -> Complexity:
    return Complexity(
        language="python",
        cyclomatic_complexity=max(row.cyclomatic for row in metrics.rows),
        cyclomatic_total=sum(row.cyclomatic for row in metrics.rows),
        cognitive_complexity=max(row.cognitive or 0 for row in metrics.rows),
        cognitive_total=metrics.cognitive_total,
        lines_of_code=metrics.lines.code,
        maintainability_index=metrics.maintainability_index,
        recommendations=[],
        lines=LineCounts(**asdict(metrics.lines)),
        halstead=HalsteadMeasures(**asdict(metrics.halstead)),
        functions=None,
    )


def _of_tokens(metrics: "TokenMetrics", language: str) -> Complexity:
    cyclomatic = [row.cyclomatic for row in metrics.rows]
    return Complexity(
        language=language,
        cyclomatic_complexity=max(cyclomatic, default=None),
        cyclomatic_total=sum(cyclomatic) if cyclomatic else None,
        cognitive_complexity=None,
        cognitive_total=None,
        lines_of_code=metrics.nloc,
        maintainability_index=None,
        recommendations=[],
        lines=LineCounts(
            total=metrics.total,
            code=metrics.nloc,
            logical=None,
            comments=None,
            docstrings=None,
            blank=metrics.blank,
        ),
        tokens=metrics.tokens,
        halstead=None,
        functions=None,
        notes=list(metrics.notes),
    )


def _rows(rows: tuple[FunctionMetrics, ...]) -> list[FunctionRow]:
    worst_first = sorted(rows, key=lambda r: (-r.cyclomatic, -(r.cognitive or 0), r.line))
    return [
        FunctionRow(
            name=row.name,
            line=row.line,
            end_line=row.end_line,
            cyclomatic_complexity=row.cyclomatic,
            cognitive_complexity=row.cognitive,
            length=row.length,
            parameters=row.parameters,
            code_lines=row.nloc,
            tokens=row.tokens,
        )
        for row in worst_first[:MOST_LISTED]
    ]
