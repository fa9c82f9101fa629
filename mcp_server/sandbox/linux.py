"""Sandboxes on Linux: start a launcher for each job, or let a fork server start it."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import anyio

from mcp_server.sandbox import admitted
from mcp_server.sandbox.base import Job, Mechanism, Outcome, SandboxUnavailableError
from mcp_server.sandbox.channel import Channel
from mcp_server.sandbox.jail.mounts import PRIVATE
from mcp_server.sandbox.jail.spec import Spec, Style
from mcp_server.sandbox.warm import ForkServer

_PACKAGES = Path(__file__).parent.parent.parent
_START = (
    "import sys; sys.path.append({path!r}); from {module} import main; "
    "sys.path.remove({path!r}); main()"
)
# The keeper needs the standard library alone, and starts faster without `site`.
KEEPER_FLAGS = ["-I", "-S"]
KEEPER_ENVIRONMENT: Mapping[str, str] = {}
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
# Root needs no user namespace, and in one with root alone could not become anybody else.
_BWRAP_AS_ROOT = [
    *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
    *("--cap-add", "ALL"),
]
_LAUNCHER_GRACE = 30.0  # seconds for a launcher to end after its keeper did


class LinuxSandbox:
    """Runs each job in processes that one mechanism contains."""

    def __init__(
        self,
        style: Style,
        reason: str,
        *,
        python: Path | None = None,
        paths: Sequence[Path] = (),
    ) -> None:
        self._style = style
        self._reason = reason
        self.python = python or Path(sys.executable)
        self._fork_server = ForkServer(
            jail_command(self.python, "forkserver", ()), KEEPER_ENVIRONMENT
        )
        ours = admitted.interpreter_paths(None)
        theirs = admitted.interpreter_paths(python) if python else ()
        self._readable = admitted.admit([*ours, *theirs, *admitted.OURS, *paths])

    @property
    def mechanism(self) -> Mechanism:
        """What contains the code."""
        return self._style

    @property
    def reason(self) -> str:
        """Why this mechanism, and what it does not cover."""
        return self._reason

    async def run(self, job: Job) -> Outcome:
        """Run a job to its end; cancelling kills everything it started.

        Raises:
            SandboxUnavailableError: The mechanism does not work here after all.
        """
        spec = self._spec(job)
        before = _bwrap(spec) if self._style == "bwrap" else []
        async with (
            Channel.open(spec, job) as channel,
            _launcher([*before, *_keeper(channel)], channel),
        ):
            channel.started()
            return await channel.outcome(self.mechanism)

    async def run_warm(self, job: Job) -> Outcome:
        """Run a job whose program is the test collector, in a fork of a process that is ready.

        Raises:
            SandboxUnavailableError: The mechanism or the interpreter does not work here after all.
        """
        if self._style == "bwrap":
            return await self.run(job)  # bwrap starts programs; it cannot adopt a process
        async with Channel.open(self._spec(job), job) as channel:
            await self._fork_server.fork(channel.descriptors)
            channel.started()
            return await channel.outcome(self.mechanism)

    def close(self) -> None:
        """End the process that is kept ready, if there is one."""
        self._fork_server.close()

    def _spec(self, job: Job) -> Spec:
        """What the process around the code must know about `job`."""
        limits = job.limits
        return Spec(
            style=self._style,
            command=list(job.command),
            environment={**_ENVIRONMENT, **job.environment},
            files=dict(job.files),
            read_back=list(job.read_back),
            system=list(admitted.SYSTEM),
            readable=[str(p) for p in (*self._readable, *admitted.admit(job.read_only_paths))],
            scratch=tempfile.gettempdir(),
            seconds=limits.seconds,
            memory=limits.memory_bytes,
            processes=limits.processes,
            disk=limits.file_bytes,
        )


def jail_command(python: Path, module: str, descriptors: Sequence[int]) -> list[str]:
    """The command that runs a module of `jail`, with nothing else of ours on its path."""
    code = _START.format(path=str(_PACKAGES), module=f"mcp_server.sandbox.jail.{module}")
    flags = KEEPER_FLAGS if module == "keeper" else ["-I"]
    return [str(python), *flags, "-c", code, *map(str, descriptors)]


def _keeper(channel: Channel) -> list[str]:
    return jail_command(Path(sys.executable), "keeper", channel.descriptors)


def _bwrap(spec: Spec) -> list[str]:
    """The start of a command line that builds the namespaces and the file system by bwrap.

    Raises:
        SandboxUnavailableError: bwrap is not installed.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxUnavailableError("bwrap is not installed (Debian: apt install bubblewrap)")
    command = [program, "--die-with-parent", "--as-pid-1", "--new-session"]
    command += _BWRAP_AS_ROOT if os.geteuid() == 0 else ["--unshare-all"]
    command += ["--size", str(spec.disk), "--tmpfs", PRIVATE, "--dev", "/dev", "--proc", "/proc"]
    for directory in _parents(spec):
        command += ["--perms", "0755", "--dir", directory]
    for path in (*spec.system, *spec.readable):
        if Path(path).is_symlink():
            command += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            command += ["--ro-bind", path, path]
    return [*command, "--chdir", "/", "--"]


def _parents(spec: Spec) -> list[str]:
    """The directories above what is shown; bwrap would close those that are closed outside."""
    above = {parent for path in spec.readable for parent in Path(path).parents}
    return [str(path) for path in sorted(above) if not path.is_relative_to("/usr")][1:]


@contextlib.asynccontextmanager
async def _launcher(command: Sequence[str], channel: Channel) -> AsyncIterator[None]:
    """A process that has the channel's descriptors; it is gone when this is left."""
    process = await anyio.open_process(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=channel.stderr,
        env=KEEPER_ENVIRONMENT,
        pass_fds=channel.descriptors,
        start_new_session=True,
    )
    try:
        yield
    finally:
        channel.let_go()
        with anyio.CancelScope(shield=True):
            with anyio.move_on_after(_LAUNCHER_GRACE):
                await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()
