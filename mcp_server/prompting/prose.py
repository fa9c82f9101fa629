"""Words around facts, and remarks of a model; where it fails, the facts stand alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_server.prompting.generation import Sampling, generate_text
from mcp_server.prompting.wording import prompt_text
from model_backends.base import ModelBackend
from model_backends.errors import BackendError

REMARK_TOKENS = 600
MOST_REMARKS = 5
LONGEST_REMARK = 300

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "bugs": {
            "type": "array",
            "maxItems": MOST_REMARKS,
            "items": {
                "type": "object",
                "properties": {
                    "line": {"type": "integer", "minimum": 1},
                    "text": {"type": "string"},
                    "wrong": {"type": "string"},
                },
                "required": ["line", "text", "wrong"],
                "additionalProperties": False,
            },
        },
        "advice": {"type": "string"},
    },
    "required": ["bugs", "advice"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Remark:
    """What a model says of a line that exists, and that it quoted rightly."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Remarks:
    """A model's remarks on code, and its advice in a sentence or two."""

    remarks: tuple[Remark, ...] = ()
    advice: str = ""


async def remark_on(backend: ModelBackend, code: str, findings: str, *, seconds: float) -> Remarks:
    """Ask a model what linters missed; what does not point at a line of the code is left out."""
    lines = code.splitlines()
    numbered = "\n".join(f"{number}: {line}" for number, line in enumerate(lines, 1))
    try:
        said = await generate_text(
            backend,
            prompt_text("remarks", code=numbered, findings=findings),
            Sampling(REMARK_TOKENS),
            schema=_SCHEMA,
            seconds=seconds,
        )
        answer = json.loads(said.text)
    except (BackendError, ValueError):
        return Remarks()
    if not isinstance(answer, dict):
        return Remarks()
    advice = answer.get("advice")
    return Remarks(
        tuple(_pointing(answer.get("bugs"), lines)),
        " ".join(advice.split())[:LONGEST_REMARK] if isinstance(advice, str) else "",
    )


def _pointing(bugs: object, lines: list[str]) -> Iterator[Remark]:
    """Remarks whose line exists and has the text that the model says it has."""
    for bug in bugs if isinstance(bugs, list) else []:
        if not isinstance(bug, dict):
            continue
        line, text, wrong = bug.get("line"), bug.get("text"), bug.get("wrong")
        if not (isinstance(line, int) and isinstance(text, str) and isinstance(wrong, str)):
            continue
        quoted = "".join(text.split())
        there = "".join(lines[line - 1].split()) if 0 < line <= len(lines) else ""
        if quoted and there and (quoted in there or there in quoted) and wrong.strip():
            yield Remark(line, " ".join(wrong.split())[:LONGEST_REMARK])
