"""Worker processes: what crashes, hangs or is cancelled takes nothing with it."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import anyio
import pytest
from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.analysis import worker_process
from mcp_server.analysis import workers as workers_module
from mcp_server.analysis.workers import Workers

pytestmark = pytest.mark.anyio


@pytest.fixture
async def workers():
    pool = Workers(2)
    yield pool
    await pool.aclose()


def alive(pid):
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def gone(*pids):
    with anyio.fail_after(15):
        while any(map(alive, pids)):  # noqa: ASYNC110  (a process ends without an event)
            await anyio.sleep(0.02)


async def test_a_function_runs_in_another_process(workers):
    pid = await workers.run("os:getpid", tool="test")

    assert pid != os.getpid()
    assert await workers.run("operator:add", 2, 3, tool="test") == 5


async def test_a_process_that_dies_is_an_error_that_names_the_tool_and_is_replaced(workers):
    with pytest.raises(ToolError, match="black crashed on this input"):
        await workers.run("os:abort", tool="black")

    assert await workers.run("operator:add", 2, 3, tool="test") == 5


async def test_a_call_that_takes_too_long_is_stopped(workers):
    with (
        anyio.fail_after(15),
        pytest.raises(ToolError, match=r"yapf was stopped after 0.2 seconds"),
    ):
        await workers.run("time:sleep", 600, tool="yapf", timeout=0.2)


async def test_a_cancelled_call_kills_its_process(workers):
    pids = {await workers.run("os:getpid", tool="test") for _ in range(8)}
    with anyio.move_on_after(0.3):
        await workers.run("time:sleep", 600, tool="test")
    with anyio.move_on_after(0.3):
        await workers.run("time:sleep", 600, tool="test")

    assert await workers.run("operator:add", 2, 3, tool="test") == 5
    with anyio.fail_after(15):
        while all(map(alive, pids)):  # noqa: ASYNC110
            await anyio.sleep(0.02)


async def test_one_call_that_hangs_does_not_hold_up_another(workers):
    async with anyio.create_task_group() as group:
        group.start_soon(
            lambda: workers.run("time:sleep", 600, tool="test"),
        )
        with anyio.fail_after(15):
            assert await workers.run("operator:add", 2, 3, tool="test") == 5
        group.cancel_scope.cancel()


async def test_calls_that_hang_do_not_hold_up_others_while_the_reserve_lasts(monkeypatch):
    monkeypatch.setattr(workers_module, "PATIENCE", 0.01)
    workers = Workers(1)
    async with anyio.create_task_group() as group:
        for _ in range(workers_module.RESERVE):
            group.start_soon(lambda: workers.run("time:sleep", 600, tool="test"))
        with anyio.fail_after(60):
            assert await workers.run("operator:add", 2, 3, tool="test") == 5
        group.cancel_scope.cancel()
    await workers.aclose()


async def test_a_call_for_which_no_process_is_free_in_time_says_so(monkeypatch):
    monkeypatch.setattr(workers_module, "RESERVE", 0)
    workers = Workers(1)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: workers.run("time:sleep", 600, tool="test"))
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(ToolError, match=r"black found no free process within 0.1 seconds"):
            await workers.run("operator:add", 2, 3, tool="black", timeout=0.1)
        group.cancel_scope.cancel()
    await workers.aclose()


async def test_processes_that_somebody_kills_are_replaced(workers):
    for pid in {await workers.run("os:getpid", tool="test") for _ in range(8)}:
        os.kill(pid, signal.SIGKILL)

    with anyio.fail_after(60):
        assert await workers.run("operator:add", 2, 3, tool="test") == 5


async def test_temporary_files_of_a_process_that_is_killed_go_with_the_workers():
    workers = Workers(1)
    file = anyio.Path(await workers.run("tempfile:mkdtemp", tool="test"))
    assert await file.is_dir()
    await workers.aclose()

    assert not await file.parent.exists()


async def test_invalid_source_is_the_callers_error(workers):
    with pytest.raises(ToolError, match="line 1, column 3: not valid Python"):
        await workers.run("mcp_server.analysis.guard:parse_python", "x=(", tool="test")


@pytest.mark.parametrize(
    ("function", "argument", "said"),
    [
        ("operator:index", "x", "pylint failed on this input (TypeError: 'str' object cannot"),
        ("sys:exit", "an option is wrong", "pylint failed on this input (SystemExit: an option"),
        ("json:loads", "[" * 100_000, "nested too deeply for pylint"),
        ("builtins:bytearray", 3 << 30, "pylint ran out of memory on this input"),
        ("threading:Semaphore", 1, "pylint failed on this input (TypeError: cannot pickle"),
    ],
)
async def test_what_a_tool_raises_is_an_error_that_names_it(workers, function, argument, said):
    with pytest.raises(ToolError, match=f"^{re.escape(said)}"):
        await workers.run(function, argument, tool="pylint")

    assert await workers.run("operator:add", 2, 3, tool="test") == 5


async def test_texts_of_many_megabytes_go_both_ways(workers):
    long = "x" * 9_000_000

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(lambda: workers.run("operator:add", long, "y", tool="test"))
        with anyio.fail_after(60):
            assert await workers.run("operator:add", long, "y", tool="test") == long + "y"


async def test_what_a_tool_does_not_announce_is_in_the_log_with_its_place(workers, caplog):
    with pytest.raises(ToolError):
        await workers.run("operator:floordiv", 1, 0, tool="pylint")

    assert "ZeroDivisionError" in caplog.text
    assert 'worker_process.py", line' in caplog.text


async def test_processes_are_replaced_after_some_calls(workers):
    pids = {await workers.run("os:getpid", tool="test") for _ in range(120)}

    assert len(pids) > 2


async def test_closing_ends_all_processes_and_may_be_done_twice():
    pool = Workers(2)
    pids = [await pool.run("os:getpid", tool="test") for _ in range(4)]
    await pool.aclose()
    await pool.aclose()

    await gone(*pids)


async def test_closing_ends_a_call_too_and_starts_no_process_for_it():
    workers = Workers(1)
    await workers.run("os:getpid", tool="test")

    async def close_soon():
        await anyio.sleep(0.3)
        await workers.aclose()

    async with anyio.create_task_group() as group:
        group.start_soon(close_soon)
        with anyio.fail_after(15), pytest.raises(ToolError, match="black crashed"):
            await workers.run("time:sleep", 600, tool="black")

    assert multiprocessing.active_children() == []


async def test_what_a_worker_prints_does_not_reach_standard_output(tmp_path):
    script = tmp_path / "host.py"
    script.write_text(textwrap.dedent("""
        import anyio
        from mcp_server.analysis.workers import Workers

        async def main():
            workers = Workers(1)
            await workers.run("builtins:print", "noise", tool="test")
            await workers.run("os:system", "echo noise of a child", tool="test")
            await workers.aclose()

        if __name__ == "__main__":
            anyio.run(main)
        """))

    with anyio.fail_after(60):
        done = await anyio.run_process([sys.executable, str(script)], check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout == b""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is Linux's")
async def test_busy_workers_die_with_a_process_that_is_killed(tmp_path):
    script = tmp_path / "host.py"
    script.write_text(textwrap.dedent("""
        import anyio
        from mcp_server.analysis.workers import Workers

        async def main():
            workers = Workers(2)
            pids = {await workers.run("os:getpid", tool="test") for _ in range(8)}
            async with anyio.create_task_group() as group:
                for _ in range(2):
                    group.start_soon(
                        lambda: workers.run("time:sleep", 600, tool="test", timeout=600)
                    )
                await anyio.sleep(0.3)
                print(*pids, flush=True)

        if __name__ == "__main__":
            anyio.run(main)
        """))
    host = subprocess.Popen(  # noqa: ASYNC220  (its end is what this is about)
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True
    )
    try:
        with anyio.fail_after(60):
            line = await anyio.to_thread.run_sync(host.stdout.readline)
        pids = [int(word) for word in line.split()]
        assert pids
        assert all(map(alive, pids))
    finally:
        os.kill(host.pid, signal.SIGKILL)
        host.communicate()

    await gone(*pids)


def test_a_function_is_found_by_its_name():
    assert worker_process.call("operator:add", (1, 2)) == 3
