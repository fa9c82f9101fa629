"""Who untrusted code runs as: never root, and with no capability that reaches beyond reading.

The kernel does not hold root to a number of processes (RLIMIT_NPROC), and root owns too much; so
a run that root starts gets a user id of its own that nobody has.
"""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

from mcp_server.sandbox.jail import kernel

# User ids from here on are neither people's nor containers' (systemd's own ranges end below).
_FIRST_FREE, _FREE = 0x7100_0000, 1 << 20


@dataclass(frozen=True)
class Identity:
    """A user id for the code; None where it keeps that of the user who runs it."""

    user: int | None

    @staticmethod
    def for_this_run() -> "Identity":
        """A free user id when root runs this, told apart by the process id.

        Raises:
            OSError: This is root, but without the right to become anybody else.
        """
        if os.geteuid() != 0:
            return Identity(None)
        ranges = _mapped_users()
        if ranges == [(0, 1)]:
            return Identity(None)  # root by name only: one user in a user namespace
        start, count = max(ranges, key=lambda r: r[0] + r[1])
        if start + count >= _FIRST_FREE + _FREE:
            return Identity(_FIRST_FREE + os.getpid() % _FREE)
        return Identity(start + count - 1 - os.getpid() % min(count - 1, 4096))

    def assume(self, *, keep_reading: bool) -> None:
        """Become this user and give up every capability.

        Args:
            keep_reading: Keep the capability to read what file modes forbid, for a process that
                Landlock confines to admitted paths: they may lie below a closed home directory.
        """
        kept = 0
        if self.user is not None:
            if keep_reading:
                kept = 1 << kernel.CAP_DAC_READ_SEARCH
                kernel.prctl(kernel.PR_SET_KEEPCAPS, 1)
            os.setgroups([])
            os.setresgid(self.user, self.user, self.user)
            os.setresuid(self.user, self.user, self.user)
        kernel.keep_capabilities(kept)
        if kept:
            raise_reading = (kernel.PR_CAP_AMBIENT_RAISE, kernel.CAP_DAC_READ_SEARCH)
            kernel.prctl(kernel.PR_CAP_AMBIENT, *raise_reading)


def enter_user_namespace(others: int) -> None:
    """Enter new namespaces (`others` are their flags) with a user namespace that maps oneself."""
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER | others)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def limit_resources(*, memory: int, disk: int, seconds: float, processes: int) -> None:
    """Set the limits that the kernel holds for each process, hard.

    Args:
        memory: Address space in bytes.
        disk: Largest file in bytes.
        seconds: CPU seconds, rounded up.
        processes: Processes and threads of this user.
    """
    cpu = int(seconds) + 1
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, disk),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        hard = resource.getrlimit(what)[1]
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (allowed, allowed))


def threads_of_this_user() -> int:
    """How much of RLIMIT_NPROC the user's processes take now, in any user namespace."""
    user, count = os.getuid(), 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid == user:
                    count += len(list((entry / "task").iterdir()))
            except OSError:
                continue  # it ended meanwhile
    return count


def _mapped_users() -> list[tuple[int, int]]:
    """The user ids that exist here, as (first, count)."""
    lines = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    return [(int(first), int(count)) for first, _, count in (line.split() for line in lines)]
