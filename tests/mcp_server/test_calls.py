"""What holds for every tool call, seen through a client in memory."""

import logging

import anyio
import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS

from mcp_server.configuration import load_configuration
from mcp_server.server import build_server
from model_backends.registry import open_backend
from model_backends.settings import BackendSettings

pytestmark = pytest.mark.anyio


class NoSandbox:
    mechanism = "none"
    reason = "tests of the shell run no code"


def scripted():
    return open_backend(BackendSettings(backend="scripted"))


@pytest.fixture
def serve(fakes):
    def make(**environ):
        settings = load_configuration(environ=environ).settings
        return build_server(settings, scripted(), NoSandbox(), tools=fakes.TOOLS)

    return make


def text_of(result):
    assert result.is_error
    return result.content[0].text


async def call(server, name, arguments=None, mode="auto"):
    async with Client(server, mode=mode) as client:
        return await client.call_tool(name, arguments or {})


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_call_gives_a_structured_result_in_both_eras_of_the_protocol(serve, mode):
    result = await call(serve(), "echo", {"text": "hi", "times": 2}, mode)

    assert not result.is_error
    assert result.structured_content == {"text": "hi hi"}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_unknown_tool_is_a_protocol_error_that_lists_the_tools(serve, mode):
    async with Client(serve(), mode=mode) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("ecko", {})

    assert caught.value.error.code == INVALID_PARAMS
    assert "'ecko'" in caught.value.error.message
    assert "echo" in caught.value.error.message


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "text: missing, and required: What is said."),
        ({"text": 5}, "text: must be a string (got 5)"),
        ({"text": None}, "text: must be a string (got null)"),
        ({"text": "x", "times": "many"}, "times: must be an integer (got 'many')"),
        ({"text": "x", "times": 1.5}, "times: must be an integer, without a fraction (got 1.5)"),
        ({"text": "x", "times": True}, "times: must be an integer (got true)"),
        ({"text": "x", "times": 9}, "times: must be less than or equal to 5 (got 9)"),
        ({"text": "x", "loudness": False}, "loudness: must be a number (got false)"),
        ({"text": "x", "loudness": "very"}, "loudness: must be a number (got 'very')"),
        (
            {"text": "x", "style": "loude"},
            "style: must be 'plain' or 'loud' (got 'loude'); did you mean 'loud'?",
        ),
        ({"text": "x", "tags": "red"}, "tags: must be an array (got 'red')"),
        ({"text": "x", "tags": ["a", 3]}, "tags[1]: must be a string (got 3)"),
        ({"text": "x", "turns": [{"role": "user"}]}, "turns[0].content: missing, and required"),
        (
            {"text": "x", "turns": [{"role": "usr", "content": "y"}]},
            "turns[0].role: must be 'user' or 'assistant' (got 'usr'); did you mean 'user'?",
        ),
        ({"text": "x", "tims": 2}, "'tims': no such argument; did you mean 'times'?"),
        (
            {"text": "x", "zzz": 2},
            "'zzz': no such argument; it takes text, times, style, loudness, turns, tags",
        ),
    ],
)
async def test_a_wrong_argument_is_named_with_what_was_given_and_what_is_right(
    serve, arguments, expected
):
    text = text_of(await call(serve(), "echo", arguments))

    assert text == f"echo: the arguments are not right\n{expected}"


async def test_every_problem_has_a_line_of_its_own(serve):
    text = text_of(await call(serve(), "echo", {"times": 0, "shout": 1, "style": True}))

    assert len(text.splitlines()) == 5
    for name in ("times", "shout", "style", "text"):
        assert f"\n{name}: " in text or f"\n'{name}': " in text


async def test_problems_carry_no_words_of_the_validation_library(serve):
    text = text_of(await call(serve(), "echo", {"text": [], "turns": 1, "loudness": {}}))

    for word in ("pydantic", "http", "Input", "type="):
        assert word not in text


async def test_a_tool_without_arguments_says_that_it_takes_none(serve):
    text = text_of(await call(serve(), "broken", {"x": 1}))

    assert text.endswith("'x': no such argument; this tool takes none")


async def test_what_json_clients_write_in_strings_is_understood(serve):
    result = await call(serve(), "echo", {"text": "a", "times": "2", "tags": '["x"]'})

    assert result.structured_content == {"text": "a a"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": "é" * 600},
        {"text": "x", "turns": [{"role": "user", "content": "y" * 1001}]},
        {"text": "x", "y" * 1001: 1, "other": "z" * 1001},
    ],
)
async def test_an_argument_over_the_size_limit_is_refused_with_its_size(serve, arguments):
    server = serve(STARCODER_MCP__PERFORMANCE__MAX_INPUT_BYTES="1000")

    text = text_of(await call(server, "echo", arguments))

    assert "bytes are over the limit of 1000" in text
    assert "performance.max_input_bytes" in text
    assert len(text) < 400


async def test_a_very_deep_argument_does_not_break_the_server(serve):
    deep = []
    for _ in range(90):
        deep = [deep]
    async with Client(serve()) as client:
        assert (await client.call_tool("echo", {"text": deep})).is_error
        assert not (await client.call_tool("echo", {"text": "still here"})).is_error


async def test_an_unexpected_exception_is_one_line_and_its_traceback_goes_to_the_log(serve, caplog):
    with caplog.at_level(logging.ERROR, "mcp_server"):
        text = text_of(await call(serve(), "broken"))

    assert text.startswith("Error executing tool broken: KeyError: ")
    assert "\n" not in text
    assert "Traceback" not in text
    record = next(r for r in caplog.records if r.name.startswith("mcp_server"))
    assert record.exc_info[0] is KeyError


