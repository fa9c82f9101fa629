"""Real processes: a server of the SDK for the main path, one without it for what goes wrong."""

import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.errors import (
    ServerGoneError,
    ServerUnavailableError,
    ToolProtocolError,
    ToolTimeoutError,
)
from mistral_agent.servers import ServerSpec
from mistral_agent.tool_client import McpToolClient

SERVERS = Path(__file__).parents[1] / "servers"

pytestmark = pytest.mark.anyio


def bare(name: str = "bare", *words: str, **options: Any) -> ServerSpec:
    script = str(SERVERS / "bare.py")
    return ServerSpec(name, sys.executable, (script, *words), **{"retry_delay": 0.1} | options)


def full(**options: Any) -> ServerSpec:
    script = str(SERVERS / "tools.py")
    return ServerSpec("tools", sys.executable, (script,), **{"retry_delay": 0.1} | options)


@asynccontextmanager
async def connected(*specs: ServerSpec, **options: Any) -> AsyncIterator[McpToolClient]:
    with anyio.fail_after(60):
        async with McpToolClient(specs, **options) as client:
            yield client


def tool(catalogue: Catalogue, name: str, server: str = "bare") -> Tool:
    found = catalogue.find(server, name)
    assert found is not None, catalogue
    return found


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not condition():  # noqa: ASYNC110 - another process's doing gives no event
            await anyio.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


async def test_a_server_of_the_sdk_is_listed_called_read_and_prompted() -> None:
    async with connected(full(trusted=True)) as client:
        catalogue = await client.catalogue()
        assert catalogue.problems == ()
        add = tool(catalogue, "add", "tools")
        assert add.trusted
        assert (add.read_only, add.idempotent) == (True, True)
        assert (add.destructive, add.open_world) == (True, True)
        assert add.required == ("a", "b")
        assert set(add.outputs) == {"total"}
        assert {(r.uri, r.template) for r in catalogue.resources} == {
            ("test://greeting", False),
            ("test://greeting/{name}", True),
        }
        assert [a.name for p in catalogue.prompts for a in p.arguments] == ["code"]
        assert catalogue.instructions == {"tools": "Be kind."}

        assert (await client.call(add, {"a": 1, "b": 2})).structured == {"total": 3}
        failed = await client.call(tool(catalogue, "fail", "tools"), {})
        assert failed.is_error
        assert "fail" in failed.text
        large = await client.call(tool(catalogue, "large", "tools"), {"size": 5_000_000})
        assert len(large.text) == 5_000_000
        assert await client.read_resource("tools", "test://greeting/you") == "hello you"
        assert await client.get_prompt("tools", "review", {"code": "x"}) == "Review x"
        with pytest.raises(ToolProtocolError, match="test://nothing") as refused:
            await client.read_resource("tools", "test://nothing")
        assert refused.value.code == -32602


async def test_a_call_reports_progress_and_its_time_limit_cancels_it_on_the_server(
    tmp_path: Path,
) -> None:
    reports: list[tuple[float, float | None, str]] = []

    async def on_progress(progress: float, total: float | None, message: str) -> None:
        reports.append((progress, total, message))

    marker = tmp_path / "marker"
    async with connected(full()) as client:
        wait = tool(await client.catalogue(), "wait", "tools")
        with pytest.raises(ToolTimeoutError, match=r"'wait' of server 'tools'.*0.5 seconds"):
            await client.call(wait, {"marker": str(marker)}, timeout=0.5, on_progress=on_progress)
        await until(lambda: marker.exists() and marker.read_text() == "cancelled")
    assert reports == [(1.0, 2.0, "waiting")]


