"""Processes that are measured: started the same way, timed, and always ended."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

EXIT_SECONDS = 10.0


def installed(command: str) -> str:
    """The path of a console script of this very environment.

    Raises:
        FileNotFoundError: It is not installed.
    """
    found = shutil.which(command, path=str(Path(sys.executable).parent))
    if found is None:
        raise FileNotFoundError(f"{command} is not installed here; run 'make install-dev'")
    return found


def module_command(module: str) -> list[str]:
    """A command that runs `module.main()` as a console script does, with its compiled cache."""
    return [sys.executable, "-c", f"import sys; from {module} import main; sys.exit(main())"]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, without settings of the product, and with `changes`."""
    own = ("MISTRAL_AGENT__", "STARCODER_MCP_", "OPENAI_", "MODEL_NAME")
    return {k: v for k, v in os.environ.items() if not k.startswith(own)} | changes


@contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str], piped: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a group of its own; at the end of the block the group is gone.

    Args:
        command: The program and its arguments.
        env: Its whole environment.
        piped: Whether its standard input and output are pipes; otherwise they are empty.
    """
    stream = subprocess.PIPE if piped else subprocess.DEVNULL
    with subprocess.Popen(
        command,
        env=env,
        start_new_session=True,
        stdin=stream,
        stdout=stream,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close its input, give it time to leave, then kill what is left of its group."""
    if process.stdin:
        process.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(EXIT_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def cpu_seconds(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Processor time, user and system, of a process and of those it waited for.

    Raises:
        RuntimeError: It failed.
    """
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def seconds_to_line(command: Sequence[str], env: Mapping[str, str], request: bytes) -> float:
    """Seconds from the start of a process to the first line that it answers to `request`.

    Raises:
        RuntimeError: It ended without an answer.
    """
    started = time.perf_counter()
    with running(command, env, piped=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(request)
        process.stdin.flush()
        line = process.stdout.readline()
        seconds = time.perf_counter() - started
    if b'"result"' not in line:
        raise RuntimeError(f"{' '.join(command)} answered {line[:200]!r}")
    return seconds
