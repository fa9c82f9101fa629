"""The file system that code in namespaces sees: parts of the system, read-only, and one tmpfs."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from mcp_server.sandbox.jail import kernel

PRIVATE = "/tmp"  # noqa: S108 (a tmpfs of the run's own)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_INODES = 16384
_ACCOUNT = "sandbox:x:{user}:{group}:sandbox:{home}:/bin/sh\n"


def build_root(system: Iterable[str], readable: Iterable[str], disk: int, user: int) -> None:
    """Replace the root of this mount namespace; call as the first process of a PID namespace.

    Args:
        system: Parts of the system to show.
        readable: Further paths to show; those that do not exist are left out.
        disk: Bytes that the private directory may hold.
        user: Who owns the private directory.

    Raises:
        OSError: A mount is not allowed here, or the kernel is older than 5.12.
    """
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    # The new root is mounted where admitted paths may lie, so these are opened before.
    shown = [(path, _open(path)) for path in (*system, *readable)]
    devices = [(path, _open(path)) for path in DEVICES]
    root = PRIVATE
    guarded = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmpfs", root, "tmpfs", guarded, f"size=1m,nr_inodes={_INODES},mode=755")
    Path(root + PRIVATE).mkdir()
    owner = f"size={disk},nr_inodes={_INODES},mode=700,uid={user}"
    kernel.mount("tmpfs", root + PRIVATE, "tmpfs", guarded, owner)
    for path, descriptor in shown:
        _show(root, path, descriptor)
    _add_devices(root, devices)
    _add_names(root, user)
    _add_proc(root)
    kernel.protect_mounts(root, kernel.MOUNT_ATTR_RDONLY, recursive=False)
    for _, descriptor in (*shown, *devices):
        if descriptor is not None:
            os.close(descriptor)
    kernel.enter_root(root)


def _open(path: str) -> int | None:
    try:
        return os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None


def _show(root: str, path: str, descriptor: int | None) -> None:
    """Bind `path` read-only below `root`; a link becomes a link."""
    target = Path(root + path)
    if descriptor is None or target.is_symlink():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source = f"/proc/self/fd/{descriptor}"
    if _is_link(descriptor):
        target.symlink_to(os.readlink("", dir_fd=descriptor))
        return
    _make_mount_point(target, directory=Path(source).is_dir())
    kernel.mount(source, str(target), "", kernel.MS_BIND | kernel.MS_REC)
    attributes = kernel.MOUNT_ATTR_RDONLY | kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV
    kernel.protect_mounts(str(target), attributes, recursive=True)


def _is_link(descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        os.readlink("", dir_fd=descriptor)
        return True
    return False


def _make_mount_point(target: Path, *, directory: bool) -> None:
    if directory:
        target.mkdir(exist_ok=True)
    else:
        target.touch()


def _add_devices(root: str, devices: Iterable[tuple[str, int | None]]) -> None:
    Path(root, "dev").mkdir(exist_ok=True)
    for path, descriptor in devices:
        if descriptor is not None:
            Path(root + path).touch()
            kernel.mount(f"/proc/self/fd/{descriptor}", root + path, "", kernel.MS_BIND)
    Path(root, "dev/shm").symlink_to(PRIVATE)
    Path(root, "dev/fd").symlink_to("/proc/self/fd")


def _add_names(root: str, user: int) -> None:
    """Give the user a name, for code that asks who it is."""
    etc = Path(root, "etc")
    etc.mkdir(exist_ok=True)
    entry = _ACCOUNT.format(user=user, group=user, home=PRIVATE)
    (etc / "passwd").write_text(entry, encoding="ascii")


def _add_proc(root: str) -> None:
    """Mount a /proc that shows this run's processes alone; code gets none where that is refused."""
    Path(root, "proc").mkdir(exist_ok=True)
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    with contextlib.suppress(PermissionError):
        kernel.mount("proc", root + "/proc", "proc", flags)
