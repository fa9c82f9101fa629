"""Which model to use and how, as both processes say it, and how one hands it to the other."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from model_backends.base import PromptStyle

HANDED_OVER = "STARCODER_MCP_HANDED_OVER_BACKEND"
API_KEY = "OPENAI_API_KEY"
BASE_URL = "OPENAI_BASE_URL"


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """The choice of a model.

    Args:
        backend: A registered name, or "auto": the configured endpoint, else embedded.
        model: A model name, or the path of a `.gguf` file; None is the backend's default.
        base_url: An OpenAI-compatible endpoint, ending in `/v1` as a rule.
        api_key: Sent to `base_url` and to nothing else.
        context_window: Tokens of prompt and answer together that each request may use.
        parallel: Requests that the embedded model serves at once.
        threads: Threads of a model on this processor; None is physical cores less one, at least 1.
        timeout_seconds: Longest wait for an endpoint's next piece of an answer.
        max_retries: Further tries after a connection error, 429 or 5xx.
        rendezvous: A private directory in which processes that share an embedded model meet.
        revision: Branch, tag or commit of a hub's model, for the transformers backend.
        device: Its device: "auto", "cpu", "cuda" or "cuda:N".
        device_map: Its layers' devices instead, as transformers takes them.
        max_memory: Its budget a device, such as {"0": "7GiB"}.
        torch_dtype: Type of weights that are not quantised, and of computation; None is as stored.
        quantization: "nf4", "int8", "none", or "auto": NF4 on a GPU.
        attention: Its attention kernels; None is FlashAttention 2 where that is installed.
        prompt_style: How it is asked; None is what the tokenizer says.
        tokens_in_flight: Tokens of all its running requests; None is room for `parallel` windows.
        tensor_parallel_size: GPUs that share a model of vLLM; None is VLLM_TENSOR_PARALLEL_SIZE.
        gpu_memory_utilization: Share of their memory; None is VLLM_GPU_MEMORY_UTILIZATION.
        max_model_len: vLLM's context window; None is VLLM_MAX_MODEL_LEN, else the model's own.
    """

    backend: str = "auto"
    model: str | None = None
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    context_window: int = 4096
    parallel: int = 4
    threads: int | None = None
    timeout_seconds: float = 60.0
    max_retries: int = 3
    rendezvous: str | None = None
    revision: str | None = None
    device: str = "auto"
    device_map: str | Mapping[str, Any] | None = None
    max_memory: Mapping[str, str] | None = None
    torch_dtype: str | None = None
    quantization: str = "auto"
    attention: str | None = None
    prompt_style: PromptStyle | None = None
    tokens_in_flight: int | None = None
    tensor_parallel_size: int | None = None
    gpu_memory_utilization: float | None = None
    max_model_len: int | None = None


def to_environment(settings: BackendSettings) -> dict[str, str]:
    """Write `settings` as environment variables for a process that shall use the same model."""
    values = asdict(settings)
    key = values.pop("api_key")
    environment = {HANDED_OVER: json.dumps(values)}
    if key and settings.base_url:  # the key's endpoint goes with it: it is for no other
        environment |= {API_KEY: key, BASE_URL: settings.base_url}
    return environment


def handed_over(environ: Mapping[str, str]) -> dict[str, object]:
    """Read what `to_environment` wrote: only known fields, empty where nothing was handed over.

    Raises:
        ValueError: The variable does not hold a JSON object with known fields.
    """
    text = environ.get(HANDED_OVER)
    if not text:
        return {}
    values = json.loads(text)
    known = {f.name for f in fields(BackendSettings)} - {"api_key"}
    if not isinstance(values, dict) or set(values) - known:
        raise ValueError(f"{HANDED_OVER} does not hold the settings of a backend")
    return values
