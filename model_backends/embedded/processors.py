"""How many threads a model should compute with on this machine."""

import os
from math import floor
from pathlib import Path

_TOPOLOGY = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def default_threads() -> int:
    """Physical cores that this process may use, less one for the programs; at least one.

    llama.cpp's threads wait for each other by spinning: one more than there are free cores costs
    several times the speed.
    """
    return max(1, min(_physical_cores(_TOPOLOGY), _quota_cores(_QUOTA)) - 1)


def _physical_cores(topology: Path) -> int:
    """Count cores by the hardware threads that share one (Linux); else all logical processors."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    usable = os.sched_getaffinity(0)
    try:
        cores = {
            (topology / f"cpu{number}/topology/thread_siblings_list").read_text()
            for number in usable
        }
    except OSError:
        return len(usable)
    return len(cores)


def _quota_cores(quota: Path) -> int:
    """The container's limit (cgroup v2 cpu.max: microseconds of quota and period), rounded down."""
    try:
        allowed, period = quota.read_text().split()
        return max(1, floor(int(allowed) / int(period)))
    except (OSError, ValueError):
        # No control group, an older one, or "max": no limit.
        return os.cpu_count() or 1
