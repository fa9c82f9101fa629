"""Conversations of `chat_completion` over real server processes that are killed."""

import os
import signal
import sys
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest
from mcp import Client, StdioServerParameters

pytestmark = pytest.mark.anyio

SCRIPT = """
- {when: my name is Ada, reply: Hello Ada}
- {when: what is my name, reply: I was told it}
"""


@pytest.fixture
def serving(tmp_path):
    """Starts a server process with settings; `call` calls a tool, `kill` is what SIGKILL does."""
    script = tmp_path / "script.yaml"
    script.write_text(SCRIPT)

    @asynccontextmanager
    async def serve(**environ):
        pid_file = tmp_path / "pid"
        start = f"import os; open({str(pid_file)!r}, 'w').write(str(os.getpid()));"
        server = StdioServerParameters(
            command=sys.executable,
            args=[
                *("-c", f"{start} from mcp_server.__main__ import main; main()"),
                *("--backend", "scripted", "--model", str(script)),
            ],
            env={"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), **environ},
        )
        async with Client(server) as client:

            async def call(name, **arguments):
                result = await client.call_tool(name, arguments)
                return result.structured_content or result.content[0].text

            call.kill = lambda: os.kill(int(pid_file.read_text()), signal.SIGKILL)
            yield call

    return serve


def asked(text, session_id="s"):
    return {"messages": [{"role": "user", "content": text}], "session_id": session_id}


async def test_a_session_survives_a_kill_of_the_server_between_two_messages(serving):
    with anyio.fail_after(120):
        async with serving() as call:
            first = await call("chat_completion", **asked("my name is Ada"))
            call.kill()
        async with serving() as call:
            second = await call("chat_completion", **asked("what is my name"))
            info = await call("model_info")

    assert (first["content"], first["session"]["messages"]) == ("Hello Ada", 2)
    assert second["session"] == {
        "messages": 4, "dropped": 0, "left_out": 0, "evicted": 0, "problem": None,
    }  # fmt: skip
    words = 4 + 2 + 4  # of the three messages; the scripted model counts them as tokens
    assert second["usage"]["prompt_tokens"] == words
    assert info["active_sessions"] == 1


async def test_two_servers_share_the_sessions_and_calls_at_once_lose_none(serving):
    with anyio.fail_after(120):
        async with serving() as one, serving() as other:
            async with anyio.create_task_group() as group:
                for number in range(24):
                    call = (one, other)[number % 2]
                    session = asked(f"message {number}", f"s{number % 4}")
                    group.start_soon(partial(call, "chat_completion", **session))
            counted = [
                (await one("chat_completion", **asked("last", f"s{n}")))["session"]["messages"]
                for n in range(4)
            ]

    assert counted == [14] * 4


async def test_where_sessions_cannot_be_kept_that_is_said_and_all_else_goes_on(serving, tmp_path):
    damaged = tmp_path / "damaged.sqlite3"
    damaged.write_bytes(b"no database " * 99)
    with anyio.fail_after(120):
        async with serving(STARCODER_MCP__SESSIONS__URL=f"sqlite:///{damaged}") as call:
            refused = await call("chat_completion", **asked("hi"))
            alone = await call("chat_completion", messages=asked("hi")["messages"])
            info = await call("model_info")

    for told in (refused, info["sessions_problem"]):
        assert str(damaged) in told
        assert "move it away, or set another sessions.url" in told
    assert alone["content"] == "You said: hi"
    assert info["active_sessions"] is None
