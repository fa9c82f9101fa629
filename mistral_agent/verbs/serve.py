"""`serve`: the HTTP service of the agent, which is not part of this version."""

import argparse

from service.settings import SettingsError


async def run(arguments: argparse.Namespace) -> int:
    """Say so.

    Raises:
        SettingsError: Always.
    """
    raise SettingsError(
        f"serve ({arguments.host}:{arguments.port}) is not part of this version; "
        "use 'mistral-agent ask --json' from scripts"
    )
