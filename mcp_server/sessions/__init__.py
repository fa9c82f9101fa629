"""Conversations of `chat_completion`, kept between calls and over restarts."""

from mcp_server.sessions.base import Conversations, Eviction, Kept, SessionStoreError, Turn, newest
from mcp_server.sessions.store import StoredConversations

__all__ = [
    "Conversations",
    "Eviction",
    "Kept",
    "SessionStoreError",
    "StoredConversations",
    "Turn",
    "newest",
]
