"""Formatters: a table of languages, a file for each way in which they are formatted or compared."""

from mcp_server.analysis.formatters.base import Formatted, changed_lines
from mcp_server.analysis.formatters.python import (
    FORMATTERS,
    format_python,
    ruff_program,
    run_ruff,
)

__all__ = [
    "FORMATTERS",
    "Formatted",
    "changed_lines",
    "format_python",
    "ruff_program",
    "run_ruff",
]
