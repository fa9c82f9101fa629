import os

import pytest


@pytest.fixture
def measurable(monkeypatch):
    """Let coverage follow into the processes around the code, as far as nothing confines them."""
    monkeypatch.setattr("mcp_server.sandbox.linux.KEEPER_FLAGS", ["-I"])
    monkeypatch.setattr("mcp_server.sandbox.linux.KEEPER_ENVIRONMENT", dict(os.environ))
