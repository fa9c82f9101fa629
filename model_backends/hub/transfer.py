"""One file from a hub to this disk: resumed, bounded, and checked by size and hash.

huggingface_hub 2.4 was considered for this: it deletes what has come when a download breaks off,
and does not compare hashes.
"""

import errno
import hashlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from model_backends.hub.errors import (
    CacheError,
    DamagedDownloadError,
    DiskSpaceError,
    HubRefusedError,
    InterruptedDownloadError,
)
from model_backends.hub.listing import HubFile

if TYPE_CHECKING:
    import httpx2

TRIES = 5
"""Tries in a row that bring nothing, before a transfer is given up."""
WAIT_SECONDS = 1.0
"""Wait before the second try; it doubles with each one."""

_TIMEOUT = 30.0
_CHUNK = 1 << 20
_OK, _PARTIAL, _UNSATISFIABLE = 200, 206, 416
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})

Told = Callable[[int], None]
"""Is told how many more bytes there are; a negative number where some are discarded."""


def fetch(url: str, headers: Mapping[str, str], file: HubFile, part: Path, told: Told) -> None:
    """Bring `part` to be the whole of `file`, beginning with what it has already.

    Raises:
        InterruptedDownloadError: It broke off; `part` is kept.
        DamagedDownloadError: Size or hash are not what is listed; `part` is deleted.
        HubRefusedError: The hub does not give the file.
        DiskSpaceError: The disk became full; `part` is kept.
    """
    import httpx2

    failures = 0
    part.touch()  # a file without content is one, too
    with httpx2.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        while (have := _size(part)) < file.size:
            try:
                with part.open("ab") as target:
                    _append(client, url, headers, file=file, target=target, told=told)
                reason = "the connection ended early"
            except DamagedDownloadError:
                part.unlink()
                raise
            except httpx2.HTTPError as error:
                reason = str(error) or type(error).__name__
            except OSError as error:
                raise _disk_error(error, part, file) from None
            failures = 0 if _size(part) > have else failures + 1
            if failures >= TRIES:
                raise InterruptedDownloadError(url, file.name, _size(part), file.size, reason)
            if _size(part) < file.size:
                time.sleep(WAIT_SECONDS * 2**failures)
    problem = damage(part, file)
    if problem:
        part.unlink(missing_ok=True)
        raise DamagedDownloadError(file.name, problem)


def damage(path: Path, file: HubFile) -> str | None:
    """What is wrong with a file on this disk, or None."""
    if not path.exists():
        return "it is not here"
    size = _size(path)
    if size != file.size:
        return f"it has {size} bytes, the hub lists {file.size}"
    if file.sha256:
        digest, listed, kind = hashlib.sha256(), file.sha256, "SHA-256"
    else:
        # Not for security: it is what git names the content by.
        digest, listed, kind = hashlib.sha1(usedforsecurity=False), file.git_sha1 or "", "git hash"
        digest.update(f"blob {size}\0".encode())
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    found = digest.hexdigest()
    return None if found == listed else f"its {kind} is {found}, the hub lists {listed}"


def _append(
    client: "httpx2.Client",
    url: str,
    headers: Mapping[str, str],
    *,
    file: HubFile,
    target: BinaryIO,
    told: Told,
) -> None:
    have = target.tell()
    # Without compression: ranges and sizes are those of the content.
    asked = {**headers, "Accept-Encoding": "identity"}
    if have:
        asked["Range"] = f"bytes={have}-"
    with client.stream("GET", url, headers=asked) as answer:
        status = answer.status_code
        if status in _TRANSIENT:
            answer.raise_for_status()
        if status not in (_OK, _PARTIAL):
            if status == _UNSATISFIABLE:
                raise DamagedDownloadError(file.name, f"the hub has only {have} bytes of it")
            raise HubRefusedError(url, f"{url} answered HTTP {status}", status)
        if status == _OK and have:  # it does not know ranges, and begins anew
            target.truncate(0)
            told(-have)
            have = 0
        for chunk in answer.iter_bytes():
            have += len(chunk)
            if have > file.size:
                raise DamagedDownloadError(
                    file.name, f"more than the {file.size} bytes that the hub lists came"
                )
            target.write(chunk)
            told(len(chunk))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _disk_error(error: OSError, part: Path, file: HubFile) -> DiskSpaceError | CacheError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        free = os.statvfs(part.parent)
        return DiskSpaceError(part.parent, file.size - _size(part), free.f_bavail * free.f_frsize)
    return CacheError(part, (error.strerror or str(error)).lower())
