"""How an MCP server is started or reached, as the tool client needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ApprovalPolicy = Literal["never", "destructive", "always"]
"""Which calls wait for the user's yes: none, those that may destroy something, all."""


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """One MCP server: a command for stdio, or a URL for streamable HTTP.

    Args:
        name: Its name in the configuration, unique among the servers.
        command: The program to start, for stdio.
        args: The program's arguments.
        env: Variables added to a minimal environment; nothing else is inherited.
        cwd: The program's working directory; None is ours.
        url: The address, for streamable HTTP; exactly one of `command` and `url` is set.
        headers: HTTP headers of every request, such as an authorization.
        timeout: Longest wait for a call's result, in seconds.
        connect_timeout: Longest wait from start to the end of tool discovery, in seconds.
        retry_attempts: How many times a server that died is started again in a row.
        retry_delay: Seconds before the second and each later of these attempts.
        trusted: Its hints about tools may be believed.
        builtin: It is the server of this distribution: it is handed the agent's model.
        approval: Policies of its tools by name; "*" is that of all others. Empty: the settings'.
    """

    name: str
    command: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 60.0
    connect_timeout: float = 20.0
    retry_attempts: int = 3
    retry_delay: float = 5.0
    trusted: bool = False
    builtin: bool = False
    approval: Mapping[str, ApprovalPolicy] = field(default_factory=dict)
