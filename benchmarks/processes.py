"""Processes that are measured: started the same way, timed, and always ended."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer

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
    """The environment of a measured process: as a user has it, with `changes`.

    Settings of the product are left out, and so are Python's own: where they forbid it to keep
    compiled modules, what would be measured is compilation.
    """
    left_out = ("MISTRAL_AGENT__", "STARCODER_MCP_", "OPENAI_", "PYTHON", "COVERAGE_")
    named = ("MODEL_NAME", "MAX_LENGTH", "DEVICE", "LOG_LEVEL")
    kept = {k: v for k, v in os.environ.items() if k not in named and not k.startswith(left_out)}
    return kept | changes


@contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str], piped: bool = False, seconds: float = 120.0
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a group of its own; at the end of the block the group is gone.

    Args:
        command: The program and its arguments.
        env: Its whole environment.
        piped: Whether its standard input and output are pipes; otherwise they are empty.
        seconds: The process is killed after that long, which ends every wait for it.
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
        limit = Timer(seconds, process.kill)
        limit.start()
        try:
            yield process
        finally:
            _end(process)
            limit.cancel()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close its input, give it time to leave, then kill what is left of its group."""
    if process.stdin:
        with suppress(BrokenPipeError):
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
