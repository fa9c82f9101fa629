"""The agent's tests plan with the built-in server's tools as that server lists them."""

import json
import os
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

FIXTURE = Path(__file__).parents[1] / "mistral_agent" / "fixtures" / "starcoder.json"


@pytest.mark.anyio
async def test_the_fixture_is_what_the_server_lists(tmp_path: Path) -> None:
    """Run with RENEW_FIXTURES=1 to write the fixture anew."""
    server = StdioServerParameters(
        command=sys.executable, args=["-P", "-m", "mcp_server"], env={"HOME": str(tmp_path)}
    )
    async with Client(server) as client:
        listed = (await client.list_tools()).tools
    told = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]
    fixture = json.loads(FIXTURE.read_text(encoding="utf-8"))
    if os.environ.get("RENEW_FIXTURES"):
        text = json.dumps(fixture | {"tools": told}, indent=1, ensure_ascii=False)
        FIXTURE.write_text(f"{text}\n", encoding="utf-8")
    else:
        assert fixture["tools"] == told, "the tools have changed; run with RENEW_FIXTURES=1"
