"""Requests run for real on four servers of others: a table of what was planned and what was done.

python -m benchmarks.foreign_servers                     what was written before any of it was run
python -m benchmarks.foreign_servers --tuned             also those that planning was tuned on
python -m benchmarks.foreign_servers --failures          also each request that went wrong
python -m benchmarks.foreign_servers --programs BIN      mcp-server-time and -git that are there

It starts mcp-server-time, mcp-server-git (both from PyPI, in an environment of their own),
server-filesystem and server-everything (by npx) beside the built-in server, and gives each request
a repository of its own. Every call is approved. Of `foreign_frozen`, whose failures are not looked
at, only counts are printed. "Done" is a request whose every step ended well, or that was asked back
or answered as it should; "outcome" is what then had to be true, such as tests that pass.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.foreign_project import make_project, undone
from benchmarks.intervals import wilson
from benchmarks.planning_corpus import Outcome, Wanted, load_catalogue, load_requests
from mistral_agent.app import Agent, open_agent
from mistral_agent.errors import AgentError
from mistral_agent.events import Answer, ApprovalNeeded, Clarification, PlanReady, StepFinished
from mistral_agent.planning.plan import Plan
from mistral_agent.servers import ServerSpec
from mistral_agent.settings import AgentSettings, load_agent_settings
from model_backends.errors import BackendError

CORPORA: Mapping[str, str] = {
    "foreign_live": "written to be run",
    "foreign_frozen": "planning, frozen",
    "foreign_tuning": "planning, tuned on",
}
REQUEST_SECONDS = 150.0
START_SECONDS = 180.0
CHAIN, NO_TOOL = "several servers", "question or talk"


@dataclass(frozen=True, slots=True)
class Run:
    """One request as it went.

    Args:
        planned: Its plan, held against the one that was expected.
        problems: What went wrong while it ran, and what of its outcome is not so.
        is_done: Every step ended well; or nothing was to be run, and something was said.
        is_as_wanted: It is done, and its outcome is so.
    """

    planned: Outcome
    problems: tuple[str, ...]
    is_done: bool
    is_as_wanted: bool

    @property
    def is_right(self) -> bool:
        """The right tools with the right arguments."""
        return self.planned.right_sequence and self.planned.right_arguments


def server_commands(programs: Path, folder: Path) -> tuple[ServerSpec, ...]:
    """The four servers; `programs` has those of Python, and `folder` may be read and written."""
    scope = "@modelcontextprotocol"
    commands: Mapping[str, tuple[str, ...]] = {
        "time": (str(programs / "mcp-server-time"), "--local-timezone", "UTC"),
        "git": (str(programs / "mcp-server-git"),),
        "filesystem": ("npx", "-y", f"{scope}/server-filesystem", str(folder)),
        "everything": ("npx", "-y", f"{scope}/server-everything"),
    }
    return tuple(
        ServerSpec(name, command[0], command[1:], connect_timeout=START_SECONDS)
        for name, command in commands.items()
    )


def install_programs(folder: Path) -> Path:
    """Install the two Python servers into an environment of their own; return its programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    command = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*command, "mcp-server-time", "mcp-server-git"], check=True, timeout=300)
    return programs


async def run_request(agent: Agent, request: Wanted, folder: Path) -> Run:
    """Do one request in a conversation of its own, saying yes to everything."""
    plan, answer, steps, problems = Plan(request.text), "", 0, []
    started = time.perf_counter()
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            doing = agent.orchestrator.handle(agent.sessions.create(), request.text)
            async with aclosing(doing) as events:
                async for event in events:
                    match event:
                        case PlanReady(plan=ready):
                            plan = ready
                        case Clarification(questions):
                            plan = Plan(request.text, questions=questions)
                        case ApprovalNeeded():
                            event.answer("once")
                        case StepFinished(step, status, _, _, error):
                            steps += status == "done"
                            problems += [f"{step.tool} {status}: {error}"] * (status != "done")
                        case Answer(text):
                            answer = text
    except TimeoutError:
        problems.append(f"no end within {REQUEST_SECONDS:g} s")
    except (AgentError, BackendError) as error:
        problems.append(str(error))
    is_done = not problems and steps == len(plan.steps) and bool(answer or plan.questions)
    missing = tuple(undone(request.outcome, folder, answer))
    planned = Outcome(request, plan, (), time.perf_counter() - started)
    return Run(planned, (*problems, *missing), is_done, is_done and not missing)


