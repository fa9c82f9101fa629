"""Requests, the tools they may use, and what a session remembers when they are made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.memory import Memory, remember
from mistral_agent.planning.plan import Plan

CORPUS = Path(__file__).parent / "corpora" / "planning"
FIXTURES = Path(__file__).parent.parent / "tests" / "mistral_agent" / "fixtures"
FOLDER = "/tmp/x"
"""Stands for `{dir}` where no server is asked."""

Half = Literal["tuning", "frozen", "other_languages"]
GROUPS: Mapping[str, tuple[str, Half]] = {
    "built-in, tuned on": ("tuning", "tuning"),
    "built-in, tuned on, second": ("tuning_second", "tuning"),
    "built-in, frozen": ("frozen", "frozen"),
    "built-in, another writer's": ("blind", "frozen"),
    "built-in, a third writer's": ("blind_second", "frozen"),
    "built-in, a fourth writer's": ("blind_third", "frozen"),
    "foreign, tuned on": ("foreign_tuning", "tuning"),
    "foreign, frozen": ("foreign_frozen", "frozen"),
    "foreign, another writer's": ("foreign_blind", "frozen"),
    "French, German, Spanish": ("other_languages", "other_languages"),
}
"""The rows of the table: a file of the corpus, and whether anything was tuned on it."""

_RESULTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "code": ("generate_code", {"code": "def add(a, b):\n    return a + b\n"}),
    "tests": ("generate_tests", {"test_code": "def test_add():\n    assert add(1, 2) == 3\n"}),
    "review": ("review_code", {"issues": [{"line": 1}], "refactored_code": None}),
    "spec": ("formalize_task", {"formalized_description": "A program that adds."}),
}
_BUILT_IN = ("starcoder",)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request, and what is right for it.

    Args:
        text: The request.
        sequences: Sequences of tools that are right; the first one has the arguments.
        ask: Something must be asked back.
        may_ask: Asking back is right as well.
        args: Arguments that the plan must have, by "tool.parameter".
        session: What the conversation has made before: a key of the corpus, or None.
        files: Contents of files that belong to it, by name.
        servers: Whose tools there are.
        outcome: What must be true once it ran; see `foreign_live.yaml`.
    """

    text: str
    sequences: tuple[tuple[str, ...], ...]
    ask: bool
    may_ask: bool
    args: Mapping[str, Any]
    session: str | None
    files: Mapping[str, str]
    servers: tuple[str, ...]
    outcome: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request, its plan, and what was right about it."""

    request: Wanted
    plan: Plan
    problems: Sequence[str]
    seconds: float

    @property
    def tools(self) -> tuple[str, ...]:
        """The plan's tools in order."""
        return tuple(step.tool for step in self.plan.steps)

    @property
    def asks(self) -> bool:
        """Whether something is asked back."""
        return self.plan.needs_clarification

    @property
    def right_sequence(self) -> bool:
        """A question where one is due; else exactly the expected tools and no question."""
        if self.asks:
            return self.request.ask or self.request.may_ask
        return self.tools in self.request.sequences

    @property
    def right_arguments(self) -> bool:
        """All the expected arguments are there, where the expected tools are."""
        if self.asks or self.tools != self.request.sequences[0]:
            return self.right_sequence
        given = {
            f"{s.tool}.{name}": value for s in self.plan.steps for name, value in s.args.items()
        }
        return all(given.get(key) == value for key, value in self.request.args.items())


def load_requests(name: str, folder: str = FOLDER) -> tuple[Wanted, ...]:
    """The requests of one file of the corpus, with `folder` for its `{dir}`."""
    text = (CORPUS / f"{name}.yaml").read_text(encoding="utf-8").replace("{dir}", folder)
    document = yaml.safe_load(text)
    servers = tuple(document.get("servers", _BUILT_IN))
    may_ask = name == "other_languages"
    return tuple(_wanted(each, servers, may_ask) for each in document["requests"])


def _wanted(entry: Mapping[str, Any], servers: tuple[str, ...], may_ask: bool) -> Wanted:
    first = [] if "tools" not in entry else [entry["tools"]]
    return Wanted(
        entry["text"],
        tuple(tuple(tools) for tools in (*first, *entry.get("or", ()))),
        entry.get("ask", False),
        may_ask,
        entry.get("args", {}),
        entry.get("session"),
        entry.get("files", {}),
        servers,
        entry.get("outcome", {}),
    )


def load_catalogue(servers: Sequence[str]) -> Catalogue:
    """The tools of these servers as `tests/mistral_agent/fixtures` keeps them."""
    tools: list[Tool] = []
    instructions: dict[str, str] = {}
    for server in servers:
        listing = json.loads((FIXTURES / f"{server}.json").read_text(encoding="utf-8"))
        tools += (_tool(server, each, listing.get("trusted", False)) for each in listing["tools"])
        instructions[server] = listing.get("instructions") or ""
    return Catalogue(tuple(tools), instructions=instructions)


def _tool(server: str, listed: Mapping[str, Any], trusted: bool) -> Tool:
    hints = listed.get("annotations") or {}
    return Tool(
        server,
        listed["name"],
        listed.get("title") or listed["name"],
        listed.get("description", ""),
        listed["inputSchema"],
        listed.get("outputSchema"),
        hints.get("readOnlyHint", False),
        hints.get("destructiveHint", True),
        hints.get("idempotentHint", False),
        hints.get("openWorldHint", True),
        trusted,
    )


def memory_of(kind: str | None, catalogue: Catalogue) -> Memory:
    """What a session remembers that has made these things."""
    memory = Memory()
    made = {None: (), "tests": ("code", "tests"), "review": ("code", "review")}
    for name in made.get(kind, (kind,)):
        tool_name, result = _RESULTS[str(name)]
        tool = next(tool for tool in catalogue.tools if tool.name == tool_name)
        memory = remember(memory, tool, result)
    return memory
