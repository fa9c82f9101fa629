"""What runs inside a worker process: it prepares the process, then calls one function at a time.

It is imported by workers, so nothing here may import the MCP SDK or another large package.
"""

import contextlib
import ctypes
import importlib
import os
import signal
import sys
import warnings
from multiprocessing import forkserver
from typing import Any

PR_SET_PDEATHSIG = 1


def prepare() -> None:
    """Make this process die with its parent, deaf to Ctrl-C, and silent on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    _let_go_of_fork_server()
    warnings.simplefilter("ignore")  # those of the linters' own packages
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


def call(function: str, args: tuple[Any, ...]) -> Any:
    """Call `function`, written as "module:name"."""
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)(*args)
