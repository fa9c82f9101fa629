"""The processes of a run: what they use together, and ending all of them."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_ROUNDS = 2000  # bound on chasing processes that start others while they are killed


def descendants(pid: int) -> Iterator[int]:
    """The processes below `pid`, as far as /proc shows them."""
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield int(child)
                yield from descendants(int(child))
    except OSError:
        return  # it ended meanwhile, or there is no /proc here


def resident_bytes(pid: int) -> int:
    """Physical memory of all processes below `pid`; pages that they share count once for each."""
    pages = 0
    for child in descendants(pid):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{child}/statm").read_text(encoding="ascii").split()
            pages += int(fields[1]) - int(fields[2])  # without pages of files
    return pages * _PAGE


def kill_everything_else() -> None:
    """As the first process of a PID namespace: kill all others there, at once."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)


def kill_group(group: int) -> None:
    """Kill the process group `group`, at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def kill_descendants() -> None:
    """Kill what left the group, and take leave of all children.

    Code can outrun this only where it may leave its process group (the mechanism "process").
    """
    for _ in range(_ROUNDS):
        for pid in list(descendants(os.getpid())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)  # the killed need a moment to end
