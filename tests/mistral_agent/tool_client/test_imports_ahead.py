import functools
import queue
import sys
from types import ModuleType

import anyio
import pytest

from mistral_agent.servers import ServerSpec
from mistral_agent.tool_client import McpToolClient

SERVER = "from mcp.server import MCPServer\nMCPServer('plain').run()\n"


@pytest.mark.anyio
async def test_modules_for_later_are_imported_while_servers_come_up(tmp_path, monkeypatch):
    (tmp_path / "needed_later.py").write_text("import told\ntold.imported.put('needed later')\n")
    told = ModuleType("told")
    told.imported = queue.Queue()
    monkeypatch.setitem(sys.modules, "told", told)
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = ServerSpec(name="plain", command=sys.executable, args=("-c", SERVER))
    async with McpToolClient([spec], then_import=["needed_later"]) as client:
        imported = functools.partial(told.imported.get, timeout=60)
        assert await anyio.to_thread.run_sync(imported) == "needed later"
        assert (await client.catalogue()).problems == ()
    del sys.modules["needed_later"]
