"""Several MCP servers as one catalogue of tools, resources and prompts."""

from mistral_agent.tool_client.client import McpToolClient, OnProgress, ToolClient

__all__ = ["McpToolClient", "OnProgress", "ToolClient"]
