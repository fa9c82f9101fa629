"""What keeping conversations means: a Protocol, its bounds, and what can go wrong."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from model_backends.base import Message

Eviction = Literal["oldest", "lru"]
"""Which conversation goes when there are too many: begun first, or unused for longest."""


class SessionStoreError(Exception):
    """Conversations cannot be read or written; the message says where, why and what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a conversation is after a turn.

    Args:
        messages: How many messages of it are kept.
        dropped: How many messages of it have been dropped since it began, to stay in bounds.
        evicted: How many other conversations went to make room for this one.
    """

    messages: int
    dropped: int
    evicted: int


class Turn(Protocol):
    """One turn of a conversation, which nobody else of this process has at the same time."""

    @property
    def earlier(self) -> tuple[Message, ...]:
        """The conversation before this turn, oldest first; empty where there is none."""
        ...

    async def add(self, messages: Sequence[Message]) -> Kept:
        """Keep the messages of this turn, all of them or, after an error, none.

        Raises:
            SessionStoreError: They cannot be written.
        """
        ...


class Conversations(Protocol):
    """Keeps conversations by their id, within bounds."""

    @property
    def max_sessions(self) -> int:
        """Conversations kept at most."""
        ...

    @property
    def max_session_messages(self) -> int:
        """Messages kept of each conversation."""
        ...

    def turn(self, session_id: str) -> AbstractAsyncContextManager[Turn]:
        """Wait until no other request has this conversation, and read it.

        Raises:
            SessionStoreError: It cannot be read.
        """
        ...

    async def active_sessions(self) -> int:
        """How many conversations are kept now.

        Raises:
            SessionStoreError: They cannot be counted.
        """
        ...

    async def aclose(self) -> None:
        """Release what the store holds."""
        ...


def default_file() -> Path:
    """The SQLite file of conversations where the settings name no database."""
    from platformdirs import user_data_path

    return user_data_path("starcoder-mcp", appauthor=False) / "chat-sessions.sqlite3"


def newest(messages: Sequence[Message], limit: int) -> tuple[Message, ...]:
    """The newest messages, `limit` at most, of which a leading system message is always one.

    What is left begins with a user's message where it has one: templates of chat models refuse an
    answer that nobody asked for.
    """
    if len(messages) <= limit:
        return tuple(messages)
    head = tuple(messages[:1]) if messages[0].role == "system" else ()
    tail = messages[len(messages) - limit + len(head) :]
    asked = (n for n, message in enumerate(tail) if message.role == "user")
    return (*head, *tail[next(asked, 0) :])
