import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mistral_agent.catalogue import Tool
from mistral_agent.errors import (
    SessionBusyError,
    SessionError,
    SessionStorageError,
    UnknownSessionError,
)
from mistral_agent.events import StepFinished
from mistral_agent.planning.plan import Plan, Question, Step
from mistral_agent.sessions import (
    AnswerRecord,
    BegunRecord,
    JsonLinesSessions,
    MemorySessions,
    MessageRecord,
    NoteRecord,
    PlanRecord,
    Session,
    SessionStore,
    StepRecord,
    open_sessions,
)
from mistral_agent.settings import load_agent_settings
from service.settings import variable_layer

STEP = Step("step1", "starcoder", "generate_code", {"description": "é\n\0"}, ("step0",), {"a": "b"})
TOOL = Tool("starcoder", "generate_code", "Generate", "", {})
PLAN = Plan("goal", (STEP,), (Question("which?", "t.p", ("a", "b"), "a"),), ("a note",))
DONE = StepFinished(STEP, "done", 1.5, {"code": "x = 1\n", "nested": [{"n": None}]})


@pytest.fixture
def store(tmp_path: Path) -> JsonLinesSessions:
    return JsonLinesSessions(tmp_path / "sessions")


@pytest.fixture(params=["disk", "memory"])
def any_store(request: pytest.FixtureRequest, store: JsonLinesSessions) -> SessionStore:
    return store if request.param == "disk" else MemorySessions()


def file_of(store: JsonLinesSessions, session: Session, tmp_path: Path) -> Path:
    return tmp_path / "sessions" / f"{session.id}.jsonl"


def fill(session: Session) -> None:
    session.add_message("user", "Write it,\n\u2028 please \ud800")
    session.add_plan(PLAN)
    session.add_begun(STEP, TOOL)
    session.add_step(DONE)
    session.add_answer("Done: `x`")
    session.add_note("interrupted")


def test_everything_recorded_is_read_again(store: JsonLinesSessions, tmp_path: Path) -> None:
    with store.create() as session:
        fill(session)
    again = JsonLinesSessions(tmp_path / "sessions").open(session.id)
    assert again.records == session.records
    assert again.started == session.started
    assert again.problems == ()
    assert [type(r) for r in again.records] == [
        MessageRecord,
        PlanRecord,
        BegunRecord,
        StepRecord,
        AnswerRecord,
        NoteRecord,
    ]
    again.close()


def test_each_record_is_on_disk_at_once_for_its_user_alone(
    store: JsonLinesSessions, tmp_path: Path
) -> None:
    session = store.create()
    file = file_of(store, session, tmp_path)
    for count in (1, 2, 3):
        session.add_message("user", f"message {count}")
        lines = file.read_text().splitlines()
        assert len(lines) == count + 1
    assert json.loads(lines[0])["schema"] == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    store.close()


def test_a_conversation_without_a_word_leaves_nothing(
    store: JsonLinesSessions, tmp_path: Path
) -> None:
    store.create().close()
    assert list((tmp_path / "sessions").iterdir()) == []
    assert store.list() == []


def test_conversations_are_listed_newest_first_with_their_first_words(
    any_store: SessionStore,
) -> None:
    assert any_store.list() == []
    first, second = any_store.create(), any_store.create()
    first.add_message("user", "  Write a\nfunction  ")
    first.add_message("assistant", "Yes")
    second.add_message("user", "x" * 200)
    second.close()
    summaries = {summary.id: summary for summary in any_store.list()}
    assert [s.updated for s in any_store.list()] == sorted(
        (s.updated for s in summaries.values()), reverse=True
    )
    assert (summaries[first.id].title, summaries[first.id].messages) == ("Write a function", 2)
    assert len(summaries[second.id].title) == 80
    any_store.close()


def test_an_interrupted_plan_is_told_in_the_list(any_store: SessionStore) -> None:
    session = any_store.create()
    session.add_message("user", "do it")
    session.add_plan(Plan("do it", (STEP,)))
    assert [summary.interrupted for summary in any_store.list()] == [True]
    session.add_answer("done")
    assert [summary.interrupted for summary in any_store.list()] == [False]
    any_store.close()


