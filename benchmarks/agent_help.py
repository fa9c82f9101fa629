"""What the command lines cost when they only have to say what they can do."""

from collections.abc import Sequence

from benchmarks.processes import cpu_seconds, environment, installed, module_command
from benchmarks.rows import Row, Target

TITLE = "Command lines: --help"
NOTE = "Processor time, user and system; the reference is `python -c pass` of the same environment."
RUNS = 15


async def measure(runs: int) -> Sequence[Row]:
    """Run each in turns with an interpreter that does nothing."""
    env = environment()
    nothing = [module_command("sys")[0], "-c", "pass"]
    rows = []
    for name in ("mistral-agent", "starcoder-mcp"):
        pairs = [
            (1000 * cpu_seconds([installed(name), "--help"], env), 1000 * cpu_seconds(nothing, env))
            for _ in range(runs + 1)
        ][1:]
        ours, reference = zip(*pairs, strict=True)
        rows.append(Row(f"{name} --help, processor", "ms", ours, reference, Target(300, "ours")))
    return rows
