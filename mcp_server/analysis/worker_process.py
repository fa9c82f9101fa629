"""What runs inside a worker process: it prepares the process, then calls one function at a time.

It is imported by workers, so nothing here may import the MCP SDK or another large package.
"""

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import sys
import tempfile
import warnings
from multiprocessing import forkserver
from typing import Any

from mcp_server.analysis.guard import SourceError

PR_SET_PDEATHSIG = 1
MEMORY_BYTES = 2 << 30
"""Writable memory of a worker, and of each program that it starts."""


class UnforeseenError(Exception):
    """A function raised what it does not announce; the text is a line that says what."""


def prepare(scratch: str) -> None:
    """Make this process end when told to, deaf to Ctrl-C, silent, and bounded in its memory.

    Args:
        scratch: The directory of its temporary files: one that is killed leaves them behind.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a handler in Python would wait for C code
    die_with_parent()
    _let_go_of_fork_server()
    _bound_memory()
    tempfile.tempdir = scratch
    warnings.simplefilter("ignore")  # those of the linters' own packages
    gc.freeze()  # what was imported is never garbage; looking through it takes 100 ms
    # Standard output may be a protocol's wire; whatever a library prints goes to the log's side.
    with contextlib.suppress(OSError):
        os.dup2(2, 1)


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends (Linux, prctl(2)).

    Elsewhere a worker ends when its pipe does, which is after the call that it is busy with.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _let_go_of_fork_server() -> None:
    """Close this process's share of the pipe that keeps the fork server alive.

    The fork server ends when the last writer of that pipe has gone. Workers inherit a writer, so
    one that hangs would keep the fork server, and with it itself, beyond a killed main process.
    """
    server = getattr(forkserver, "_forkserver", None)
    descriptor = getattr(server, "_forkserver_alive_fd", None)
    if descriptor is not None:
        os.close(descriptor)
        setattr(server, "_forkserver_alive_fd", None)  # noqa: B010  (a private attribute)


def _bound_memory() -> None:
    """Let a hostile input exhaust this process, not the machine (Linux, setrlimit(2)).

    It does not cover several at once: all workers together may take their number times as much.
    """
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        bound = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))


def call(function: str, args: tuple[Any, ...]) -> Any:
    """Call `function`, written as "module:name".

    Raises:
        SourceError, RecursionError, MemoryError: The function raised it.
        UnforeseenError: It raised anything else, which might not survive the way to the server.
    """
    module, _, name = function.partition(":")
    try:
        return getattr(importlib.import_module(module), name)(*args)
    except (SourceError, RecursionError, MemoryError):
        raise
    except (Exception, SystemExit) as error:  # the outermost edge of this process
        lines = str(error).strip().splitlines()
        said = type(error).__name__ + (f": {lines[0][:200]}" if lines else "")
        raise UnforeseenError(said) from error
