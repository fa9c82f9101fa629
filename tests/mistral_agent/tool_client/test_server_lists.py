"""Every field of the `mcpServers` JSON of other MCP clients, down to the server that it reaches."""

import asyncio
import json
import sys
from pathlib import Path

import anyio
import pytest

from mistral_agent.settings import load_mcp_config
from mistral_agent.tool_client import McpToolClient

pytestmark = pytest.mark.anyio

SERVERS = Path(__file__).parents[1] / "servers"


def specs(tmp_path, **servers):
    file = tmp_path / "mcp.json"
    file.write_text(json.dumps({"mcpServers": servers}))
    return load_mcp_config(file)


async def test_command_args_env_and_cwd_reach_the_process_and_disabled_keeps_it_out(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "todo").write_text("milk")
    listed = specs(
        tmp_path,
        env={
            "command": sys.executable,
            "args": [str(SERVERS / "tools.py")],
            "env": {"TOKEN": "t", "PORT": 8080},
        },
        notes={
            "command": sys.executable,
            "args": [str(SERVERS / "notes.py"), "says=From the arguments."],
            "cwd": str(tmp_path / "notes"),
            "trusted": True,
            "approval": {"read_note": "always"},
            "autoApprove": ["write_note"],
        },
        off={"command": "/no/such/program", "disabled": True},
    )
    with anyio.fail_after(60):
        async with McpToolClient(listed, environ={"PATH": "", "SECRET": "s"}) as client:
            catalogue = await client.catalogue()
            tools = {(tool.server, tool.name): tool for tool in catalogue.tools}
            given = await client.call(tools["env", "environment"], {})
            read = await client.call(tools["notes", "read_note"], {"name": "todo"})
    assert catalogue.problems == ()
    assert given.structured["TOKEN"] == "t"
    assert given.structured["PORT"] == "8080"
    assert "SECRET" not in given.structured
    assert read.text == "milk"
    assert tools["notes", "write_note"].description == "From the arguments."
    assert tools["notes", "read_note"].approval == "always"
    assert tools["notes", "write_note"].approval is None
    assert (tools["notes", "read_note"].trusted, tools["env", "add"].trusted) == (True, False)


async def test_url_and_headers_reach_the_address(tmp_path):
    heads: list[str] = []

    async def answer(reader, writer):
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        address = f"http://127.0.0.1:{port}/own/mcp"
        listed = specs(
            tmp_path,
            web={
                "type": "http",
                "url": address,
                "headers": {"Authorization": "Bearer b", "X-N": 1},
            },
        )
        with anyio.fail_after(60):
            async with McpToolClient(listed) as client:
                (problem,) = (await client.catalogue()).problems
    assert problem.server == "web"
    assert address in problem.reason
    assert heads[0].startswith("POST /own/mcp ")
    assert "\r\nauthorization: bearer b\r\n" in heads[0].lower()
    assert "\r\nx-n: 1\r\n" in heads[0].lower()
