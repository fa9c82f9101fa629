"""`tools`: list the tools of the connected MCP servers."""

import argparse
import json
import sys
from typing import Any

from mistral_agent.app import Agent, open_agent
from mistral_agent.catalogue import Catalogue
from mistral_agent.chat.listing import print_tools
from mistral_agent.verbs.arguments import servers_from, settings_from

NOT_REACHED = 4


async def run(arguments: argparse.Namespace) -> int:
    """Print the tools; 4 where a server could not be reached."""
    settings = settings_from(arguments)
    async with open_agent(settings, servers_from(arguments)) as agent:
        catalogue = await agent.client.catalogue()
    if arguments.json:
        print(json.dumps(_to_json(catalogue, agent), ensure_ascii=False, indent=2))
    else:
        print_tools(catalogue, sys.stdout, sys.stderr)
    return NOT_REACHED if catalogue.problems else 0


def _to_json(catalogue: Catalogue, agent: Agent) -> dict[str, Any]:
    return {
        "tools": [
            {
                "server": tool.server,
                "name": tool.name,
                "title": tool.title,
                "description": tool.description,
                "input_schema": tool.input_schema,
                "output_schema": tool.output_schema,
                "annotations": {
                    "read_only": tool.read_only,
                    "destructive": tool.destructive,
                    "idempotent": tool.idempotent,
                    "open_world": tool.open_world,
                },
                "trusted": tool.trusted,
                "needs_approval": agent.orchestrator.approvals.reason(tool),
            }
            for tool in catalogue.tools
        ],
        "resources": [
            {"server": r.server, "uri": r.uri, "name": r.name, "template": r.template}
            for r in catalogue.resources
        ],
        "prompts": [
            {"server": p.server, "name": p.name, "description": p.description}
            for p in catalogue.prompts
        ],
        "problems": [{"server": p.server, "reason": p.reason} for p in catalogue.problems],
    }
