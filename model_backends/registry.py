"""Which backend a choice of settings means, checked before anything starts, and opened on use."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import cast
from urllib.parse import urlsplit

from model_backends.base import ModelBackend
from model_backends.errors import ConfigurationError, MissingPackageError, UnknownBackendError
from model_backends.settings import API_KEY, BASE_URL, BackendSettings

AUTO = "auto"
EMBEDDED = "embedded"
OPENAI = "openai"
TRANSFORMERS = "transformers"
VLLM = "vllm"
VLLM_MODEL = "VLLM_MODEL_NAME"

IMPLEMENTATIONS: Mapping[str, str] = {
    EMBEDDED: "model_backends.embedded.backend:EmbeddedBackend",
    OPENAI: "model_backends.openai_compatible:OpenAICompatibleBackend",
    TRANSFORMERS: "model_backends.transformers_local.backend:TransformersBackend",
    VLLM: "model_backends.vllm_engine.backend:VllmBackend",
    "scripted": "model_backends.scripted:ScriptedBackend",
}
FIRST_REQUEST_IMPORTS: Mapping[str, tuple[str, ...]] = {
    OPENAI: tuple(f"model_backends.{m}" for m in ("openai_stream", "openai_errors", "retries")),
}
"""What a backend's first request imports for the most part (a third of a second), by its name.

Whoever has to wait for something else first can import it in that time.
"""
BACKENDS = (AUTO, EMBEDDED, OPENAI, TRANSFORMERS, VLLM, "scripted")

BETTER_MODEL = (
    "for a better one set --base-url http://127.0.0.1:11434/v1 --model NAME, or --model FILE.gguf "
    "(starcoder-mcp models pull small downloads one)"
)


def resolve(settings: BackendSettings, environ: Mapping[str, str]) -> BackendSettings:
    """Decide what `settings` leave open, and check that it can be; nothing is started.

    The result names a backend other than "auto"; resolving it again gives the same.

    Args:
        settings: The user's choice.
        environ: The environment: OPENAI_BASE_URL and OPENAI_API_KEY are read for the endpoint,
            VLLM_* for vLLM.

    Raises:
        UnknownBackendError: There is no such backend.
        ModelNotFoundError: There are no such weights.
        MissingPackageError: The backend's package is not installed.
        ConfigurationError: A value cannot be.
    """
    _check_numbers(settings)
    match settings.backend:
        case "auto":
            return _resolve_auto(settings, environ)
        case "embedded":
            return _resolve_embedded(settings)
        case "openai":
            return _resolve_openai(settings, environ)
        case "transformers":
            return _resolve_transformers(settings)
        case "vllm":
            from model_backends.vllm_engine.choices import resolve_vllm

            return resolve_vllm(settings, environ)
        case "scripted":
            return replace(settings, base_url=None, api_key=None)
    raise UnknownBackendError(settings.backend, BACKENDS)


def open_backend(settings: BackendSettings) -> ModelBackend:
    """Make the backend that `settings` name; nothing is loaded or connected before it is used.

    Settings that are not resolved yet are, with the environment of this process.

    Raises:
        ConfigurationError: See `resolve`.
    """
    import os

    resolved = resolve(settings, os.environ)
    module, name = IMPLEMENTATIONS[resolved.backend].split(":")
    factory = cast(
        "Callable[[BackendSettings], ModelBackend]", getattr(import_module(module), name)
    )
    return factory(resolved)


def describe(settings: BackendSettings) -> str:
    """Say on one line which model resolved `settings` choose, and how to choose another."""
    name, url = settings.model, settings.base_url
    match settings.backend:
        case "embedded":
            return _describe_embedded(settings)
        case "openai":
            told = f"{name or 'its first model'} at {url}; another with --model or --base-url"
        case "transformers":
            told = f"{name}, by transformers; another with --model DIRECTORY|NAME"
        case "vllm":
            told = f"{name}, by vLLM in this process; another with --model NAME"
        case "scripted":
            script = name or "built-in replies"
            told = f"scripted ({script}), no language model; another with --backend"
        case other:
            told = f"{other}; another with --backend"
    return f"model: {told}"


def _describe_embedded(settings: BackendSettings) -> str:
    from model_backends.embedded.weights import find_weights

    name = find_weights(settings.model).stem
    if settings.model is not None:
        return f"model: {name}, embedded; another with --model FILE.gguf or --base-url URL"
    return f"model: {name}, embedded: a small one, to try things out; {BETTER_MODEL}"


def _resolve_auto(settings: BackendSettings, environ: Mapping[str, str]) -> BackendSettings:
    if settings.base_url or environ.get(BASE_URL):
        return _resolve_openai(replace(settings, backend=OPENAI), environ)
    from model_backends.embedded.weights import is_weights_file

    # Names of model hubs stand in configurations for backends that can load them.
    usable = settings.model is not None and is_weights_file(settings.model)
    model = settings.model if usable else None
    return _resolve_embedded(replace(settings, backend=EMBEDDED, model=model))


def _resolve_embedded(settings: BackendSettings) -> BackendSettings:
    from model_backends.embedded.runtime import INSTALL
    from model_backends.embedded.weights import find_weights

    weights = find_weights(settings.model)
    if importlib.util.find_spec("xllamacpp") is None:
        raise MissingPackageError("xllamacpp", INSTALL)
    # An absolute path: the process that it may be handed to can have another directory.
    model = None if settings.model is None else str(weights)
    return replace(settings, model=model, base_url=None, api_key=None)


def _resolve_transformers(settings: BackendSettings) -> BackendSettings:
    from model_backends.transformers_local.choices import check_choices

    return replace(check_choices(settings), base_url=None, api_key=None)


def _resolve_openai(settings: BackendSettings, environ: Mapping[str, str]) -> BackendSettings:
    configured = environ.get(BASE_URL) or None
    base_url = settings.base_url or configured
    if base_url is None:
        raise ConfigurationError(
            "backend 'openai' needs an endpoint; set --base-url URL (such as "
            f"http://127.0.0.1:11434/v1) or {BASE_URL}"
        )
    _check_url(base_url)
    api_key = settings.api_key
    # A key from the environment belongs to the endpoint from the environment, if there is one.
    if api_key is None and configured in (None, base_url):
        api_key = environ.get(API_KEY) or None
    return replace(settings, base_url=base_url, api_key=api_key)


def _check_url(base_url: str) -> None:
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            f"base_url {base_url!r} is not a URL; it has the form http://HOST:PORT/v1"
        )


def _check_numbers(settings: BackendSettings) -> None:
    for name in ("context_window", "parallel", "threads", "timeout_seconds", "tokens_in_flight"):
        value = getattr(settings, name)
        if value is not None and value <= 0:
            raise ConfigurationError(f"{name} {value} is not above 0")
    if settings.max_retries < 0:
        raise ConfigurationError(f"max_retries {settings.max_retries} is below 0")
