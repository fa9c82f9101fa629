"""Which model vLLM runs and how: the settings, else vLLM's usual variables, else its values."""

import importlib.util
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from model_backends.errors import ConfigurationError, MissingPackageError
from model_backends.settings import BackendSettings

MODEL = "facebook/opt-125m"
DTYPE = "float16"
UTILIZATION = 0.9
Number = TypeVar("Number", int, float)
INSTALL = (
    "pip install vllm (Linux with a GPU that it supports), or run vLLM's own server and use "
    "--backend openai --base-url http://127.0.0.1:8000/v1"
)


def resolve_vllm(settings: BackendSettings, environ: Mapping[str, str]) -> BackendSettings:
    """Complete the choice of a model of vLLM.

    Args:
        settings: The user's choice.
        environ: VLLM_MODEL_NAME, VLLM_TENSOR_PARALLEL_SIZE, VLLM_GPU_MEMORY_UTILIZATION,
            VLLM_MAX_MODEL_LEN and VLLM_DTYPE are read, each where the settings say nothing.

    Raises:
        ConfigurationError: A value cannot be.
        MissingPackageError: vLLM is not installed.
    """
    chosen = replace(
        settings,
        model=settings.model or environ.get("VLLM_MODEL_NAME") or MODEL,
        tensor_parallel_size=settings.tensor_parallel_size
        or _whole(environ, "VLLM_TENSOR_PARALLEL_SIZE")
        or 1,
        gpu_memory_utilization=settings.gpu_memory_utilization
        or _share(environ, "VLLM_GPU_MEMORY_UTILIZATION")
        or UTILIZATION,
        max_model_len=settings.max_model_len or _whole(environ, "VLLM_MAX_MODEL_LEN"),
        torch_dtype=settings.torch_dtype or environ.get("VLLM_DTYPE") or DTYPE,
        base_url=None,
        api_key=None,
    )
    if importlib.util.find_spec("vllm") is None:
        raise MissingPackageError("vllm", INSTALL)
    return chosen


def _number(
    environ: Mapping[str, str],
    name: str,
    read: Callable[[str], Number],
    fits: Callable[[Number], bool],
    otherwise: str,
) -> Number | None:
    text = environ.get(name)
    if not text:
        return None
    with suppress(ValueError):
        if fits(value := read(text)):
            return value
    raise ConfigurationError(f"{name}: {text!r} is {otherwise}")


def _whole(environ: Mapping[str, str], name: str) -> int | None:
    return _number(environ, name, int, lambda value: value >= 1, "no whole number above 0")


def _share(environ: Mapping[str, str], name: str) -> float | None:
    return _number(environ, name, float, lambda value: 0 < value <= 1, "not above 0 and at most 1")
