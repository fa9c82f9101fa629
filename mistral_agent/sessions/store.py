"""Where conversations are kept: JSON lines on the user's disk, or in memory alone."""

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mistral_agent.errors import (
    SessionBusyError,
    SessionError,
    SessionStorageError,
    UnknownSessionError,
)
from mistral_agent.sessions.export import export
from mistral_agent.sessions.journal import Contents, Journal, read_journal
from mistral_agent.sessions.last_plan import last_plan
from mistral_agent.sessions.records import MessageRecord, Record
from mistral_agent.sessions.session import Session
from mistral_agent.settings.schema import AgentSettings

if TYPE_CHECKING:
    from filelock import BaseFileLock

APPLICATION = "mistral-agent"

# No letters that are mistaken for others, so that ids can be read aloud and typed.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MAX_TITLE = 80


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A conversation as a list shows it.

    `title` is the first words of the user's; `interrupted` says that its last plan can go on.
    """

    id: str
    started: datetime
    updated: datetime
    messages: int
    title: str
    interrupted: bool = False


class SessionStore(Protocol):
    """Keeps conversations."""

    def create(self) -> Session:
        """Begin a conversation."""
        ...

    def open(self, session_id: str) -> Session:
        """Go on with a conversation.

        Raises:
            UnknownSessionError: There is none with this id.
            SessionBusyError: Another process has it open.
        """
        ...

    def resume(self, session_id: str | None) -> Session:
        """Go on with a conversation, or begin one where `session_id` is None."""
        ...

    def read(self, session_id: str) -> Session:
        """Read a conversation, which another process may have open."""
        ...

    def list(self) -> "Sequence[SessionSummary]":
        """All conversations, newest first."""
        ...

    def delete(self, session_id: str) -> None:
        """Delete a conversation.

        Raises:
            UnknownSessionError: There is none with this id.
            SessionBusyError: It is open, here or in another process.
        """
        ...

    def export(self, session: Session) -> str:
        """A conversation as Markdown."""
        ...

    def close(self) -> None:
        """Close every conversation that is open here; safe to call twice."""
        ...


def open_sessions(settings: AgentSettings) -> SessionStore:
    """The store that the settings ask for."""
    if not settings.conversation.save_sessions:
        return MemorySessions()
    return JsonLinesSessions(settings.conversation.session_dir or default_directory())


def default_directory() -> Path:
    """Where conversations are kept unless the settings say otherwise."""
    from platformdirs import user_data_path

    return user_data_path(APPLICATION, appauthor=False) / "sessions"


def new_id(at: datetime) -> str:
    """A short id that sorts by time (UTC, seconds), such as 20261121-104702-k3fh."""
    return f"{at:%Y%m%d-%H%M%S}-{''.join(secrets.choice(_ALPHABET) for _ in range(4))}"


class JsonLinesSessions:
    """One file of JSON lines a conversation, readable by its user alone (0600 in 0700).

    Args:
        directory: Made when the first conversation begins.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory.expanduser()
        self._open: dict[str, Session] = {}

    def create(self) -> Session:
        """Begin a conversation; its file is made with the first record.

        Raises:
            SessionStorageError: The directory cannot be written.
        """
        started = datetime.now(UTC).replace(microsecond=0)
        session_id = new_id(started)
        while self._path(session_id).exists():
            session_id = new_id(started)
        return self._opened(session_id, Contents(started, [], (), True), self._lock(session_id))

    def open(self, session_id: str) -> Session:
        """Go on with a conversation; one that is open here already is given back again."""
        if session_id in self._open:
            return self._open[session_id]
        path = self._existing(session_id)
        lock = self._lock(session_id)
        try:
            return self._opened(session_id, read_journal(path), lock)
        except BaseException:
            lock.release()
            raise

    def resume(self, session_id: str | None) -> Session:
        """Go on with a conversation, or begin one where `session_id` is None."""
        return self.create() if session_id is None else self.open(session_id)

    def read(self, session_id: str) -> Session:
        """Read a conversation, which another process may have open."""
        contents = read_journal(self._existing(session_id))
        return Session(
            session_id, contents.started, records=contents.records, problems=contents.problems
        )

    def list(self) -> "Sequence[SessionSummary]":
        """All conversations, newest first.

        Raises:
            SessionStorageError: The directory cannot be read.
        """
        try:
            paths = sorted(self._directory.glob("*.jsonl"), reverse=True)
        except OSError as error:
            raise SessionStorageError(str(self._directory), error.strerror or "") from None
        summaries = [_summary(path) for path in paths if _SAFE_ID.fullmatch(path.stem)]
        return sorted(summaries, key=lambda summary: summary.updated, reverse=True)

    def delete(self, session_id: str) -> None:
        """Delete a conversation that is open nowhere."""
        path = self._existing(session_id)
        lock = self._lock(session_id)
        try:
            path.unlink()
            self._lock_path(session_id).unlink(missing_ok=True)
        except OSError as error:
            raise SessionStorageError(str(path), error.strerror or str(error)) from None
        finally:
            lock.release()

    def export(self, session: Session) -> str:
        """A conversation as Markdown."""
        return export(session)

    def close(self) -> None:
        """Close every conversation that is open here; safe to call twice."""
        for session in tuple(self._open.values()):
            session.close()

    def _opened(self, session_id: str, contents: Contents, lock: "BaseFileLock") -> Session:
        journal = Journal(
            self._path(session_id), session_id, contents.started, contents.ends_in_a_line
        )

        def close() -> None:
            if self._open.pop(session_id, None) is None:
                return
            journal.close()
            if not journal.exists:  # nothing was said; nobody else knows this id
                self._lock_path(session_id).unlink(missing_ok=True)
            lock.release()

        session = Session(
            session_id,
            contents.started,
            records=contents.records,
            problems=contents.problems,
            append=journal.append,
            close=close,
        )
        self._open[session_id] = session
        return session

    def _existing(self, session_id: str) -> Path:
        path = self._path(session_id)
        # The pattern keeps the id a plain file name: no separators, no dots.
        if not _SAFE_ID.fullmatch(session_id) or not path.is_file():
            raise UnknownSessionError(session_id)
        return path

    def _path(self, session_id: str) -> Path:
        return self._directory / f"{session_id}.jsonl"

    def _lock_path(self, session_id: str) -> Path:
        return self._directory / f".{session_id}.lock"

    def _lock(self, session_id: str) -> "BaseFileLock":
        from filelock import FileLock, Timeout

        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(self._directory, os.W_OK | os.X_OK):
                raise SessionStorageError(str(self._directory), "the directory is not writable")
            lock = FileLock(self._lock_path(session_id), mode=0o600, thread_local=False)
            lock.acquire(blocking=False)
        except Timeout:
            raise SessionBusyError(session_id) from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise SessionStorageError(str(self._directory), reason) from None
        return lock


