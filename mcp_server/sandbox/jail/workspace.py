"""The private directory of a run: filled before, read back after, deleted whatever is in it."""

import contextlib
import errno
import itertools
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
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
    """Whether the files below `directory` take more than `limit` bytes; stops counting there.

    A tree too deep to be counted (4096 characters of path) counts as more.
    """
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
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return True  # what cannot be counted is not allowed
            continue  # deleted or closed by the code meanwhile
    return total > limit


def delete(directory: str) -> None:
    """Delete `directory`; nobody may be at work in it any more.

    Inner directories are moved to the top and emptied there, so that neither the depth of the
    tree nor the length of its paths costs anything, and closed ones are opened.
    """
    top = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    numbers = itertools.count()
    try:
        while names := os.listdir(top):  # noqa: PTH208 (of a descriptor)
            for name in names:
                if _is_directory(name, top):
                    _empty(name, top, numbers)
                    os.rmdir(name, dir_fd=top)
                else:
                    os.unlink(name, dir_fd=top)
    finally:
        os.close(top)
    Path(directory).rmdir()


def _empty(name: str, top: int, numbers: Iterator[int]) -> None:
    """Delete the files of a directory and move its directories to `top`."""
    os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    unforeseen = os.urandom(8).hex()  # code could have taken a name that it knew
    try:
        for child in os.listdir(inner):  # noqa: PTH208
            if _is_directory(child, inner):
                os.chmod(child, 0o700, dir_fd=inner)
                place = f"{unforeseen}-{next(numbers)}"
                os.rename(child, place, src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(child, dir_fd=inner)
    finally:
        os.close(inner)


def _is_directory(name: str, parent: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


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
