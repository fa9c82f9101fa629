"""The tool `analyze_complexity`."""

from dataclasses import asdict
from typing import Annotated

from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.analysis.limits import excesses
from mcp_server.analysis.metrics import Metrics
from mcp_server.services import Services, services
from mcp_server.tools.sources import PythonCode

TITLE = "Analyze complexity"
ANNOTATIONS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class FunctionRow(BaseModel):
    """The measures of one function, method or closure, or of the module's body."""

    name: str = Field(description="Dotted name; '<module>' is what runs at import.")
    line: int = Field(description="First line.")
    end_line: int = Field(description="Last line.")
    cyclomatic_complexity: int = Field(description="Linearly independent paths (McCabe 1976).")
    cognitive_complexity: int | None = Field(
        description="Effort to follow the flow (SonarSource 2018); null for a closure, which "
        "counts in the function around it."
    )
    length: int = Field(description="Lines from first to last.")
    parameters: int = Field(description="Parameters, without self and cls.")


class LineCounts(BaseModel):
    """Physical lines by what is on them."""

    total: int = Field(description="All lines.")
    code: int = Field(description="Lines of code.")
    logical: int = Field(description="Logical lines: statements.")
    comments: int = Field(description="Comments, those behind code included.")
    docstrings: int = Field(description="Lines of strings that stand alone over several lines.")
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

    cyclomatic_complexity: int = Field(
        description="The highest of any function or the module's body (McCabe 1976)."
    )
    cyclomatic_total: int = Field(description="The sum over all of them.")
    cognitive_complexity: int = Field(
        description="The highest of any function or the module's body (SonarSource 2018)."
    )
    cognitive_total: int = Field(description="The sum over all of them.")
    lines_of_code: int = Field(
        description="Source lines without blanks, comments and docstrings (radon's SLOC)."
    )
    maintainability_index: float = Field(
        description="0 to 100, as `radon mi`: 20 and more is good, under 10 is bad."
    )
    recommendations: list[str] = Field(
        description="Each names a function, its measure, the limit and a remedy; the worst first."
    )
    lines: LineCounts = Field(description="Lines by what is on them.")
    halstead: HalsteadMeasures = Field(description="Halstead's measures of the whole code.")
    functions: list[FunctionRow] | None = Field(
        description="One row a function, the most complex first; null unless detailed."
    )


async def analyze_complexity(
    ctx: Context[Services],
    code: PythonCode,
    detailed: Annotated[bool, Field(description="With a row for each function.")] = True,
) -> Complexity:
    """Measure how complex Python code is, and name the functions that should be simpler.
    Counted by radon and complexipy; nothing is estimated, and no language model is used.
    """
    given = services(ctx)
    metrics: Metrics = await given.workers.run(
        "mcp_server.analysis.metrics:measure", code, tool="analyze_complexity"
    )
    limit = given.settings.coding_standard().complexity_limit
    return Complexity(
        cyclomatic_complexity=max(row.cyclomatic for row in metrics.rows),
        cyclomatic_total=sum(row.cyclomatic for row in metrics.rows),
        cognitive_complexity=max(row.cognitive or 0 for row in metrics.rows),
        cognitive_total=metrics.cognitive_total,
        lines_of_code=metrics.lines.code,
        maintainability_index=metrics.maintainability_index,
        recommendations=[str(excess) for excess in excesses(metrics, limit)],
        lines=LineCounts(**asdict(metrics.lines)),
        halstead=HalsteadMeasures(**asdict(metrics.halstead)),
        functions=_rows(metrics) if detailed else None,
    )


def _rows(metrics: Metrics) -> list[FunctionRow]:
    worst_first = sorted(metrics.rows, key=lambda r: (-r.cyclomatic, -(r.cognitive or 0), r.line))
    return [
        FunctionRow(
            name=row.name,
            line=row.line,
            end_line=row.end_line,
            cyclomatic_complexity=row.cyclomatic,
            cognitive_complexity=row.cognitive,
            length=row.length,
            parameters=row.parameters,
        )
        for row in worst_first
    ]
