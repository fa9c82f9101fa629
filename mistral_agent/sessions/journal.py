"""The file of one conversation: lines are added at its end and are on disk when that returns."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mistral_agent.errors import SessionError, SessionStorageError
from mistral_agent.sessions.records import (
    SCHEMA_VERSION,
    Record,
    header_line,
    read_header,
    read_record,
    record_line,
)

MAX_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds; damaged lines stay in it and are told in `problems`."""

    started: datetime
    records: list[Record]
    problems: tuple[str, ...]
    ends_in_a_line: bool


def read_journal(path: Path) -> Contents:
    """Read a conversation's file, as much of it as can be read.

    Raises:
        SessionStorageError: The file cannot be read.
        SessionError: A newer version of the program wrote it.
    """
    try:
        data = path.read_bytes()
        started = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise SessionStorageError(str(path), error.strerror or str(error)) from None
    lines = data.decode("utf-8", errors="replace").split("\n")
    ends_in_a_line = lines[-1] == ""
    records: list[Record] = []
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            if number == 1 and not line.startswith('{"kind":'):
                started = _started(path, line)
            else:
                records.append(read_record(line))
        except ValueError as error:
            at_the_end = number == len(lines)
            problems.append(_problem(path, number, at_the_end, str(error)))
    if len(problems) > MAX_PROBLEMS:
        more = len(problems) - MAX_PROBLEMS
        problems[MAX_PROBLEMS:] = [f"{path.name}: {more} more lines are damaged"]
    return Contents(started, records, tuple(problems), ends_in_a_line)


def _started(path: Path, line: str) -> datetime:
    header = read_header(line)
    if header.version > SCHEMA_VERSION:
        raise SessionError(
            f"session file {path} has schema version {header.version}, this program reads "
            f"{SCHEMA_VERSION}; update mistral-agent"
        )
    return header.started


def _problem(path: Path, number: int, at_the_end: bool, reason: str) -> str:
    which = "the last line" if at_the_end else "a line"
    return f"{path.name}:{number}: {which} is damaged and was left out ({reason})"


class Journal:
    """Appends to one file, which is made with the first record.

    Args:
        path: The file.
        session_id: The conversation's id, for the header.
        started: When it began, for the header.
        ends_in_a_line: False where a damaged last line must be closed first.
    """

    def __init__(
        self, path: Path, session_id: str, started: datetime, ends_in_a_line: bool = True
    ) -> None:
        self._path = path
        self._session_id = session_id
        self._started = started
        self._ends_in_a_line = ends_in_a_line
        self._file: int | None = None
        self._entry_is_on_disk = path.exists()

    @property
    def exists(self) -> bool:
        """Whether anything was written yet, now or earlier."""
        return self._path.exists()

    def append(self, record: Record, wait: bool = True) -> None:
        """Write a record and, with `wait`, wait until the disk has it and all before it.

        Raises:
            SessionStorageError: The disk is full, or the file cannot be written.
        """
        line = record_line(record)
        try:
            if self._file is None:
                line = self._header_if_new() + line
                self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            self._write(self._file, line if self._ends_in_a_line else f"\n{line}", wait)
        except OSError as error:
            raise SessionStorageError(str(self._path), error.strerror or str(error)) from None

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _header_if_new(self) -> str:
        return "" if self._path.exists() else header_line(self._session_id, self._started)

    def _write(self, file: int, text: str, wait: bool) -> None:
        data = memoryview(text.encode())
        self._ends_in_a_line = False
        while data:
            data = data[os.write(file, data) :]
        if wait:
            os.fsync(file)
        if wait and not self._entry_is_on_disk:
            _sync_directory(self._path.parent)
            self._entry_is_on_disk = True
        self._ends_in_a_line = True


def _sync_directory(directory: Path) -> None:
    """A new file survives a power cut only when its directory's entry does."""
    if os.name == "nt":  # directories cannot be opened there
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