def place(request: Wanted, servers: Mapping[str, str]) -> str:
    """The server that a request is for, or that it is for several or none."""
    expected = {servers[tool] for tool in request.sequences[0]} if request.sequences else set()
    return NO_TOOL if not expected else expected.pop() if len(expected) == 1 else CHAIN


def row(name: str, runs: Sequence[Run]) -> str:
    """One row of the table."""
    cells = [
        name,
        str(len(runs)),
        _share([run.planned.right_sequence for run in runs]),
        _share([run.is_right for run in runs]),
        _share([run.is_done for run in runs]),
        _share([run.is_as_wanted for run in runs if run.planned.request.outcome]),
        f"{sum(run.planned.seconds for run in runs):.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _share(right: Sequence[bool]) -> str:
    if not right:
        return "-"
    low, high = wilson(sum(right), len(right))
    return f"{sum(right) / len(right):.0%} ({sum(right)} of {len(right)}; {low:.0%} to {high:.0%})"


async def measure(agent: Agent, corpus: str, folder: Path) -> Sequence[Run]:
    """Run one file of the corpus; what needs a conversation before it is left out."""
    runs: list[Run] = []
    for number, _ in enumerate(load_requests(corpus), 1):
        project = folder / f"{corpus.removeprefix('foreign_')}{number}"
        request = load_requests(corpus, str(project))[number - 1]
        if request.session is None:
            make_project(project)
            runs.append(await run_request(agent, request, project))
            print(f"\r{corpus}: {number} ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return runs


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backend", default="embedded", help="the model of agent and server")
    parser.add_argument("--programs", type=Path, metavar="BIN", help="folder of the Python servers")
    parser.add_argument("--tuned", action="store_true", help="also what planning was tuned on")
    parser.add_argument("--failures", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="foreign-") as name:
        root = Path(name).resolve()
        os.environ["XDG_DATA_HOME"] = str(root / "data")  # approvals of this run stay out of yours
        programs = options.programs or install_programs(root / "programs")
        settings = load_agent_settings(
            environ={
                **os.environ,
                "MISTRAL_AGENT__AGENT__BACKEND": options.backend,
                "MISTRAL_AGENT__CONVERSATION__SAVE_SESSIONS": "false",
            }
        )
        work = root / "work"
        work.mkdir()
        specs = server_commands(programs.absolute(), work)
        asyncio.run(_run(settings, specs, work, options))


async def _run(
    settings: AgentSettings,
    specs: Sequence[ServerSpec],
    work: Path,
    options: argparse.Namespace,
) -> None:
    async with open_agent(settings, specs) as agent:
        if problems := (await agent.client.catalogue()).problems:
            sys.exit(f"foreign_servers: {problems[0].server}: {problems[0].reason}")
        await _print_tables(agent, work, options.tuned, options.failures)


async def _print_tables(agent: Agent, work: Path, tuned: bool, failures: bool) -> None:
    columns = "requests|n|right tools|and right arguments|done|outcome|seconds"
    print(f"| {columns.replace('|', ' | ')} |\n|---|---|---|---|---|---|---|")
    wrong: list[Run] = []
    for corpus, title in CORPORA.items():
        if corpus == "foreign_tuning" and not tuned:
            continue
        runs = await measure(agent, corpus, work)
        print(row(f"**{title}**", runs), flush=True)
        servers = {t.name: t.server for t in load_catalogue(runs[0].planned.request.servers).tools}
        for where in (*dict.fromkeys(servers.values()), CHAIN, NO_TOOL):
            if there := [run for run in runs if place(run.planned.request, servers) == where]:
                print(row(f"{title}: {where}", there), flush=True)
        if failures and corpus != "foreign_frozen":
            wrong += (run for run in runs if not (run.is_right and run.is_as_wanted))
    for run in wrong:
        _print_failure(run)


def _print_failure(run: Run) -> None:
    wanted = run.planned.request
    print(f"\n{wanted.text!r}")
    if not run.is_right:
        print("  expected:", "a question" if wanted.ask else wanted.sequences, dict(wanted.args))
        for step in run.planned.plan.steps:
            print("  step:", step.tool, {name: str(v)[:60] for name, v in step.args.items()})
        for question in run.planned.plan.questions:
            print("  asks:", question.text)
    for problem in run.problems:
        print("  ", problem[:300])


if __name__ == "__main__":
    main()