class MemorySessions:
    """Conversations that end with the process, for `conversation.save_sessions: false`."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def create(self) -> Session:
        """Begin a conversation."""
        started = datetime.now(UTC)
        session = Session(new_id(started), started, append=lambda _, __: None)
        self._sessions[session.id] = session
        return session

    def open(self, session_id: str) -> Session:
        """Go on with a conversation of this process."""
        if session_id not in self._sessions:
            raise UnknownSessionError(session_id)
        return self._sessions[session_id]

    def resume(self, session_id: str | None) -> Session:
        """Go on with a conversation, or begin one where `session_id` is None."""
        return self.create() if session_id is None else self.open(session_id)

    def read(self, session_id: str) -> Session:
        """The same as `open`: nobody else has it."""
        return self.open(session_id)

    def list(self) -> "Sequence[SessionSummary]":
        """The conversations in which something was said, newest first."""
        said = [session for session in self._sessions.values() if session.records]
        return [_summarize(s.id, s.started, s.records[-1].at, s.records) for s in reversed(said)]

    def delete(self, session_id: str) -> None:
        """Forget a conversation."""
        self.open(session_id)
        del self._sessions[session_id]

    def export(self, session: Session) -> str:
        """A conversation as Markdown."""
        return export(session)

    def close(self) -> None:
        """Nothing is open."""


def _summary(path: Path) -> SessionSummary:
    updated = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        contents = read_journal(path)
    except SessionError as error:
        return SessionSummary(path.stem, updated, updated, 0, f"(cannot be read: {error})")
    return _summarize(path.stem, contents.started, updated, contents.records)


def _summarize(
    session_id: str, started: datetime, updated: datetime, records: "Sequence[Record]"
) -> SessionSummary:
    messages = [record for record in records if isinstance(record, MessageRecord)]
    first = next((m.content for m in messages if m.role == "user" and m.content.strip()), "")
    title = " ".join(first.split())[:_MAX_TITLE]
    last = last_plan(records)
    interrupted = last is not None and last.is_interrupted
    return SessionSummary(session_id, started, updated, len(messages), title, interrupted)
