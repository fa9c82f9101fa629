"""Standard output that its reader has left, or that cannot be written."""

import os
import signal
import sys

BROKEN_PIPE = 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 141
"""The exit code of a program whose reader has left, as a shell counts it."""


def abandon_output() -> None:
    """Give the interpreter nothing to flush at exit: nobody can take it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
