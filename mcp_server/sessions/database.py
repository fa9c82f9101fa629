"""Conversations in a database that SQLAlchemy speaks to; everything here blocks.

SQLAlchemy's own asynchronous engine was considered. It needs drivers of its own, on SQLite it
moves each call to a thread as well, and it was measured at under a third of the speed.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from mcp_server.sessions.base import Eviction, Kept, SessionStoreError, newest
from model_backends.base import Message

if TYPE_CHECKING:
    from sqlalchemy import Connection

T = TypeVar("T")

SCHEMA_VERSION = 1
TRIES = 3
"""How often a transaction is tried where another process was in its way."""


class Database:
    """The tables of conversations, opened and made with the first use.

    Args:
        url: A SQLAlchemy URL with a synchronous driver; None is a file of mode 0600 in the user's
            data directory.
        max_sessions: Conversations kept at most.
        max_session_messages: Messages kept of each.
        eviction: Which conversation goes when there are too many.
    """

    def __init__(
        self, url: str | None, max_sessions: int, max_session_messages: int, eviction: Eviction
    ) -> None:
        from mcp_server.sessions.engine import open_engine
        from mcp_server.sessions.tables import chat_messages, chat_schema, chat_sessions

        self._sessions, self._messages = chat_sessions, chat_messages
        self._schema = chat_schema
        self._max_sessions = max_sessions
        self._max_session_messages = max_session_messages
        self._eviction = eviction
        self._engine = open_engine(url)
        try:
            self._transaction(self._prepare)
        except SessionStoreError:
            self._engine.dispose()
            raise

    def read(self, session_id: str) -> tuple[Message, ...]:
        """The conversation, oldest message first; empty where there is none."""
        return self._transaction(lambda c: self._read(c, _key(session_id)))

    def count(self) -> int:
        """How many conversations there are."""
        return self._transaction(self._count)

    def add(self, session_id: str, earlier: Sequence[Message], new: Sequence[Message]) -> Kept:
        """Add `new` to the conversation, which begins with `earlier` if it has gone meanwhile."""
        return self._transaction(lambda c: self._add(c, session_id, earlier, new))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _transaction(self, work: "Callable[[Connection], T]") -> T:
        from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

        from mcp_server.sessions.engine import explain

        left = TRIES
        while True:
            left -= 1
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            # Another process made the same row or table first.
            except (IntegrityError, ProgrammingError) as error:
                if not left:
                    raise explain(error, self._engine.url) from None
            except SQLAlchemyError as error:
                raise explain(error, self._engine.url) from None

    def _prepare(self, connection: "Connection") -> None:
        from sqlalchemy import insert, select

        self._schema.metadata.create_all(connection)
        found = connection.execute(select(self._schema.c.version)).scalar()
        if found is None:
            connection.execute(insert(self._schema).values(id=1, version=SCHEMA_VERSION))
        elif found != SCHEMA_VERSION:
            place = self._engine.url.render_as_string(hide_password=True)
            raise SessionStoreError(
                f"sessions: {place} has schema version {found}, this program knows "
                f"{SCHEMA_VERSION}; use the program that wrote it, or set another sessions.url"
            )

    def _read(self, connection: "Connection", key: str) -> tuple[Message, ...]:
        from sqlalchemy import select

        table = self._messages
        rows = connection.execute(
            select(table.c.role, table.c.content)
            .where(table.c.session == key)
            .order_by(table.c.position)
        )
        return tuple(Message(row.role, json.loads(row.content)) for row in rows)

    def _count(self, connection: "Connection") -> int:
        from sqlalchemy import func, select

        return connection.execute(select(func.count()).select_from(self._sessions)).scalar_one()

    def _add(
        self,
        connection: "Connection",
        session_id: str,
        earlier: Sequence[Message],
        new: Sequence[Message],
    ) -> Kept:
        from sqlalchemy import delete, insert, select, update

        key, sessions, messages = _key(session_id), self._sessions, self._messages
        row = connection.execute(
            select(sessions.c.dropped, sessions.c.next_position)
            .where(sessions.c.key == key)
            .with_for_update()
        ).first()
        stored = self._read(connection, key) if row else ()
        whole = (*(stored if row else earlier), *new)
        kept = newest(whole, self._max_session_messages)
        dropped = (row.dropped if row else 0) + len(whole) - len(kept)
        first = row.next_position if row else 0
        fresh: Sequence[Message] = new
        if row is None or len(kept) < len(whole):
            connection.execute(delete(messages).where(messages.c.session == key))
            fresh = kept
        values: dict[str, Any] = {
            "used": self._next_use(connection),
            "dropped": dropped,
            "next_position": first + len(fresh),
        }
        if row:
            connection.execute(update(sessions).where(sessions.c.key == key).values(values))
        else:
            values |= {"key": key, "session_id": json.dumps(session_id)}
            connection.execute(insert(sessions).values(values))
        rows = [
            {"session": key, "position": n, "role": m.role, "content": json.dumps(m.content)}
            for n, m in enumerate(fresh, first)
        ]
        connection.execute(insert(messages), rows)
        return Kept(len(kept), dropped, 0 if row else self._evict(connection, key))

    def _next_use(self, connection: "Connection") -> int:
        """A number that grows with each use: clocks can be set back."""
        from sqlalchemy import func, select

        return (connection.execute(select(func.max(self._sessions.c.used))).scalar() or 0) + 1

    def _evict(self, connection: "Connection", key: str) -> int:
        from sqlalchemy import delete, select

        surplus = self._count(connection) - self._max_sessions
        if surplus <= 0:
            return 0
        sessions = self._sessions
        order = sessions.c.number if self._eviction == "oldest" else sessions.c.used
        going = connection.execute(
            select(sessions.c.key)
            .where(sessions.c.key != key)
            .order_by(order, sessions.c.number)
            .limit(surplus)
        ).scalars().all()  # fmt: skip
        connection.execute(delete(self._messages).where(self._messages.c.session.in_(going)))
        connection.execute(delete(sessions).where(sessions.c.key.in_(going)))
        return len(going)


def _key(session_id: str) -> str:
    """Ids are any text, also such as databases refuse; their SHA-256 is not."""
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()
