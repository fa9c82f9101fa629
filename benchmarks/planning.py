"""How often requests become the right plan: a table over `corpora/planning`.

python -m benchmarks.planning                     evidence alone, no model
python -m benchmarks.planning --backend embedded  evidence alone, the model alone, and both
python -m benchmarks.planning --failures          also what went wrong in the half to tune on
python -m benchmarks.planning --every 8           each eighth request alone: a model takes long
python -m benchmarks.planning --speed             how long planning takes with 100 tools

Of the frozen halves only counts are printed: nothing was tuned on them. The model alone is its own
answer under the JSON schema of the tools, its words taken for the clauses; what fills the
arguments of its goals is the same in all three; an answer that takes longer than
`MODEL_SECONDS` counts as none. "Asked rightly" is the share of the questions that
were due (precision), "asked when due" the share of the due questions that were asked (recall).
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

from benchmarks.intervals import wilson
from benchmarks.made_up_tools import row_of_planning
from benchmarks.planning_corpus import (
    GROUPS,
    Outcome,
    Wanted,
    load_catalogue,
    load_requests,
    memory_of,
)
from mistral_agent.catalogue import Catalogue
from mistral_agent.intent.literals import Literals, extract_literals
from mistral_agent.intent.model import Goal, Intent, IntentOptions
from mistral_agent.intent.parse import parse_intent
from mistral_agent.intent.proposal import UnusableProposalError, propose
from mistral_agent.memory import Memory
from mistral_agent.planning.chaining import make_plan
from mistral_agent.planning.validation import validate_plan
from model_backends import BackendSettings, ModelBackend, open_backend
from model_backends.errors import GenerationError

MAX_STEPS = 10
MODEL_SECONDS = 60.0
BUILT_IN = "built-in"

Reading = Literal["evidence", "model", "both"]
READINGS: Mapping[Reading, str] = {
    "evidence": "evidence alone",
    "model": "model alone",
    "both": "both together",
}


async def plan_request(
    request: Wanted, catalogue: Catalogue, backend: ModelBackend, reading: Reading
) -> Outcome:
    """Read and plan one request."""
    memory = memory_of(request.session, catalogue)
    started = time.perf_counter()
    intent = await _read(request, catalogue, memory, backend, reading)
    plan = make_plan(request.text, intent, catalogue, memory)
    seconds = time.perf_counter() - started
    invalid = () if plan.questions else validate_plan(plan, catalogue, max_steps=MAX_STEPS)
    return Outcome(request, plan, invalid, seconds)


async def _read(
    request: Wanted,
    catalogue: Catalogue,
    memory: Memory,
    backend: ModelBackend,
    reading: Reading,
) -> Intent:
    options = IntentOptions(max_goals=MAX_STEPS, use_model=reading == "both")
    if reading == "model":
        literals = extract_literals(request.text, request.files)
        return await _model_alone(literals, catalogue, backend, options)
    return await parse_intent(
        request.text,
        files=request.files,
        catalogue=catalogue,
        memory=memory,
        history=(),
        backend=backend,
        options=options,
    )


async def _model_alone(
    literals: Literals, catalogue: Catalogue, backend: ModelBackend, options: IntentOptions
) -> Intent:
    try:
        async with asyncio.timeout(MODEL_SECONDS):
            proposal = await propose(literals.prose, catalogue, (), backend, options)
    except (UnusableProposalError, GenerationError, TimeoutError):
        return Intent("unclear", literals=literals, confidence=0.0)
    goals = tuple(Goal(tool, clause) for tool, clause in proposal.goals)
    return replace(Intent(proposal.kind, literals=literals), goals=goals)


def report(name: str, outcomes: Sequence[Outcome]) -> str:
    """One row of the table."""
    asked = [each for each in outcomes if each.asks and not each.request.may_ask]
    due = [each for each in outcomes if each.request.ask]
    both = [each for each in asked if each.request.ask]
    checked = [each for each in outcomes if each.request.args]
    cells = [
        name,
        str(len(outcomes)),
        _share(sum(each.right_sequence for each in outcomes), len(outcomes)),
        _share(sum(each.right_arguments for each in checked), len(checked)),
        _share(len(both), len(asked)),
        _share(len(both), len(due)),
        str(sum(bool(each.problems) for each in outcomes)),
    ]
    return f"| {' | '.join(cells)} |"


def _share(part: int, whole: int) -> str:
    if not whole:
        return "-"
    low, high = wilson(part, whole)
    return f"{part / whole:.0%} ({part} of {whole}; {low:.0%} to {high:.0%})"


async def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backend", help="ask this model too; without it, evidence alone")
    parser.add_argument("--failures", action="store_true", help="print what was tuned on and fails")
    parser.add_argument("--tuning-only", action="store_true", help="leave the frozen halves alone")
    parser.add_argument("--frozen-only", action="store_true", help="leave the tuned halves alone")
    parser.add_argument("--speed", action="store_true", help="time planning with 100 tools")
    parser.add_argument("--readings", nargs="+", choices=tuple(READINGS), help="only these rows")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each Nth request alone")
    options = parser.parse_args()
    if options.speed:
        print(await row_of_planning())
        return
    left_out = {"frozen"} if options.tuning_only else set()
    left_out |= {"tuning"} if options.frozen_only else set()
    every: Sequence[Reading] = tuple(READINGS) if options.backend else ("evidence",)
    readings: Sequence[Reading] = options.readings or every
    async with _opened(options.backend or "scripted") as backend:
        columns = "requests|n|exact sequence|arguments|asked rightly|asked when due|invalid"
        print(f"| {columns.replace('|', ' | ')} |\n|---|---|---|---|---|---|---|")
        failures: list[Outcome] = []
        frozen: dict[Reading, list[Outcome]] = {reading: [] for reading in readings}
        for name, (file, half) in GROUPS.items():
            if half in left_out:
                continue
            for reading in readings:
                outcomes = await _outcomes(load_requests(file)[:: options.every], backend, reading)
                print(report(f"{name}: {READINGS[reading]}", outcomes), flush=True)
                if half == "frozen" and name.startswith(BUILT_IN):
                    frozen[reading] += outcomes
                if half != "frozen" and reading == readings[-1]:
                    failures += (each for each in outcomes if _fails(each))
        for reading, found in frozen.items():
            if found:
                print(report(f"{BUILT_IN}, all that is frozen: {READINGS[reading]}", found))
    for each in failures if options.failures else ():
        _print_failure(each)


async def _outcomes(
    requests: Sequence[Wanted], backend: ModelBackend, reading: Reading
) -> Sequence[Outcome]:
    """Plan the requests; where a model is asked, which takes long, say how far it is."""
    outcomes: list[Outcome] = []
    for each in requests:
        outcomes.append(await plan_request(each, load_catalogue(each.servers), backend, reading))
        if reading != "evidence":
            seconds = sum(outcome.seconds for outcome in outcomes)
            said = f"{READINGS[reading]}: {len(outcomes)} of {len(requests)}, {seconds:.0f} s"
            print(said, file=sys.stderr, flush=True)
    return outcomes


@asynccontextmanager
async def _opened(name: str) -> AsyncIterator[ModelBackend]:
    backend = open_backend(BackendSettings(backend=name))
    try:
        yield backend
    finally:
        await backend.aclose()


def _fails(outcome: Outcome) -> bool:
    return not (outcome.right_sequence and outcome.right_arguments) or bool(outcome.problems)


def _print_failure(outcome: Outcome) -> None:
    print(f"\n{outcome.request.text!r}")
    wanted = outcome.request
    print("  expected:", "a question" if wanted.ask else wanted.sequences, dict(wanted.args))
    for step in outcome.plan.steps:
        print("  step:", step.tool, {name: str(value)[:60] for name, value in step.args.items()})
    for question in outcome.plan.questions:
        print("  asks:", question.text)
    for problem in outcome.problems:
        print("  invalid:", problem)


if __name__ == "__main__":
    asyncio.run(main())
