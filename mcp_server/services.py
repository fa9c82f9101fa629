"""What every tool call can reach: settings, the model, the sandbox, workers, conversations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.models_offered import DEFAULT_MODEL
from mcp_server.sandbox.base import Sandbox
from mcp_server.sessions import Conversations
from mcp_server.settings import ServerSettings
from model_backends.base import ModelBackend

if TYPE_CHECKING:
    from mcp_server.analysis.workers import Workers


@dataclass(frozen=True, slots=True)
class Services:
    """Made once by `build_server` and closed with it; tools get it through their context.

    Args:
        settings: All settings.
        backend: The model of this call.
        sandbox: Where code is run.
        workers: Processes that analyse code.
        sessions: The conversations.
        others: The models that the settings have beside the default one, by name.
    """

    settings: ServerSettings
    backend: ModelBackend
    sandbox: Sandbox
    workers: "Workers"
    sessions: Conversations
    others: Mapping[str, ModelBackend] = field(default_factory=dict)


def services(ctx: Context[Services], model: str = DEFAULT_MODEL) -> Services:
    """The services of the server that this call runs on, with the model that it names.

    Raises:
        ToolError: There is no such model.
    """
    given = ctx.request_context.lifespan_context
    if model == DEFAULT_MODEL:
        return given
    if model not in given.others:
        known = ", ".join([DEFAULT_MODEL, *given.others])
        raise ToolError(
            f"model: no model is named {model[:100]!r}; choose one of {known}, or add it under "
            "models in the server's settings"
        )
    chosen = given.settings.model_copy(update={"model": given.settings.models[model]})
    return replace(given, settings=chosen, backend=given.others[model])
