"""`starcoder-mcp models`: what a model takes, downloading models, and what is on this disk."""
