"""What every tool call can reach: settings, the model, the sandbox, workers, conversations."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp.server.mcpserver import Context

from mcp_server.sandbox.base import Sandbox
from mcp_server.sessions import Conversations
from mcp_server.settings import ServerSettings
from model_backends.base import ModelBackend

if TYPE_CHECKING:
    from mcp_server.analysis.workers import Workers


@dataclass(frozen=True, slots=True)
class Services:
    """Made once by `build_server` and closed with it; tools get it through their context."""

    settings: ServerSettings
    backend: ModelBackend
    sandbox: Sandbox
    workers: "Workers"
    sessions: Conversations


def services(ctx: Context[Services]) -> Services:
    """The services of the server that this call runs on."""
    return ctx.request_context.lifespan_context
