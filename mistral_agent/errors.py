"""What can go wrong in the agent, by who can mend it.

AgentError
├── RequestFileError            the user named a file that cannot be read (exit code 2)
├── OfferingError               a prompt of a server that there is not, or wrong arguments (code 2)
├── SessionError                a conversation on disk cannot be used (exit code 2)
│   ├── UnknownSessionError
│   ├── SessionBusyError
│   ├── NothingToResumeError
│   └── SessionStorageError
├── CutOffError                 a step that was interrupted is not repeated unasked
├── PlanError                   a plan cannot run as it is
│   ├── PlanFileError           the user gave a file that holds no plan for these servers (2)
│   └── ReferenceProblem
└── ToolError                   a server or one of its tools failed
    ├── ServerGoneError         it died; it is restarted, the next call works (exit code 4)
    ├── ServerUnavailableError  it could not be started or reached (exit code 4)
    ├── ToolTimeoutError
    └── ToolProtocolError       it answered with a JSON-RPC error
"""

from collections.abc import Sequence
from typing import ClassVar


class AgentError(Exception):
    """The agent could not do what was asked; `exit_code` is the process's where nobody mends it."""

    exit_code: ClassVar[int] = 1


class RequestFileError(AgentError):
    """A file that a request is about cannot be read."""

    exit_code: ClassVar[int] = 2

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"file {path!r} cannot be read: {reason}")
        self.path = path
        self.reason = reason


class OfferingError(AgentError):
    """A prompt that no server offers, or one whose arguments are not as it needs them."""

    exit_code: ClassVar[int] = 2


class SessionError(AgentError):
    """A conversation on disk cannot be used."""

    exit_code: ClassVar[int] = 2


class UnknownSessionError(SessionError):
    """No conversation has this id."""

    def __init__(self, session: str) -> None:
        super().__init__(
            f"no session {session[:80]!r}; list them with: mistral-agent sessions list"
        )
        self.session = session


class SessionBusyError(SessionError):
    """Another process writes this conversation."""

    def __init__(self, session: str) -> None:
        super().__init__(
            f"session {session!r} is open in another process; close it there, or start a new one"
        )
        self.session = session


class NothingToResumeError(SessionError):
    """The last request of a conversation left no plan."""

    def __init__(self, session: str) -> None:
        super().__init__(
            f"session {session!r} has no plan to go on with: its last request led to none, so "
            f"nothing was begun; ask again with: mistral-agent ask --session {session} 'TEXT'"
        )
        self.session = session


class SessionStorageError(SessionError):
    """The directory or a file of the conversations cannot be written or read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"sessions cannot be kept in {path}: {reason}; "
            "set conversation.session_dir, or conversation.save_sessions: false"
        )
        self.path = path
        self.reason = reason


class CutOffError(AgentError):
    """Steps of an interrupted plan may have had their effect; nobody said to repeat them.

    Args:
        session: The conversation.
        steps: Their ids and tools.
    """

    def __init__(self, session: str, steps: Sequence[tuple[str, str]]) -> None:
        named = " and ".join(f"{step} ({tool})" for step, tool in steps)
        were, they = ("was", "it") if len(steps) == 1 else ("were", "they")
        super().__init__(
            f"{named} {were} interrupted, and may have been done already, in part or in full; "
            f"nothing was run now. See what {they} did; to repeat: "
            f"mistral-agent ask --resume {session} --yes; to decide: "
            f"mistral-agent chat --session {session}, then /resume"
        )
        self.session = session
        self.steps = tuple(steps)


class PlanError(AgentError):
    """A plan cannot run as it is; the message says which step and what to change."""


class PlanFileError(PlanError):
    """A file holds no plan that can run; nothing of it was run."""

    exit_code: ClassVar[int] = 2

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"plan {path!r}: {reason}")
        self.path = path
        self.reason = reason


class ReferenceProblem(PlanError):  # noqa: N818 - what is wrong is the reference, not the program
    """A step refers to a result that is not there; `step` is the one that was referred to."""

    def __init__(self, message: str, step: str | None = None) -> None:
        super().__init__(message)
        self.step = step


class ToolError(AgentError):
    """A server or one of its tools failed; `tool` is None where no tool was involved."""

    def __init__(self, server: str, tool: str | None, message: str) -> None:
        super().__init__(message)
        self.server = server
        self.tool = tool


class ServerGoneError(ToolError):
    """The server died or closed the connection; it is restarted, so that the next call works."""

    exit_code: ClassVar[int] = 4

    def __init__(self, server: str, tool: str | None, reason: str) -> None:
        super().__init__(server, tool, f"{_subject(server, tool)}: the server is gone: {reason}")
        self.reason = reason


class ServerUnavailableError(ToolError):
    """The server could not be started or reached, also after the retries."""

    exit_code: ClassVar[int] = 4

    def __init__(self, server: str, tool: str | None, reason: str) -> None:
        super().__init__(server, tool, f"{_subject(server, tool)}: not connected: {reason}")
        self.reason = reason


class ToolTimeoutError(ToolError):
    """The tool gave no result in time; the call was cancelled on its server."""

    def __init__(self, server: str, tool: str | None, seconds: float) -> None:
        super().__init__(
            server,
            tool,
            f"{_subject(server, tool)}: no result within {seconds:g} seconds; "
            "raise the server's timeout in mcp.servers",
        )
        self.seconds = seconds


class ToolProtocolError(ToolError):
    """The server answered with a JSON-RPC error, or (code None) not as the protocol has it."""

    def __init__(self, server: str, tool: str | None, code: int | None, message: str) -> None:
        which = "" if code is None else f" (JSON-RPC {code})"
        super().__init__(server, tool, f"{_subject(server, tool)}: {message}{which}")
        self.code = code
        self.message = message


def _subject(server: str, tool: str | None) -> str:
    return f"tool {tool!r} of server {server!r}" if tool else f"server {server!r}"