async def test_the_words_of_a_tool_reach_its_caller(serve):
    assert "line 3, column 4: not valid Python" in text_of(await call(serve(), "refuse"))


async def test_a_model_error_reaches_the_caller_with_its_remedy(serve, caplog):
    text = text_of(await call(serve(), "model_down"))

    assert text.startswith("model_down: no model server answers at http://127.0.0.1:9/v1")
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]


async def test_a_call_is_stopped_at_the_time_limit_which_the_error_names(serve, fakes):
    fakes.release.append(anyio.Event())
    server = serve(STARCODER_MCP__PERFORMANCE__TIMEOUT_SECONDS="0.05")

    with anyio.fail_after(5):
        text = text_of(await call(server, "wait", {"name": "slow"}))

    expected = "wait was stopped after 0.05 seconds; ask for less, or raise performance"
    assert text.startswith(expected)
    assert "performance.timeout_seconds" in text
    assert fakes.events == ["slow stopped"]


async def test_what_runs_in_a_call_can_read_its_deadline(serve):
    server = serve(STARCODER_MCP__PERFORMANCE__TIMEOUT_SECONDS="500")

    left = (await call(server, "deadline")).structured_content["text"]

    assert 480 <= int(left) <= 500


async def until(condition):
    with anyio.fail_after(5):
        while not condition():
            await anyio.lowlevel.checkpoint()


async def test_only_so_many_calls_run_at_once_and_the_others_wait_their_turn(serve, fakes):
    fakes.release.append(anyio.Event())
    server = serve(STARCODER_MCP__PERFORMANCE__MAX_CONCURRENT_REQUESTS="2")
    done = []

    async with Client(server) as client, anyio.create_task_group() as group:

        async def wait(name):
            await client.call_tool("wait", {"name": name})
            done.append(name)

        for name in "abc":
            group.start_soon(wait, name)
        await until(lambda: len(fakes.running) == 2)
        assert (await client.call_tool("model_info", {})).is_error is False
        assert len(fakes.running) == 2
        fakes.release[-1].set()

    assert sorted(done) == ["a", "b", "c"]


async def test_waiting_for_a_turn_does_not_count_towards_the_time_of_a_call(serve, fakes):
    fakes.release.append(anyio.Event())
    server = serve(
        STARCODER_MCP__PERFORMANCE__MAX_CONCURRENT_REQUESTS="1",
        STARCODER_MCP__PERFORMANCE__TIMEOUT_SECONDS="0.2",
    )
    results = []
    async with Client(server) as client, anyio.create_task_group() as group:

        async def say(text):
            results.append(await client.call_tool("echo", {"text": text}))

        group.start_soon(client.call_tool, "wait", {"name": "a"})
        await until(lambda: fakes.running == ["a"])
        group.start_soon(say, "b")

    assert [r.structured_content for r in results] == [{"text": "b"}]


async def test_a_cancelled_call_is_stopped_and_gives_its_turn_back(serve, fakes):
    fakes.release.append(anyio.Event())
    server = serve(STARCODER_MCP__PERFORMANCE__MAX_CONCURRENT_REQUESTS="1")
    async with Client(server) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "wait", {"name": "a"})
            await until(lambda: fakes.running == ["a"])
            group.cancel_scope.cancel()
        await until(lambda: fakes.events == ["a stopped"])

        assert not (await client.call_tool("echo", {"text": "free"})).is_error


async def test_progress_of_a_tool_reaches_the_caller(serve):
    seen = []

    async def progress(done, total, message):
        seen.append((done, total, message))

    async with Client(serve()) as client:
        await client.call_tool("echo", {"text": "x"}, progress_callback=progress)
        await until(lambda: seen)

    assert seen == [(1, 2, "half said")]


async def test_listed_tools_have_title_description_and_closed_schemas(serve):
    async with Client(serve()) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}

    echo = tools["echo"]
    assert (echo.title, echo.description) == ("A fake", "Say something again.")
    assert echo.annotations.read_only_hint is True
    assert echo.input_schema["additionalProperties"] is False
    assert echo.output_schema["properties"]["text"]["description"] == "The text."


async def test_the_server_says_who_it_is(serve):
    server = serve(STARCODER_MCP__SERVER__NAME="mine", STARCODER_MCP__SERVER__VERSION="'2.0'")
    async with Client(server, mode="legacy") as client:
        assert (client.server_info.name, client.server_info.version) == ("mine", "2.0")
        assert "verified" in client.instructions


async def test_what_fails_to_close_is_logged_and_the_rest_is_closed(fakes, caplog):
    class Stuck:
        async def aclose(self):
            raise RuntimeError("stuck")

    class Box(NoSandbox):
        closed = False

        def close(self):
            self.closed = True

    box, told = Box(), []
    settings = load_configuration().settings
    server = build_server(
        settings, Stuck(), box, tools=fakes.TOOLS, closed=lambda: told.append("closed")
    )
    async with Client(server):
        pass

    assert (box.closed, told) == (True, ["closed"])
    assert "closing Stuck failed" in caplog.text


async def test_leaving_closes_the_model(fakes):
    class Closing:
        closed = False

        async def aclose(self):
            type(self).closed = True

    told = []
    server = build_server(
        load_configuration().settings,
        Closing(),
        NoSandbox(),
        tools=fakes.TOOLS,
        closed=lambda: told.append(Closing.closed),
    )
    async with Client(server):
        assert not Closing.closed

    assert told == [True]
