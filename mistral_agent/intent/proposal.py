"""What the model makes of a request: one call under a schema of the tools that there are."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Any

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.model import IntentKind, IntentOptions
from mistral_agent.intent.vocabulary import STOP_WORDS
from mistral_agent.intent.words import stem
from model_backends.base import GenerationRequest, Message, ModelBackend, complete

MAX_REQUEST = 6_000
MAX_SUMMARY = 160
_HISTORY = 4
_HISTORY_CHARACTERS = 400
_WORD = re.compile(r"[^\W\d]\w*")
_KINDS: tuple[IntentKind, ...] = ("task", "chat", "unclear")


@dataclass(frozen=True, slots=True)
class Proposal:
    """The model's reading: the kind of request, and tools with the words that ask for them."""

    kind: IntentKind
    goals: tuple[tuple[Tool, str], ...]


class UnusableProposalError(ValueError):
    """The model's answer is not what the schema asks for."""


async def propose(
    prose: str,
    catalogue: Catalogue,
    history: Sequence[Message],
    backend: ModelBackend,
    options: IntentOptions,
) -> Proposal:
    """Ask the model which tools the request is for.

    Raises:
        UnusableProposalError: The answer is prose, broken JSON, names unknown tools, or quotes
            words that are not the user's.
        BackendError: The model could not answer.
    """
    names = callable_names(catalogue)
    request = GenerationRequest(
        messages=tuple(_messages(prose, names, history)),
        max_tokens=options.max_tokens,
        json_schema=schema(tuple(names), options.max_goals),
    )
    completion = await complete(backend, request)
    proposal = read_proposal(completion.text, names, options.max_goals)
    if not is_grounded(proposal, prose):
        raise UnusableProposalError("its answer quotes what the request does not say")
    return proposal


def is_grounded(proposal: Proposal, prose: str) -> bool:
    """Whether the words that the model quotes for its goals are the user's, for the most part.

    A model that invents the request has not read it, whatever its name promises.
    """
    said = set(_quoted_words(prose))
    quoted = (_quoted_words(request) for _, request in proposal.goals)
    return all(sum(word in said for word in each) * 2 >= len(each) for each in quoted)


def _quoted_words(text: str) -> list[str]:
    """The stems of words as they are written: `merge_lists` is one word, and no quotation."""
    found = (word.lower() for word in _WORD.findall(text[:MAX_REQUEST]))
    return [stem(word) for word in found if word not in STOP_WORDS]


def callable_names(catalogue: Catalogue) -> Mapping[str, Tool]:
    """A name for each tool that no other has: its own, or with its server in front."""
    names = [tool.name for tool in catalogue.tools]
    return {
        tool.name if names.count(tool.name) == 1 else f"{tool.server}.{tool.name}": tool
        for tool in catalogue.tools
    }


def schema(names: Sequence[str], max_goals: int) -> Mapping[str, Any]:
    """The JSON Schema of the answer: closed lists of kinds and tools, and at most `max_goals`."""
    goal = {
        "type": "object",
        "properties": {
            "tool": {"type": "string", "enum": list(names)},
            "request": {"type": "string", "maxLength": 300},
        },
        "required": ["tool", "request"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": list(_KINDS)},
            "goals": {"type": "array", "items": goal, "maxItems": max_goals},
        },
        "required": ["kind", "goals"],
        "additionalProperties": False,
    }


def read_proposal(text: str, names: Mapping[str, Tool], max_goals: int) -> Proposal:
    """Read the model's answer; it is checked though it was decoded under the schema.

    Raises:
        UnusableProposalError: It is not such an object.
    """
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        raise UnusableProposalError("its answer is not JSON") from None
    said = answer.get("kind") if isinstance(answer, dict) else None
    kind = next((each for each in _KINDS if each == said), None)
    if kind is None:
        raise UnusableProposalError("its answer names no kind of request")
    goals = answer.get("goals")
    if not isinstance(goals, list) or len(goals) > max_goals:
        raise UnusableProposalError("its answer has no list of goals of the right length")
    return Proposal(kind, tuple(_read_goal(goal, names) for goal in goals))


def _read_goal(goal: object, names: Mapping[str, Tool]) -> tuple[Tool, str]:
    name = goal.get("tool") if isinstance(goal, dict) else None
    if not isinstance(goal, dict) or not isinstance(name, str) or name not in names:
        raise UnusableProposalError("its answer names a tool that there is not")
    request = goal.get("request")
    return names[name], request if isinstance(request, str) else ""


def _messages(prose: str, names: Mapping[str, Tool], history: Sequence[Message]) -> list[Message]:
    prompt = files("mistral_agent").joinpath("prompts/intent.md").read_text(encoding="utf-8")
    tools = "\n".join(f"- {name}: {_summary(tool)}" for name, tool in names.items())
    recent = "\n".join(
        f"{message.role}: {message.content[:_HISTORY_CHARACTERS]}"
        for message in history[-_HISTORY:]
    )
    filled = Template(prompt).safe_substitute(
        tools=tools, history=recent or "(none)", request=prose[:MAX_REQUEST]
    )
    return [Message("user", filled)]


def _summary(tool: Tool) -> str:
    text = " ".join((tool.description or tool.title).split())
    return text[:MAX_SUMMARY]
