"""How long a user waits before the model is asked: the agent from its start to that request."""

import tempfile
import time
from collections.abc import Sequence

from benchmarks.processes import environment, installed, module_command, running
from benchmarks.rows import Row, Target
from benchmarks.stub_endpoint import MODEL, StubEndpoint, stub_endpoint
from benchmarks.turns import in_turns

TITLE = "Agent: from start to the first model request"
NOTE = (
    "Ours is `mistral-agent ask` with its built-in server; the reference is a script of the bare "
    "MCP SDK that starts the same server, lists its tools and posts one HTTP request. Both ask "
    "the same stub endpoint on loopback, which notes when a request arrives."
)
RUNS = 11
WAIT_SECONDS = 60.0

QUESTION = "What is a closure?"
WORK = "Write a function that merges two sorted lists"


async def measure(runs: int) -> Sequence[Row]:
    """Start both in turns."""
    with tempfile.TemporaryDirectory() as home, stub_endpoint() as endpoint:
        settings = {
            "HOME": home,
            "XDG_DATA_HOME": home,
            "OPENAI_API_KEY": "stub",
        }
        env = environment(**settings)
        ask = [installed("mistral-agent"), "ask", "--base-url", endpoint.base_url, "--model", MODEL]
        bare = [*module_command("benchmarks.bare_client"), endpoint.base_url]
        bare += [installed("starcoder-mcp")]
        question, work, reference = await in_turns(
            runs,
            lambda: _milliseconds([*ask, QUESTION], env, endpoint),
            lambda: _milliseconds([*ask, WORK], env, endpoint),
            lambda: _milliseconds(bare, env, endpoint),
        )
    return [
        Row(f"ask “{QUESTION}”", "ms", question, reference, Target(1.2)),
        Row(f"ask “{WORK}”", "ms", work, reference, Target(1.2)),
    ]


def _milliseconds(command: Sequence[str], env: dict[str, str], endpoint: StubEndpoint) -> float:
    endpoint.forget()
    started = time.perf_counter()
    with running(command, env) as process:
        arrived = endpoint.first_arrival(WAIT_SECONDS)
        # To its own end, and so to its server's, which would else be felt by the next reading.
        process.wait(WAIT_SECONDS)
    return 1000 * (arrived - started)
