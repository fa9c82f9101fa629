"""`starcoder-mcp` as a process: what goes over the wire, and how it ends."""

import contextlib
import json
import os
import pty
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import INVALID_PARAMS

from model_backends.settings import BackendSettings, to_environment

HERE = Path(__file__).parent
FAKES = [sys.executable, str(HERE / "serve_fakes.py")]
REAL = [sys.executable, "-m", "mcp_server"]
WAIT = 60

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"},
    },
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def call(number, name, arguments=None):
    params = {"name": name, "arguments": arguments or {}}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


class Process:
    """A server process that is spoken to in raw lines; every wait is bounded."""

    def __init__(self, command, env=None, **options):
        self.child = subprocess.Popen(
            [*command, "--backend", "scripted"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            text=True,
            **options,
        )
        self.out, self.err = queue.Queue(), queue.Queue()
        for stream, lines in ((self.child.stdout, self.out), (self.child.stderr, self.err)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.put(line)
        lines.put(None)

    def send(self, *messages):
        for message in messages:
            self.child.stdin.write(json.dumps(message) + "\n")
        self.child.stdin.flush()

    def answer(self, number):
        while True:
            message = json.loads(self.out.get(timeout=WAIT))
            if message.get("id") == number:
                return message

    def error_line(self, part):
        while True:
            line = self.err.get(timeout=WAIT)
            assert line is not None, f"standard error ended without {part!r}"
            if part in line:
                return line

    def start(self):
        self.send(INITIALIZE)
        self.answer(0)
        self.send(INITIALIZED)

    def rest(self, lines):
        return list(iter(lambda: lines.get(timeout=WAIT), None))

    def end(self):
        return self.child.wait(WAIT)


@pytest.fixture
def spawn():
    processes = []

    def make(*arguments, command=FAKES, **options):
        processes.append(Process([*command, *arguments], **options))
        return processes[-1]

    yield make
    for process in processes:
        process.child.kill()
        process.child.wait()
        for stream in (process.child.stdin, process.child.stdout, process.child.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def test_nothing_but_messages_is_written_to_standard_output(spawn):
    server = spawn()
    server.start()
    server.send(call(1, "noisy"))
    assert server.answer(1)["result"]["structuredContent"] == {"text": "quiet"}
    server.send(call(2, "echo", {"text": "x"}))
    server.answer(2)
    server.child.stdin.close()

    assert server.end() == 0
    for line in server.rest(server.out):
        assert json.loads(line)["jsonrpc"] == "2.0"
    noise = "".join(server.rest(server.err))
    for kind in ("of print", "in a buffer", "of the real one", "of a C library", "of a child"):
        assert f"noise {kind}" in noise or kind in noise


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_server_and_what_a_call_started(spawn, number, code):
    server = spawn()
    server.start()
    server.send(call(1, "runaway"))
    child = int(server.error_line("child ").split()[1])

    server.child.send_signal(number)

    assert server.child.wait(2.0 + 3.0) == code
    server.error_line("child ended")
    assert not alive(child)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_an_idle_server(spawn, number, code):
    server = spawn()
    server.start()

    server.child.send_signal(number)

    assert server.end() == code
    assert "Traceback" not in "".join(server.rest(server.err))


def test_the_end_of_standard_input_ends_the_server_and_what_a_call_started(spawn):
    server = spawn()
    server.start()
    server.send(call(1, "runaway"))
    child = int(server.error_line("child ").split()[1])

    server.child.stdin.close()

    assert server.end() == 0
    assert not alive(child)


@pytest.mark.anyio
async def test_a_killed_client_takes_the_server_and_what_a_call_started_with_it():
    for process in killed_client():
        await gone(process)


def killed_client():
    """The processes of a server and of what a call of its has started."""
    parent = subprocess.Popen(
        [sys.executable, str(HERE / "client_to_be_killed.py"), *FAKES],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        server, child = (int(number) for number in parent.stdout.readline().split())
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    return child, server


def test_a_client_that_closes_its_end_before_it_is_answered_is_no_error(tmp_path):
    reading, writing = os.pipe()
    with (tmp_path / "errors").open("w+") as errors:
        server = subprocess.Popen(
            [*FAKES, "--backend", "scripted"],
            stdin=subprocess.PIPE,
            stdout=writing,
            stderr=errors,
            text=True,
        )
        os.close(writing)
        os.close(reading)
        server.communicate(json.dumps(INITIALIZE) + "\n", timeout=WAIT)
        errors.seek(0)

        assert server.returncode == 0
        assert "Traceback" not in errors.read()


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_sdk_client_lists_and_calls_in_both_eras(mode, tmp_path):
    parameters = StdioServerParameters(command=REAL[0], args=[*REAL[1:], "--backend", "scripted"])
    with (tmp_path / "errors").open("w") as errors, anyio.fail_after(WAIT):
        transport = stdio_client(parameters, errlog=errors)
        async with Client(transport, mode=mode) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            assert {"generate_code", "model_info"} <= tools
            assert len((await client.list_prompts()).prompts) == 4
            assert len((await client.list_resources()).resources) == 5
            info = await client.call_tool("model_info", {})
            assert not info.is_error
            with pytest.raises(MCPError) as caught:
                await client.call_tool("nothing", {})
            assert caught.value.error.code == INVALID_PARAMS
            extra = await client.call_tool("format_code", {"code": "x=1", "lenght": 3})
            assert extra.is_error
            assert "lenght" in extra.content[0].text


@pytest.mark.anyio
async def test_a_call_past_its_time_is_stopped_in_the_real_process(tmp_path):
    parameters = StdioServerParameters(
        command=FAKES[0],
        args=[*FAKES[1:], "--backend", "scripted"],
        env={"STARCODER_MCP__PERFORMANCE__TIMEOUT_SECONDS": "0.3"},
    )
    with (tmp_path / "errors").open("w+") as errors, anyio.fail_after(WAIT):
        async with Client(stdio_client(parameters, errlog=errors)) as client:
            result = await client.call_tool("runaway", {})
            assert result.is_error
            assert "runaway was stopped after 0.3 seconds" in result.content[0].text
            assert not (await client.call_tool("echo", {"text": "x"})).is_error
        errors.seek(0)
        assert "child ended" in errors.read()


def run(*arguments, env=None, stdin=subprocess.DEVNULL):
    return subprocess.run(
        [*REAL, *arguments],
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=False,
        env={**os.environ, **(env or {})},
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("serverr: {}", "unknown key 'serverr'; did you mean 'server'?"),
        ("server: {port: high}", "server.port: input should be a valid integer"),
        ("server: [", "not valid YAML"),
        ("model: {api_key: s3cret}", "set the environment variable OPENAI_API_KEY"),
        ("tools: {enabled: [genrate_code]}", "no tool is named 'genrate_code'; the tools are"),
        ("logging: {file: /dev/null/log}", "logging.file: cannot write"),
        ("model: {backend: magic}", "unknown backend 'magic'"),
    ],
)
def test_a_bad_configuration_is_one_line_and_exit_code_2(tmp_path, content, expected):
    file = tmp_path / "server.yaml"
    file.write_text(content)

    result = run("--config", str(file))

    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("starcoder-mcp: ")
    assert expected in result.stderr
    assert "s3cret" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--config", "no-such-file.yaml"),
        ("--transport", "http", "--host", "0.0.0.0"),
        ("--log-level", "LOUD"),
        ("--port", "99999"),
    ],
)
def test_a_bad_flag_value_is_one_line_and_exit_code_2(arguments):
    result = run(*arguments)

    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert arguments[-1] in result.stderr


def test_a_setting_without_effect_is_said_in_the_log(tmp_path):
    file = tmp_path / "server.yaml"
    file.write_text("model: {load_in_4bit: true}\nscaling: {replicas: 3}")

    result = run("--config", str(file), "--backend", "scripted")

    assert result.returncode == 0
    lines = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    messages = [line["message"] for line in lines if line["level"] == "WARNING"]
    assert [m for m in messages if "model.load_in_4bit has no effect" in m]
    assert [m for m in messages if "scaling.replicas has no effect" in m]


def test_a_terminal_is_told_what_the_server_waits_for():
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*FAKES, "--backend", "scripted"],
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        os.close(theirs)
        line = server.stderr.readline()
        server.terminate()
        server.wait(WAIT)
    os.close(ours)

    assert line == "starcoder-mcp: waiting for an MCP client on standard input\n"


@pytest.mark.parametrize("handed", [False, True])
def test_the_chosen_model_is_said_unless_a_parent_process_chose_it(handed):
    environ = to_environment(BackendSettings(backend="scripted")) if handed else {}

    result = run("--backend", "scripted", env=environ)

    assert result.returncode == 0
    assert ("scripted" in result.stderr) is not handed


def test_closed_standard_streams_are_named():
    result = subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -m mcp_server --backend scripted <&-'],
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=False,
    )

    assert result.returncode == 2
    assert "standard input and output" in result.stderr


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"


async def gone(pid):
    with anyio.fail_after(10):
        while True:
            try:
                if not alive(pid):
                    return
            except FileNotFoundError:
                return
            await anyio.sleep(0.02)
