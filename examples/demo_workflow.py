"""Three requests, one conversation, the embedded model, a real server: and each result is checked.

Run with `make demo`. It asserts what it shows and exits with 1 when something is wrong.
"""

import ast
import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any

from mistral_agent.app import Agent, open_agent
from mistral_agent.chat.render import Renderer
from mistral_agent.events import Answer, Clarification, PlanReady, StepFinished
from mistral_agent.sessions import Session
from mistral_agent.settings import load_agent_settings

REQUESTS = (
    "Write a Python function fibonacci(n) that returns the n-th Fibonacci number, "
    "for example fibonacci(0) == 0, fibonacci(1) == 1 and fibonacci(10) == 55",
    "Write tests for it",
    "Create a REST endpoint for user management, write tests, and review the code",
)

Results = Mapping[str, Mapping[str, Any]]


async def main() -> int:
    """Run the requests and check what came back."""
    started = time.perf_counter()
    async with open_agent(load_agent_settings()) as agent:
        session = agent.sessions.create()
        for number, request in enumerate(REQUESTS, 1):
            print(f"\n━━ {number}. {request}\n", flush=True)
            check(number, await perform(agent, session, request))
    seconds = time.perf_counter() - started
    print(f"\nThree requests, every step done, in {seconds:.0f} s. Conversation: {session.id}")
    return 0


async def perform(agent: Agent, session: Session, request: str) -> Results:
    """Show a request's events as they come; return the steps' results by tool."""
    renderer = Renderer(sys.stdout, sys.stdout)
    results: dict[str, Mapping[str, Any]] = {}
    planned: list[str] = []
    answered = False
    async for event in agent.orchestrator.handle(session, request):
        renderer.show(event)
        assert not isinstance(event, Clarification), event.questions
        if isinstance(event, PlanReady):
            planned = [step.tool for step in event.plan.steps]
        if isinstance(event, StepFinished):
            assert event.status == "done", f"{event.step.tool}: {event.error}"
            results[event.step.tool] = event.result or {}
        answered = answered or (isinstance(event, Answer) and bool(event.text.strip()))
    assert sorted(results) == sorted(planned), f"planned {planned}, done {sorted(results)}"
    assert answered, "no answer"
    return results


def check(number: int, results: Results) -> None:
    """Hold the results against what was asked."""
    expected = {
        1: {"generate_code"},
        2: {"generate_tests"},
        3: {"generate_code", "generate_tests", "review_code"},
    }[number]
    assert set(results) == expected, f"tools {sorted(results)}, expected {sorted(expected)}"
    if "generate_code" in results:
        written = results["generate_code"]
        ast.parse(written["code"])
        required = [check["status"] for check in written["checks"] if check["required"]]
        assert not written["verified"] or set(required) == {"passed"}
    if "generate_tests" in results:
        tests = results["generate_tests"]
        ast.parse(tests["test_code"])
        assert tests["test_count"] == len(tests["test_cases"])
        assert tests["coverage_estimate"] is None or 0 <= tests["coverage_estimate"] <= 100
    if "review_code" in results:
        review = results["review_code"]
        assert 0 <= review["overall_score"] <= 100
        assert all(issue["rule"] and issue["line"] for issue in review["issues"])


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
