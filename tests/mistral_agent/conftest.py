"""Catalogues as real servers list them, from `fixtures/`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mistral_agent.catalogue import Catalogue, Tool

FIXTURES = Path(__file__).parent / "fixtures"


def tool_of(server: str, listed: dict[str, Any], *, trusted: bool = False) -> Tool:
    hints = listed.get("annotations") or {}
    return Tool(
        server=server,
        name=listed["name"],
        title=listed.get("title") or listed["name"],
        description=listed.get("description", ""),
        input_schema=listed["inputSchema"],
        output_schema=listed.get("outputSchema"),
        read_only=hints.get("readOnlyHint", False),
        destructive=hints.get("destructiveHint", True),
        idempotent=hints.get("idempotentHint", False),
        open_world=hints.get("openWorldHint", True),
        trusted=trusted,
    )


def load(*servers: str) -> Catalogue:
    listings = [json.loads((FIXTURES / f"{server}.json").read_text()) for server in servers]
    return Catalogue(
        tools=tuple(
            tool_of(each["server"], tool, trusted=each.get("trusted", False))
            for each in listings
            for tool in each["tools"]
        ),
        instructions={each["server"]: each["instructions"] or "" for each in listings},
    )


@pytest.fixture
def catalogue() -> Catalogue:
    """The built-in server's tools."""
    return load("starcoder")


@pytest.fixture
def catalogue_of() -> Callable[..., Catalogue]:
    """The tools of the named servers."""
    return load
