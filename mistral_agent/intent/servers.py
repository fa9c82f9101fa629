"""Which server a clause names, where several have a tool of the same name."""

import re
from collections.abc import Sequence

from mistral_agent.intent.ranking import Ranked


def of_named_server(ranked: Sequence[Ranked], clause: str) -> tuple[Ranked, ...]:
    """The tools without those that a server named in the clause has too: "list notes on beta"."""
    servers = {server for server in {each.tool.server for each in ranked} if _names(clause, server)}
    theirs = {each.tool.name for each in ranked if each.tool.server in servers}
    return tuple(
        each for each in ranked if each.tool.server in servers or each.tool.name not in theirs
    )


def _names(clause: str, server: str) -> bool:
    name = re.escape(server)
    pattern = (
        rf"\b(?:on|from|using|via|with|by|at|in|through|to|for|of)\s+(?:the\s+)?(?:server\s+)?{name}\b"
        rf"|\b{name}(?:['\u2019]s\b|\s+server\b|[:.]\w)|^\W*{name}\s*:"
    )
    return bool(re.search(pattern, clause, re.IGNORECASE))
