"""`sessions`: list, show, export or delete conversations."""

import argparse
import sys

from mistral_agent.chat.listing import print_sessions
from mistral_agent.chat.streams import write_markdown
from mistral_agent.sessions import open_sessions
from mistral_agent.verbs.arguments import settings_from


async def run(arguments: argparse.Namespace) -> int:
    """Do one action on the conversations on disk."""
    sessions = open_sessions(settings_from(arguments))
    match arguments.action:
        case None | "list":
            print_sessions(sessions.list(), sys.stdout)
        case "show":
            write_markdown(sys.stdout, sessions.export(sessions.read(arguments.id)))
        case "export":
            print(sessions.export(sessions.read(arguments.id)))
        case "delete":
            sessions.delete(arguments.id)
            print(f"deleted {arguments.id}", file=sys.stderr)
    return 0
