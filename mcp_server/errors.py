"""What ends the server, and what it tells its callers.

Errors of settings are `service.settings.SettingsError`, those of models are in
`model_backends.errors`; tools report to their callers with the SDK's `ToolError`.

ServerError
└── ListenError                 the address cannot be listened on (exit code 2)
"""

from typing import ClassVar


class ServerError(Exception):
    """The server cannot start; the message is one line for its user."""

    exit_code: ClassVar[int] = 2


class ListenError(ServerError):
    """The host and port cannot be listened on."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host}:{port}: {reason}; choose another with --port")
        self.host = host
        self.port = port