def test_ids_sort_by_time_and_are_plain_file_names(any_store: SessionStore) -> None:
    assert re.fullmatch(r"\d{8}-\d{6}-[a-z0-9]{4}", any_store.create().id)
    any_store.close()


@pytest.mark.parametrize("id_", ["nope", "../../etc/passwd", "", ".", "a/b", "a\0b", "x" * 300])
def test_an_unknown_id_is_named_with_the_way_to_the_list(any_store: SessionStore, id_: str) -> None:
    for use in (any_store.open, any_store.read, any_store.delete):
        with pytest.raises(UnknownSessionError, match="mistral-agent sessions list"):
            use(id_)


def test_a_path_out_of_the_directory_is_no_id(store: JsonLinesSessions, tmp_path: Path) -> None:
    outside = tmp_path / "outside.jsonl"
    outside.write_text("{}\n")
    store.create().add_message("user", "makes the directory")
    with pytest.raises(UnknownSessionError):
        store.delete("../outside")
    assert outside.exists()
    store.close()


def test_a_conversation_is_resumed_or_begun(any_store: SessionStore) -> None:
    session = any_store.resume(None)
    session.add_message("user", "hello")
    assert any_store.resume(session.id) is session
    any_store.close()


def test_a_conversation_is_deleted(any_store: SessionStore) -> None:
    session = any_store.create()
    session.add_message("user", "hello")
    session.close()
    any_store.delete(session.id)
    with pytest.raises(UnknownSessionError):
        any_store.open(session.id)
    assert any_store.list() == []


def test_an_open_conversation_is_not_deleted(store: JsonLinesSessions) -> None:
    session = store.create()
    session.add_message("user", "hello")
    with pytest.raises(SessionBusyError, match=session.id):
        store.delete(session.id)
    session.close()


def test_reading_does_not_need_the_lock_and_does_not_write(store: JsonLinesSessions) -> None:
    session = store.create()
    session.add_message("user", "hello")
    read = store.read(session.id)
    assert read.records == session.records
    with pytest.raises(SessionError, match="not open for writing"):
        read.add_note("no")
    session.close()
    with pytest.raises(SessionError, match="not open for writing"):
        session.add_note("no")


def test_a_second_process_cannot_write_a_conversation_until_the_first_ends(
    store: JsonLinesSessions, tmp_path: Path
) -> None:
    with store.create() as session:
        session.add_message("user", "hello")
    program = (
        "import sys; from pathlib import Path\n"
        "from mistral_agent.sessions import JsonLinesSessions\n"
        "session = JsonLinesSessions(Path(sys.argv[1])).open(sys.argv[2])\n"
        "session.add_message('user', 'from the other')\n"
        "print('open', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "sessions"), session.id]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(SessionBusyError, match=f"{session.id}.*another process"):
            store.open(session.id)
        other.kill()
        other.communicate(timeout=30)
    again = store.open(session.id)
    assert [r.content for r in again.records if isinstance(r, MessageRecord)] == [
        "hello",
        "from the other",
    ]
    again.close()


def test_a_damaged_last_line_is_told_and_kept_aside(
    store: JsonLinesSessions, tmp_path: Path
) -> None:
    with store.create() as session:
        fill(session)
    file = file_of(store, session, tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:-30])
    with store.open(session.id) as again:
        assert again.records == session.records[:-1]
        assert len(again.problems) == 1
        assert f"{session.id}.jsonl:7: the last line is damaged" in again.problems[0]
        again.add_note("going on")
    assert file.read_bytes().startswith(whole[:-30] + b"\n")
    once_more = store.read(session.id)
    assert once_more.records == [*session.records[:-1], again.records[-1]]
    assert ":7: a line is damaged" in once_more.problems[0]


