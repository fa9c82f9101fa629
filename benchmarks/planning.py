"""How often requests become the right plan: the table of `benchmarks/planning.yaml`.

python benchmarks/planning.py                     evidence alone, no model
python benchmarks/planning.py --backend embedded  with a model
python benchmarks/planning.py --failures          also what went wrong
"""

import argparse
import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.parse import IntentOptions, parse_intent
from mistral_agent.memory import Memory, remember
from mistral_agent.planning.chaining import make_plan
from mistral_agent.planning.plan import Plan
from mistral_agent.planning.validation import validate_plan
from model_backends import BackendSettings, ModelBackend, open_backend

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "tests" / "mistral_agent" / "fixtures"
MAX_STEPS = 10

RESULTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "code": ("generate_code", {"code": "def add(a, b):\n    return a + b\n"}),
    "tests": ("generate_tests", {"test_code": "def test_add():\n    assert add(1, 2) == 3\n"}),
    "review": ("review_code", {"issues": [{"line": 1}], "refactored_code": None}),
    "spec": ("formalize_task", {"formalized_description": "A program that adds."}),
}


@dataclass(frozen=True)
class Outcome:
    """One request, its plan, and what was right about it."""

    request: Mapping[str, Any]
    plan: Plan
    problems: Sequence[str]
    seconds: float

    @property
    def tools(self) -> list[str]:
        """The plan's tools in order."""
        return [step.tool for step in self.plan.steps]

    @property
    def right_sequence(self) -> bool:
        """A question where one is due; else exactly the expected tools and no question."""
        if self.request.get("ask"):
            return self.plan.needs_clarification
        return self.tools == self.request["tools"] and not self.plan.needs_clarification

    @property
    def right_arguments(self) -> bool:
        """All the expected arguments are there."""
        given = {
            f"{s.tool}.{name}": value for s in self.plan.steps for name, value in s.args.items()
        }
        return all(given.get(key) == value for key, value in self.request.get("args", {}).items())


def load_catalogue(servers: Sequence[str]) -> Catalogue:
    """The tools of these servers as `tests/mistral_agent/fixtures` keeps them."""
    tools: list[Tool] = []
    for server in servers:
        listing = json.loads((FIXTURES / f"{server}.json").read_text(encoding="utf-8"))
        tools += (_tool(server, each, listing.get("trusted", False)) for each in listing["tools"])
    return Catalogue(tuple(tools))


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
    for name in {None: (), "tests": ("code", "tests")}.get(kind, (kind,)):
        tool_name, result = RESULTS[str(name)]
        tool = next(tool for tool in catalogue.tools if tool.name == tool_name)
        memory = remember(memory, tool, result)
    return memory


async def plan_request(
    request: Mapping[str, Any], backend: ModelBackend, use_model: bool
) -> Outcome:
    """Read and plan one request."""
    catalogue = load_catalogue(request.get("servers", ["starcoder"]))
    memory = memory_of(request.get("session"), catalogue)
    started = time.perf_counter()
    intent = await parse_intent(
        request["text"],
        files={},
        catalogue=catalogue,
        memory=memory,
        history=(),
        backend=backend,
        options=IntentOptions(use_model=use_model),
    )
    plan = make_plan(request["text"], intent, catalogue, memory)
    seconds = time.perf_counter() - started
    invalid = () if plan.questions else validate_plan(plan, catalogue, max_steps=MAX_STEPS)
    return Outcome(request, plan, invalid, seconds)


def report(name: str, outcomes: Sequence[Outcome]) -> str:
    """One row of the table."""
    asked = [each for each in outcomes if each.plan.needs_clarification]
    due = [each for each in outcomes if each.request.get("ask")]
    both = [each for each in asked if each.request.get("ask")]
    checked = [each for each in outcomes if each.request.get("args")]
    slowest = max((each.seconds for each in outcomes), default=0.0)
    return (
        f"| {name} | {len(outcomes)} | {_share(sum(o.right_sequence for o in outcomes), outcomes)} "
        f"| {_share(sum(o.right_arguments for o in checked), checked)} "
        f"| {_share(len(both), asked)} | {_share(len(both), due)} "
        f"| {sum(bool(o.problems) for o in outcomes)} | {slowest * 1000:.0f} ms |"
    )


def _share(part: int, whole: Sequence[object]) -> str:
    return f"{part / len(whole):.0%} ({part}/{len(whole)})" if whole else "-"


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backend", help="ask this model too; without it, evidence alone")
    parser.add_argument("--failures", action="store_true", help="print what went wrong")
    parser.add_argument("--tuning-only", action="store_true", help="leave the frozen half alone")
    options = parser.parse_args()
    requests = yaml.safe_load((HERE / "planning.yaml").read_text(encoding="utf-8"))["requests"]
    if options.tuning_only:
        requests = [request for request in requests if not request.get("frozen")]
    backend = open_backend(BackendSettings(backend=options.backend or "scripted"))
    try:
        outcomes = [await plan_request(each, backend, bool(options.backend)) for each in requests]
    finally:
        await backend.aclose()
    print_table(outcomes, failures=options.failures)


def print_table(outcomes: Sequence[Outcome], *, failures: bool) -> None:
    """Print the rows, and the failures where they are wanted."""
    own = [each for each in outcomes if "servers" not in each.request]
    foreign = [each for each in outcomes if "servers" in each.request]
    columns = "requests|n|exact sequence|arguments|asked rightly|asked when due|invalid|slowest"
    print("| " + columns.replace("|", " | ") + " |")
    print("|---|---|---|---|---|---|---|---|")
    for name, group in (("built-in", own), ("foreign", foreign)):
        print(report(f"{name}, tuned on", [o for o in group if not o.request.get("frozen")]))
        print(report(f"{name}, frozen", [o for o in group if o.request.get("frozen")]))
    for each in outcomes if failures else ():
        if not (each.right_sequence and each.right_arguments) or each.problems:
            _print_failure(each)


def _print_failure(outcome: Outcome) -> None:
    print(f"\n{outcome.request['text']!r}")
    print("  expected:", "a question" if outcome.request.get("ask") else outcome.request["tools"])
    for step in outcome.plan.steps:
        print("  step:", step.tool, {name: str(value)[:60] for name, value in step.args.items()})
    for question in outcome.plan.questions:
        print("  asks:", question.text)
    for problem in outcome.problems:
        print("  invalid:", problem)


if __name__ == "__main__":
    asyncio.run(main())
