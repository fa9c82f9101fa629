"""A process with pytest and coverage imported that forks for every run; it never runs user code.

It stays single-threaded, so that forking is safe. It ends when the server's end of its socket
closes.
"""

import gc
import os
import signal
import socket
import sys
from typing import NoReturn

from mcp_server.sandbox.jail import collect
from mcp_server.sandbox.jail.keeper import Pipes, keep, read_spec
from mcp_server.sandbox.jail.spec import Spec

_DESCRIPTORS = 6
_STDERR = 3  # among them


def main() -> None:
    """Serve the socket whose descriptor is the program's argument."""
    server = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    collect.preload()
    gc.collect()
    gc.freeze()  # collections in a child must not copy what it shares with this process
    server.send(b"ready")
    while True:
        message, descriptors, _, _ = socket.recv_fds(server, 1, _DESCRIPTORS)
        if not message:
            return
        if os.fork() == 0:
            server.close()
            _serve(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _serve(descriptors: list[int]) -> NoReturn:
    try:
        os.setsid()
        os.dup2(descriptors[_STDERR], 2)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        spec_file, *pipes = descriptors
        keep(read_spec(spec_file), Pipes(*pipes), _collect)
    finally:
        os._exit(1)


def _collect(spec: Spec) -> NoReturn:
    """Become the program `collect.py` with the job's arguments, without a new interpreter."""
    os.environ.clear()
    os.environ.update(spec.environment)
    sys.dont_write_bytecode = True
    sys.argv[:] = spec.command[1:]
    collect.main()
