"""The orchestrator: it discovers tools over MCP, understands, asks, plans, runs and remembers."""
