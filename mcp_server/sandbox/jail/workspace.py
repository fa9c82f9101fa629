"""The private directory of a run: filled before, read back after, deleted whatever is in it."""

import contextlib
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

_PAGE = 4096  # the least that an entry counts, so that empty files count too


def fill(directory: str, files: Mapping[str, str], owner: int) -> None:
    """Write `files` below `directory` and give everything to `owner`.

    Raises:
        ValueError: A path is absolute or leads outside.
    """
    root = Path(directory)
    root.mkdir(mode=0o700, exist_ok=True)
    _give(root, owner)
    for name, text in files.items():
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise ValueError(f"file path {name!r} leads out of the private directory")
        target = root / relative
        for parent in reversed(relative.parents[:-1]):
            (root / parent).mkdir(exist_ok=True)
            _give(root / parent, owner)
        target.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        _give(target, owner)


def read_back(directory: str, names: Iterable[str], limit: int) -> dict[str, str]:
    """The contents of the regular files among `names`, `limit` bytes in all; follows no link."""
    found: dict[str, str] = {}
    for name in names:
        with contextlib.suppress(OSError):
            content = _read(directory, PurePosixPath(name).parts, limit)
            limit -= len(content)
            found[name] = content.decode("utf-8", "replace")
    return found


def holds_more_than(directory: str, limit: int) -> bool:
    """Whether the files below `directory` take more than `limit` bytes; stops counting there."""
    total, folders = 0, [directory]
    while folders and total <= limit:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    total += max(_PAGE, entry.stat(follow_symlinks=False).st_blocks * 512)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    if total > limit:
                        break
        except OSError:
            continue  # deleted or closed by the code meanwhile
    return total > limit


def delete(directory: str) -> None:
    """Delete `directory`, also if it is too deep to walk or its modes forbid it."""
    import shutil
    import subprocess

    try:
        shutil.rmtree(directory)
    except (OSError, RecursionError):
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf", "--one-file-system"]):
            subprocess.run([*command, "--", directory], check=False, stderr=subprocess.DEVNULL)


def _give(path: Path, owner: int) -> None:
    if os.geteuid() != owner:
        os.chown(path, owner, owner, follow_symlinks=False)


def _read(directory: str, parts: tuple[str, ...], limit: int) -> bytes:
    """Read a file step by step from `directory`: no link, no pipe, nothing outside.

    Raises:
        OSError: It is missing or something else than a regular file.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(directory, flags | os.O_DIRECTORY)
    try:
        for part in parts:
            if part == "..":
                raise OSError("outside the private directory")
            inner = os.open(part, flags, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(max(0, limit))
    finally:
        os.close(descriptor)
