"""What a conversation remembers as inputs of later requests: the last code, tests, review."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mistral_agent.catalogue import Schema, Tool
from mistral_agent.intent.code import CodeBlock
from mistral_agent.intent.parameters import SOURCE_CODE

MAX_ARTIFACTS = 50
MAX_ARTIFACT_CHARACTERS = 1 << 20

USER = "you"
"""The `server` and `tool` of what the user gave."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A value that can be an input later.

    Args:
        name: The name of the result field that held it, such as "test_code".
        value: The value itself.
        schema: The JSON Schema of that field.
        tool: The tool that made it, or `USER`.
        server: That tool's server, or `USER`.
        label: What it is called towards the user, such as "code of generate_code".
    """

    name: str
    value: Any
    schema: Schema
    tool: str
    server: str
    label: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered, newest last; rebuilt by replaying a session's records.

    It holds the results of messages that a model is no longer shown, too.
    """

    artifacts: tuple[Artifact, ...] = ()

    def last(self, matches: Callable[[Artifact], bool] = lambda _: True) -> Artifact | None:
        """The newest artifact that `matches`."""
        return next((each for each in reversed(self.artifacts) if matches(each)), None)


def remember(memory: Memory, tool: Tool, result: Mapping[str, Any]) -> Memory:
    """Keep the fields of a structured result that may be inputs later.

    Kept are texts, and lists of findings or cases; empty values and bare figures are not.
    """
    kept = tuple(
        Artifact(name, value, _schema(tool, name), tool.name, tool.server, f"{name} of {tool.name}")
        for name, value in result.items()
        if _is_worth_keeping(value)
    )
    return _bounded(memory, kept)


def remember_code(memory: Memory, code: tuple[CodeBlock, ...]) -> Memory:
    """Keep the code that the user gave in a message or a file."""
    schema = {"type": "string", "contentMediaType": SOURCE_CODE}
    kept = (Artifact("code", block.text, schema, USER, USER, block.label) for block in code)
    return _bounded(memory, tuple(kept))


def _bounded(memory: Memory, added: tuple[Artifact, ...]) -> Memory:
    """The newest `MAX_ARTIFACTS`, and the newest of each kind however old: the last code is one."""
    known = (*memory.artifacts, *added)
    newest = {(each.server, each.tool, each.name): place for place, each in enumerate(known)}
    kept = set(newest.values()) | set(range(max(0, len(known) - MAX_ARTIFACTS), len(known)))
    if len(newest) > MAX_ARTIFACTS:
        kept = set(sorted(newest.values())[-MAX_ARTIFACTS:])
    return Memory(tuple(known[place] for place in sorted(kept)))


def _schema(tool: Tool, name: str) -> Schema:
    schema: object = tool.outputs.get(name)
    return schema if isinstance(schema, Mapping) else {}


def _is_worth_keeping(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip()) and len(value) <= MAX_ARTIFACT_CHARACTERS
    return isinstance(value, list) and bool(value)
