"""Where the agent's settings come from.

The layers, each one winning over those before it: the packaged `config/agent_config.yaml`, the
user's file, environment variables, flags.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mistral_agent.settings.schema import AgentSettings
from model_backends.registry import TRANSFORMERS
from model_backends.settings import API_KEY
from service.settings import Layer, SettingsError, environment_layers, load_settings, yaml_layer

DEFAULTS = Path(__file__).parents[1] / "config" / "agent_config.yaml"
PREFIX = "MISTRAL_AGENT"

# Keys that nothing but one backend acts on.
OF_TRANSFORMERS = (
    "agent.revision",
    "agent.device",
    "agent.device_map",
    "agent.max_memory",
    "agent.torch_dtype",
    "agent.load_in_4bit",
    "agent.quantization",
    "agent.attention",
    "agent.prompt_style",
    "agent.tokens_in_flight",
)
_ONLY_TRANSFORMERS = "only the backend 'transformers' uses it"


def load_agent_settings(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Sequence[Layer] = (),
) -> AgentSettings:
    """Read all layers.

    Args:
        file: The user's YAML file.
        environ: Environment variables; None is this process's.
        flags: Values from the command line.

    Raises:
        SettingsError: A layer cannot be read, or holds something unknown or wrong.
    """
    environ = os.environ if environ is None else environ
    chosen = [*([yaml_layer(file)] if file else []), *environment_layers(PREFIX, environ)]
    for layer in chosen:
        _no_api_key(layer)
    settings = load_settings(AgentSettings, [yaml_layer(DEFAULTS), *chosen, *flags])
    idle = () if settings.agent.backend == TRANSFORMERS else OF_TRANSFORMERS
    return settings.with_notes(tuple(_notes([*chosen, *flags], idle)))


def _no_api_key(layer: Layer) -> None:
    agent = layer.values.get("agent")
    if isinstance(agent, Mapping) and "api_key" in agent:
        raise SettingsError(
            f"{layer.origin}: agent.api_key: keys are not kept in settings; "
            f"set the environment variable {API_KEY}"
        )


def _notes(chosen: Sequence[Layer], idle: Sequence[str]) -> Iterator[str]:
    for layer in chosen:
        for key in idle:
            if _value(layer.values, key) not in (None, False):
                yield f"{layer.origin}: {key} has no effect: {_ONLY_TRANSFORMERS}"


def _value(values: Mapping[str, Any], key: str) -> object:
    value: object = values
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
