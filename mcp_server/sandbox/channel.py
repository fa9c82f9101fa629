"""The pipes of one run, as the server holds them: bounded reading, and ending it by letting go."""

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import anyio

from mcp_server.sandbox.base import Job, Mechanism, Outcome, SandboxUnavailableError
from mcp_server.sandbox.jail.spec import Report, Spec

_CHUNK = 1 << 16
_GRACE = 30.0  # seconds for the keeper to kill, clean up and report, once told to
_BESIDE = 40.0  # seconds for it to start, kill and clean up, beside the job's own


@dataclass
class _Capture:
    """The start of a stream, and whether there was more."""

    limit: int
    data: bytearray = field(default_factory=bytearray)

    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


class Channel:
    """One run's descriptors. Closing `life` makes the keeper kill everything and clean up."""

    def __init__(self, spec: Spec, job: Job) -> None:
        self._job = job
        self._out, out = os.pipe()
        self._err, err = os.pipe()
        self._report, report = os.pipe()
        life, self._life = os.pipe()
        stdin = _read_only_file("stdin", job.stdin.encode("utf-8", "surrogatepass"))
        self.descriptors = (_read_only_file("spec", spec.dump()), stdin, out, err, report, life)
        self.stderr = err
        self._theirs = list(self.descriptors)
        self._output_limit_hit = False

    @staticmethod
    @contextlib.asynccontextmanager
    async def open(spec: Spec, job: Job) -> AsyncIterator["Channel"]:
        """A channel that, when left, has seen the run's end."""
        channel = Channel(spec, job)
        try:
            yield channel
        finally:
            channel.started()
            channel.let_go()
            with anyio.CancelScope(shield=True), anyio.move_on_after(_GRACE):
                await _drain(channel._report)
            for descriptor in (channel._out, channel._err, channel._report):
                os.close(descriptor)

    def started(self) -> None:
        """Close the descriptors that the other side now has."""
        while self._theirs:
            os.close(self._theirs.pop())

    async def outcome(self, mechanism: Mechanism) -> Outcome:
        """Read everything until the keeper has reported.

        Raises:
            SandboxUnavailableError: The run could not be contained, and was not started.
        """
        limits = self._job.limits
        # Both streams share the limit; each may hold all of it until they are put together.
        out, err = _Capture(limits.output_bytes), _Capture(limits.output_bytes)
        report = _Capture(8 * limits.file_bytes + _CHUNK)
        with anyio.move_on_after(limits.seconds + _BESIDE):
            async with anyio.create_task_group() as group:
                group.start_soon(self._read, self._out, out, (out, err))
                group.start_soon(self._read, self._err, err, (out, err))
                group.start_soon(self._read, self._report, report, (report,))
        return self._interpret(report, out, err, mechanism)

    async def _read(self, source: int, into: _Capture, together: tuple[_Capture, ...]) -> None:
        while chunk := await _some(source):
            room = into.limit - sum(len(capture.data) for capture in together)
            into.data += chunk[:room]
            if len(chunk) > room:
                self._output_limit_hit = True
                self.let_go()

    def _interpret(
        self, report: _Capture, out: _Capture, err: _Capture, mechanism: Mechanism
    ) -> Outcome:
        if not report.data:
            last = (err.text().strip().splitlines() or ["it ended without a report"])[-1]
            raise SandboxUnavailableError(f"the sandbox ({mechanism}) failed: {last}")
        told = Report.load(bytes(report.data))
        if told.ending == "refused":
            raise SandboxUnavailableError(
                f"code cannot be contained by {mechanism} here: {told.note}"
            )
        note = f"sandbox: {told.note}\n" if told.note else ""
        return Outcome(
            ending="output_limit" if self._output_limit_hit else told.ending,
            exit_code=told.exit_code,
            stdout=out.text(),
            stderr=err.text() + note,
            files=told.files,
            seconds=told.seconds,
            mechanism=mechanism,
        )

    def let_go(self) -> None:
        """Make the keeper kill everything and report."""
        if self._life >= 0:
            os.close(self._life)
            self._life = -1


def _read_only_file(name: str, content: bytes) -> int:
    """A descriptor of an unnamed file in memory that its holders can only read."""
    writable = os.memfd_create(name)
    try:
        with os.fdopen(os.dup(writable), "wb") as file:
            file.write(content)
        return os.open(f"/proc/self/fd/{writable}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(writable)


async def _some(source: int) -> bytes:
    await anyio.wait_readable(source)
    return os.read(source, _CHUNK)


async def _drain(source: int) -> None:
    while await _some(source):
        pass
