"""What a sandbox is: a command in, its bounded outcome out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

Mechanism = Literal["namespaces", "landlock", "bwrap", "process", "none"]
Ending = Literal["exited", "signalled", "timeout", "output_limit"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run.

    Args:
        seconds: Wall-clock and CPU seconds.
        memory_bytes: Address space of each process.
        processes: Processes and threads at once.
        file_bytes: Largest file, and all that the private directory may hold.
        output_bytes: Standard output and standard error together.
    """

    seconds: float = 20.0
    memory_bytes: int = 1 << 30
    processes: int = 32
    file_bytes: int = 16 << 20
    output_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """A command to run in a private directory that holds `files` and is deleted afterwards.

    Args:
        command: Program and arguments; the program must be an absolute path.
        files: Contents by relative path, written before the start.
        read_back: Relative paths whose contents are wanted afterwards.
        stdin: Standard input.
        environment: The whole environment; nothing is inherited.
        read_only_paths: Paths of the user's that are admitted for reading.
        limits: Bounds of the run.
    """

    command: Sequence[str]
    files: Mapping[str, str] = field(default_factory=dict)
    read_back: Sequence[str] = ()
    stdin: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    read_only_paths: Sequence[Path] = ()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Args:
        ending: Why it ended.
        exit_code: The exit status, or minus the signal's number.
        stdout: Standard output, cut at the limit.
        stderr: Standard error, cut at the limit.
        files: Contents of the `read_back` files that exist.
        seconds: Wall-clock seconds.
        mechanism: What contained it.
    """

    ending: Ending
    exit_code: int
    stdout: str
    stderr: str
    files: Mapping[str, str]
    seconds: float
    mechanism: Mechanism


class SandboxUnavailableError(Exception):
    """Nothing here isolates code, and the settings do not allow to run it without."""


class Sandbox(Protocol):
    """A place to run untrusted code in."""

    @property
    def mechanism(self) -> Mechanism:
        """What contains the code; "none" where code is not run."""
        ...

    @property
    def reason(self) -> str:
        """One line: why this mechanism, and what it does not cover."""
        ...

    async def probe(self) -> Mechanism:
        """Find out by trying what contains code here; `mechanism` and `reason` are true after."""
        ...

    async def run(self, job: Job) -> Outcome:
        """Run a job to its end; cancelling kills everything it started.

        Raises:
            SandboxUnavailableError: The mechanism is "none".
        """
        ...
