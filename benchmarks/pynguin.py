"""`python -m benchmarks.pynguin PYTHON`: pynguin on the corpus, in the same sandbox and time.

PYTHON is an interpreter with pynguin and pytest installed, of an environment of its own. What
pynguin writes is measured as the product's tests are: by plain pytest, and by the same mutants.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.testing import Measured, Subject, plainly, show, subjects_of, table
from mcp_server.analysis.searching import measure_mutants
from mcp_server.sandbox import open_sandbox
from mcp_server.sandbox.base import Job, Limits, Sandbox

SEED = "1"


async def measure(python: Path, subjects: Sequence[Subject], seconds: float) -> list[Measured]:
    """Run pynguin on each subject for so many seconds."""
    limits = Limits(seconds=seconds + 60, memory_bytes=4 << 30, processes=64)
    theirs = open_sandbox("auto", python=python, limits=limits)
    ours = open_sandbox("auto")
    found = []
    for subject in subjects:
        found.append(await _one(theirs, ours, python, subject, seconds))
        show(found[-1])
    return found


async def _one(
    theirs: Sandbox, ours: Sandbox, python: Path, subject: Subject, seconds: float
) -> Measured:
    job = Job(
        command=[
            *(str(python), "-m", "pynguin", "--project-path", ".", "--module-name", "solution"),
            *("--output-path", ".", "--seed", SEED, "--create-coverage-report", "False"),
            *(
                "--maximum-search-time",
                str(int(seconds)),
                "--assertion-generation",
                "MUTATION_ANALYSIS",
            ),
        ],
        files={"solution.py": subject.code},
        read_back=["test_solution.py"],
        environment={"PYNGUIN_DANGER_AWARE": "1", "HOME": "/tmp", "PYTHONHASHSEED": "0"},
        limits=Limits(seconds=seconds + 60, memory_bytes=4 << 30, processes=64),
    )
    outcome = await theirs.run(job)
    tests = outcome.files.get("test_solution.py", "")
    if not tests:
        why = (outcome.stderr.strip().splitlines() or [outcome.ending])[-1]
        return Measured(subject, 0, None, (0, 0), 0, 0, outcome.seconds, f"no tests: {why[:80]}")
    plain, count, problem = await asyncio.to_thread(plainly, subject.code, tests)
    mutation = await measure_mutants(ours, subject.code, tests, module_name="solution", seconds=60)
    return Measured(
        subject,
        plain or 0,
        plain,
        (count, count),
        mutation.killed,
        mutation.total,
        outcome.seconds,
        problem or mutation.problem or "",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pynguin")
    parser.add_argument("python", type=Path, help="an interpreter that has pynguin")
    parser.add_argument("part", choices=("frozen", "tuning", "stdlib"), nargs="?", default="frozen")
    parser.add_argument("--seconds", type=float, default=10, help="of search for each (10)")
    parser.add_argument("--limit", type=int, help="only the first subjects")
    arguments = parser.parse_args(argv)
    subjects = subjects_of(arguments.part)[: arguments.limit]
    print(table(asyncio.run(measure(arguments.python, subjects, arguments.seconds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
