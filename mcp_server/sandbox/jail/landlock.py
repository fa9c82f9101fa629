"""Landlock: which files a process may reach, and that it may not signal outside itself.

Source: https://docs.kernel.org/userspace-api/landlock.html. Landlock does not cover reading
metadata (stat), changing it (chmod, utime, setxattr), or connecting to unix sockets by path; the
seccomp filter closes the last two.
"""

import os
import stat
from collections.abc import Iterable

from mcp_server.sandbox.jail import kernel

MINIMUM_ABI = 3  # Linux 6.2: the first that guards truncation
SIGNALS_ABI = 6  # Linux 6.12: the first that keeps signals inside

_READ = 0b1101  # execute, read a file, list a directory
_DEVICE = 0b0110  # write and read a file
_OF_A_FILE = 0b1000_0000_0000_0111 | 1 << 14  # what a rule on a file that is no directory may hold
_HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP = 0b11  # bind and connect
_TCP_ABI = 4
_SCOPED = 0b11  # abstract unix sockets and signals
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1


def abi() -> int:
    """The kernel's Landlock version, 0 where it has none."""
    try:
        return kernel.syscall("landlock_create_ruleset", None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(readable: Iterable[str], writable: Iterable[str], devices: Iterable[str]) -> None:
    """Confine this process and its children to these paths; those that are missing are skipped.

    Raises:
        OSError: The kernel has no Landlock, or an older one than MINIMUM_ABI.
    """
    version = abi()
    if version < MINIMUM_ABI:
        raise OSError(f"Landlock ABI {version}; {MINIMUM_ABI} is needed (Linux 6.2)")
    handled = _HANDLED[max(known for known in _HANDLED if known <= version)]
    words = (handled, _TCP if version >= _TCP_ABI else 0, _SCOPED if version >= SIGNALS_ABI else 0)
    size = 8 if version < _TCP_ABI else 16 if version < SIGNALS_ABI else 24
    attributes = b"".join(word.to_bytes(8, "little") for word in words)[:size]
    ruleset = kernel.syscall("landlock_create_ruleset", attributes, size, 0)
    for paths, access in ((readable, _READ), (writable, handled), (devices, _DEVICE)):
        for path in paths:
            _allow(ruleset, path, access & handled)
    kernel.syscall("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        access &= _OF_A_FILE
    rule = access.to_bytes(8, "little") + descriptor.to_bytes(4, "little")
    kernel.syscall("landlock_add_rule", ruleset, _RULE_PATH_BENEATH, rule, 0)
    os.close(descriptor)
