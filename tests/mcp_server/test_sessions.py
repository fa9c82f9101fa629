import pytest

from mcp_server.sessions import MemoryConversations
from model_backends.base import Message

pytestmark = pytest.mark.anyio


def said(*texts):
    return [Message("user", text) for text in texts]


async def test_messages_are_kept_in_order_for_each_session():
    store = MemoryConversations()
    await store.append("a", said("1"))
    await store.append("b", said("x"))
    await store.append("a", said("2", "3"))

    assert [m.content for m in await store.messages("a")] == ["1", "2", "3"]
    assert await store.messages("nobody") == ()
    assert await store.active_sessions() == 2


async def test_the_oldest_messages_go_first_and_the_system_message_stays():
    store = MemoryConversations(max_session_messages=3)
    await store.append("a", [Message("system", "be brief"), *said("1", "2", "3", "4")])
    await store.append("b", said("1", "2", "3", "4"))

    assert [m.content for m in await store.messages("a")] == ["be brief", "3", "4"]
    assert [m.content for m in await store.messages("b")] == ["2", "3", "4"]


async def test_the_session_unused_for_longest_goes_first():
    store = MemoryConversations(max_sessions=2)
    await store.append("a", said("1"))
    await store.append("b", said("1"))
    await store.append("a", said("2"))
    await store.append("c", said("1"))

    assert await store.messages("b") == ()
    assert len(await store.messages("a")) == 2
    assert await store.active_sessions() == 2


async def test_bounds_can_be_read_and_closing_forgets():
    store = MemoryConversations(7, 9)
    await store.append("a", said("1"))
    await store.aclose()

    assert (store.max_sessions, store.max_session_messages) == (7, 9)
    assert await store.active_sessions() == 0
