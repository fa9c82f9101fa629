"""`doctor`: check this installation and say what to do."""

import argparse
import sys

from mistral_agent.doctor import diagnose, exit_code, report
from mistral_agent.verbs.arguments import servers_from, settings_from


async def run(arguments: argparse.Namespace) -> int:
    """Print the findings; 0 when the assistant is usable."""
    findings = await diagnose(settings_from(arguments), servers_from(arguments))
    report(findings, sys.stdout, as_json=arguments.json)
    return exit_code(findings)
