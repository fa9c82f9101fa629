"""`chat`: talk in the terminal."""

import argparse
import sys

from mistral_agent.app import open_agent
from mistral_agent.chat.repl import run_chat
from mistral_agent.verbs.arguments import servers_from, settings_from


async def run(arguments: argparse.Namespace) -> int:
    """Talk until the user leaves."""
    async with open_agent(settings_from(arguments), servers_from(arguments)) as agent:
        print(agent.model_choice, file=sys.stderr)
        session = agent.sessions.resume(arguments.session)
        return await run_chat(agent, session, approve_all=arguments.yes)
