"""Documents of several tenants in one directory tree.

Every document lives at ``<root>/<tenant>/<name>``. Names come from users, so each path
is checked before it is touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_TENANT_RE = re.compile(r"[a-z][a-z0-9-]{1,30}")
_CHUNK = 1 << 16
_MAX_NAME = 120


class UnsafePathError(ValueError):
    """The path would leave the directory of its tenant."""


def tenant_dir(root: Path, tenant: str) -> Path:
    """Return the directory of a tenant.

    Args:
        root: Root of the store.
        tenant: Identifier of the tenant.

    Raises:
        UnsafePathError: If the identifier is malformed.
    """
    if _TENANT_RE.fullmatch(tenant) is None:
        raise UnsafePathError(f"not a tenant: {tenant!r}")
    return root.resolve() / tenant


def document_path(root: Path, tenant: str, name: str) -> Path:
    """Return the checked path of a document.

    Args:
        root: Root of the store.
        tenant: Identifier of the tenant.
        name: Name of the document; may have folders, separated by slashes.

    Raises:
        UnsafePathError: If the name is malformed or leads out of the tenant's directory.
    """
    if not name or len(name) > _MAX_NAME or "\0" in name:
        raise UnsafePathError(f"not a document name: {name!r}")
    base = tenant_dir(root, tenant)
    path = (base / name).resolve()
    if path == base or not path.is_relative_to(base):
        raise UnsafePathError(f"{name!r} is outside of the store")
    return path


def save(root: Path, tenant: str, name: str, content: bytes) -> str:
    """Write a document atomically, replacing an older version.

    Returns:
        SHA-256 digest of the content in hexadecimal.
    """
    path = document_path(root, tenant, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".saving-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return hashlib.sha256(content).hexdigest()


def iter_chunks(root: Path, tenant: str, name: str) -> Iterator[bytes]:
    """Yield the content of a document piece by piece.

    Raises:
        FileNotFoundError: If there is no such document.
        UnsafePathError: If the name is not acceptable.
    """
    with document_path(root, tenant, name).open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def usage_by_folder(root: Path, tenant: str) -> dict[str, int]:
    """Return the bytes used in each top-level folder of a tenant."""
    base = tenant_dir(root, tenant)
    usage: Counter[str] = Counter()
    for path in base.rglob("*"):
        if path.is_file() and path.parent != base:
            usage[path.relative_to(base).parts[0]] += path.stat().st_size
    return dict(sorted(usage.items()))


def remove(root: Path, tenant: str, name: str) -> bool:
    """Remove a document and tell whether it existed."""
    try:
        document_path(root, tenant, name).unlink()
    except FileNotFoundError:
        return False
    return True
