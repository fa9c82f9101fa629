"""Where the server's settings come from.

The layers, each one winning over those before it: the packaged `config/server_config.yaml`,
what a parent process handed over, the user's file, environment variables, flags.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp_server.model_settings import Model
from mcp_server.settings import ServerSettings
from model_backends.registry import TRANSFORMERS, VLLM, VLLM_MODEL
from model_backends.settings import API_KEY, BASE_URL, HANDED_OVER, handed_over
from service.settings import (
    Layer,
    SettingsError,
    environment_layers,
    load_settings,
    variable_layer,
    yaml_layer,
)

DEFAULTS = Path(__file__).parent / "config" / "server_config.yaml"
PREFIX = "STARCODER_MCP"

# Variables with names of their own, by the key that they set.
VARIABLES = {
    "MODEL_NAME": "model.name",
    "MAX_LENGTH": "model.max_length",
    "DEVICE": "model.device",
    "LOG_LEVEL": "logging.level",
    "VLLM_LOG_LEVEL": "logging.level",
    "VLLM_DEFAULT_TEMPERATURE": "tools.chat_completion.temperature",
    "VLLM_DEFAULT_MAX_TOKENS": "tools.chat_completion.max_tokens",
    "VLLM_DEFAULT_TOP_P": "tools.chat_completion.top_p",
    "VLLM_DEFAULT_TOP_K": "tools.chat_completion.top_k",
    "VLLM_MAX_SESSIONS": "sessions.max_sessions",
    "VLLM_MAX_SESSION_MESSAGES": "sessions.max_session_messages",
}

# The command line's flags, by the key that each sets.
FLAGS = {
    "transport": "server.transport",
    "host": "server.host",
    "port": "server.port",
    "backend": "model.backend",
    "model": "model.name",
    "base-url": "model.base_url",
    "log-level": "logging.level",
}

# Fields of `BackendSettings`, by the key of the section `model` that holds them.
_HANDED_OVER_KEYS = {"model": "name", "context_window": "max_length"}

# Keys that nothing in this version acts on, and why; `*` stands for any key.
_ONLY_TRANSFORMERS = "only the backend 'transformers' uses it"
_ONE_PROCESS = "this server is one process; run replicas behind a load balancer instead"
OF_TRANSFORMERS = (
    "model.revision",
    "model.device",
    "model.device_map",
    "model.max_memory",
    "model.torch_dtype",
    "model.load_in_4bit",
    "model.quantization",
    "model.attention",
    "model.prompt_style",
    "model.tokens_in_flight",
)
WITHOUT_EFFECT = {
    "performance.enable_gpu_optimization": "a GPU is used where the model is on it (model.device)",
    "scaling.enabled": _ONE_PROCESS,
    "scaling.replicas": _ONE_PROCESS,
    "scaling.load_balancer": _ONE_PROCESS,
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings, and what their user should know of them, one line each."""

    settings: ServerSettings
    notes: tuple[str, ...]


def load_configuration(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Configuration:
    """Read all layers.

    Args:
        file: The user's YAML file.
        environ: Environment variables.
        flags: Values by the names of `FLAGS`, those that were given.

    Raises:
        SettingsError: A layer cannot be read, or holds something unknown or wrong.
    """
    environ = environ or {}
    chosen = [
        *([yaml_layer(file)] if file else []),
        *environment_layers(PREFIX, environ),
        *(variable_layer(n, k, environ[n]) for n, k in VARIABLES.items() if environ.get(n)),
        *(variable_layer(f"--{n}", FLAGS[n], v) for n, v in (flags or {}).items()),
    ]
    for layer in chosen:
        _refuse_api_key(layer)
    layers = [yaml_layer(DEFAULTS, packaged=True), *_handed_over_layers(environ), *chosen]
    settings = load_settings(ServerSettings, layers)
    notes = list(_notes(settings, chosen, environ))
    if _unservable(settings.model, environ):
        name = settings.model.name
        if "model" in (flags or {}):
            raise SettingsError(
                f"--model: {name!r} is not a .gguf file; say with --base-url where it is served, "
                "or load it with --backend transformers"
            )
        notes.append(
            f"model.name {name!r} is not used: it needs a model server (set model.base_url) or "
            "model.backend: transformers; the embedded model answers"
        )
        model = settings.model.model_copy(update={"name": None})
        settings = settings.model_copy(update={"model": model})
    for key, other in settings.models.items():
        if _unservable(other, environ):
            raise SettingsError(
                f"models.{key}: {other.name!r} is not a .gguf file; say with base_url where it is "
                "served, or with backend what loads it"
            )
    return Configuration(settings, tuple(notes))


def _unservable(model: Model, environ: Mapping[str, str]) -> bool:
    """Whether a model is named that is no file, and nobody said what serves it."""
    if model.backend != "auto" or model.base_url or environ.get(BASE_URL):
        return False
    return model.name is not None and not model.name.lower().endswith(".gguf")


def _handed_over_layers(environ: Mapping[str, str]) -> list[Layer]:
    try:
        values = handed_over(environ)
    except json.JSONDecodeError:
        raise SettingsError(f"{HANDED_OVER}: not JSON; unset it") from None
    except ValueError as error:
        raise SettingsError(f"{error}; unset {HANDED_OVER}") from None
    model = {_HANDED_OVER_KEYS.get(key, key): value for key, value in values.items()}
    return [Layer(HANDED_OVER, {"model": model})] if model else []


def _refuse_api_key(layer: Layer) -> None:
    models = layer.values.get("models")
    named = models if isinstance(models, Mapping) else {}
    sections = {"model": layer.values.get("model"), **{f"models.{n}": m for n, m in named.items()}}
    for key, model in sections.items():
        if isinstance(model, Mapping) and "api_key" in model:
            raise SettingsError(
                f"{layer.origin}: {key}.api_key: keys are not kept in settings; "
                f"set the environment variable {API_KEY}, or one that {key}.api_key_env names"
            )


def _notes(
    settings: ServerSettings, chosen: Sequence[Layer], environ: Mapping[str, str]
) -> Iterator[str]:
    idle = dict(WITHOUT_EFFECT)
    if settings.model.backend != TRANSFORMERS:
        idle |= dict.fromkeys(OF_TRANSFORMERS, _ONLY_TRANSFORMERS)
    if settings.model.backend != VLLM and environ.get(VLLM_MODEL):
        yield f"{VLLM_MODEL} has no effect: the backend is {settings.model.backend!r}, not 'vllm'"
    for layer in chosen:
        for key, value in _leaves(layer.values, idle):
            reason = idle.get(key)
            if reason and value not in (None, False):
                yield f"{layer.origin}: {key} has no effect: {reason}"
    for key in ("prompts_dir", "templates_dir"):
        directory = getattr(settings.resources, key)
        if directory is not None and not directory.is_dir():
            yield f"resources.{key}: no directory {str(directory)!r}; the packaged files are used"


def _leaves(
    values: Mapping[str, Any], whole: Collection[str], path: str = ""
) -> Iterator[tuple[str, object]]:
    """Keys and their values; a mapping under one of `whole` is a value."""
    for key, value in values.items():
        here = f"{path}{key}"
        if here in whole or not isinstance(value, Mapping):
            yield here, value
        else:
            yield from _leaves(value, whole, f"{here}.")
