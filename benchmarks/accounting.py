"""Processor time of a block and of all that it starts, isolation included, by its cgroup."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_V1 = Path("/sys/fs/cgroup/cpuacct")
_V2 = Path("/sys/fs/cgroup")


class Account:
    """Processor seconds that a group of processes has used so far."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @property
    def seconds(self) -> float:
        """User and system time together."""
        v1 = self._directory / "cpuacct.usage"
        if v1.exists():
            return int(v1.read_text()) / 1e9
        lines = (self._directory / "cpu.stat").read_text().splitlines()
        found = dict(line.split() for line in lines)
        return int(found["usage_usec"]) / 1e6


@contextmanager
def account() -> Iterator[Account | None]:
    """Put this process and what it starts from now on into a group; None where that is forbidden.

    Processes that are reaped by the kernel, or that others started, are counted too, which
    `getrusage` cannot do.
    """
    parent = _V1 if _V1.is_dir() else _V2
    directory = parent / f"starcoder-benchmark-{os.getpid()}"
    before = parent / _own(parent).lstrip("/")
    try:
        directory.mkdir()
        (directory / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        if directory.is_dir():
            directory.rmdir()
        yield None
        return
    try:
        yield Account(directory)
    finally:
        (before / "cgroup.procs").write_text(str(os.getpid()))
        _empty(directory, before)


def _own(parent: Path) -> str:
    """The path of this process's group below a hierarchy's root."""
    wanted = "cpuacct" if parent == _V1 else ""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if wanted in names.split(","):
            return path
    return "/"


def _empty(directory: Path, before: Path) -> None:
    """Move what is left back, so that the group can go."""
    for process in (directory / "cgroup.procs").read_text().split():
        try:
            (before / "cgroup.procs").write_text(process)
        except OSError:  # it has just ended
            continue
    directory.rmdir()
