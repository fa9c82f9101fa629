"""The chat, talked to in memory and through pipes."""

import asyncio
import io
import os
import signal
import stat
import sys
from dataclasses import replace
from types import SimpleNamespace

import anyio
import pytest

from mistral_agent.chat import repl
from mistral_agent.chat.lines import PipedLines, open_history
from mistral_agent.chat.repl import run_chat
from mistral_agent.errors import RequestFileError
from mistral_agent.sessions import PlanRecord

pytestmark = pytest.mark.anyio


class Said:
    """Lines of a person; a callable among them is called in its turn."""

    def __init__(self, *lines, interactive=True):
        self._lines = list(lines)
        self.interactive = interactive

    async def read(self):
        return self._lines.pop(0) if self._lines else None


@pytest.fixture
def talk(replay):
    """Talk with the replaying agent; gives exit code, answers, progress and the agent."""

    async def run(*lines, interactive=True):
        agent, answers, progress = replay.ReplayAgent(), io.StringIO(), io.StringIO()
        said = Said(*lines, interactive=interactive)
        with anyio.fail_after(20):
            code = await run_chat(
                agent, agent.create(), lines=said, answers=answers, progress=progress
            )
        return code, answers.getvalue(), progress.getvalue(), agent

    return run


async def test_a_person_is_greeted_and_leaves_with_zero(talk):
    code, answers, progress, _ = await talk("hello", "gone", "/exit", "never")
    assert code == 0
    assert "/help" in progress
    assert answers == "Hello **you**\n"


async def test_better_models_of_this_machine_are_offered_and_not_used(replay, monkeypatch):
    async def found():
        return [SimpleNamespace(name="Ollama", base_url="http://127.0.0.1:11434/v1", models=("m",))]

    monkeypatch.setattr("model_backends.discovery.find_local_servers", found)
    agent, progress = replay.ReplayAgent(), io.StringIO()
    agent.info = replace(agent.info, backend="embedded")
    said = Said("hello", "hello")
    await run_chat(agent, agent.create(), lines=said, answers=io.StringIO(), progress=progress)
    offer = "to use it: --base-url http://127.0.0.1:11434/v1 --model m"
    assert progress.getvalue().count(offer) == 1


async def test_the_end_of_the_input_leaves(talk):
    assert (await talk())[0] == 0


async def test_commands_show_what_they_promise(talk):
    _, answers, progress, _ = await talk("/help", "/tools", "hello", "/history", "/model")
    assert "/sessions [ID]" in answers
    assert "review_code  starcoder  code [style]  Review code." in answers
    assert "server git: it exits at once" in progress
    assert "**user**: hello" in answers
    assert "no, it is small" in answers
    assert "4096 tokens" in answers


async def test_clearing_begins_a_conversation_and_keeps_the_last(talk):
    _, _, progress, agent = await talk("hello", "/clear", "make", "/sessions s1", "break")
    assert agent.kept["s1"].messages == ["hello", "break"]
    assert agent.kept["s2"].messages == ["make"]
    assert "/sessions s1 goes back" in progress


async def test_a_plan_that_was_interrupted_is_offered_and_resumed(replay):
    agent, answers, progress = replay.ReplayAgent(), io.StringIO(), io.StringIO()
    session = agent.create()
    session.records.append(PlanRecord(replay.PLAN))
    said = Said("/sessions s1", "/resume", interactive=False)
    code = await run_chat(agent, session, lines=said, answers=answers, progress=progress)
    offer = "was interrupted (0 of 1 steps ended); /resume goes on with it"
    assert progress.getvalue().count(offer) == 2
    assert "ended before: step1 generate_code (failed)" in progress.getvalue()
    assert (code, answers.getvalue()) == (1, "It is done now.\n")
    assert session.messages == ["resumed"]


async def test_conversations_are_listed(talk):
    _, answers, _, _ = await talk("/new", "/sessions")
    assert answers.splitlines()[0].split() == ["ID", "LAST", "MESSAGE", "MESSAGES", "ABOUT"]
    assert answers.splitlines()[2].startswith("s2  2026-01-0")


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("gone", 4, "error: tool 'generate_code' of server 'starcoder': the server is gone"),
        ("defect", 1, "error: ZeroDivisionError: oh (the log has more)"),
        ("break", 1, "failed in 0.5 s: no model"),
        ("review", 3, ""),
        ("/sessions nope", 2, "error: no session 'nope'"),
        ("/hlep", 2, "did you mean /help?"),
        ("", 0, ""),
    ],
)
async def test_what_goes_wrong_is_a_line_and_the_talk_goes_on(talk, line, code, said):
    result, answers, progress, _ = await talk(line, "hello", interactive=False)
    assert result == code
    assert said in progress
    assert answers.endswith("Hello **you**\n")


