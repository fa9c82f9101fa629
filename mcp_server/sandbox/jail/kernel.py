"""The Linux system calls that Python lacks, through libc.

pyseccomp and pylandlock were considered: the first needs libseccomp.so, which is not a wheel, the
second covers Landlock only to ABI 3; both would have to be installed in the user's interpreter.
"""

import ctypes
import functools
import os
import platform
from typing import Literal

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x4_0000
MNT_DETACH = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 1, 2, 4

PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_SECCOMP = 4, 8, 22
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 36, 38, 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_READ_SEARCH = 2

_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_CAPABILITY_VERSION = 0x2008_0522

Architecture = Literal["x86_64", "aarch64"]

# The calls used here by number (x86_64, aarch64); glibc has no wrapper for them everywhere.
_NUMBERS = {
    "pivot_root": (155, 41),
    "capset": (126, 91),
    "mount_setattr": (442, 442),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}


def architecture() -> Architecture:
    """The machine's architecture as system call tables name it.

    Raises:
        OSError: The tables here do not cover it.
    """
    machine = platform.machine()
    if machine == "x86_64":
        return "x86_64"
    if machine == "aarch64":
        return "aarch64"
    raise OSError(f"no system call table for {machine!r}; x86_64 and aarch64 are supported")


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def checked(what: str, result: int) -> int:
    """`result`, unless it is negative.

    Raises:
        OSError: The call named `what` failed.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make the call `name` of the table above; integers are passed as machine words."""
    number = _NUMBERS[name][0 if architecture() == "x86_64" else 1]
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return checked(name, _libc().syscall(ctypes.c_long(number), *words))


def unshare(flags: int) -> None:
    """Move this process (for PID: its children) into new namespaces."""
    checked("unshare", _libc().unshare(flags))


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Attach `source` at `target` (its type is `kind`)."""
    names = [os.fsencode(part) for part in (source, target, kind)]
    result = _libc().mount(*names, ctypes.c_ulong(flags), os.fsencode(options))
    checked(f"mount {kind or 'bind'} {target}", result)


def protect_mounts(path: str, attributes: int, *, recursive: bool) -> None:
    """Set mount attributes on the mount at `path`, or also on those below it (Linux 5.12)."""
    # struct mount_attr: attr_set, attr_clr, propagation, userns_fd
    wanted = b"".join(n.to_bytes(8, "little") for n in (attributes, 0, 0, 0))
    depth = _AT_RECURSIVE if recursive else 0
    syscall("mount_setattr", _AT_FDCWD, os.fsencode(path), depth, wanted, len(wanted))


def enter_root(path: str) -> None:
    """Make `path` this mount namespace's root and let go of the old one."""
    os.chdir(path)
    syscall("pivot_root", b".", b".")
    checked("umount", _libc().umount2(b".", MNT_DETACH))
    os.chdir("/")


def prctl(option: int, *values: int) -> None:
    """Set a property of this process."""
    words = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    checked(f"prctl {option}", _libc().prctl(option, *words))


def keep_capabilities(mask: int) -> None:
    """Give up every capability but those in `mask` (its lowest 32)."""
    header = _CAPABILITY_VERSION.to_bytes(4, "little") + bytes(4)
    low = mask.to_bytes(4, "little") * 3  # effective, permitted, inheritable
    syscall("capset", header, low + bytes(12))


def install_filter(program: bytes) -> None:
    """Install a seccomp filter, an array of struct sock_filter, in this thread."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))

    fprog = Program(len(program) // 8, program)
    filter_mode = 2
    address = ctypes.addressof(fprog)
    prctl(PR_SET_SECCOMP, filter_mode, address)
