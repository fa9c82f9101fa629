"""The tools, one file each; a module has a function of the tool's name, TITLE and ANNOTATIONS.

A module may have `configured(settings)`: defaults of parameters that the settings decide.
"""

from collections.abc import Mapping

TOOLS: Mapping[str, str] = {
    name: f"mcp_server.tools.{name}"
    for name in (
        "formalize_task",
        "generate_code",
        "generate_tests",
        "review_code",
        "format_code",
        "analyze_complexity",
        "chat_completion",
        "model_info",
    )
}
"""The module of each tool, by its name, in the order in which they are listed."""