async def test_questions_are_shown_and_the_next_line_is_passed_on(talk):
    _, answers, _, agent = await talk("review", "this")
    assert "1. Which code?\n   Choices: this, that.\n   Default: this.\n" in answers
    assert agent.kept["s1"].messages == ["review", "this"]


async def test_an_interrupt_stops_the_request_and_keeps_the_chat(talk):
    usual = signal.getsignal(signal.SIGINT)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(interrupt_when, lambda: signal.getsignal(signal.SIGINT) is not usual)
        code, answers, progress, agent = await talk("slow", "hello")
    assert code == 0
    assert agent.stopped == 1
    assert "stopped" in progress
    assert answers == "Hello **you**\n"
    assert signal.getsignal(signal.SIGINT) is usual


async def test_an_interrupt_of_a_pipe_ends_all_of_it(talk):
    usual = signal.getsignal(signal.SIGINT)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(interrupt_when, lambda: signal.getsignal(signal.SIGINT) is not usual)
        code, answers, _, _ = await talk("slow", "hello", interactive=False)
    assert (code, answers) == (130, "")


async def interrupt_when(is_time):
    with anyio.fail_after(20):
        while not is_time():
            await anyio.lowlevel.checkpoint()
    for _ in range(20):  # the request's first steps
        await anyio.lowlevel.checkpoint()
    os.kill(os.getpid(), signal.SIGINT)


async def test_being_cancelled_from_outside_is_not_mistaken_for_an_interrupt(talk):
    with anyio.move_on_after(0.05) as scope:
        await talk("slow")
    assert scope.cancelled_caught


async def test_a_reader_of_the_answers_who_left_ends_the_chat(replay):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    agent = replay.ReplayAgent()
    with pytest.raises(BrokenPipeError):
        await run_chat(
            agent, agent.create(), lines=Said("hello"), answers=Closed(), progress=io.StringIO()
        )


async def read_all(data, step=1 << 16):
    """The messages that PipedLines makes of bytes that arrive in pieces."""
    reading, writing = os.pipe()

    def feed():
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for start in range(0, len(data), step):
                pipe.write(data[start : start + step])

    lines, messages = PipedLines(reading), []
    feeding = asyncio.create_task(asyncio.to_thread(feed))
    try:
        with anyio.fail_after(20):
            while (message := await lines.read()) is not None:
                messages.append(message)
    finally:
        await feeding
        os.close(reading)
    return messages


async def test_piped_lines_are_messages():
    assert await read_all(b"one\r\n\ntwo") == ["one", "", "two"]
    assert await read_all(b"") == []
    assert await read_all("é 漢\n".encode(), step=1) == ["é 漢"]
    assert await read_all(b"\xef\xbb\xbfhello\n\xff\n") == ["hello", "\ufffd"]


async def test_a_fence_that_opens_is_read_to_its_end():
    text = b"fix this\n```python\nx = 1\n\ny = 2\n```\nnext\n"
    assert await read_all(text) == ["fix this", "```python\nx = 1\n\ny = 2\n```", "next"]
    assert await read_all(b"```\nnever closed\n") == ["```\nnever closed"]


@pytest.mark.parametrize("data", [b"x" * 1000, b"```\n" + b"x\n" * 500])
async def test_a_message_without_end_is_refused(data, monkeypatch):
    monkeypatch.setattr("mistral_agent.chat.lines.MAX_MESSAGE", 100)
    with pytest.raises(RequestFileError, match="more than 100 characters"):
        await read_all(data)


def test_the_history_is_readable_by_its_owner_alone(tmp_path):
    path = tmp_path / "new" / "chat_history"
    open_history(path).append_string("a secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "a secret" in path.read_text()
    path.chmod(0o644)
    open_history(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_history_that_cannot_be_written_stays_in_memory(tmp_path):
    (tmp_path / "file").touch()
    history = open_history(tmp_path / "file" / "chat_history")
    history.append_string("kept")
    assert history.get_strings() == ["kept"]
    lost = open_history(tmp_path / "chat_history")
    (tmp_path / "chat_history").unlink()
    (tmp_path / "chat_history").mkdir()
    lost.append_string("kept as well")
    assert lost.get_strings()[-1] == "kept as well"
    assert open_history(None).get_strings() == []


def test_without_a_terminal_the_lines_are_piped(monkeypatch, make_terminal):
    class Stdin(io.StringIO):
        def fileno(self):
            return 0

    monkeypatch.setattr(sys, "stdin", Stdin())
    lines = repl.open_lines(None)
    assert isinstance(lines, PipedLines)
    assert not lines.interactive
