"""The server as a process: its log, its transport, and its end."""

import ipaddress
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import anyio
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from mcp_server.configuration import Configuration
from mcp_server.errors import ListenError, ServerError
from mcp_server.model_settings import Model
from mcp_server.server import build_server
from mcp_server.settings import Logging, Server, ServerSettings
from model_backends.errors import BackendError
from model_backends.settings import API_KEY, BASE_URL, HANDED_OVER, BackendSettings
from service.logs import LogSettings, start_logging
from service.settings import SettingsError
from service.signals import Shutdown

logger = logging.getLogger(__name__)

EXIT_SECONDS = 2.0
"""Longest time that threads of libraries may keep the process after its teardown."""


def serve(configuration: Configuration) -> int:
    """Serve until the client leaves or a signal comes, and return the exit code.

    Raises:
        BackendError: The model cannot be what the settings say.
        ListenError: The address is in use.
        SettingsError: A setting cannot be honoured.
    """
    settings = configuration.settings
    if settings.server.transport == "http":
        _require_loopback(settings.server)
    start_logging(log_settings(settings.logging))
    for note in configuration.notes:
        logger.warning(note)
    shutdown = Shutdown()
    if settings.server.transport == "http":
        return _serve_http(settings, shutdown)
    return _serve_stdio(settings, shutdown)


def log_settings(settings: Logging) -> LogSettings:
    """The part of the settings that the log needs."""
    return LogSettings(
        level=settings.level,
        format=settings.format,
        file=settings.file,
        max_bytes=settings.max_size,
        backup_count=settings.backup_count,
    )


def compose(settings: ServerSettings, closed: Callable[[], None]) -> MCPServer[Any]:
    """Open what the settings name, and build the server on it."""
    from mcp_server.sandbox import open_sandbox
    from model_backends.registry import describe, open_backend, resolve

    chosen = settings.sandbox
    try:
        sandbox = open_sandbox(
            chosen.mode, python=chosen.python, paths=chosen.paths, limits=chosen.limits()
        )
    except ValueError as error:
        raise SettingsError(str(error)) from None
    model = resolve(_with_key(settings.model, os.environ), os.environ)
    others = {name: _named(name, each, settings.model) for name, each in settings.models.items()}
    if HANDED_OVER not in os.environ:  # else the parent has said so already
        sys.stderr.write(f"starcoder-mcp: {describe(model)}\n")
    models = {name: open_backend(each) for name, each in others.items()}
    return build_server(settings, open_backend(model), sandbox, models=models, closed=closed)


def _named(name: str, model: Model, default: Model) -> BackendSettings:
    """Resolve one of the models that have names.

    Raises:
        SettingsError: It cannot be.
    """
    from model_backends.registry import resolve

    environ = dict(os.environ)
    if model.base_url not in (None, default.base_url, environ.get(BASE_URL)):
        environ.pop(API_KEY, None)  # that key is for another endpoint
    try:
        return resolve(_with_key(model, os.environ), environ)
    except BackendError as error:
        raise SettingsError(f"models.{name}: {error}") from None


def _with_key(model: Model, environ: Mapping[str, str]) -> BackendSettings:
    """The choice of a model, with the key of the variable that it names."""
    chosen = model.backend_settings()
    if model.api_key_env is None:
        return chosen
    key = environ.get(model.api_key_env)
    if not key:
        raise SettingsError(f"api_key_env: the environment variable {model.api_key_env} is not set")
    return replace(chosen, api_key=key)


def _serve_stdio(settings: ServerSettings, shutdown: Shutdown) -> int:
    if sys.stdin is None or sys.stdout is None:
        raise ServerError("the stdio transport needs standard input and output; one is closed")
    if sys.stdin.isatty():
        sys.stderr.write("starcoder-mcp: waiting for an MCP client on standard input\n")
    # The SDK diverts descriptor 1 while it serves. Before and after, we do: what a library prints
    # while it is imported, or leaves in a buffer until the end, must not reach the client either.
    wire = os.dup(1)
    os.dup2(2, 1)
    server = compose(settings, closed=shutdown.teardown_done)

    async def run() -> None:
        os.dup2(wire, 1)
        await server.run_stdio_async()

    try:
        return _run(run, shutdown)
    finally:
        os.dup2(2, 1)


def _serve_http(settings: ServerSettings, shutdown: Shutdown) -> int:
    import uvicorn
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response

    listener = _listen(settings.server)
    server = compose(settings, closed=lambda: None)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "version": server.version})

    # The SDK's decorator has no types.
    cast("Any", server).custom_route("/health", methods=["GET"])(health)

    class Listener(uvicorn.Server):
        """Leaves the signals to `Shutdown`, which bounds the end of the process."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    host = settings.server.host
    http = Listener(
        uvicorn.Config(
            server.streamable_http_app(host=host, transport_security=_own_names(host)),
            lifespan="on",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=0,
        )
    )

    async def run() -> None:
        await http.serve(sockets=[listener])

    def stop() -> None:
        http.should_exit = True

    address = "[::1]" if listener.family == socket.AF_INET6 else host
    sys.stderr.write(
        f"starcoder-mcp: listening on http://{address}:{listener.getsockname()[1]}/mcp\n"
    )
    return _run(run, shutdown, stop)


def _run(
    work: Callable[[], Awaitable[None]],
    shutdown: Shutdown,
    stop: Callable[[], None] | None = None,
) -> int:
    """Run `work` to its end; that the client has gone is no error."""
    try:
        return anyio.run(shutdown.run, work, stop)
    except* (BrokenPipeError, ConnectionResetError):
        logger.info("the client has gone")
    finally:
        shutdown.leave_within(EXIT_SECONDS)
    return shutdown.exit_code


def _require_loopback(server: Server) -> None:
    if server.host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(server.host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingsError(
            f"server.host: {server.host!r} is not a loopback address; this version does not check "
            "who calls, so it listens on 127.0.0.1, ::1 or localhost only"
        )


def _listen(server: Server) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    try:
        return socket.create_server((server.host, server.port), family=family, backlog=128)
    except OSError as error:
        # Only the number: Python adds the address to the text, which is said already.
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ListenError(server.host, server.port, reason[:1].lower() + reason[1:]) from None


def _own_names(host: str) -> TransportSecuritySettings:
    """Only requests to, and from pages of, this very host are answered (DNS rebinding)."""
    names = {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host}
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[f"{name}:*" for name in sorted(names)],
        allowed_origins=[f"http://{name}:*" for name in sorted(names)],
    )
