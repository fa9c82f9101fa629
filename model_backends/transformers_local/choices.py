"""Settings of the transformers backend, checked without importing torch."""

import importlib.util
import re
from dataclasses import replace
from typing import get_args

from model_backends.base import PromptStyle
from model_backends.errors import ConfigurationError, MissingPackageError
from model_backends.settings import BackendSettings

INSTALL = "pip install 'starcoder-mistral[transformers]'"
PACKAGES = ("torch", "transformers", "accelerate", "llguidance")
QUANTIZATIONS = ("auto", "nf4", "int8", "none")
ATTENTIONS = ("flash_attention_2", "sdpa", "eager")
DTYPES = ("auto", "float32", "float16", "bfloat16")

# Names of the hub: one or two parts of letters, digits and ._-, see huggingface_hub's validators.
_HUB_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_DEVICE = re.compile(r"auto|cpu|mps|xpu|cuda(?::\d+)?")


def check_choices(settings: BackendSettings) -> BackendSettings:
    """Check what can be known without loading anything.

    Returns:
        The settings with an absolute path where the model is a directory.

    Raises:
        ConfigurationError: A value is none of those there are, or no model is named.
        ModelNotFoundError: The directory is none, or holds no model.
        MissingPackageError: The extra is not installed.
    """
    model = settings.model
    if model is None:
        raise ConfigurationError(
            "backend 'transformers' needs a model; set --model to a directory or a hub's name, "
            "such as bigcode/starcoder2-7b"
        )
    for key, known in (
        ("quantization", QUANTIZATIONS),
        ("attention", (None, *ATTENTIONS)),
        ("torch_dtype", (None, *DTYPES)),
        ("prompt_style", (None, *get_args(PromptStyle))),
    ):
        if (value := getattr(settings, key)) not in known:
            names = ", ".join(str(each) for each in known if each)
            raise ConfigurationError(f"{key} {value!r} is none; choose one of {names}")
    if not _DEVICE.fullmatch(settings.device):
        raise ConfigurationError(
            f"device {settings.device!r} is none; set auto, cpu, cuda or cuda:N"
        )
    needed = PACKAGES if settings.quantization in ("auto", "none") else (*PACKAGES, "bitsandbytes")
    for package in needed:
        if importlib.util.find_spec(package) is None:
            raise MissingPackageError(package, INSTALL)
    return replace(settings, model=_model(model))


def _model(model: str) -> str:
    from model_backends.transformers_local.weights import find_directory, is_directory

    if is_directory(model):
        # An absolute path: the process that it may be handed to can have another directory.
        return str(find_directory(model))
    if not _HUB_NAME.fullmatch(model):
        raise ConfigurationError(
            f"model {model!r} is neither a directory nor a hub's name; "
            "write for example bigcode/starcoder2-7b"
        )
    return model
