"""How a model is asked for code, candidate after candidate, so that the answers differ."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, cast

from mcp_server.prompting.files import function_file, repaired_file
from mcp_server.prompting.openings import FENCE
from mcp_server.prompting.styles import Question
from mcp_server.prompting.wording import prompt_text

WARMTH = 0.8
"""Temperature of further answers to a question that cannot be asked in several ways."""
MOST_EXAMPLES = 3
"""Examples that a small model is shown; more of them confuse it."""


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """What shall be written, as a prompt says it.

    Args:
        description: All that the caller said.
        statement: The same without the examples.
        language: As it is written, such as "C++".
        details: What has to be added to it, such as the form of docstrings.
        head: How the function begins, such as "def f(a, b):"; empty where that is not known.
        examples: Such as "f(2) == 4".
        gives: The type of what the first example gives, such as "list".
    """

    description: str
    statement: str
    language: str
    details: str = ""
    head: str = ""
    examples: Sequence[str] = ()
    gives: str = "other"


@dataclass(frozen=True, slots=True)
class Try:
    """A question and the temperature of its answer; None is the caller's own."""

    question: Question
    temperature: float | None = None


def plain_question(request: CodeRequest) -> Question:
    """The request as it stands."""
    return Question(
        prompt_text(
            "code",
            language=request.language,
            description=request.description,
            details=request.details,
        ),
        file=function_file(
            request.language, request.statement + request.details, request.head, request.examples
        ),
    )


def fill_question(request: CodeRequest) -> Question:
    """The same for a model that fills in a middle: the examples stand below the function."""
    file = function_file(
        request.language,
        request.statement + request.details,
        request.head,
        request.examples,
        fill=True,
    )
    return replace(plain_question(request), file=file)


def repair_question(request: CodeRequest, code: str, failures: str) -> Question:
    """The request with an answer that fails, and how it does."""
    return Question(
        prompt_text(
            "repair",
            language=request.language,
            description=request.description,
            details=request.details,
            code=code.strip(),
            failures=failures,
        ),
        file=repaired_file(request.language, request.description, request.head, code, failures),
    )


def small_model_tries(request: CodeRequest) -> Iterator[Try]:
    """Without end: greedy answers with several beginnings, then sampled ones.

    Where it is not known how the function begins, or where it shall have a docstring of some form,
    the same question is asked again and again.
    """
    if not request.head or request.details:
        plain = plain_question(request)
        yield Try(plain, 0.0)
        yield from (Try(plain, WARMTH) for _ in count())
    ways = _ways()
    for kind, body in _distinct(ways["greedy"], request):
        yield Try(_asked(request, kind, body), 0.0)
    while True:
        for kind, body, temperature in ways["sampled"]:
            yield Try(_asked(request, kind, body), temperature)


def _distinct(greedy: Sequence[Sequence[str]], request: CodeRequest) -> list[tuple[str, str]]:
    """The greedy ways for this request, without those that come out the same."""
    by_type = _ways()["by_type"]
    first, second = by_type.get(request.gives, by_type["other"])
    named = {"first": first, "second": second}
    whole = request.head.endswith(":")
    ways = [(kind, named.get(body, body) if whole else "") for kind, body in greedy]
    return list(dict.fromkeys(ways))


def _asked(request: CodeRequest, kind: str, body: str) -> Question:
    indented = f"\n    {body}" if body else ""
    opening = f"{FENCE}{request.head}{indented}"
    if kind in ("told", "shown"):
        told = [request.statement, *request.examples[:MOST_EXAMPLES]]
        shown = _ways()["shown"] if kind == "shown" else ()
        earlier = [(each["question"], each["answer"]) for each in shown]
        return Question("\n".join(told), opening, earlier)
    if kind == "noted":
        note = re.sub(r"\s+", " ", request.statement)
        opening = f"{FENCE}# {note}\n{request.head}{indented}"
    return Question(request.statement, opening)


@cache
def _ways() -> Mapping[str, Any]:
    import yaml

    text = Path(__file__).with_name("texts").joinpath("small-model.yaml").read_text("utf-8")
    return cast("Mapping[str, Any]", yaml.safe_load(text))
