"""Programs that are run on source: bounded in time and output, and ended with all they started."""

import os
import selectors
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from typing import IO

from mcp_server.analysis.formatters.base import EXTRA, MissingFormatterError, first_line, nowhere
from mcp_server.analysis.guard import SourceError
from mcp_server.analysis.worker_process import die_with_parent

SECONDS = 8.0
"""A formatter is run up to four times within the 30 seconds that a worker has."""
OUTPUT_BYTES = 16 * 2**20
_CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class Output:
    """What a program printed, and its exit code; negative: the signal that ended it."""

    code: int
    stdout: str
    stderr: str


def run(command: list[str], *, stdin: str, name: str, cwd: str | None = None) -> Output:
    """Run a program on `stdin`, in a directory without anyone's configuration.

    Args:
        command: The program's path and its arguments.
        stdin: What it reads.
        name: What messages call it.
        cwd: Where it runs; by default the root directory.

    Raises:
        SourceError: It crashes, takes too long, or prints too much.
    """
    with tempfile.TemporaryFile() as source:
        source.write(stdin.encode())
        source.seek(0)
        with subprocess.Popen(
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd or nowhere(),
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509  (a worker has one thread)
        ) as process:
            try:
                done = _output(process, name)
            finally:
                _end_group(process)
    if done.code < 0:
        raise SourceError(f"{name} crashed on this input (signal {-done.code}); simplify it")
    return done


def run_checked(command: list[str], *, stdin: str, name: str) -> str:
    """Run a program, and return what it prints.

    Raises:
        SourceError: See `run`; or it refuses the source.
    """
    done = run(command, stdin=stdin, name=name)
    if done.code != 0:
        raise SourceError(f"{name} refused this input: {first_line(done.stderr)}")
    return done.stdout


def program(name: str, *, install: str = EXTRA, path: bool = False) -> str:
    """The path of a program that was installed beside this interpreter.

    Args:
        name: The program's name.
        install: The command that installs it, for the error.
        path: Also look where the user's own programs are.

    Raises:
        MissingFormatterError: It is not there.
    """
    places = sysconfig.get_path("scripts")
    if path:
        places = os.pathsep.join([places, os.environ.get("PATH", "")])
    found = shutil.which(name, path=places)
    if found is None:
        raise MissingFormatterError.of(name, install)
    return found


def _output(process: subprocess.Popen[bytes], name: str) -> Output:
    assert process.stdout  # noqa: S101  (a pipe)
    assert process.stderr  # noqa: S101  (a pipe)
    deadline = time.monotonic() + SECONDS
    read = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(deadline - time.monotonic(), 0))
            if not ready:
                raise _too_long(name)
            for key, _ in ready:
                if not _take(key.fd, read[key.fd], name):
                    selector.unregister(key.fileobj)
    try:
        code = process.wait(max(deadline - time.monotonic(), 0))
    except subprocess.TimeoutExpired:
        raise _too_long(name) from None
    return Output(code, _text(process.stdout, read), _text(process.stderr, read))


def _too_long(name: str) -> SourceError:
    return SourceError(f"{name} took over {SECONDS:g} seconds; send less code")


def _take(descriptor: int, into: bytearray, name: str) -> bool:
    """Read a piece; False at the end."""
    data = os.read(descriptor, _CHUNK)
    into += data
    if len(into) > OUTPUT_BYTES:
        raise SourceError(f"{name} printed over {OUTPUT_BYTES} bytes; send less code")
    return bool(data)


def _text(pipe: IO[bytes], read: dict[int, bytearray]) -> str:
    return read[pipe.fileno()].decode("utf-8", "replace")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
