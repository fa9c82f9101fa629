"""The agent's settings: their schema, their layers, and servers as other clients list them."""

from mistral_agent.settings.loading import load_agent_settings
from mistral_agent.settings.schema import AgentSettings, ServerEntry, builtin_environment
from mistral_agent.settings.server_lists import (
    filesystem_server,
    load_mcp_config,
    parse_extra_server,
)

__all__ = [
    "AgentSettings",
    "ServerEntry",
    "builtin_environment",
    "filesystem_server",
    "load_agent_settings",
    "load_mcp_config",
    "parse_extra_server",
]
