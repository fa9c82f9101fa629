"""When a tool is asked about, and how a changed definition is noticed.

A server's annotations are believed where the server is trusted, with the defaults of the
specification (MCP 2025-11-25, ToolAnnotations: not read-only, destructive). Of any other server
they are hints that could only make it stricter; as the defaults are the worst case already,
every tool of such a server counts as one that may destroy, whatever it says.

What this does not cover: a trusted server that lies, and what a tool does behind a definition
that stays the same.
"""

import hashlib
import json

from mistral_agent.catalogue import Tool
from mistral_agent.servers import ApprovalPolicy

CHANGED = "its definition changed since it was approved"


def reason_to_ask(tool: Tool, default: ApprovalPolicy, *, changed: bool = False) -> str | None:
    """Why a call of `tool` needs approval, in words that follow its name; None if it does not.

    Args:
        tool: The tool, as its server describes it now.
        default: The policy where the configuration names none for it.
        changed: It is not what was approved earlier.
    """
    policy = tool.approval or default
    if policy == "never":
        return None
    if changed:
        return CHANGED
    if policy == "always":
        return "its approval policy is 'always'"
    if not tool.trusted:
        says = " (it says that it only reads)" if tool.read_only else ""
        return f"its server is not trusted{says}, so it may change or delete things"
    if tool.destructive and not tool.read_only:
        return "it may change or delete things"
    return None


def definition(tool: Tool) -> str:
    """A hash (SHA-256, hexadecimal) of what a tool says that it is, takes and does."""
    said = {
        "title": tool.title,
        "description": tool.description,
        "input_schema": tool.input_schema,
        "annotations": [tool.read_only, tool.destructive, tool.idempotent, tool.open_world],
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
