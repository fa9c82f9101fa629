"""Conversations of `chat_completion`, kept between calls."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from model_backends.base import Message


class ConversationStore(Protocol):
    """Keeps conversations by their id, within bounds."""

    @property
    def max_sessions(self) -> int:
        """Conversations kept at most."""
        ...

    @property
    def max_session_messages(self) -> int:
        """Messages kept of each conversation."""
        ...

    async def messages(self, session_id: str) -> tuple[Message, ...]:
        """The conversation so far, oldest first; empty where there is none."""
        ...

    async def append(self, session_id: str, messages: Sequence[Message]) -> None:
        """Add messages; what goes over a bound is dropped, the oldest first."""
        ...

    async def active_sessions(self) -> int:
        """How many conversations are kept now."""
        ...

    async def aclose(self) -> None:
        """Release what the store holds."""
        ...


class MemoryConversations:
    """Conversations in this process's memory; they end with it.

    Args:
        max_sessions: The conversation unused for longest goes when there would be more.
        max_session_messages: Of each conversation the newest are kept, and a leading system
            message.
    """

    def __init__(self, max_sessions: int = 100, max_session_messages: int = 50) -> None:
        self._sessions: OrderedDict[str, tuple[Message, ...]] = OrderedDict()
        self._max_sessions = max_sessions
        self._max_session_messages = max_session_messages

    @property
    def max_sessions(self) -> int:
        """Conversations kept at most."""
        return self._max_sessions

    @property
    def max_session_messages(self) -> int:
        """Messages kept of each conversation."""
        return self._max_session_messages

    async def messages(self, session_id: str) -> tuple[Message, ...]:
        """The conversation so far, oldest first; empty where there is none."""
        return self._sessions.get(session_id, ())

    async def append(self, session_id: str, messages: Sequence[Message]) -> None:
        """Add messages; what goes over a bound is dropped, the oldest first."""
        whole = (*self._sessions.pop(session_id, ()), *messages)
        self._sessions[session_id] = newest(whole, self._max_session_messages)
        while len(self._sessions) > self._max_sessions:
            self._sessions.popitem(last=False)

    async def active_sessions(self) -> int:
        """How many conversations are kept now."""
        return len(self._sessions)

    async def aclose(self) -> None:
        """Forget everything."""
        self._sessions.clear()


def newest(messages: Sequence[Message], limit: int) -> tuple[Message, ...]:
    """The newest `limit` messages, of which a leading system message is always one."""
    if len(messages) <= limit:
        return tuple(messages)
    if messages[0].role == "system":
        return (messages[0], *messages[len(messages) - limit + 1 :])
    return tuple(messages[-limit:])
