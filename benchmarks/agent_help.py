"""What the command lines cost when they only have to say what they can do."""

import sys
from collections.abc import Sequence

from benchmarks.processes import cpu_seconds, environment, installed
from benchmarks.rows import Row, Target
from benchmarks.turns import in_turns

TITLE = "Command lines: --help"
NOTE = "Processor time, user and system; the reference is `python -c pass` of the same environment."
RUNS = 15


async def measure(runs: int) -> Sequence[Row]:
    """Run each in turns with an interpreter that does nothing."""
    env = environment()

    def milliseconds(*command: str) -> float:
        return 1000 * cpu_seconds(command, env)

    agent, server, nothing = await in_turns(
        runs,
        lambda: milliseconds(installed("mistral-agent"), "--help"),
        lambda: milliseconds(installed("starcoder-mcp"), "--help"),
        lambda: milliseconds(sys.executable, "-c", "pass"),
    )
    target = Target(300, "ours")
    return [
        Row("mistral-agent --help, processor", "ms", agent, nothing, target),
        Row("starcoder-mcp --help, processor", "ms", server, nothing, target),
    ]
