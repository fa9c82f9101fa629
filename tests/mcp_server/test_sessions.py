import sqlite3
import stat
from functools import partial

import anyio
import pytest

from mcp_server.sessions import SessionStoreError, StoredConversations, newest
from model_backends.base import Message

pytestmark = pytest.mark.anyio


def said(*texts):
    return [Message("user", text) for text in texts]


async def add(store, session_id, *texts, messages=()):
    async with store.turn(session_id) as turn:
        return await turn.add([*messages, *said(*texts)])


async def contents(store, session_id):
    async with store.turn(session_id) as turn:
        return [m.content for m in turn.earlier]


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'sessions.sqlite3'}"


@pytest.fixture
async def stored(url):
    """Makes stores of one file; each is what a process that starts anew has."""
    opened = []

    def make(*bounds, at=url):
        opened.append(StoredConversations(at, *bounds))
        return opened[-1]

    yield make
    for store in opened:
        await store.aclose()


async def test_messages_are_kept_in_order_for_each_session_and_over_restarts(stored):
    store = stored()
    await add(store, "a", "1")
    await add(store, "b", "x")
    await add(store, "a", "2", "3")
    await store.aclose()
    again = stored()

    assert await contents(again, "a") == ["1", "2", "3"]
    assert await contents(again, "nobody") == []
    assert await again.active_sessions() == 2


async def test_the_file_of_conversations_is_its_owners_alone(stored, tmp_path):
    await add(stored(), "a", "1")
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}

    assert modes == {0o600}


async def test_without_a_url_the_file_is_in_the_users_data_directory(stored, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    await add(stored(at=None), "a", "1")

    file = tmp_path / "data" / "starcoder-mcp" / "chat-sessions.sqlite3"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_counting_makes_no_file(stored, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    assert await stored(at=None).active_sessions() == 0
    assert not (tmp_path / "data").exists()


async def test_any_text_comes_back_as_it_was(stored):
    odd = "nul \0, a lone surrogate \ud800, \U0001f600, '; drop table chat_messages; --"
    await add(stored(), odd[:150], odd)

    assert await contents(stored(), odd[:150]) == [odd]


async def test_the_oldest_messages_go_first_and_the_system_message_stays(stored):
    store = stored(100, 3)
    first = await add(store, "a", "1", messages=[Message("system", "be brief")])
    second = await add(store, "a", "2", "3", "4")
    await add(store, "b", "1", "2", "3", "4")

    assert await contents(store, "a") == ["be brief", "3", "4"]
    assert await contents(store, "b") == ["2", "3", "4"]
    assert (first.messages, first.dropped) == (2, 0)
    assert (second.messages, second.dropped) == (3, 2)


def test_what_is_left_of_a_conversation_begins_with_a_users_message():
    turns = [Message(role, str(n)) for n in range(3) for role in ("user", "assistant")]
    system = Message("system", "be brief")

    assert [m.content for m in newest(turns, 3)] == ["2", "2"]
    assert newest([system, *turns], 4) == (system, *turns[-2:])
    assert newest([system, *turns], 5) == (system, *turns[-4:])
    assert newest(turns[1::2], 2) == tuple(turns[3::2])


@pytest.mark.parametrize(("eviction", "gone", "there"), [("oldest", "a", "b"), ("lru", "b", "a")])
async def test_the_session_begun_first_goes_first_or_by_setting_the_one_unused_longest(
    stored, eviction, gone, there
):
    store = stored(2, 50, eviction)
    await add(store, "a", "1")
    await add(store, "b", "1")
    await add(store, "a", "2")
    kept = await add(store, "c", "1")

    assert kept.evicted == 1
    assert await contents(store, gone) == []
    assert await contents(store, there) != []
    assert await store.active_sessions() == 2


async def test_a_hundred_sessions_of_fifty_messages_are_kept_and_the_next_one_evicts_the_first(
    stored,
):
    store = stored(100, 50)
    for number in range(100):
        await add(store, f"s{number}", *(f"{number}.{n}" for n in range(50)))
    for number in range(0, 100, 7):
        done = await add(store, f"s{number}", f"{number}.50")
        assert (done.messages, done.dropped, done.evicted) == (50, 1, 0)
    await store.aclose()
    again = stored(100, 50)

    assert await again.active_sessions() == 100
    assert await contents(again, "s7") == [f"7.{n}" for n in range(1, 51)]
    assert await contents(again, "s99") == [f"99.{n}" for n in range(50)]
    assert (await add(again, "s100", "x")).evicted == 1
    assert await contents(again, "s0") == []
    assert await again.active_sessions() == 100


async def test_a_lower_bound_takes_effect_with_the_next_new_session_which_stays(stored):
    store = stored()
    for name in "abcd":
        await add(store, name, "1")
    await store.aclose()
    fewer = stored(2, 50)

    assert (await add(fewer, "e", "1")).evicted == 3
    assert await contents(fewer, "d") == ["1"]
    assert await contents(fewer, "e") == ["1"]


async def test_turns_of_one_session_wait_for_each_other_and_those_of_others_do_not(stored):
    store = stored()
    order, first_is_in, second_may_end = [], anyio.Event(), anyio.Event()

    async def slow():
        async with store.turn("a") as turn:
            first_is_in.set()
            await second_may_end.wait()
            order.append("slow")
            await turn.add(said("slow"))

    async def waiting():
        await add(store, "a", "waiting")
        order.append("waiting")

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(slow)
            await first_is_in.wait()
            group.start_soon(waiting)
            await add(store, "b", "other")
            order.append("other")
            second_may_end.set()

    assert order == ["other", "slow", "waiting"]
    assert await contents(store, "a") == ["slow", "waiting"]


async def test_parallel_turns_lose_nothing_also_from_two_processes_stores(stored):
    stores = [stored(100, 500), stored(100, 500)]
    async with anyio.create_task_group() as group:
        for number in range(40):
            group.start_soon(
                partial(add, stores[number % 2], f"s{number % 3}", str(number), f"{number}'")
            )
    together = [await contents(stores[0], f"s{n}") for n in range(3)]

    assert sorted(int(c) for each in together for c in each[::2]) == list(range(40))
    assert all(each[1::2] == [f"{c}'" for c in each[::2]] for each in together)


async def test_a_session_that_was_evicted_during_its_turn_is_kept_whole(stored):
    store = stored(1, 50)
    await add(store, "a", "1")
    async with store.turn("a") as turn:
        await add(store, "b", "x")
        await turn.add(said("2"))

    assert await contents(store, "a") == ["1", "2"]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("carrier pigeon", "sqlite:////absolute"),
        ("pigeon://host/db", "'pigeon'"),
        ("postgresql+asyncpg://me:secret@host/db", "asyn"),
        ("oracle://me:secret@host/db", "pip install"),
        ("sqlite:////proc/nowhere/x.sqlite3", "/proc/nowhere/x.sqlite3 cannot be written"),
        ("sqlite:////", "cannot be written: is a directory"),
    ],
)
async def test_a_url_that_cannot_be_is_told_with_the_remedy_and_without_its_password(
    stored, at, said
):
    with pytest.raises(SessionStoreError) as told:
        await stored(at=at).active_sessions()

    assert said in str(told.value)
    assert "sessions" in str(told.value)
    assert "secret" not in str(told.value)


