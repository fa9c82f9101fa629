"""`starcoder-mcp` with the fake tools of the tests in place of its own."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "mcp_server"))

import fake_tools

import mcp_server.tools

mcp_server.tools.TOOLS = fake_tools.TOOLS

from mcp_server.__main__ import main  # noqa: E402

if __name__ == "__main__":
    main()
