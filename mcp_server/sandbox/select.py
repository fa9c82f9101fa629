"""Choosing a mechanism by trying it, when code is first to be run."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import anyio

from mcp_server.sandbox.base import Job, Limits, Mechanism, Outcome, SandboxUnavailableError

if TYPE_CHECKING:
    from mcp_server.sandbox.linux import LinuxSandbox

Mode = Literal["auto", "namespaces", "landlock", "bwrap", "process", "none"]
_Contained = Literal["namespaces", "landlock", "bwrap", "process"]

# What counts as isolation, in the order in which "auto" tries them.
_ISOLATING: tuple[_Contained, ...] = ("namespaces", "landlock", "bwrap")
_REMEDY = "set sandbox.mode: process to run code with limits but without isolation"
_TRIAL_SECONDS = 10.0
_COVERS: Mapping[Mechanism, str] = {
    "namespaces": "namespaces and a seccomp filter: no network, a file system of its own; "
    "does not cover bugs of the kernel",
    "landlock": "Landlock and a seccomp filter: no network, files closed but for the admitted; "
    "does not cover names, sizes and times of files elsewhere, and bugs of the kernel",
    "bwrap": "bwrap and a seccomp filter: no network, a file system of its own; "
    "does not cover bugs of the kernel",
    "process": "limits alone, as sandbox.mode: process asks: the code can read and change "
    "all that you can, and reach the network",
    "none": "code is not run",
}


def open_sandbox(
    mode: str = "auto",
    *,
    python: Path | None = None,
    paths: Sequence[Path] = (),
    limits: Limits | None = None,
) -> "SelectedSandbox":
    """A sandbox by its mode; nothing is tried before it is used.

    Args:
        mode: "auto" is the first of namespaces, landlock and bwrap that works here, else none.
        python: The interpreter for tests and scripts; None is the one that runs this.
        paths: Files and directories that code may read.
        limits: Bounds of tests and scripts; a job has its own.

    Raises:
        ValueError: The mode is unknown, or the interpreter or a path does not exist.
    """
    if mode not in get_args(Mode):
        raise ValueError(
            f"sandbox.mode {mode!r} is unknown; use one of {', '.join(get_args(Mode))}"
        )
    if python is not None and not python.is_file():
        raise ValueError(f"sandbox.python {str(python)!r} does not exist; name an interpreter")
    for path in paths:
        if not path.exists():
            raise ValueError(f"sandbox.paths: {str(path)!r} does not exist")
    candidates: tuple[Mechanism, ...] = _ISOLATING if mode == "auto" else (_named(mode),)
    return SelectedSandbox(candidates, python=python, paths=paths, limits=limits or Limits())


def _named(mode: str) -> Mechanism:
    return next(m for m in get_args(Mechanism) if m == mode)


class SelectedSandbox:
    """A sandbox whose mechanism is the first of several that works; tried once, on first use."""

    def __init__(
        self,
        candidates: Sequence[Mechanism],
        *,
        python: Path | None,
        paths: Sequence[Path],
        limits: Limits,
    ) -> None:
        self._candidates = candidates
        self._given_python = python
        self._paths = paths
        self._chosen: LinuxSandbox | None = None
        self._failure = _impossible(candidates)
        self._lock: anyio.Lock | None = None
        self.python = python or Path(sys.executable)
        self.limits = limits

    @property
    def mechanism(self) -> Mechanism:
        """What contains the code; before the first use or `probe`, what is tried first."""
        if self._chosen is not None:
            return self._chosen.mechanism
        return "none" if self._failure else self._candidates[0]

    @property
    def reason(self) -> str:
        """Why this mechanism, and what it does not cover."""
        if self._chosen is None:
            return self._failure or f"not tried yet; {_COVERS[self._candidates[0]]}"
        return self._chosen.reason

    async def probe(self) -> Mechanism:
        """Find the mechanism that works here, unless that is known."""
        self._lock = self._lock or anyio.Lock()
        async with self._lock:
            if self._chosen is None and not self._failure:
                await self._try_all()
        return self.mechanism

    async def run(self, job: Job) -> Outcome:
        """Run a job to its end; cancelling kills everything it started.

        Raises:
            SandboxUnavailableError: Nothing here isolates code, or the settings forbid to run it.
        """
        return await (await self.selected()).run(job)

    async def run_warm(self, job: Job) -> Outcome:
        """Run a job of the test collector; see `run`."""
        return await (await self.selected()).run_warm(job)

    def close(self) -> None:
        """End the process that is kept ready for tests, if there is one."""
        if self._chosen is not None:
            self._chosen.close()

    async def selected(self) -> "LinuxSandbox":
        """The sandbox that works here.

        Raises:
            SandboxUnavailableError: None does.
        """
        await self.probe()
        if self._chosen is None:
            raise SandboxUnavailableError(self._failure)
        return self._chosen

    async def _try_all(self) -> None:
        from mcp_server.sandbox.linux import LinuxSandbox

        failures: list[str] = []
        trial = Job(
            command=[str(self.python), "-I", "-S", "-c", ""],
            limits=replace(self.limits, seconds=_TRIAL_SECONDS),
        )
        for candidate in self._candidates:
            if candidate == "none":
                continue
            reason = "; ".join([_COVERS[candidate], *failures])
            sandbox = LinuxSandbox(candidate, reason, python=self._given_python, paths=self._paths)
            try:
                outcome = await sandbox.run(trial)
            except SandboxUnavailableError as error:
                failures.append(str(error))
                continue
            if outcome.exit_code == 0:
                self._chosen = sandbox
                return
            last = (outcome.stderr.strip().splitlines() or [f"exit code {outcome.exit_code}"])[-1]
            failures.append(f"{candidate}: {self.python} does not start: {last}")
        self._failure = f"nothing here isolates code ({'; '.join(failures)}); {_REMEDY}"


def _impossible(candidates: Sequence[Mechanism]) -> str:
    """Why no code can be run, where that is known without trying."""
    if candidates == ("none",):
        return "code is not run, as sandbox.mode: none asks"
    if sys.platform != "linux":
        return f"code is not run on {sys.platform}: the sandbox needs Linux; use a Linux container"
    return ""
