"""Resident memory of a process's descendants, and of those that outlive their parent (Linux)."""

import ctypes
import os
import time
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PR_SET_CHILD_SUBREAPER = 36
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Process:
    """A running process: resident memory in MB (10^6 bytes), as /proc/PID/stat gives it."""

    pid: int
    parent: int
    name: str
    resident_mb: float


def adopt_orphans() -> None:
    """From now on descendants whose parent dies become children of this process (prctl(2)).

    Raises:
        OSError: The system refuses.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def descendants(root: int) -> list[Process]:
    """All processes below `root`, parents first; zombies are left out."""
    children: dict[int, list[Process]] = {}
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit() and (process := _read(directory)):
            children.setdefault(process.parent, []).append(process)
    found = list(children.get(root, ()))
    for process in found:
        found += children.get(process.pid, ())
    return found


def left_over(root: int, seconds: float, before: Set[int] = frozenset()) -> list[Process]:
    """The descendants of `root` that are still there after `seconds`, but for those of `before`."""
    deadline = time.monotonic() + seconds
    while True:
        found = [process for process in descendants(root) if process.pid not in before]
        if not found or time.monotonic() >= deadline:
            return found
        time.sleep(_POLL_SECONDS)


def _read(directory: Path) -> Process | None:
    try:
        text = (directory / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # It has ended since it was listed.
        return None
    # The name is in parentheses and may hold any character: fields are counted after the last.
    head, tail = text.rsplit(")", 1)
    fields = tail.split()
    if fields[0] in "ZX":
        return None
    name = head.split("(", 1)[1]
    resident = int(fields[21]) * PAGE_BYTES / 1e6
    return Process(int(directory.name), int(fields[1]), name, resident)
