"""Limits of complexity, and what to do where code is over one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from mcp_server.analysis.metrics import MODULE, FunctionMetrics

COGNITIVE = 15
"""SonarSource's default for Python (rule python:S3776)."""
LENGTH = 60
PARAMETERS = 6
MAINTAINABILITY = 20.0
"""radon's border between ranks A and B."""


class Measured(Protocol):
    """What can be over a limit; the maintainability index is None where there is none."""

    @property
    def rows(self) -> tuple[FunctionMetrics, ...]:
        """The functions, and the module's body where it is measured."""
        ...

    @property
    def maintainability_index(self) -> float | None:
        """0 to 100."""
        ...


@dataclass(frozen=True, slots=True)
class Excess:
    """A measure that is over its limit (the maintainability index: under it).

    Args:
        function: Dotted name, or `<module>`.
        line: Where it starts.
        metric: What was measured.
        value: What it is.
        limit: What it should be at most (the maintainability index: at least).
        remedy: What to do about it.
    """

    function: str
    line: int
    metric: str
    value: float
    limit: float
    remedy: str

    @property
    def severe(self) -> bool:
        """Over twice the limit."""
        return self.metric != "maintainability index" and self.value > 2 * self.limit

    def __str__(self) -> str:
        where = "The module's own body" if self.function == MODULE else f"{self.function}()"
        side = "under" if self.metric == "maintainability index" else "over"
        return (
            f"{where} (line {self.line}): {self.metric} is {self.value:g}, "
            f"{side} the limit of {self.limit:g}; {self.remedy}"
        )


def excesses(metrics: Measured, complexity_limit: int) -> list[Excess]:
    """Everything that is over a limit, the worst first."""
    found = [e for row in metrics.rows for e in _of_function(row, complexity_limit)]
    index = metrics.maintainability_index
    if index is not None and index < MAINTAINABILITY:
        found.append(
            Excess(
                MODULE,
                1,
                "maintainability index",
                index,
                MAINTAINABILITY,
                "divide the file into modules of one concern each",
            )
        )
    return sorted(found, key=lambda e: (-e.value / e.limit, e.line))


def _of_function(row: FunctionMetrics, complexity_limit: int) -> Iterator[Excess]:
    module = row.name == MODULE
    if row.cyclomatic > complexity_limit:
        remedy = (
            "move the logic into functions"
            if module
            else "split it by case, or replace branches by a table of functions"
        )
        yield Excess(
            row.name, row.line, "cyclomatic complexity", row.cyclomatic, complexity_limit, remedy
        )
    if row.cognitive is not None and row.cognitive > COGNITIVE:
        remedy = "return early instead of nesting, and give the inner loops names as functions"
        yield Excess(row.name, row.line, "cognitive complexity", row.cognitive, COGNITIVE, remedy)
    if not module and row.length > LENGTH:
        remedy = "extract the steps that a comment could head"
        yield Excess(row.name, row.line, "length in lines", row.length, LENGTH, remedy)
    if row.parameters > PARAMETERS:
        remedy = "group those that belong together in a type of their own"
        yield Excess(row.name, row.line, "number of parameters", row.parameters, PARAMETERS, remedy)