async def test_a_damaged_file_is_told_and_left_as_it_is(stored, tmp_path):
    file = tmp_path / "sessions.sqlite3"
    file.write_bytes(b"something else" * 100)

    with pytest.raises(SessionStoreError, match="damaged or no SQLite database; move it away"):
        await stored().active_sessions()
    assert file.read_bytes() == b"something else" * 100


async def test_a_file_of_a_newer_version_is_told_and_left_as_it_is(stored, tmp_path):
    await add(stored(), "a", "1")
    with sqlite3.connect(tmp_path / "sessions.sqlite3") as file:
        file.execute("update chat_schema set version = 99")
    file.close()

    with pytest.raises(SessionStoreError, match="has schema version 99, this program knows 1"):
        await contents(stored(), "a")


async def test_a_locked_database_is_told_and_works_again_afterwards(stored, tmp_path, monkeypatch):
    monkeypatch.setattr("mcp_server.sessions.engine.BUSY_SECONDS", 0.05)
    store = stored()
    await add(store, "a", "1")
    other = sqlite3.connect(tmp_path / "sessions.sqlite3", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(SessionStoreError, match="another process holds it locked"):
        await contents(store, "a")
    other.execute("rollback")
    other.close()

    assert await contents(store, "a") == ["1"]


async def test_opening_waits_for_another_process_that_is_making_the_same_file(stored, tmp_path):
    other = sqlite3.connect(
        tmp_path / "sessions.sqlite3", isolation_level=None, check_same_thread=False
    )
    other.execute("begin immediate")
    store = stored()
    async with anyio.create_task_group() as group:
        group.start_soon(add, store, "a", "1")
        await anyio.sleep(0.1)
        other.execute("rollback")
    other.close()

    assert await contents(store, "a") == ["1"]


async def test_a_full_disk_is_told_and_the_turns_before_stay(stored, tmp_path):
    store = stored()
    await add(store, "a", "1")
    # SQLite reports its own bound of pages as it does a full disk.
    engine = store._database._engine
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        raw.execute("pragma max_page_count=8")
    with pytest.raises(SessionStoreError, match="the disk is full; free some space"):
        await add(store, "a", "x" * 100_000)

    assert await contents(store, "a") == ["1"]


async def test_bounds_can_be_read_and_closing_keeps_what_was_added(stored):
    store = stored(7, 9)
    await add(store, "a", "1")
    await store.aclose()

    assert (store.max_sessions, store.max_session_messages) == (7, 9)
    with pytest.raises(SessionStoreError, match="the server is ending"):
        await store.active_sessions()
    assert await stored().active_sessions() == 1


async def test_a_count_is_renewed_by_own_turns_at_once_and_by_others_after_a_while(
    stored, monkeypatch
):
    mine, other = stored(), stored()
    assert await mine.active_sessions() == 0
    await add(mine, "a", "1")
    assert await mine.active_sessions() == 1
    await add(other, "b", "1")
    monkeypatch.setattr("mcp_server.sessions.store.COUNT_SECONDS", 0.0)
    assert await mine.active_sessions() == 2
