"""The composition root: a server of the settings, the model and the sandbox it is given."""

import importlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import anyio
from mcp.server import CacheHint, MCPServer
from mcp.types import Completion, PromptReference, ResourceTemplateReference

from mcp_server.calls import CodeServer, tool_of
from mcp_server.prompts import PromptLibrary
from mcp_server.resources import TEMPLATE_URI, add_resources, template_kinds
from mcp_server.sandbox.base import Sandbox
from mcp_server.services import Services
from mcp_server.sessions import Conversations, StoredConversations
from mcp_server.settings import ServerSettings
from mcp_server.texts import PACKAGED, Texts
from mcp_server.tools import TOOLS
from model_backends.base import ModelBackend

if TYPE_CHECKING:
    from mcp_server.analysis.workers import Workers

logger = logging.getLogger(__name__)

TEARDOWN_SECONDS = 1.0
_LISTS_FOR = CacheHint(ttl_ms=60_000, scope="public")


def build_server(
    settings: ServerSettings,
    backend: ModelBackend,
    sandbox: Sandbox,
    *,
    tools: Mapping[str, str] = TOOLS,
    models: Mapping[str, ModelBackend] | None = None,
    closed: Callable[[], None] = lambda: None,
) -> MCPServer[Services]:
    """Compose the server.

    Args:
        settings: All settings.
        backend: The model; closed when the server ends.
        sandbox: Where code is run.
        tools: The module of each tool, by the tool's name.
        models: Those of `settings.models`, by their names; closed with the server as well.
        closed: Called when everything the server held is closed.
    """
    texts = Texts(settings.resources)
    library = PromptLibrary(texts)
    enabled = settings.tools.enabled
    server = CodeServer(
        settings.performance,
        [
            tool_of(name, importlib.import_module(module), settings)
            for name, module in tools.items()
            if enabled is None or name in enabled
        ],
        library,
        name=settings.server.name,
        title="StarCoder2 code tools",
        version=settings.server.version or _installed_version(),
        instructions=(PACKAGED / "instructions.md").read_text(encoding="utf-8").strip(),
        lifespan=_lifespan(settings, backend, sandbox, closed, models or {}),
        cache_hints={"tools/list": _LISTS_FOR, "prompts/list": _LISTS_FOR},
        log_level="WARNING",
    )
    for prompt in library.prompts():
        server.add_prompt(prompt)
    add_resources(server, settings, texts)
    _add_completion(server, library, texts)
    return server


def _lifespan(
    settings: ServerSettings,
    backend: ModelBackend,
    sandbox: Sandbox,
    closed: Callable[[], None],
    models: Mapping[str, ModelBackend],
) -> Callable[[MCPServer[Services]], AbstractAsyncContextManager[Services]]:
    @asynccontextmanager
    async def lifespan(_: MCPServer[Services]) -> AsyncIterator[Services]:
        from mcp_server.analysis.workers import Workers

        services = Services(
            settings=settings,
            backend=backend,
            sandbox=sandbox,
            workers=Workers(min(settings.performance.max_concurrent_requests, _processors())),
            sessions=StoredConversations(
                settings.sessions.url,
                settings.sessions.max_sessions,
                settings.sessions.max_session_messages,
                settings.sessions.eviction,
            ),
            others=models,
        )
        try:
            yield services
        finally:
            await _close(services)
            closed()

    return lifespan


async def _close(services: Services) -> None:
    """Close everything at once, in bounded time, also while the server is being cancelled."""
    # Only sandboxes that keep a process have something to close.
    close_sandbox = getattr(services.sandbox, "close", None)
    if close_sandbox is not None:
        close_sandbox()
    with anyio.move_on_after(TEARDOWN_SECONDS, shield=True):
        async with anyio.create_task_group() as group:
            held: list[Workers | ModelBackend | Conversations] = [
                services.workers,
                services.backend,
                *services.others.values(),
                services.sessions,
            ]
            for each in held:
                group.start_soon(_close_one, each)


async def _close_one(service: "Workers | ModelBackend | Conversations") -> None:
    try:
        await service.aclose()
    except Exception:
        # The others must still be closed; the process ends anyway.
        logger.exception("closing %s failed", type(service).__name__)


def _add_completion(server: MCPServer[Any], library: PromptLibrary, texts: Texts) -> None:
    async def complete(
        ref: PromptReference | ResourceTemplateReference, argument: Any, _context: Any
    ) -> Completion:
        if isinstance(ref, PromptReference):
            values = library.completions(ref.name, argument.name, argument.value)
        elif ref.uri == TEMPLATE_URI and argument.name == "kind":
            values = [k for k in template_kinds(texts) if k.startswith(argument.value.lower())]
        else:
            values = []
        return Completion(values=values, total=len(values), has_more=False)

    # The SDK's decorator has no types.
    cast("Any", server).completion()(complete)


def _processors() -> int:
    """Processors, but two at least, so that one slow analysis does not hold up all others."""
    return max(os.cpu_count() or 1, 2)


def _installed_version() -> str:
    from importlib.metadata import version

    return version("starcoder-mistral")
