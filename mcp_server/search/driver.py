"""The program that is run beside the module: it searches each subject in a process of its own.

A child may hang in C code, run out of memory or be killed by the code it calls: its parent, which
runs none of the module's code, ends it and goes on with the next. A child writes each case when it
is found, and what it chose of them at its end; where it does not come to that, the first count.
"""

import ast
import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, NoReturn

from . import subjects
from .annotations import TypedDomains
from .budget import Budget
from .cases import held_as
from .documented import documented
from .engine import Kept, Search
from .inputs import Inputs, Maker
from .mining import mine
from .module import Module
from .mutants import mutants
from .relevance import lines_for, used_by
from .selection import Selection
from .tracing import install_alarm

AT_ONCE = 2
CHUNK = 1 << 16
FIRST = "?"
"""Begins a line that counts only if the child chose none."""
SELECTING = 0.5
"""Of a search's runs and seconds, what choosing and simplifying may take besides."""
LARGE = 60
"""With more mutants than that a subject has more runs than `runs`, up to `LARGEST` times."""
LARGEST = 2.5
LEAST_SHARE = 10
"""How many times less than `runs` a subject has at least."""
GRACE = 3.0
OPEN_FILES = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """What the program is asked, as `search.json` holds it.

    Args:
        module: The module's name; its file lies in the working directory.
        key: Begins every line of the answer.
        runs: Of the code and of its mutants, for each subject at most.
        total_runs: For all of them, shared by how much there is to mutate.
        seconds: Guard for each subject.
        total: Guard for all of them.
        seed: Of all chance.
        most_mutants: Bound on mutants of the module.
        private: Whether private functions and classes are subjects too.
        subjects: Names of those to search; all if empty.
        examples: Calls that the documentation has, with what it says that they give.
    """

    module: str
    key: str
    runs: int
    total_runs: int
    seconds: float
    total: float
    seed: int
    most_mutants: int
    private: bool
    subjects: tuple[str, ...]
    examples: tuple[dict[str, Any], ...]


def main() -> None:
    """Answer `search.json`: a line for each case, one for each suspicion, one a subject."""
    with open("search.json", encoding="utf-8") as file:  # noqa: PTH123
        asked = Asked(**json.load(file))
    path = os.path.abspath(f"{asked.module}.py")  # noqa: PTH100
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        source = file.read()
    wire = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    tree = ast.parse(source)
    wanted = [
        s for s in [*subjects.read(tree), *subjects.constants(tree)]
        if (not s.is_private or asked.private) and (not asked.subjects or s.name in asked.subjects)
    ]  # fmt: skip
    shares = dict(zip((s.name for s in wanted), _shares(asked, tree, wanted), strict=True))
    until = time.monotonic() + asked.total
    running: list[Child] = []
    for number, subject in enumerate(wanted):
        left = until - time.monotonic()
        if left <= 0:
            cut = [{"subject": s.name, "cut": True} for s in wanted[number:]]
            wire.writelines(f"{asked.key}{json.dumps(each)}\n" for each in cut)
            break
        rest = sum(shares[s.name] for s in wanted[number:])
        share = left * AT_ONCE * max(shares[subject.name] / rest, 0.2 / len(wanted))
        limits = Limits(shares[subject.name], min(asked.seconds, max(share * 1.5, 0.5), left))
        running.append(_started(asked, source, path, subject.name, limits))
        while len(running) >= AT_ONCE or (running and number == len(wanted) - 1):
            for line in _ended(running.pop(0)):
                wire.write(f"{asked.key}{line}\n")
    for child in running:
        for line in _ended(child):
            wire.write(f"{asked.key}{line}\n")
    wire.write(f"{asked.key}{json.dumps({'end': True})}\n")


def _shares(asked: Asked, tree: ast.Module, wanted: Sequence[subjects.Subject]) -> list[int]:
    """Runs of each subject, by how many mutants there are of its own lines; more for large ones."""
    lines = [m.line for m in mutants(tree, sys.maxsize)]
    sizes = [1 + sum(_is_within(line, s.node) for line in lines) for s in wanted]
    return [
        max(
            min(
                int(asked.runs * min(max(size / LARGE, 1), LARGEST)),
                asked.total_runs * size // sum(sizes),
            ),
            asked.runs // LEAST_SHARE,
        )
        for size in sizes
    ]


