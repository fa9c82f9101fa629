"""The settings of one model, and how those of a named model are completed."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from mcp_server.models_offered import DEFAULT_MODEL
from model_backends.base import PromptStyle
from model_backends.embedded.weights import is_weights_file
from model_backends.registry import TRANSFORMERS
from model_backends.settings import BackendSettings
from service.quantities import Count, MemoryByDevice, Seconds, Temperature, TopP
from service.settings import Section

TRANSFORMERS_MODEL = "bigcode/starcoder2-7b"

# What a model does not have from the section `model`.
_OF_ONE_MODEL = ("name", "revision", "prompt_style", "api_key_env", "rendezvous")
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Model(Section):
    """Which model answers, and how it samples code.

    `max_length` is the context window in tokens. `api_key_env` names the environment variable with
    the endpoint's key. `rendezvous` is set by a parent process.
    """

    name: str | None
    backend: str
    base_url: str | None
    max_length: Annotated[int, Field(ge=256)]
    temperature: Temperature
    top_p: TopP
    do_sample: bool
    parallel: Count
    threads: Count | None
    timeout_seconds: Seconds
    max_retries: Annotated[int, Field(ge=0)]
    revision: str | None
    device: str
    device_map: str | dict[str, Any] | None
    max_memory: MemoryByDevice | None
    torch_dtype: str | None
    load_in_4bit: bool
    quantization: str
    attention: str | None
    prompt_style: PromptStyle | None
    tokens_in_flight: Count | None
    tensor_parallel_size: Count | None
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1)] | None
    max_model_len: Count | None
    api_key_env: str | None
    rendezvous: str | None = None

    def backend_settings(self) -> BackendSettings:
        """The choice of a model; the key comes from the environment, never from a file."""
        return BackendSettings(
            backend=self.backend,
            model=self.name or _default_model(self.backend),
            base_url=self.base_url,
            context_window=self.max_length,
            parallel=self.parallel,
            threads=self.threads,
            timeout_seconds=self.timeout_seconds,
            max_retries=self.max_retries,
            rendezvous=self.rendezvous,
            revision=self.revision,
            device=self.device,
            device_map=self.device_map,
            max_memory=self.max_memory,
            torch_dtype=self.torch_dtype,
            quantization=_quantization(self),
            attention=self.attention,
            prompt_style=self.prompt_style,
            tokens_in_flight=self.tokens_in_flight,
            tensor_parallel_size=self.tensor_parallel_size,
            gpu_memory_utilization=self.gpu_memory_utilization,
            max_model_len=self.max_model_len,
        )


def with_usable_names(models: dict[str, Model]) -> dict[str, Model]:
    """Models whose names a call can have.

    Raises:
        ValueError: One of them cannot be a model's name.
    """
    for name in models:
        if name == DEFAULT_MODEL or not _MODEL_NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} cannot name a model: use letters, digits, '.', '_' and '-', "
                f"and another word than {DEFAULT_MODEL!r}, which is the section 'model'"
            )
    return models


def completed(model: Mapping[str, Any], named: object) -> object:
    """A named model: what it leaves out is as in `model`, except what makes a model that one."""
    if not isinstance(named, Mapping):
        return named
    base = {**model, **dict.fromkeys(_OF_ONE_MODEL)}
    name = named.get("name")
    if "backend" not in named and "base_url" not in named:
        if isinstance(name, str) and is_weights_file(name):
            base |= {"backend": "embedded", "base_url": None}
    else:
        base |= {"backend": "auto", "base_url": None}
    return {**base, **named}


def _quantization(model: Model) -> str:
    return "nf4" if model.load_in_4bit and model.quantization == "auto" else model.quantization


def _default_model(backend: str) -> str | None:
    """The server's model where a backend has none of its own."""
    return TRANSFORMERS_MODEL if backend == TRANSFORMERS else None
