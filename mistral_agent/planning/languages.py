"""The language that a step works in: as its clause says, as its code is, as the request says."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mistral_agent.catalogue import Tool
from mistral_agent.intent.arguments import Given
from mistral_agent.intent.literals import Literals
from mistral_agent.intent.parameters import plain_schema
from mistral_agent.intent.words import words
from mistral_agent.planning.available import Available


def language_parameter(tool: Tool) -> str | None:
    """The parameter that takes a programming language."""
    return next((name for name in tool.parameters if "language" in words(name)), None)


def language_of_code(tool: Tool, clause: Literals, code: Iterable[Available]) -> dict[str, Given]:
    """The language of the code that a step works on, where its clause names no other."""
    name = language_parameter(tool)
    known = next((each.language for each in code if each.language), None)
    if name is None or known is None or clause.languages:
        return {}
    default = plain_schema(tool.parameters[name], tool.input_schema).get("default")
    return {} if known == default else {name: Given(known, "as the code is")}


def said_for_one(request: Literals, others: Sequence[Literals]) -> Literals:
    """The request as it speaks for one goal: without what the others' clauses say.

    In "write a Rust function, then a Python test" Python is no language of the function.
    """

    def left(found: Sequence[str], taken: Sequence[Sequence[str]]) -> tuple[str, ...]:
        return tuple(each for each in found if not any(each in theirs for theirs in taken))

    return replace(
        request,
        languages=left(request.languages, [each.languages for each in others]),
        frameworks=left(request.frameworks, [each.frameworks for each in others]),
        formatters=left(request.formatters, [each.formatters for each in others]),
    )
