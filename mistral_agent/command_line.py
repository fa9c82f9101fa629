"""What may be typed: the verbs, their arguments, and the options that all of them take."""

import argparse
from collections.abc import Callable
from typing import Any

VERBS = {
    "chat": "Talk in the terminal.",
    "ask": "Do one request and print the answer.",
    "plan": "Print what would be done for a request, without doing it.",
    "tools": "List the tools of the connected MCP servers.",
    "sessions": "List, show, export or delete conversations.",
    "doctor": "Check this installation and say what to do.",
    "serve": "Serve the agent over HTTP (not part of this version).",
}


_NO_SERVERS: dict[str, list[str]] = {
    f"{what}_{when}": [] for what in ("servers", "roots") for when in ("before", "after")
}


def build_parser() -> argparse.ArgumentParser:
    """The parser of all verbs; common options may stand before and after the verb."""
    parser = argparse.ArgumentParser(
        prog="mistral-agent",
        description="A local code assistant: it plans, runs checked tools over MCP, and remembers.",
        epilog="exit codes: 0 done, 1 a step failed, 2 bad input, 3 needs clarification, "
        "4 model or server not reached, 5 not verified (--require-verified), 130 interrupted",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_PrintVersion, help="print the version and leave")
    _common_options(parser, when="before")
    parser.set_defaults(verb="chat", session=None, yes=False, **_NO_SERVERS)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs (chat if none)")
    for name, summary in VERBS.items():
        verb = verbs.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        _common_options(verb, when="after")
        _VERB_OPTIONS[name](verb)
    return parser


class _PrintVersion(argparse.Action):
    """Looks the version up only when it is asked for: the look-up costs more than the rest."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"mistral-agent {version('starcoder-mistral')}")
        parser.exit()


def _common_options(parser: argparse.ArgumentParser, when: str) -> None:
    """Options of all verbs; what is repeatable is kept apart by whether it stands before the verb.

    A subparser's list would replace that of the main parser.
    """
    group = parser.add_argument_group("common options")

    def add(*names: str, **options: Any) -> None:
        group.add_argument(*names, default=argparse.SUPPRESS, **options)

    add("--config", metavar="FILE", help="YAML settings")
    add("--backend", metavar="B", help="auto, embedded, openai, transformers, vllm or scripted")
    add("--model", metavar="M", help="model name, or a .gguf file")
    add("--base-url", "--litellm-url", metavar="U", help="an OpenAI-compatible endpoint")
    add("--api-key", metavar="K", help="key of that endpoint (better: OPENAI_API_KEY)")
    add("--mcp-config", metavar="FILE", help="mcpServers JSON, as other MCP clients use it")
    add(
        "--extra-server",
        dest=f"servers_{when}",
        action="append",
        metavar="SPEC",
        help="'stdio::command arg …' or 'http::URL'; repeatable",
    )
    add(
        "--filesystem-root",
        dest=f"roots_{when}",
        action="append",
        metavar="DIR",
        help="let tools read and write files in DIR, with the reference server (npx); repeatable",
    )
    add("--log-level", metavar="L", help="DEBUG, INFO, WARNING or ERROR")


def _request_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="*", metavar="TEXT", help="the request; '-' reads stdin")
    parser.add_argument(
        "--file", action="append", default=[], metavar="PATH", help="a file it is about; repeatable"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--session", metavar="ID", help="go on with this conversation")


def _yes_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="approve every step that needs it")


def _ask_options(parser: argparse.ArgumentParser) -> None:
    _request_options(parser)
    _yes_option(parser)
    parser.add_argument(
        "--plan", metavar="FILE", help="run this plan, made by plan --json; '-' reads stdin"
    )
    parser.add_argument(
        "--resume", metavar="ID", help="go on with the interrupted plan of this conversation"
    )
    parser.add_argument(
        "--require-verified", action="store_true", help="exit 5 when a result is not verified"
    )


def _chat_options(parser: argparse.ArgumentParser) -> None:
    _yes_option(parser)
    parser.add_argument("--session", metavar="ID", help="go on with this conversation")


def _sessions_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="list the conversations, newest first")
    for name, summary in (
        ("show", "print a conversation"),
        ("export", "print a conversation as Markdown"),
        ("delete", "delete a conversation"),
    ):
        actions.add_parser(name, help=summary).add_argument("id", metavar="ID")


def _doctor_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="H", default="127.0.0.1")
    parser.add_argument("--port", metavar="P", type=int, default=8005)


_VERB_OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "chat": _chat_options,
    "ask": _ask_options,
    "plan": _request_options,
    "tools": _doctor_options,
    "sessions": _sessions_options,
    "doctor": _doctor_options,
    "serve": _serve_options,
}
