"""What the server tells the process that runs around the code: plain JSON, no behaviour."""

import json
from dataclasses import asdict, dataclass, field
from typing import Literal

Style = Literal["namespaces", "landlock", "bwrap", "process"]


@dataclass(frozen=True)
class Spec:
    """One run. Paths are absolute, sizes in bytes.

    Args:
        style: How the code is contained; "bwrap" where bwrap has already built the namespaces.
        command: Program and arguments.
        environment: The whole environment.
        files: Contents by path relative to the working directory.
        read_back: Relative paths of files to return.
        system: Parts of the system that code may read.
        readable: The interpreter and what the user admits.
        scratch: Where a private directory is made when none can be mounted.
        seconds: Wall-clock limit.
        memory: Address space of each process, and resident memory of all.
        processes: Processes and threads.
        disk: Largest file, and all that the private directory holds.
    """

    style: Style
    command: list[str]
    environment: dict[str, str]
    files: dict[str, str]
    read_back: list[str]
    system: list[str]
    readable: list[str]
    scratch: str
    seconds: float
    memory: int
    processes: int
    disk: int

    def dump(self) -> bytes:
        """This as JSON."""
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def load(text: bytes) -> "Spec":
        """The spec that `dump` wrote."""
        return Spec(**json.loads(text))


@dataclass(frozen=True)
class Report:
    """How a run ended, as the process around it tells the server.

    Args:
        ending: Why it ended; "refused" if it was never started.
        exit_code: The exit status, or minus the signal's number.
        seconds: Wall-clock seconds from start to end.
        note: One line for the user, where there is something to say.
        files: The contents of the files to read back.
    """

    ending: Literal["exited", "signalled", "timeout", "refused"]
    exit_code: int = 0
    seconds: float = 0.0
    note: str = ""
    files: dict[str, str] = field(default_factory=dict)

    def dump(self) -> bytes:
        """This as JSON."""
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def load(text: bytes) -> "Report":
        """The report that `dump` wrote."""
        return Report(**json.loads(text))
