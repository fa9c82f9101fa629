"""Which tool of this server does a step of a task, found by the step's words."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

WRITING = ("generate_code", "generate_tests")
"""What every task needs, whatever its request names."""


def tool_of(step: str, tools: Collection[str]) -> str | None:
    """The tool that does a step, if it is one of `tools`; None if that is somebody's own work."""
    words = set(re.findall(r"\w+", step.lower()))
    for entry in _entries():
        if entry["tool"] in words or words & set(entry["words"]):
            return entry["tool"] if entry["tool"] in tools else None
    return None


def usual_steps(request: str) -> list[str]:
    """The steps that a request names by what it wants, writing code and tests if it names none."""
    words = set(re.findall(r"\w+", request.lower()))
    named = {entry["tool"]: entry["step"] for entry in _entries()}
    wanted = {entry["tool"] for entry in _entries() if words & set(entry["words"])}
    if wanted <= {"generate_code"}:
        wanted = set(WRITING)
    order = ("generate_code", *(tool for tool in named if tool != "generate_code"))
    return [named[tool] for tool in order if tool in wanted]


@cache
def _entries() -> Sequence[Mapping[str, Any]]:
    import yaml

    text = Path(__file__).with_name("steps.yaml").read_text(encoding="utf-8")
    return cast("Sequence[Mapping[str, Any]]", yaml.safe_load(text))
