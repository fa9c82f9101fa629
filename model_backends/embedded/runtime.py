"""The embedded model's process, as its owner sees it."""

import asyncio
import contextlib
import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from model_backends.errors import GenerationError, MissingPackageError
from model_backends.settings import API_KEY, HANDED_OVER

INSTALL = "pip install 'starcoder-mistral[embedded]'"
EXIT_SECONDS = 0.5
_MB = 10**6

_SCRIPT = Path(__file__).with_name("runtime_process.py")


@dataclass(frozen=True, slots=True)
class Order:
    """What to load.

    Args:
        weights: A GGUF file.
        context_window: Tokens that each of the requests at once may use.
        parallel: Requests that are served at once.
        threads: Threads that compute.
    """

    weights: Path
    context_window: int
    parallel: int
    threads: int


class Runtime:
    """A running process with a loaded model.

    Args:
        process: It; its standard input is what keeps it alive.
        url: Its port on the loopback interface.
        key: What every request to the port has to carry.

    Attributes:
        hung: It is ended because it did not answer.
    """

    def __init__(self, process: asyncio.subprocess.Process, url: str, key: str) -> None:
        self._process = process
        self.url = url
        self.key = key
        self.hung = False

    @property
    def ended(self) -> bool:
        """Whether the process has ended, or hung and is being ended."""
        return self.hung or self._process.returncode is not None

    @property
    def memory_mb(self) -> int | None:
        """Resident memory of the process in MB, where the system says it as Linux does."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return None
        return int(pages) * os.sysconf("SC_PAGE_SIZE") // _MB

    async def exited(self) -> None:
        """Wait for the end of the process."""
        await self._process.wait()

    async def aclose(self) -> None:
        """End the process; safe to call twice."""
        await _end(self._process)


async def start_runtime(order: Order) -> Runtime:
    """Start a process and load the model in it.

    Raises:
        MissingPackageError: xllamacpp is not installed.
        GenerationError: The model cannot be loaded.
    """
    key = secrets.token_hex(32)
    # -P: the user's directory is not searched for modules. A session of its own: an interrupt
    # from the keyboard is for the program, which decides what ends.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        str(_SCRIPT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env={k: v for k, v in os.environ.items() if k not in {API_KEY, HANDED_OVER}},
    )
    try:
        reply = await _ask(process, order, key)
    except BaseException:
        await _end(process)
        raise
    if "url" in reply:
        return Runtime(process, reply["url"], key)
    await _end(process)
    if "missing" in reply:
        raise MissingPackageError(reply["missing"], INSTALL)
    raise GenerationError(
        str(order.weights),
        "it cannot be loaded: the file is damaged, of an unsupported kind, or memory is short"
        f" ({reply.get('error') or f'exit status {process.returncode}'})",
    )


async def _ask(process: asyncio.subprocess.Process, order: Order, key: str) -> dict[str, str]:
    assert process.stdin is not None  # noqa: S101 - both are pipes, as asked above
    assert process.stdout is not None  # noqa: S101
    question = {
        "weights": str(order.weights),
        "context_window": order.context_window,
        "parallel": order.parallel,
        "threads": order.threads,
        "key": key,
    }
    # A process that ended at once breaks the pipe; its missing answer says so below.
    with contextlib.suppress(ConnectionError):
        process.stdin.write(json.dumps(question).encode() + b"\n")
        await process.stdin.drain()
    line = await process.stdout.readline()
    return dict(json.loads(line)) if line else {}


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), EXIT_SECONDS)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
