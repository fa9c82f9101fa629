"""What the model is asked for the next candidate, by what is known of those before it."""

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import cycle

from mcp_server.analysis.examples import Example
from mcp_server.analysis.signatures import Signature, several_functions
from mcp_server.analysis.wanted import Wanted
from mcp_server.generation.code_checks import Candidate, CodeTask
from mcp_server.prompting import (
    CodeRequest,
    Question,
    Try,
    fill_question,
    plain_question,
    repair_question,
    small_model_tries,
    style_of,
)
from mcp_server.services import Services

WARMTH = 0.8
"""Temperature at which a capable model writes another candidate: they shall differ."""
MOST_FAILURES = 5

_SHOWN = {"cpp": "C++", "csharp": "C#", "javascript": "JavaScript", "typescript": "TypeScript",
          "php": "PHP", "sql": "SQL"}  # fmt: skip


def tries(
    given: Services, task: CodeTask, found: Sequence[Candidate]
) -> Iterator[tuple[Try, int | None]]:
    """Questions, each with the number of the candidate that it is to repair.

    A small model does not see its mistakes when it is shown them (SmolLM2-135M repaired none of 16,
    and repeated itself in 10), so it is asked anew, without end. Any other repairs its best answer
    in every other try. `found` grows meanwhile.
    """
    request = _request(task)
    info = given.backend.info
    continues = style_of(info) == "completion"
    if info.quality == "small" and not continues:
        yield from ((each, None) for each in small_model_tries(request))
    model = given.settings.model
    usual = model.temperature if model.do_sample else 0.0
    plain = plain_question(request)
    yield Try(plain, usual), None
    # Backends know only now, with the model loaded, what it can.
    fills = continues and given.backend.info.fills and bool(request.examples)
    others = cycle([fill_question(request), plain] if fills else [plain])
    if not model.do_sample:
        yield from _repairs(request, found)
        return
    while True:
        if repair := _repair(request, found):
            yield Try(repair[0], usual), repair[1]
        yield Try(next(others), WARMTH), None


def _repairs(request: CodeRequest, found: Sequence[Candidate]) -> Iterator[tuple[Try, int | None]]:
    """Repairs without chance, until one would be asked for again."""
    asked: list[Question] = []
    while (repair := _repair(request, found)) and repair[0] not in asked:
        asked.append(repair[0])
        yield Try(repair[0], 0.0), repair[1]


def _repair(request: CodeRequest, found: Sequence[Candidate]) -> tuple[Question, int] | None:
    """The best candidate so far with its failures, if it has any code."""
    number = max(range(len(found)), key=lambda n: found[n].rank)
    best = found[number]
    failed = [check for check in best.checks if check.status == "failed" and check.required]
    if not best.code or not failed:
        return None
    lines = [f"- {c.name}: {c.detail or 'it does not hold'}" for c in failed[:MOST_FAILURES]]
    return repair_question(request, best.code, "\n".join(lines)), number


def _request(task: CodeTask) -> CodeRequest:
    wanted = task.wanted
    python = task.language == "python"
    return CodeRequest(
        description=task.description,
        statement=wanted.statement or task.description,
        language=_SHOWN.get(task.language, task.language.capitalize()),
        details=_details(task),
        head=_head(wanted, task.description) if python else "",
        examples=[str(example) for example in wanted.examples],
        gives=_type_of_outcome(wanted.examples),
    )


def _details(task: CodeTask) -> str:
    """What the model needs to be told besides the request, which a small one is better without."""
    details, name = "", task.wanted.name
    if name and not re.search(rf"\b{re.escape(name)}\b", task.description):
        details += f" Name it {name}."
    if task.style in ("google", "numpy"):
        details += f" Write {task.style.capitalize()} style docstrings."
    return details


def _head(wanted: Wanted, description: str) -> str:
    """How the function begins, with the imports of its annotations; empty if that is not sure."""
    if several_functions(description) or re.search(r"\basync\b|\bcoroutine\b", description):
        return ""
    if wanted.signature and wanted.name:
        return f"{_imports(wanted.signature)}def {wanted.signature.source}:"
    called = {example.name for example in wanted.examples}
    return f"def {wanted.name}(" if wanted.name and called == {wanted.name} else ""


def _imports(signature: Signature) -> str:
    import typing

    names = sorted(set(re.findall(r"\w+", signature.source)) & set(typing.__all__))
    return f"from typing import {', '.join(names)}\n\n\n" if names and signature.exact else ""


def _type_of_outcome(examples: Sequence[Example]) -> str:
    value = next((e.expected for e in examples if e.expected not in (None, "None")), None)
    return type(ast.literal_eval(value)).__name__ if value else "other"
