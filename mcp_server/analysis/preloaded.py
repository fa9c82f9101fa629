"""What the fork server imports before it forks workers, so that none of them has to.

A package that is missing or fails to import is left to the call that needs it, which says so.
"""

import contextlib
import importlib
import warnings

PACKAGES = (
    "mcp_server.analysis.worker_process",
    "mcp_server.analysis.formatters.table",
    "mcp_server.analysis.defects",
    "mcp_server.analysis.metrics",
    "mcp_server.analysis.token_metrics",
    "mcp_server.analysis.findings",
    "mcp_server.analysis.refactoring",
    "black",
    "complexipy",
    "radon.metrics",
    "lizard",
    "isort",
    "pylint.lint",
    "pylint.reporters",
    "bandit.core.manager",
)


def import_all() -> None:
    """Import `PACKAGES`, whatever Python was told to make of their warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in PACKAGES:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        with contextlib.suppress(Exception):
            # pylint's first run reads Python's builtins, which takes ten times as long as a second.
            importlib.import_module("mcp_server.analysis.linters").pylint("import os\nx = os.sep\n")


# The fork server imports modules and calls nothing; no other process imports this one.
import_all()
