"""`starcoder-mcp --transport http` as a process."""

import contextlib
import http.client
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest
from mcp import Client, MCPError

FAKES = [sys.executable, str(Path(__file__).with_name("serve_fakes.py"))]
HTTP = ["--backend", "scripted", "--transport", "http"]
WAIT = 60


@pytest.fixture
def spawn():
    processes = []

    def make(*arguments):
        process = subprocess.Popen(
            [*FAKES, *HTTP, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        lines = queue.Queue()

        def read():
            for line in process.stderr:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        processes.append(process)
        return process, lines

    yield make
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def until(lines, pattern):
    while True:
        line = lines.get(timeout=WAIT)
        assert line is not None, f"standard error ended without {pattern!r}"
        if found := re.search(pattern, line):
            return found[1]


def get(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_tools_are_called_over_http_in_both_eras(spawn, mode):
    _, lines = spawn("--port", "0")
    port = int(until(lines, r"listening on http://127\.0\.0\.1:(\d+)/mcp"))

    with anyio.fail_after(WAIT):
        async with Client(f"http://127.0.0.1:{port}/mcp", mode=mode) as client:
            result = await client.call_tool("echo", {"text": "over http"})

    assert result.structured_content == {"text": "over http"}


def test_health_is_told_and_foreign_hosts_are_refused(spawn):
    _, lines = spawn("--port", "0")
    port = int(until(lines, r"listening on http://127\.0\.0\.1:(\d+)/mcp"))

    status, body = get(port, "/health")
    assert status == 200
    assert json.loads(body)["status"] == "ok"
    assert get(port, "/mcp", Host="evil.example", Accept="text/event-stream")[0] == 421
    origin = {"Origin": "http://evil.example", "Accept": "text/event-stream"}
    assert get(port, "/mcp", **origin)[0] == 403


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_server_and_what_a_call_started(spawn, number, code):
    process, lines = spawn("--port", "0")
    port = int(until(lines, r"listening on http://127\.0\.0\.1:(\d+)/mcp"))

    async def call():
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            with pytest.raises(MCPError):
                await client.call_tool("runaway", {})

    ended = threading.Event()

    def in_thread():
        with contextlib.suppress(BaseExceptionGroup):
            anyio.run(call)
        ended.set()

    threading.Thread(target=in_thread, daemon=True).start()
    child = int(until(lines, r"child (\d+)"))
    process.send_signal(number)

    assert process.wait(WAIT) == code
    assert ended.wait(WAIT)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_port_that_is_taken_is_one_line_and_exit_code_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            [*FAKES, *HTTP, "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=WAIT,
            check=False,
        )

    assert result.returncode == 2
    assert result.stderr == (
        f"starcoder-mcp: cannot listen on 127.0.0.1:{port}: address already in use; "
        "choose another with --port\n"
    )
