"""A SQLAlchemy engine for conversations, and what its errors mean to the user.

SessionStoreError is raised for all of them; they are told apart by SQLite's error names and by
the exceptions' types, never by their text.
"""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from mcp_server.sessions.base import SessionStoreError, default_file

BUSY_SECONDS = 5.0
"""Longest wait for another process that is writing to the same SQLite file."""

BUSY_POLL_SECONDS = 0.01

CONNECT_SECONDS = 5
"""Longest wait for a database server that does not answer."""

_LIBPQ = ("psycopg", "psycopg2")
_OTHER = "or set another sessions.url"
_REMEDIES = {
    "SQLITE_NOTADB": f"the file is damaged or no SQLite database; move it away, {_OTHER}",
    "SQLITE_CORRUPT": f"the file is damaged; move it away, {_OTHER}",
    "SQLITE_FULL": f"the disk is full; free some space, {_OTHER}",
    "SQLITE_READONLY": f"it is read-only; allow writing to the file and its directory, {_OTHER}",
    "SQLITE_CANTOPEN": f"the file cannot be opened; check that its directory is writable, {_OTHER}",
    "SQLITE_BUSY": "another process holds it locked; end that process, or try again",
    "SQLITE_LOCKED": "another process holds it locked; end that process, or try again",
    "SQLITE_IOERR": f"reading or writing failed; check the disk, {_OTHER}",
}


def open_engine(url: str | None) -> Engine:
    """Make the engine; a SQLite file that is missing is made, readable by its owner alone.

    Raises:
        SessionStoreError: The URL is no database's, its driver is missing, or the file cannot be.
    """
    parsed = _parsed(url) if url else _default_url()
    options: dict[str, Any] = {}
    if parsed.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        if parsed.database in (None, "", ":memory:"):
            options["poolclass"] = StaticPool
        elif not parsed.database.startswith("file:"):
            parsed = _with_private_file(parsed, parsed.database)
    else:
        options["pool_pre_ping"] = True
        if parsed.get_backend_name() == "postgresql" and parsed.get_driver_name() in _LIBPQ:
            options["connect_args"] = {"connect_timeout": CONNECT_SECONDS}
    try:
        engine = create_engine(parsed, **options)
    except (NoSuchModuleError, ImportError) as error:
        package = error.name if isinstance(error, ImportError) else None
        raise _missing_driver(parsed, package) from None
    except (ArgumentError, TypeError, ValueError) as error:
        raise SessionStoreError(f"sessions.url {_shown(parsed)!r}: {error}") from None
    if engine.dialect.is_async:
        raise SessionStoreError(
            f"sessions.url {_shown(parsed)!r} names an asynchronous driver; "
            f"use one that is not, such as {parsed.get_backend_name()}://…"
        )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
    return engine


def explain(error: SQLAlchemyError, url: URL) -> SessionStoreError:
    """Say what a database's error means, where, and what to do."""
    cause = getattr(error, "orig", None)
    name = getattr(cause, "sqlite_errorname", None) or ""
    # Extended names such as SQLITE_READONLY_DBMOVED begin with their primary ones.
    primary = "_".join(name.split("_")[:2])
    remedy = _REMEDIES.get(primary)
    if remedy is None:
        lines = str(cause or error).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        remedy = f"{reason}; check that the database is up and may be written, {_OTHER}"
    return SessionStoreError(f"sessions: {_shown(url)}: {remedy}")


def _default_url() -> URL:
    return URL.create("sqlite", database=str(default_file()))


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # The text is not repeated: it may hold a password.
        raise SessionStoreError(
            "sessions.url is not a database URL; it has the form sqlite:////absolute/file.sqlite3 "
            "or postgresql+psycopg://USER@HOST/DATABASE"
        ) from None


def _with_private_file(url: URL, database: str) -> URL:
    path = Path(database).expanduser()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives the files beside it, which hold messages as well, the same mode.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SessionStoreError(
            f"sessions: {path} cannot be written: {reason}; allow it, {_OTHER}"
        ) from None
    return url.set(database=str(path))


def _missing_driver(url: URL, package: str | None) -> SessionStoreError:
    if package:
        return SessionStoreError(
            f"sessions.url {_shown(url)!r} needs the package {package!r}; "
            f"run: pip install {package}"
        )
    return SessionStoreError(
        f"sessions.url {_shown(url)!r}: no database driver is named {url.drivername!r}; "
        "use for example sqlite:///… or postgresql+psycopg://…"
    )


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions are begun by `_begin`: the driver itself would begin them too late.
    connection.isolation_level = None
    # Not every file system can have this; SQLite then stays with what it has.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("pragma journal_mode=wal").close()
            return
        except sqlite3.OperationalError as error:
            # SQLite's own wait does not hold for this change: two that make it at the same
            # time could wait for each other, so one of them is told at once.
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() >= deadline:
                raise
            time.sleep(BUSY_POLL_SECONDS)


def _begin(connection: Any) -> None:
    # At once for writing: one that begins to write later fails where another has written since.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
