"""The MCP server of code tools."""
