"""What a server's process is started with: program, environment, and the tie to our life."""

import functools
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from mistral_agent.errors import ServerUnavailableError
from mistral_agent.servers import ServerSpec

# What every server is given of our environment: what programs need to find themselves and the
# user's conventions. The rest may hold secrets.
_INHERITED = (
    "APPDATA HOMEDRIVE HOMEPATH LOCALAPPDATA PATH PATHEXT PROCESSOR_ARCHITECTURE SYSTEMDRIVE "
    "SYSTEMROOT TEMP USERNAME USERPROFILE"
    if sys.platform == "win32"
    else "HOME LANG LANGUAGE LOGNAME PATH SHELL TERM TMPDIR TZ USER"
).split()


def inherited_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The part of `environ` that every server is given."""
    return {
        name: value
        for name, value in environ.items()
        if name in _INHERITED or name.startswith("LC_")
    }


def find_program(spec: ServerSpec, path: str | None) -> str:
    """The program's absolute path.

    Raises:
        ServerUnavailableError: It does not exist, or its working directory does not.
    """
    command = spec.command or ""
    if spec.cwd is not None and not Path(spec.cwd).is_dir():
        raise ServerUnavailableError(spec.name, None, f"its cwd {spec.cwd!r} is no directory")
    if "/" in command or os.sep in command:  # relative to its directory, as the kernel has it
        command = str(Path(spec.cwd or "", command).absolute())
    found = shutil.which(command, path=path)
    if found is None:
        problem = "is not an executable file" if Path(command).exists() else "does not exist"
        raise ServerUnavailableError(
            spec.name,
            None,
            f"its command {spec.command!r} {problem}; install it or correct mcp.servers",
        )
    return str(Path(found).absolute())


@functools.cache
def dying_with_us() -> tuple[str, ...]:
    """A prefix that has the kernel kill the server when we die without ending it.

    It does not cover what the server itself starts, nor systems without util-linux; there a
    server notices by the end of its input, as the protocol asks of it.
    """
    found = shutil.which("setpriv") if sys.platform == "linux" else None
    if found is None or Path(found).resolve().name != "setpriv":  # BusyBox's lacks the option
        return ()
    return (found, "--pdeathsig", "KILL", "--")
