import os
import signal
import subprocess
import sys
import threading

import anyio
import pytest

from service.signals import Shutdown

pytestmark = pytest.mark.anyio


async def test_work_that_ends_by_itself_gives_exit_code_0():
    async def work():
        await anyio.lowlevel.checkpoint()

    assert await Shutdown().run(work) == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
async def test_a_signal_cancels_the_work_and_gives_its_exit_code(number, code):
    left = []
    shutdown = Shutdown(leave=left.append, grace_seconds=60)

    async def work():
        try:
            os.kill(os.getpid(), number)
            await anyio.sleep_forever()
        finally:
            shutdown.teardown_done()

    with anyio.fail_after(5):
        assert await shutdown.run(work) == code
    assert left == [code]


async def test_work_can_be_asked_to_end_instead_of_being_cancelled():
    asked = anyio.Event()

    async def work():
        os.kill(os.getpid(), signal.SIGTERM)
        await asked.wait()

    with anyio.fail_after(5):
        shutdown = Shutdown(leave=lambda _: None, grace_seconds=60)
        assert await shutdown.run(work, stop=asked.set) == 143


async def test_without_a_signal_the_end_of_teardown_does_not_leave():
    left = []
    shutdown = Shutdown(leave=left.append)

    async def work():
        shutdown.teardown_done()

    await shutdown.run(work)
    assert left == []


async def test_an_error_of_the_work_is_raised():
    async def work():
        raise BrokenPipeError

    with pytest.raises(ExceptionGroup) as caught:
        await Shutdown().run(work)
    assert caught.group_contains(BrokenPipeError)


def test_teardown_that_hangs_is_left_after_the_grace_period():
    left = threading.Event()
    codes = []

    def leave(code):
        codes.append(code)
        left.set()

    shutdown = Shutdown(leave=leave)
    shutdown.exit_code = 143
    shutdown.leave_within(0.01)

    assert left.wait(5)
    assert codes == [143]


def test_a_process_whose_teardown_blocks_is_gone_after_the_grace_period():
    script = """
import anyio, threading
from service.signals import Shutdown
async def work():
    print("ready", flush=True)
    try:
        await anyio.sleep_forever()
    finally:
        threading.Event().wait()
anyio.run(Shutdown(grace_seconds=0.2).run, work)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(10) == 143
