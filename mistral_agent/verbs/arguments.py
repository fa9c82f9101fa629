"""From parsed arguments to what the verbs need: settings, servers, the request."""

import argparse
import sys
from pathlib import Path

from mistral_agent import logs
from mistral_agent.errors import RequestFileError
from mistral_agent.plan_file import read_plan
from mistral_agent.planning.plan import Plan
from mistral_agent.servers import ServerSpec
from mistral_agent.settings import (
    AgentSettings,
    filesystem_server,
    load_agent_settings,
    load_mcp_config,
    parse_extra_server,
)
from service.settings import Layer, SettingsError, variable_layer

MAX_REQUEST_BYTES = 4 << 20

_FLAGS = {
    "backend": "agent.backend",
    "model": "agent.model",
    "base_url": "agent.base_url",
    "api_key": "agent.api_key",
    "log_level": "logging.level",
}


def settings_from(arguments: argparse.Namespace) -> AgentSettings:
    """The settings that files, the environment and the flags amount to; the log starts as they say.

    Raises:
        SettingsError: One of them is unknown or wrong.
    """
    config = getattr(arguments, "config", None)
    settings = load_agent_settings(Path(config) if config else None, flags=_flag_layers(arguments))
    logs.start(settings)
    return settings


def servers_from(arguments: argparse.Namespace) -> list[ServerSpec]:
    """The servers that the flags add.

    Raises:
        SettingsError: The file or the specification cannot be read, or a directory is missing.
    """
    config = getattr(arguments, "mcp_config", None)
    specs = load_mcp_config(Path(config)) if config else []
    extra = (*arguments.servers_before, *arguments.servers_after)
    specs += [parse_extra_server(spec) for spec in extra]
    roots = (*arguments.roots_before, *arguments.roots_after)
    return [*specs, filesystem_server(roots)] if roots else specs


def request_from(arguments: argparse.Namespace) -> str:
    """The request's words; `-` stands for standard input.

    Raises:
        SettingsError: There are none.
        RequestFileError: Standard input is not UTF-8 text, or too long.
    """
    words = [_standard_input() if word == "-" else word for word in arguments.text]
    text = " ".join(words).strip()
    if not text and not arguments.file:
        raise SettingsError(
            f"{arguments.verb} needs a request: mistral-agent {arguments.verb} 'TEXT', "
            "or - to read it from standard input"
        )
    return text


def plan_from(arguments: argparse.Namespace) -> Plan | None:
    """The plan that `--plan` names; None where the request is in words.

    Raises:
        SettingsError: There are words or files as well.
        PlanFileError: It is not a plan.
    """
    if arguments.plan is None:
        return None
    if arguments.text or arguments.file:
        raise SettingsError(
            "ask takes either a request or --plan FILE; what a plan is about stands in the plan"
        )
    return read_plan(arguments.plan)


def resumed_from(arguments: argparse.Namespace) -> str | None:
    """The conversation that `--resume` names; None where there is something new to do.

    Raises:
        SettingsError: There is a request as well.
    """
    session: str | None = arguments.resume
    others = (arguments.text, arguments.file, arguments.plan, arguments.session)
    if session is not None and any(others):
        raise SettingsError(
            "--resume ID stands alone: it goes on with that conversation's plan; "
            "for a new request there: mistral-agent ask --session ID 'TEXT'"
        )
    return session


def _flag_layers(arguments: argparse.Namespace) -> list[Layer]:
    given = vars(arguments)
    return [
        variable_layer(f"--{flag.replace('_', '-')}", path, given[flag])
        for flag, path in _FLAGS.items()
        if flag in given
    ]


def _standard_input() -> str:
    data = sys.stdin.buffer.read(MAX_REQUEST_BYTES + 1)
    if len(data) > MAX_REQUEST_BYTES:
        raise RequestFileError("-", f"it has more than {MAX_REQUEST_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestFileError("-", f"it is not UTF-8 text (byte {error.start})") from None
