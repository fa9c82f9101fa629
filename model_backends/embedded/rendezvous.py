"""How processes of one user find the embedded model that one of them has loaded.

One file and one lock a model, in a directory that only the user can enter. Whoever holds the lock
owns the model's process; the file says where it listens. The operating system frees the lock when
its holder dies, however it dies, so a file without a held lock is an old one.
"""

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from model_backends.errors import ConfigurationError

NAME_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Meeting:
    """A loaded model that other processes may use.

    Args:
        url: The loopback port of its process.
        key: What every request has to carry.
        context_window: Tokens that each request was to have.
        served_window: Tokens that each request has; the model itself may have fewer.
        parallel: Requests that are served at once.
    """

    url: str
    key: str
    context_window: int
    served_window: int
    parallel: int


class Rendezvous:
    """One model's place in the directory.

    Args:
        directory: Exists, belongs to this user, and is closed to others.
        weights: The model.

    Raises:
        ConfigurationError: Other users could enter the directory, or it does not exist.
    """

    def __init__(self, directory: Path, weights: Path) -> None:
        _require_private(directory)
        name = hashlib.sha256(os.fsencode(weights)).hexdigest()[:NAME_CHARACTERS]
        self._file = directory / f"{name}.json"
        self._lock = FileLock(directory / f"{name}.lock", thread_local=False)

    def claim(self) -> bool:
        """Become the owner if there is none; an old file is removed."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        self._file.unlink(missing_ok=True)
        return True

    def find(self) -> Meeting | None:
        """Read where the owner's model listens; None while it is loading."""
        try:
            return Meeting(**json.loads(self._file.read_bytes()))
        except FileNotFoundError:
            return None

    def publish(self, meeting: Meeting) -> None:
        """Tell the others; the file appears whole, readable by this user only."""
        # mkstemp makes the file 0600.
        handle, name = tempfile.mkstemp(dir=self._file.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(meeting), file)
        Path(name).replace(self._file)

    def leave(self) -> None:
        """Give up ownership: others load the model themselves. Safe where there is none."""
        if self._lock.is_locked:
            # The directory may be gone already: its maker removes it at its own end.
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
            self._lock.release()


def _require_private(directory: Path) -> None:
    try:
        status = directory.stat()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"rendezvous {str(directory)!r}: {reason}") from None
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigurationError(f"rendezvous {str(directory)!r} is not a directory")
    if os.name == "posix" and (status.st_uid != os.getuid() or status.st_mode & 0o077):
        raise ConfigurationError(
            f"rendezvous {str(directory)!r} is open to other users; it has to be 0700 and your own"
        )
