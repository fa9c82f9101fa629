"""The command line: flags become settings, settings become a server, the server runs."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MODELS = "models"
"""The first argument that is a command: all about models, and no server."""

_FLAGS = ("transport", "host", "port", "backend", "model", "base_url", "log_level")


def run(argv: Sequence[str]) -> int:
    """Run the server and return the process's exit code.

    Returns:
        0 when the client left; 2 for a bad flag, setting or file; 4 when a model endpoint cannot
        be reached; 130 and 143 after SIGINT and SIGTERM. `models` has its own.
    """
    if argv and argv[0] == MODELS:
        from mcp_server.models.command import run as run_models

        return run_models(argv[1:])
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 2
    given = {name: getattr(arguments, name) for name in _FLAGS}
    flags = {n.replace("_", "-"): v for n, v in given.items() if v is not None}
    return _serve(arguments.config, flags)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the flags; settings that have no flag are in the file of --config."""
    parser = argparse.ArgumentParser(
        prog="starcoder-mcp",
        description="An MCP server of code tools whose results are checked. "
        "`starcoder-mcp models -h`: download models, list them, compute what they take.",
        epilog="exit codes: 0 the client left, 2 a bad flag, setting or file, "
        "4 model endpoint not reached, 130 interrupted, 143 terminated",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_PrintVersion, help="print the version and leave")
    parser.add_argument("--config", type=Path, metavar="F", help="YAML settings")
    parser.add_argument("--transport", choices=("stdio", "http"), help="stdio unless set otherwise")
    parser.add_argument("--host", metavar="H", help="loopback address to listen on (http)")
    parser.add_argument("--port", type=int, metavar="P", help="port to listen on (http; 8004)")
    parser.add_argument(
        "--backend", metavar="B", help="auto, embedded, openai, transformers, vllm or scripted"
    )
    parser.add_argument("--model", metavar="M", help="model name, or a .gguf file")
    parser.add_argument("--base-url", metavar="U", help="an OpenAI-compatible endpoint")
    parser.add_argument("--log-level", metavar="L", help="DEBUG, INFO, WARNING or ERROR")
    return parser


class _PrintVersion(argparse.Action):
    """Looks the version up only when it is asked for: the look-up costs more than the rest."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"starcoder-mcp {version('starcoder-mistral')}")
        parser.exit()


def _serve(config: Path | None, flags: dict[str, object]) -> int:
    """Run the server; the expected failures become one line on standard error and an exit code."""
    from mcp_server.configuration import load_configuration
    from mcp_server.errors import ServerError
    from model_backends.errors import BackendError
    from service.settings import SettingsError

    try:
        configuration = load_configuration(config, os.environ, flags)
        from mcp_server.process import serve

        return serve(configuration)
    except (BackendError, ServerError, SettingsError) as error:
        print(f"starcoder-mcp: {error}", file=sys.stderr)
        return error.exit_code
