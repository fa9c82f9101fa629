"""Worker processes, and the wire to each: a call is sent, and its answer or its end comes back.

They are forked from a server process that has the large packages imported, so that a replacement
costs milliseconds. A call is a pickle on a socket that the event loop itself reads: pebble, whose
pool was used before, hands a call and its answer through two threads and a pipe that all processes
share, which short calls feel, and stops innocent calls where that pipe breaks. Others were
considered: `concurrent.futures` and loky cannot kill the process of one call, and
`anyio.to_process` has no recycling, forks nothing, and leaves a busy worker behind when the
server is killed.
"""

import asyncio
import multiprocessing
import pickle
import socket
import tempfile
from typing import TYPE_CHECKING, Any

import anyio

from mcp_server.analysis.worker_process import LENGTH, serve

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

CALLS = 25
"""After so many calls a process is replaced, since pylint and yapf leak."""
PRELOADED = "mcp_server.analysis.preloaded"
_END_SECONDS = 5.0


class CrashedError(Exception):
    """The process ended in the middle of a call.

    Args:
        exitcode: As `multiprocessing.Process.exitcode` has it; negative: the signal.
    """

    def __init__(self, exitcode: int | None) -> None:
        super().__init__(f"exit code {exitcode}")
        self.exitcode = exitcode


class Crew:
    """At most `size` worker processes, each started with the first call that finds none idle."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._is_closed = False
        self._idle: list[_Worker] = []
        self._living: set[_Worker] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    @property
    def idle(self) -> bool:
        """Whether a call may be made."""
        return self._held < self._size

    def __enter__(self) -> "Crew":
        self._held += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._held -= 1

    async def call(self, function: str, args: tuple[Any, ...], seconds: float) -> Any:
        """Call a function in a process; one whose call does not come to its end is killed.

        That a process ends tells of this call only if it made no other before: it may have been
        killed while it was idle, or harmed by what it was given earlier. So the call is then
        made again, in a new one.

        Raises:
            TimeoutError: It took longer than `seconds`.
            CrashedError: The process ended.
            Exception: What `worker_process.call` raised there.
        """
        worker = self._idle_one() or await self._new_one()
        deadline = anyio.current_time() + seconds
        try:
            return await self._made_by(worker, function, args, seconds)
        except CrashedError:
            if worker.calls == 1 or self._is_closed:
                raise
        left = max(deadline - anyio.current_time(), 0.1)
        return await self._made_by(await self._new_one(), function, args, left)

    async def _made_by(
        self, worker: "_Worker", function: str, args: tuple[Any, ...], seconds: float
    ) -> Any:
        try:
            return await worker.call(function, args, seconds)
        finally:
            if worker.spent:
                self._end(worker)
            else:
                self._idle.append(worker)

    async def aclose(self) -> None:
        """Kill all processes, wait for their end, and start no more; safe to call twice."""
        self._is_closed = True
        self._idle.clear()
        for worker in [*self._living]:
            self._end(worker)
        await asyncio.gather(*self._ending)
        scratch, self._scratch = self._scratch, None
        if scratch:
            await anyio.to_thread.run_sync(scratch.cleanup)

    def _idle_one(self) -> "_Worker | None":
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive():
                return worker
            self._end(worker)  # somebody killed it
        return None

    async def _new_one(self) -> "_Worker":
        self._scratch = self._scratch or tempfile.TemporaryDirectory(prefix="starcoder-mcp-")
        worker = await _Worker.start(self._scratch.name)
        self._living.add(worker)
        return worker

    def _end(self, worker: "_Worker") -> None:
        """Kill a process now, and see to the rest while other calls go on."""
        if worker not in self._living:
            return  # it was ended as the crew was closed
        self._living.discard(worker)
        worker.kill()
        task = asyncio.get_running_loop().create_task(worker.ended())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


class _Worker:
    """A running process, which makes one call at a time."""

    def __init__(
        self,
        process: "BaseProcess",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self.calls = 0
        self.spent = False
        """Whether it may not be given another call."""

    @classmethod
    async def start(cls, scratch: str) -> "_Worker":
        """Start a process whose temporary files are made in `scratch`."""
        ours, theirs = socket.socketpair()
        process = _context().Process(target=serve, args=(theirs, scratch), daemon=True)
        try:
            # The first time the fork server imports for a second before it answers.
            await anyio.to_thread.run_sync(process.start)
            return cls(process, *await asyncio.open_connection(sock=ours))
        except BaseException:
            ours.close()  # which ends the process
            raise
        finally:
            theirs.close()

    def is_alive(self) -> bool:
        return self._process.is_alive()

    async def call(self, function: str, args: tuple[Any, ...], seconds: float) -> Any:
        self.calls += 1
        self.spent = True
        try:
            with anyio.fail_after(seconds):
                failed, answer = await self._answer_to(pickle.dumps((function, args)))
        except (asyncio.IncompleteReadError, ConnectionError):
            await self.ended()
            raise CrashedError(self._process.exitcode) from None
        self.spent = self.calls >= CALLS
        if failed:
            raise answer
        return answer

    async def _answer_to(self, request: bytes) -> tuple[bool, Any]:
        self._writer.write(request)
        (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        failed, answer = pickle.loads(await self._reader.readexactly(length))  # noqa: S301
        return failed, answer

    def kill(self) -> None:
        self._process.kill()
        self._writer.close()

    async def ended(self) -> None:
        """Wait for its end."""
        await anyio.to_thread.run_sync(self._process.join, _END_SECONDS)


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    return context
