"""What a sandboxed run of a few tests costs beside a fresh pytest."""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.accounting import account
from benchmarks.processes import cpu_seconds, environment
from benchmarks.rows import Row, Target

TITLE = "Sandbox: a run of five small tests"
NOTE = (
    "Processor time, isolation included, as a cgroup counts it. Ours is a run in the warm runner, "
    "with branch coverage; the reference is `python -m pytest --cov --cov-branch` as a process of "
    "the same environment, without a sandbox. Needs a cgroup that may be made; else no row."
)
RUNS = 15
CODE = "def add(a, b):\n    if a > 100:\n        return 100\n    return a + b\n"
TESTS = "from solution import add\n\n" + "\n".join(
    f"def test_add_{n}():\n    assert add({n}, 1) == {n + 1}\n" for n in range(5)
)


async def measure(runs: int) -> Sequence[Row]:
    """Run both in turns."""
    from mcp_server.sandbox import open_sandbox
    from mcp_server.sandbox.pytest_runner import run_tests

    sandbox = open_sandbox("auto")
    ours: list[float] = []
    fresh: list[float] = []
    with tempfile.TemporaryDirectory() as name, account() as used:
        if used is None:
            print("benchmarks.sandbox_runs: no cgroup can be made here", file=sys.stderr)
            return []
        (Path(name) / "solution.py").write_text(CODE, encoding="utf-8")
        (Path(name) / "test_solution.py").write_text(TESTS, encoding="utf-8")
        await run_tests(sandbox, CODE, TESTS)
        for _ in range(runs):
            before = used.seconds
            report = await run_tests(sandbox, CODE, TESTS)
            ours.append(1000 * (used.seconds - before))
            if not report.all_passed:
                raise RuntimeError(f"the tests did not pass: {report.problem}")
            fresh.append(1000 * cpu_seconds(_pytest(name), environment()))
        sandbox.close()
    return [Row(f"five tests, {sandbox.mechanism}", "ms", ours, fresh, Target(0.4))]


def _pytest(directory: str) -> list[str]:
    return [
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull),
        *(f"--rootdir={directory}", f"--cov={directory}", "--cov-branch", "--cov-report="),
        f"--cov-config={os.devnull}",
        f"{directory}/test_solution.py",
    ]
