import importlib
import sys
from types import ModuleType

import pytest
from mcp import Client
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations

from benchmarks.bare import MODULE, write_bare_server
from mcp_server.calls import tool_of


def _said(tools):
    """What clients are told of tools, without the one thing that the SDK cannot be told."""
    listed = [tool.model_dump() for tool in tools]
    for tool in listed:
        tool["input_schema"].pop("additionalProperties", None)
    return sorted(listed, key=lambda tool: tool["name"])


async def _listed_by_the_bare_server(tmp_path, monkeypatch, tools):
    write_bare_server(tmp_path, tools)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    bare = importlib.import_module(MODULE)
    monkeypatch.delitem(sys.modules, MODULE)
    async with Client(bare.server) as client:
        return (await client.list_tools()).tools


@pytest.mark.anyio
async def test_the_bare_server_says_of_its_tools_what_the_real_one_says(tmp_path, monkeypatch):
    from mcp_server.tools import TOOLS

    made = [tool_of(name, importlib.import_module(module)) for name, module in TOOLS.items()]
    real = MCPServer("real", tools=made)
    async with Client(real) as client:
        ours = (await client.list_tools()).tools
    bare = await _listed_by_the_bare_server(tmp_path, monkeypatch, TOOLS)
    assert len(ours) >= 8
    assert _said(bare) == _said(ours)


def test_a_type_that_has_no_source_is_refused_by_name(tmp_path, monkeypatch):
    async def odd(ctx, value: "object.Odd"):
        """Take something odd."""

    class Odd: ...

    odd.__annotations__ = {"ctx": Context, "value": Odd, "return": None}
    module = ModuleType("odd_tools")
    module.__dict__.update(odd=odd, TITLE="Odd", ANNOTATIONS=ToolAnnotations())
    monkeypatch.setitem(sys.modules, "odd_tools", module)
    with pytest.raises(TypeError, match=r"no source for the type .*Odd"):
        write_bare_server(tmp_path, {"odd": "odd_tools"})
