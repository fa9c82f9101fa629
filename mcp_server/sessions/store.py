"""The conversations of a server: its database, and one request at a time for each of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio

from mcp_server.sessions.base import Eviction, Kept, SessionStoreError, default_file
from model_backends.base import Message

if TYPE_CHECKING:
    from mcp_server.sessions.database import Database

T = TypeVar("T")

COUNT_SECONDS = 1.0
"""How long a count is told again: other processes may have added or evicted meanwhile."""


class StoredConversations:
    """Conversations in a database, which is opened with the first use.

    Requests to one conversation wait for each other, those to different ones do not. Several
    processes may share a database: each adds whole turns, but two that answer in one conversation
    at the same time do not see each other's turn.

    Args:
        url: A SQLAlchemy URL; None is a file of mode 0600 in the user's data directory.
        max_sessions: Conversations kept at most.
        max_session_messages: Of each the newest are kept, and a leading system message.
        eviction: Which conversation goes when there are too many.
    """

    def __init__(
        self,
        url: str | None = None,
        max_sessions: int = 100,
        max_session_messages: int = 50,
        eviction: Eviction = "oldest",
    ) -> None:
        self._url = url
        self._max_sessions = max_sessions
        self._max_session_messages = max_session_messages
        self._eviction = eviction
        self._database: Database | None = None
        self._closed = False
        self._counted: tuple[float, int] | None = None
        self._opening = anyio.Lock()
        self._locks: dict[str, tuple[anyio.Lock, int]] = {}
        # One at a time: SQLite has one writer, and a transaction is far shorter than an answer.
        self._threads = anyio.CapacityLimiter(1)

    @property
    def max_sessions(self) -> int:
        """Conversations kept at most."""
        return self._max_sessions

    @property
    def max_session_messages(self) -> int:
        """Messages kept of each conversation."""
        return self._max_session_messages

    @asynccontextmanager
    async def turn(self, session_id: str) -> "AsyncIterator[_Turn]":
        """Wait until no other request has this conversation, and read it.

        Raises:
            SessionStoreError: It cannot be read.
        """
        async with self._alone(session_id):
            database = await self._opened()
            earlier = await self._in_thread(partial(database.read, session_id))
            yield _Turn(self, session_id, earlier)

    async def add(
        self, session_id: str, earlier: Sequence[Message], messages: Sequence[Message]
    ) -> Kept:
        """Keep `messages`; a turn calls this."""
        database = await self._opened()
        kept = await self._in_thread(partial(database.add, session_id, earlier, messages))
        self._counted = None
        return kept

    async def active_sessions(self) -> int:
        """How many conversations are kept; of other processes', those of a second ago.

        Raises:
            SessionStoreError: They cannot be counted.
        """
        now = anyio.current_time()
        if self._counted and now - self._counted[0] < COUNT_SECONDS:
            return self._counted[1]
        if self._database is None and self._url is None and not default_file().exists():
            return 0  # nothing is made, nor SQLAlchemy imported, to count nothing
        database = await self._opened()
        count = await self._in_thread(database.count)
        self._counted = (now, count)
        return count

    async def aclose(self) -> None:
        """Close the database; what was added is kept."""
        self._closed = True
        database, self._database = self._database, None
        if database is not None:
            await self._in_thread(database.close)

    async def _opened(self) -> "Database":
        async with self._opening:
            if self._closed:
                raise SessionStoreError("sessions: the server is ending")
            if self._database is None:
                self._database = await self._in_thread(self._open)
            return self._database

    def _open(self) -> "Database":
        from mcp_server.sessions.database import Database

        return Database(self._url, self._max_sessions, self._max_session_messages, self._eviction)

    @asynccontextmanager
    async def _alone(self, session_id: str) -> AsyncIterator[None]:
        """Hold the conversation's lock, which exists as long as somebody holds or awaits it."""
        lock, users = self._locks.get(session_id, (anyio.Lock(), 0))
        self._locks[session_id] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(session_id)
            if users > 1:
                self._locks[session_id] = (lock, users - 1)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._threads)


class _Turn:
    """A turn of one conversation of a `StoredConversations`."""

    def __init__(
        self, store: StoredConversations, session_id: str, earlier: tuple[Message, ...]
    ) -> None:
        self._store = store
        self._session_id = session_id
        self._earlier = earlier

    @property
    def earlier(self) -> tuple[Message, ...]:
        """The conversation before this turn."""
        return self._earlier

    async def add(self, messages: Sequence[Message]) -> Kept:
        """Keep the messages of this turn."""
        return await self._store.add(self._session_id, self._earlier, messages)
