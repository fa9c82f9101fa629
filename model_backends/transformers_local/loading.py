"""A model and its tokenizer, loaded as the settings say, and checked against each other."""

import importlib.util
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from model_backends.errors import ConfigurationError, MissingPackageError, ModelLoadError
from model_backends.settings import BackendSettings
from model_backends.transformers_local.choices import INSTALL
from model_backends.transformers_local.failures import explain_load_failure
from model_backends.transformers_local.progress import Report, progress_told
from model_backends.transformers_local.weights import (
    AGAIN,
    check_shards,
    find_directory,
    hub_cache,
    is_directory,
    read_config,
    require_disk,
    total_bytes,
    weight_files,
)

LEAST_SHARE_OF_VOCABULARY = 0.9
"""Rows of the embedding are rounded up for speed, but never by so much as a tenth."""
_FILES = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(GiB|MiB|GB|MB)", re.IGNORECASE)
_UNITS = {"gib": 2**30, "mib": 2**20, "gb": 10**9, "mb": 10**6}


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model in memory.

    Args:
        name: As users know it.
        model: It, in evaluation mode.
        tokenizer: Its own.
        device: Where tokens go in and logits come out.
        dtype: "nf4", "int8", or the weights' type, such as "bfloat16".
        layers: Layers that keep keys and values.
        window: Tokens that it can attend to.
        known: Tokens that have a text; the rows of logits behind them are padding.
        ends: Tokens that end an answer.
        accepts: Names of the arguments of its forward pass, which differ between architectures.
        memory: Bytes of the weights.
    """

    name: str
    model: Any
    tokenizer: Any
    device: Any
    dtype: str
    layers: int
    window: int
    known: int
    ends: frozenset[int]
    accepts: frozenset[str]
    memory: int

    @property
    def batches(self) -> bool:
        """Whether requests of different lengths can share a pass: each row has its positions."""
        return "position_ids" in self.accepts

    def forward(self, ids: Any, positions: Any, mask: Any, cache: Any) -> Any:
        """One pass of the model.

        Args:
            ids: Tokens, shape `[rows, length]`.
            positions: Their places in their requests, of the same shape.
            mask: Which keys each row may see, shape `[rows, keys]`; None: all of them.
            cache: The keys and values; see `SlotCache`.

        Returns:
            The logits of the last token, shape `[rows, vocabulary]`.
        """
        accepts = self.accepts
        options: dict[str, Any] = {"cache" if "cache" in accepts else "past_key_values": cache}
        if "position_ids" in accepts:
            options["position_ids"] = positions
        if "logits_to_keep" in accepts:
            options["logits_to_keep"] = 1
        result = self.model(input_ids=ids, attention_mask=mask, use_cache=True, **options)
        return result.logits[:, -1]


def load(settings: BackendSettings, name: str, report: Report) -> Loaded:
    """Load what `settings.model` names.

    Args:
        settings: Resolved settings of the backend "transformers".
        name: The model, for messages.
        report: Called with lines that tell how far it is.

    Raises:
        ModelNotFoundError: It is nowhere.
        ModelLoadError: It is there, and cannot be loaded.
        MissingPackageError: A package is not installed.
    """
    try:
        return _load(settings, name, report)
    except Exception as error:
        raise explain_load_failure(name, error) from error


def _load(settings: BackendSettings, name: str, report: Report) -> Loaded:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = _device(settings, name)
    directory = _directory(settings, name, report)
    _check_architecture(name, read_config(name, directory))
    check_shards(name, directory)
    kind = _quantization(settings, device)
    megabytes = total_bytes(weight_files(directory)) / 1e6
    report(f"loading {name} ({megabytes:.0f} MB, {kind or 'as stored'}, {device}) …")
    tokenizer = AutoTokenizer.from_pretrained(directory)
    if not tokenizer.is_fast:
        raise ModelLoadError(
            name, "its tokenizer has no tokenizer.json", "use a version of the model that has it"
        )
    with progress_told(name, report):
        model, found = AutoModelForCausalLM.from_pretrained(
            directory,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # they are told, and refused below
            **_options(settings, device, kind),
        )
    if missing := sorted(found["missing_keys"]) or sorted(map(str, found["mismatched_keys"])):
        cause = f"{len(missing)} of its tensors are missing or of another shape, first {missing[0]}"
        raise ModelLoadError(name, cause, AGAIN)
    model.eval()
    return _checked(name, model, tokenizer, kind)


def _checked(name: str, model: Any, tokenizer: Any, kind: str | None) -> Loaded:
    rows = model.get_output_embeddings().weight.shape[0]
    if not kind:
        rows = model.get_input_embeddings().weight.shape[0]
    if not LEAST_SHARE_OF_VOCABULARY * rows <= len(tokenizer) <= rows:
        raise ModelLoadError(
            name,
            f"the tokenizer does not match: it has {len(tokenizer)} tokens, the model {rows}",
            "put the tokenizer that belongs to the model in its directory",
        )
    config = model.config.get_text_config()
    accepted = frozenset(inspect.signature(model.forward).parameters)
    if not {"cache", "past_key_values"} & accepted or getattr(model, "_is_stateful", False):
        raise ModelLoadError(
            name,
            f"architecture {config.model_type!r} keeps no keys and values for each token",
            "serve it with vLLM or llama.cpp, and use --base-url",
        )
    limits = (getattr(config, "max_position_embeddings", None), _sliding(config))
    return Loaded(
        name,
        model,
        tokenizer,
        model.get_input_embeddings().weight.device,
        kind or str(model.dtype).removeprefix("torch."),
        config.num_hidden_layers,
        min((limit for limit in limits if limit), default=2**31),
        len(tokenizer),
        _ends(model, tokenizer),
        accepted,
        int(model.get_memory_footprint()),
    )


def _sliding(config: Any) -> int | None:
    """Where attention slides, rows of different lengths would slide differently: the limit."""
    return getattr(config, "sliding_window", None) or None


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    configured = model.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return frozenset(t for t in (*listed, tokenizer.eos_token_id) if t is not None)


def _device(settings: BackendSettings, name: str) -> torch.device:
    cuda = torch.cuda.is_available()
    if settings.device == "auto":
        return torch.device("cuda" if cuda else "cpu")
    try:
        device = torch.device(settings.device)
    except RuntimeError:
        raise ConfigurationError(
            f"device {settings.device!r} is none; set auto, cpu, cuda or cuda:N"
        ) from None
    if device.type == "cuda" and not cuda:
        raise ModelLoadError(
            name,
            "no CUDA device can be used here",
            "install a driver and a CUDA build of torch, or set device: cpu",
        )
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise ModelLoadError(name, f"there is no {device} among {count}", "set device: cuda:0")
    return device


def _directory(settings: BackendSettings, name: str, report: Report) -> Path:
    """The model's directory; a hub's model is downloaded first, where it is not there already."""
    model = settings.model or ""
    if is_directory(model):
        return find_directory(model)
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    chosen: dict[str, Any] = {"revision": settings.revision, "allow_patterns": list(_FILES)}
    try:
        return Path(huggingface_hub.snapshot_download(model, local_files_only=True, **chosen))
    except LocalEntryNotFoundError:
        pass
    files = huggingface_hub.snapshot_download(model, dry_run=True, **chosen)
    needed = sum(file.file_size or 0 for file in files if file.will_download)
    require_disk(name, needed, hub_cache())
    report(f"downloading {name} ({needed / 1e6:.0f} MB) …")
    return Path(huggingface_hub.snapshot_download(model, **chosen))


def _check_architecture(name: str, config: dict[str, Any]) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    kind = config.get("model_type")
    if kind not in CONFIG_MAPPING:
        raise ModelLoadError(
            name,
            f"architecture {kind!r} is unknown to the installed transformers",
            "renew it with pip install -U transformers; models that bring code are not run",
        )
    if type(AutoConfig.for_model(kind)) not in AutoModelForCausalLM._model_mapping:
        raise ModelLoadError(
            name, f"architecture {kind!r} generates no text", "choose a causal language model"
        )


def _quantization(settings: BackendSettings, device: torch.device) -> str | None:
    """Which one: "nf4", "int8" or None; "auto" is NF4 on a GPU and none on a CPU."""
    kind = settings.quantization
    if kind == "auto":
        kind = "nf4" if device.type == "cuda" else "none"
    if kind == "none":
        return None
    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingPackageError("bitsandbytes", INSTALL)
    return kind


def _options(settings: BackendSettings, device: torch.device, kind: str | None) -> dict[str, Any]:
    """The arguments of `from_pretrained`."""
    chosen = None if settings.torch_dtype == "auto" else settings.torch_dtype
    options: dict[str, Any] = {
        "dtype": getattr(torch, chosen) if chosen else "auto",
        "device_map": settings.device_map or {"": device},
        "attn_implementation": _attention(settings, device),
    }
    if settings.max_memory:
        options["max_memory"] = _cap(settings.max_memory)
        if settings.device_map is None:
            options["device_map"] = "auto"
    if kind is not None:
        from transformers import BitsAndBytesConfig

        # The library's 8-bit product rounds its input to float16 in any case.
        usual = torch.bfloat16 if kind == "nf4" else torch.float16
        compute = getattr(torch, chosen) if chosen else usual
        options["dtype"] = compute
        if kind == "nf4":
            options["quantization_config"] = BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=compute,
            )
        else:
            options["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
    return options


def _attention(settings: BackendSettings, device: torch.device) -> str:
    if settings.attention is not None:
        return settings.attention
    fast = device.type == "cuda" and importlib.util.find_spec("flash_attn") is not None
    return "flash_attention_2" if fast and settings.torch_dtype != "float32" else "sdpa"


def _cap(limits: Mapping[str, str]) -> dict[int | str, str]:
    """The budgets by device, also set as the process's share, so that caches keep to it."""
    budgets: dict[int | str, str] = {}
    for key, size in limits.items():
        budgets[int(key) if str(key).isdigit() else key] = size
        match = _SIZE.fullmatch(str(size).strip())
        if not match:
            raise ConfigurationError(f"max_memory {size!r} is not a size; write for example 7GiB")
        if str(key).isdigit() and torch.cuda.is_available():
            total = torch.cuda.get_device_properties(int(key)).total_memory
            share = float(match[1]) * _UNITS[match[2].lower()] / total
            torch.cuda.set_per_process_memory_fraction(min(share, 1.0), int(key))
    return budgets