@pytest.mark.parametrize(
    "damage",
    [
        b"{broken",
        b"\xff\xfe\0",
        b"[]",
        b'{"kind":"message","at":"yesterday"}',
        b'{"kind":"message","at":"2026-01-01T00:00:00","role":"robot","content":""}',
        b'{"kind":"message","at":"2026-01-01T00:00:00","role":"user"}',
        b'{"kind":"message","at":"2026-01-01T00:00:00","role":"user","content":3}',
        b'{"kind":"step","at":"2026-01-01T00:00:00","outcome":{"status":"odd"}}',
        b'{"kind":"plan","at":"2026-01-01T00:00:00","plan":[]}',
        b'{"kind":"later"}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_line_in_the_middle_costs_only_itself(
    store: JsonLinesSessions, tmp_path: Path, damage: bytes
) -> None:
    with store.create() as session:
        fill(session)
    file = file_of(store, session, tmp_path)
    lines = file.read_bytes().split(b"\n")
    lines[3] = damage
    file.write_bytes(b"\n".join(lines))
    again = store.read(session.id)
    assert again.records == session.records[:2] + session.records[3:]
    assert len(again.problems) == 1
    assert ":4:" in again.problems[0]


def test_a_damaged_header_costs_no_record_and_many_problems_are_counted(
    store: JsonLinesSessions, tmp_path: Path
) -> None:
    with store.create() as session:
        session.add_message("user", "hello")
    file = file_of(store, session, tmp_path)
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([b"{}", lines[1], *[b"junk"] * 50, b""]))
    again = store.read(session.id)
    assert again.records == session.records
    assert len(again.problems) == 21
    assert "31 more lines" in again.problems[-1]


def test_a_file_of_a_newer_version_is_refused_and_does_not_hide_the_others(
    store: JsonLinesSessions, tmp_path: Path
) -> None:
    with store.create() as session:
        session.add_message("user", "hello")
    newer = tmp_path / "sessions" / "newer.jsonl"
    newer.write_text('{"schema":2,"id":"newer","started":"2030-01-01T00:00:00+00:00"}\n')
    with pytest.raises(SessionError, match=r"schema version 2.*update mistral-agent"):
        store.open("newer")
    titles = {summary.id: summary.title for summary in store.list()}
    assert titles[session.id] == "hello"
    assert "cannot be read" in titles["newer"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_error_that_names_the_setting(
    store: JsonLinesSessions, tmp_path: Path
) -> None:
    session = store.create()
    file = file_of(store, session, tmp_path)
    file.symlink_to("/dev/full")
    with pytest.raises(SessionStorageError, match=r"No space left.*conversation\.session_dir"):
        session.add_message("user", "hello")
    assert session.records == []
    file.unlink()
    session.close()


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = JsonLinesSessions(tmp_path / "file" / "sessions")
    with pytest.raises(SessionStorageError, match="Not a directory"):
        store.create()
    assert store.list() == []


def test_the_settings_choose_the_store(tmp_path: Path) -> None:
    kept = load_agent_settings(
        environ={}, flags=[variable_layer("test", "conversation.session_dir", str(tmp_path))]
    )
    with open_sessions(kept).create() as session:
        session.add_message("user", "hello")
    assert (tmp_path / f"{session.id}.jsonl").exists()
    unkept = load_agent_settings(
        environ={}, flags=[variable_layer("test", "conversation.save_sessions", False)]
    )
    assert isinstance(open_sessions(unkept), MemorySessions)


def test_an_export_holds_what_was_said_planned_done_and_answered(any_store: SessionStore) -> None:
    session = any_store.create()
    session.add_message("user", "Write it\n```\n# Answer\n")
    session.add_plan(PLAN)
    session.add_step(DONE)
    session.add_step(StepFinished(STEP, "failed", 0.0, error="it\nbroke"))
    session.add_answer("Here.")
    session.add_note("interrupted")
    text = any_store.export(session)
    assert f"# Conversation {session.id}" in text
    assert "> # Answer" in text
    for part in ("generate\\_code: done (1.5 s)", "failed: it broke", "which?", "Here.", "Note: "):
        assert part.replace("\\_", "_") in text.replace("\\_", "_")
    any_store.close()