async def test_cancelling_a_call_cancels_it_on_the_server(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    async with connected(full()) as client:
        wait = tool(await client.catalogue(), "wait", "tools")
        async with anyio.create_task_group() as group:

            async def cancel(*_: object) -> None:
                group.cancel_scope.cancel()

            async def call() -> None:
                await client.call(wait, {"marker": str(marker)}, on_progress=cancel)

            group.start_soon(call)
        await until(lambda: marker.exists() and marker.read_text() == "cancelled")


async def test_a_server_inherits_little_and_never_keys() -> None:
    environ = {
        **{name: os.environ[name] for name in ("PATH",)},
        "OPENAI_API_KEY": "secret",
        "LC_ALL": "C.UTF-8",
        "HOME": "/somewhere",
    }
    async with connected(full(env={"MINE": "1"}), environ=environ) as client:
        given = await client.call(tool(await client.catalogue(), "environment", "tools"), {})
    assert {"PATH", "LC_ALL", "HOME", "MINE"} <= set(given.structured)
    assert "OPENAI_API_KEY" not in given.structured


async def test_a_server_that_dies_in_a_call_is_named_and_the_next_call_works() -> None:
    async with connected(full()) as client:
        catalogue = await client.catalogue()
        with pytest.raises(
            ServerGoneError, match=r"'die' of server 'tools'.*exited with code 7"
        ) as e:
            await client.call(tool(catalogue, "die", "tools"), {})
        assert "I am dying" in str(e.value)
        assert "\n" not in str(e.value)
        result = await client.call(tool(catalogue, "add", "tools"), {"a": 1, "b": 1})
        assert result.structured == {"total": 2}


async def test_kill_9_between_calls_goes_unnoticed_by_the_next_call(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    async with connected(bare("bare", f"starts={starts}")) as client:
        first = tool(await client.catalogue(), "tool0")
        await client.call(first, {})
        os.kill(int(starts.read_text()), signal.SIGKILL)
        await until(lambda: len(starts.read_text().split()) == 2)
        assert starts.read_text().split()[1] in (await client.call(first, {})).text


@asynccontextmanager
async def serving(port: int) -> AsyncIterator[None]:
    command = [sys.executable, str(SERVERS / "tools.py"), str(port)]
    async with await anyio.open_process(command, stdin=None, stdout=None, stderr=None) as server:
        await until(lambda: is_listening(port))
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                server.kill()


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_a_server_over_http_is_called_and_found_again_after_its_restart() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    spec = ServerSpec(
        "web", url=f"http://127.0.0.1:{port}/mcp", headers={"X-Own": "1"}, retry_delay=0.05
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(port))
        client = await stack.enter_async_context(connected(spec))
        catalogue = await client.catalogue()
        add = tool(catalogue, "add", "web")
        assert (await client.call(add, {"a": 1, "b": 2})).structured == {"total": 3}
        with pytest.raises(ServerGoneError, match="'die' of server 'web'"):
            await client.call(tool(catalogue, "die", "web"), {})
        await until(lambda: not is_listening(port))
        with pytest.raises(ServerUnavailableError, match="cannot be reached"):
            await client.call(add, {"a": 1, "b": 2})
        async with serving(port):
            assert (await client.call(add, {"a": 2, "b": 2})).structured == {"total": 4}


async def test_failures_at_start_are_named_and_other_servers_work() -> None:
    specs = [
        ServerSpec("missing", "no-such-command"),
        ServerSpec("directory", "cat", cwd="/no/such/place"),
        ServerSpec("not executable", str(SERVERS / "bare.py")),
        bare("exits", "exit"),
        bare("hangs", "silent", connect_timeout=0.5),
        bare("noisy", "silent", "noise", connect_timeout=0.5),
        ServerSpec("nobody", url="http://user:secret@127.0.0.1:9/mcp"),
        bare(),
    ]
    async with connected(*specs) as client:
        catalogue = await client.catalogue()
        reasons = {problem.server: problem.reason for problem in catalogue.problems}
        assert "bare" not in reasons
        assert "command 'no-such-command' does not exist" in reasons["missing"]
        assert "'/no/such/place' is no directory" in reasons["directory"]
        assert "is not an executable file" in reasons["not executable"]
        assert "exited with code 3; it said: no configuration" in reasons["exits"]
        assert "no answer within 0.5 seconds" in reasons["hangs"]
        assert "what is not MCP: 'Welcome!'" in reasons["noisy"]
        assert "http://127.0.0.1:9/mcp cannot be reached" in reasons["nobody"]
        assert "secret" not in reasons["nobody"]
        assert (await client.call(tool(catalogue, "tool0"), {})).text.startswith("tool0 of")


async def test_noise_before_the_first_message_does_not_hinder_a_server() -> None:
    async with connected(bare("bare", "noise")) as client:
        catalogue = await client.catalogue()
    assert catalogue.problems == ()
    assert catalogue.tools


async def test_a_line_without_end_ends_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mistral_agent.tool_client.process.MAX_LINE_BYTES", 100_000)
    async with connected(bare("bare", "flood", retry_attempts=0)) as client:
        [problem] = (await client.catalogue()).problems
    assert "ended by SIGKILL" in problem.reason
    assert "xxx" in problem.reason


async def test_much_on_standard_error_hinders_nobody() -> None:
    async with connected(bare("bare", "chatter")) as client:
        die = tool(await client.catalogue(), "die")
        with pytest.raises(ServerGoneError, match="progress progress") as error:
            await client.call(die, {})
    assert len(str(error.value)) < 1000


@pytest.mark.skipif(sys.platform == "win32", reason="made executable as POSIX has it")
async def test_a_file_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF nonsense")
    program.chmod(0o755)
    async with connected(ServerSpec("odd", str(program), retry_attempts=0)) as client:
        [problem] = (await client.catalogue()).problems
    assert re.search("Exec format error|exited with code", problem.reason)


async def test_all_pages_of_tools_are_listed_and_endless_ones_are_cut() -> None:
    async with connected(bare("many", "pages=30"), bare("endless", "endless")) as client:
        catalogue = await client.catalogue()
    names = [t.name for t in catalogue.tools if t.server == "many"]
    assert [n for n in names if n.startswith("tool")] == [f"tool{n}" for n in range(30)]
    assert names.count("die") == 1
    assert [t.name for t in catalogue.tools if t.server == "endless"] == ["tool0", "tool1"]


async def test_a_changed_list_of_tools_is_read_again() -> None:
    async with connected(bare()) as client:
        catalogue = await client.catalogue()
        assert catalogue.find("bare", "grown") is None
        await client.call(tool(catalogue, "grow"), {})
        with anyio.fail_after(30):
            while catalogue.find("bare", "grown") is None:
                await anyio.sleep(0.01)
                catalogue = await client.catalogue()


async def test_a_changed_list_that_never_comes_is_waited_for_once_and_the_old_one_serves() -> None:
    async with connected(bare("bare", "stuck", connect_timeout=1.5)) as client:
        catalogue = await client.catalogue()
        await client.call(tool(catalogue, "grow"), {})
        assert await client.catalogue() == catalogue
        with anyio.fail_after(1.0):  # less than another wait
            assert await client.catalogue() == catalogue
            assert not (await client.call(tool(catalogue, "tool0"), {})).is_error


async def test_a_tool_that_runs_only_as_a_task_is_not_offered() -> None:
    async with connected(bare()) as client:
        catalogue = await client.catalogue()
    assert catalogue.find("bare", "research") is None
    assert catalogue.find("bare", "grow") is not None


async def test_what_is_no_text_is_named_in_its_place() -> None:
    async with connected(bare()) as client:
        result = await client.call(tool(await client.catalogue(), "tool0"), {})
    assert result.text.split("\n\n")[1:] == [
        "[image: image/png, 3 bytes]",
        "embedded",
        "[x://b: binary data, 1 bytes]",
        "[linked: x://c]",
    ]
    assert result.structured == {"text": result.text}


async def test_an_error_of_the_server_is_not_taken_for_its_death() -> None:
    async with connected(bare()) as client:
        catalogue = await client.catalogue()
        with pytest.raises(
            ToolProtocolError, match="'refuse' of server 'bare': not today"
        ) as error:
            await client.call(tool(catalogue, "refuse"), {})
        assert error.value.code == -32000
        assert not (await client.call(tool(catalogue, "tool0"), {})).is_error


async def test_results_that_are_not_as_the_protocol_has_them_are_errors_in_one_line() -> None:
    async with connected(bare("bare", "odd")) as client:
        catalogue = await client.catalogue()
        for name in ("odd", "shapeless"):
            with pytest.raises(ToolProtocolError, match=f"'{name}' of server 'bare'") as error:
                await client.call(tool(catalogue, name), {})
            assert error.value.code is None
            assert "\n" not in str(error.value)
        result = await client.call(tool(catalogue, "list"), {})
    assert result.structured == {"kinds": [1]}


async def test_a_server_that_keeps_dying_is_given_up_and_tried_again_when_wanted(
    tmp_path: Path,
) -> None:
    starts = tmp_path / "starts"
    spec = bare("bare", f"starts={starts}", retry_attempts=1, retry_delay=0.01)
    async with connected(spec) as client:
        die = tool(await client.catalogue(), "die")
        for _ in range(5):
            with pytest.raises(ServerGoneError, match="ended by SIGKILL"):
                await client.call(die, {})
    assert len(starts.read_text().split()) >= 5


async def test_a_server_that_cannot_come_back_is_unavailable(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text((SERVERS / "bare.py").read_text())
    spec = ServerSpec("bare", sys.executable, (str(script),), retry_attempts=1, retry_delay=0.01)
    async with connected(spec) as client:
        die = tool(await client.catalogue(), "die")
        script.unlink()
        with pytest.raises(ServerGoneError):
            await client.call(die, {})
        with pytest.raises(ServerUnavailableError, match="exited with code 2"):
            await client.call(die, {})
        assert (await client.catalogue()).problems[0].server == "bare"


async def test_an_unknown_server_is_named_with_those_that_there_are() -> None:
    async with connected(bare()) as client:
        with pytest.raises(ServerUnavailableError, match=r"'other'.*there are: bare"):
            await client.read_resource("other", "x://y")


async def test_two_servers_of_one_name_are_told_apart() -> None:
    async with connected(bare(), bare()) as client:
        catalogue = await client.catalogue()
    assert {t.server for t in catalogue.tools} == {"bare", "bare-2"}


async def test_what_is_raised_among_the_servers_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError, match="as it is"):
        async with connected(bare()):
            raise KeyError("as it is")


async def test_no_server_is_an_empty_catalogue() -> None:
    async with connected() as client:
        assert await client.catalogue() == Catalogue()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_a_server_and_its_children_end_with_the_client(tmp_path: Path) -> None:
    child, starts = tmp_path / "child", tmp_path / "starts"
    async with connected(bare("bare", f"child={child}", f"starts={starts}")) as client:
        await client.catalogue()
        pids = [int(child.read_text()), int(starts.read_text())]
        assert all(is_running(pid) for pid in pids)
    await until(lambda: not any(is_running(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_a_server_that_will_not_leave_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mistral_agent.tool_client.process.EXIT_SECONDS", 0.2)
    starts = tmp_path / "starts"
    async with connected(bare("bare", "deaf", f"starts={starts}")) as client:
        await client.catalogue()
    assert not is_running(int(starts.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word to the child is Linux's")
async def test_a_deaf_server_dies_with_a_killed_client(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    program = (
        "import anyio, sys\n"
        "from mistral_agent.servers import ServerSpec\n"
        "from mistral_agent.tool_client import McpToolClient\n"
        "async def main():\n"
        "    spec = ServerSpec('bare', sys.executable, tuple(sys.argv[1:]))\n"
        "    async with McpToolClient([spec]) as client:\n"
        "        await client.catalogue()\n"
        "        print('connected', flush=True)\n"
        "        await anyio.sleep(600)\n"
        "anyio.run(main)\n"
    )
    arguments = [str(SERVERS / "bare.py"), "deaf", f"starts={starts}"]
    command = [sys.executable, "-c", program, *arguments]
    with anyio.fail_after(60):
        async with await anyio.open_process(command) as agent:
            assert agent.stdout is not None
            assert b"connected" in await agent.stdout.receive()
            agent.kill()
            await agent.wait()
    await until(lambda: not is_running(int(starts.read_text())))
