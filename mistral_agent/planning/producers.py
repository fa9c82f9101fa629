"""Tools that may be added to a plan unasked, because they make what a step needs."""

from collections.abc import Collection, Iterator

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.parameters import kind_of
from mistral_agent.planning.available import FITS, fit, of_step


def producers(
    catalogue: Catalogue, excluded: Collection[Tool], consumer: Tool, parameter: str
) -> Iterator[tuple[Tool, str]]:
    """The trusted, read-only tools that make an input, each with the result field that it is in.

    Args:
        catalogue: The tools that there are.
        excluded: Those that the user does not want.
        consumer: The tool that needs the input.
        parameter: Which of its inputs it is.
    """
    for tool in catalogue.tools:
        if tool.trusted and tool.read_only and tool not in excluded:
            field = _best_output(tool, consumer, parameter)
            if field is not None:
                yield tool, field


def _best_output(producer: Tool, consumer: Tool, parameter: str) -> str | None:
    """The result field of a tool that takes no code that serves a parameter best; else None."""
    if any(kind_of(producer, name) == "source" for name in producer.parameters):
        return None
    outputs = of_step("step", producer, 0)
    scored = [(fit(each, consumer, parameter), each) for each in outputs if not each.variant]
    best = max(scored, key=lambda each: each[0], default=None)
    return best[1].name if best and best[0] >= FITS else None
