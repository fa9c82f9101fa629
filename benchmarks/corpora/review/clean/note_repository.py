"""Notes in an SQLite database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS note (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS note_tag (
    note_id INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (note_id, tag)
);
"""

INSERT_NOTE = "INSERT INTO note (title, body, created_at) VALUES (?, ?, ?)"
INSERT_TAG = "INSERT OR IGNORE INTO note_tag (note_id, tag) VALUES (?, ?)"
SELECT_BY_ID = "SELECT id, title, body, created_at FROM note WHERE id = ?"
SELECT_BY_TAG = """
SELECT note.id, note.title, note.body, note.created_at
FROM note JOIN note_tag ON note_tag.note_id = note.id
WHERE note_tag.tag = ?
ORDER BY note.created_at DESC, note.id DESC
LIMIT ?
"""


@dataclass(frozen=True)
class Note:
    """A stored note."""

    note_id: int
    title: str
    body: str
    created_at: datetime


@contextmanager
def open_repository(path: Path) -> Iterator[NoteRepository]:
    """Open the database at a path, creating its tables if needed.

    Args:
        path: Location of the database file.

    Yields:
        The repository; its connection is closed at the end of the block.
    """
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(SCHEMA)
        yield NoteRepository(connection)


class NoteRepository:
    """Stores and finds notes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, title: str, body: str, tags: Iterable[str] = ()) -> Note:
        """Store a note together with its tags in one transaction.

        Args:
            title: Headline of the note.
            body: Text of the note.
            tags: Tags to find the note by; case does not matter.

        Returns:
            The stored note.
        """
        created_at = datetime.now(timezone.utc)
        with self._connection:
            cursor = self._connection.execute(
                INSERT_NOTE, (title, body, created_at.isoformat())
            )
            note_id = cursor.lastrowid
            if note_id is None:
                raise sqlite3.DatabaseError("the database assigned no id")
            self._connection.executemany(
                INSERT_TAG, [(note_id, tag.casefold()) for tag in tags]
            )
        return Note(note_id, title, body, created_at)

    def get(self, note_id: int) -> Note | None:
        """Return a note by its id, or None if there is none."""
        row = self._connection.execute(SELECT_BY_ID, (note_id,)).fetchone()
        return None if row is None else _to_note(row)

    def find_by_tag(self, tag: str, limit: int = 50) -> list[Note]:
        """Return the newest notes with a tag."""
        rows = self._connection.execute(SELECT_BY_TAG, (tag.casefold(), limit))
        return [_to_note(row) for row in rows]

    def delete(self, note_id: int) -> bool:
        """Delete a note and tell whether it existed."""
        with self._connection:
            cursor = self._connection.execute("DELETE FROM note WHERE id = ?", (note_id,))
        return cursor.rowcount > 0


def _to_note(row: tuple[int, str, str, str]) -> Note:
    note_id, title, body, created_at = row
    return Note(note_id, title, body, datetime.fromisoformat(created_at))
