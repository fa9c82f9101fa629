"""Prompts in the style that a model wants, and what is read out of its answers."""

from mcp_server.prompting.fences import extract_code, has_whole_block
from mcp_server.prompting.generation import Generated, Sampling, generate_text
from mcp_server.prompting.prose import describe_findings
from mcp_server.prompting.styles import Style, style_of
from mcp_server.prompting.wording import prompt_text

__all__ = [
    "Generated",
    "Sampling",
    "Style",
    "describe_findings",
    "extract_code",
    "generate_text",
    "has_whole_block",
    "prompt_text",
    "style_of",
]
