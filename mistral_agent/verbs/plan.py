"""`plan`: print what would be done for a request, without doing it."""

import argparse
import json
import sys

from mistral_agent.app import open_agent
from mistral_agent.chat.render import Renderer
from mistral_agent.events import Clarification
from mistral_agent.files import read_files
from mistral_agent.plain_text import one_line
from mistral_agent.sessions import MemorySessions
from mistral_agent.verbs.arguments import request_from, servers_from, settings_from
from mistral_agent.verbs.ask import DONE, NEEDS_CLARIFICATION


async def run(arguments: argparse.Namespace) -> int:
    """Print the plan and return the exit code."""
    text, files = request_from(arguments), read_files(arguments.file)
    async with open_agent(settings_from(arguments), servers_from(arguments)) as agent:
        known = arguments.session
        session = agent.sessions.read(known) if known else MemorySessions().create()
        print(agent.model_choice, file=sys.stderr)
        plan = await agent.orchestrator.plan(session, text, files)
        ready = await agent.orchestrator.ready(plan)
    if arguments.json:
        print(json.dumps(plan.to_json(), ensure_ascii=False, indent=2))
        for step, reason in ready.approvals.items():
            print(f"{step} needs approval: {one_line(reason)}", file=sys.stderr)
    else:
        renderer = Renderer(sys.stdout, sys.stdout)
        renderer.show(Clarification(plan.questions) if plan.questions else ready)
        renderer.flush()
    return NEEDS_CLARIFICATION if plan.needs_clarification else DONE
