"""Tests that hold the present behaviour of code: written from what calls of it gave."""

from mcp_server.analysis.derived.imports import import_test
from mcp_server.analysis.derived.render import render_tests

__all__ = ["import_test", "render_tests"]
