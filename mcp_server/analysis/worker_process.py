"""What runs inside a worker process: it prepares the process, then calls one function at a time.

It is imported by workers, so nothing here may import the MCP SDK or another large package.
"""

import contextlib
import gc
import importlib
import os
import pickle
import signal
import socket
import struct
import sys
import tempfile
import traceback
import warnings
from typing import Any

from mcp_server.analysis.guard import SourceError

PR_SET_PDEATHSIG = 1
MEMORY_BYTES = 2 << 30
"""Writable memory of a worker, and of each program that it starts."""

GARBAGE = 50_000
"""Objects after which garbage is looked for: a syntax tree is all alive, and looked at in vain."""

LENGTH = struct.Struct("!Q")
"""What goes before an answer on the wire: its length in bytes."""


class UnforeseenError(Exception):
    """A function raised what it does not announce; the text is a line that says what."""


def serve(wire: socket.socket, scratch: str) -> None:
    """Make the calls that come in, one after the other, until the other side closes the wire.

    Args:
        wire: A call is the pickle of what `call` takes. An answer is its length (`LENGTH`) and
            the pickle of whether the call failed, and what it returned or raised.
        scratch: As `prepare` takes it.
    """
    prepare(scratch)
    with wire, wire.makefile("rwb") as stream:
        while True:
            try:
                function, args = pickle.load(stream)  # noqa: S301  (the server wrote it)
            except EOFError:
                return
            answer = _answer(function, args)
            stream.write(LENGTH.pack(len(answer)) + answer)
            stream.flush()


def _answer(function: str, args: tuple[Any, ...]) -> bytes:
    try:
        return pickle.dumps((False, call(function, args)))
    except (SourceError, RecursionError, MemoryError, UnforeseenError) as error:
        return pickle.dumps((True, error))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        return pickle.dumps((True, _unforeseen(error)))


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
    gc.set_threshold(GARBAGE, 10, 10)
    # Standard output may be a protocol's wire; whatever a library prints goes to the log's side.
    with contextlib.suppress(OSError):
        os.dup2(2, 1)


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends (Linux, prctl(2)).

    Elsewhere a worker ends when its pipe does, which is after the call that it is busy with.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _let_go_of_fork_server() -> None:
    """Close this process's share of the pipe that keeps the fork server alive.

    The fork server ends when the last writer of that pipe has gone. Workers inherit a writer, so
    one that hangs would keep the fork server, and with it itself, beyond a killed main process.
    """
    from multiprocessing import forkserver

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
    except (Exception, SystemExit) as error:  # noqa: BLE001  (the outermost edge of this process)
        raise _unforeseen(error) from None


def _unforeseen(error: BaseException) -> UnforeseenError:
    """The error in a line, with where it was raised as a note."""
    lines = str(error).strip().splitlines()
    said = type(error).__name__ + (f": {lines[0][:200]}" if lines else "")
    unforeseen = UnforeseenError(said)
    unforeseen.add_note("".join(traceback.format_exception(error)))
    return unforeseen