def _is_within(line: int, node: ast.stmt) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the search of one subject: runs, and seconds as a guard."""

    runs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Child:
    """A search in a process of its own: what it is about, what it writes to, when it must end."""

    name: str
    process: int
    reading: int
    until: float


def _started(asked: Asked, source: str, path: str, name: str, limits: Limits) -> Child:
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _child(asked, source, path, name, limits, writing=writing)
    os.close(writing)
    until = time.monotonic() + limits.seconds * (1 + SELECTING) + GRACE
    return Child(name, process, reading, until)


def _ended(child: Child) -> list[str]:
    """The lines that a child chose, or all it found, if it ended or was ended before it chose."""
    text = _read(child.reading, child.until)
    os.close(child.reading)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process, signal.SIGKILL)
    os.waitpid(child.process, 0)
    lines = text.split("\n")[:-1]
    chosen = [line for line in lines if line.startswith("{")]
    if chosen:
        return chosen
    found = [line.removeprefix(FIRST) for line in lines if line.startswith(FIRST)]
    return [*found, json.dumps({"subject": child.name, "cut": True})]


def _read(descriptor: int, until: float) -> str:
    found = b""
    while True:
        # What was written in time is read also where it is late to look.
        ready, _, _ = select.select([descriptor], [], [], max(until - time.monotonic(), 0))
        if not ready:
            break
        chunk = os.read(descriptor, CHUNK)
        if not chunk:
            break
        found += chunk
    return found.decode("utf-8", "replace")


def _child(
    asked: Asked, source: str, path: str, name: str, limits: Limits, *, writing: int
) -> NoReturn:
    leave, status, number, own = os._exit, 1, os.getpid, os.getpid()
    try:
        os.setpgid(0, 0)
        os.closerange(3, writing)  # what the parent writes to and reads from is not the code's
        os.closerange(writing + 1, OPEN_FILES)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sys.setrecursionlimit(600)
        install_alarm()
        put = os.write
        encode = json.JSONEncoder().encode

        def tell(entry: dict[str, Any], mark: str = FIRST) -> None:
            if number() == own:  # and no copy of it that the code forked
                put(writing, f"{mark}{encode(entry)}\n".encode("utf-8", "replace"))

        for entry in search(asked, source, path, name, limits, tell=tell):
            tell(entry, "")
        status = 0
    finally:
        leave(status)


def search(
    asked: Asked,
    source: str,
    path: str,
    name: str,
    limits: Limits,
    *,
    tell: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Sequence[dict[str, Any]]:
    """All lines about one subject; `tell` gets each as it is found, not yet chosen."""
    started = time.monotonic()
    tree = ast.parse(source)
    used = lines_for(_subject(tree, name).node, tree)
    module = Module(source, asked.module, path, asked.most_mutants, used)
    subject = _subject(module.tree, name)
    inputs = _inputs(module, subject)
    chance = Random(f"{asked.seed}{name}")  # noqa: S311  (a search, no secret)
    budget = Budget(module, limits.runs, started + limits.seconds)
    found = Search(module, subject, inputs, chance, budget)
    examples = [e for e in asked.examples if e["name"] == name]
    cases, suspicions, typed = documented(examples, subject, module)
    held = [_line(each, subject.name) for each in typed]
    for line in [*suspicions, *held]:
        tell(line)
    found.told = lambda each: tell(_line(each, subject.name))
    kept = found.run(cases)
    choosing = Budget(module, module.runs + int(limits.runs * SELECTING),
                      time.monotonic() + limits.seconds * SELECTING)  # fmt: skip
    kept = Selection(found, choosing).run()
    lines = [_line(each, subject.name) for each in kept]
    summary = {"subject": name, "evaluated": found.evaluated, "kept": len(kept),
               "runs": module.runs, "cut": budget.cut or choosing.cut,
               "seconds": round(time.monotonic() - started, 3)}  # fmt: skip
    return [*lines, *held, *suspicions, summary]


def _subject(tree: ast.Module, name: str) -> subjects.Subject:
    return next(s for s in [*subjects.read(tree), *subjects.constants(tree)] if s.name == name)


def _inputs(module: Module, subject: subjects.Subject) -> Inputs:
    tree = module.tree
    helpers = [n for n in used_by(subject.node, tree) if hasattr(n, "name")]
    hints = mine([subject.node, *helpers], tree)
    domains = TypedDomains(hints, {}, subjects.enum_members(tree), subjects.aliases(tree))
    inputs = Inputs(domains, tree)
    for other in subjects.read(tree):
        if other.maker is not None:
            domains.makers[other.name] = Maker(other.maker, inputs)
    return inputs


def _line(each: Kept, subject: str) -> dict[str, Any]:
    """A case with its outcome, as the answer has it."""
    outcome, case = each.ran.outcome, each.case
    mentioned = {f.expression.split(".")[0] for f in outcome.facts}
    bound = [name for name in case.mutable if held_as(name) in mentioned]
    return {
        "case": subject,
        "target": case.last.target.name,
        "owner": case.last.target.owner,
        "setup": case.setup(bound),
        "call": f"list({case.observed(bound)})" if outcome.is_lazy else case.observed(bound),
        "statement": case.last.target.is_statement,
        "composed": outcome.is_lazy or bool(case.last.target.before),
        "values": [[name, _shown(value)] for name, value in case.last.values],
        "facts": [asdict(fact) for fact in outcome.facts],
        "raised": outcome.raised,
        "message": outcome.message,
        "printed": outcome.printed,
        "documented": each.documented,
        "receiver": case.receiver,
        "steps": [step.target.name for step in case.steps[:-1]],
    }


def _shown(value: Any) -> str:
    from .values import render

    return render(value)
