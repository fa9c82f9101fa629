"""The server's settings: what each key means, its unit and its bounds.

The values themselves stand in `config/server_config.yaml`, the lowest layer; see
`mcp_server.configuration` for how layers are read.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from mcp_server.models_offered import DEFAULT_MODEL
from mcp_server.sandbox.base import Limits
from mcp_server.sessions.base import Eviction
from model_backends.base import PromptStyle
from model_backends.embedded.weights import is_weights_file
from model_backends.registry import TRANSFORMERS
from model_backends.settings import BackendSettings
from service.settings import Section

Severity = Literal["critical", "major", "minor", "info"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Transport = Literal["stdio", "http"]
SandboxMode = Literal["auto", "namespaces", "landlock", "bwrap", "process", "none"]

TRANSFORMERS_MODEL = "bigcode/starcoder2-7b"

# What a model does not have from the section `model`.
_OF_ONE_MODEL = ("name", "revision", "prompt_style", "api_key_env", "rendezvous")
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# Other words for the four severities, as other configurations have them.
SEVERITY_ALIASES = {
    "blocker": "critical",
    "error": "major",
    "high": "major",
    "warning": "minor",
    "medium": "minor",
    "low": "info",
    "style": "info",
    "suggestion": "info",
}

# Names of features, as older configurations list them under tools.enabled.
TOOL_ALIASES = {
    "task_formalization": "formalize_task",
    "code_generation": "generate_code",
    "test_generation": "generate_tests",
    "code_review": "review_code",
    "formatting": "format_code",
    "code_formatting": "format_code",
    "complexity": "analyze_complexity",
    "complexity_analysis": "analyze_complexity",
    "chat": "chat_completion",
}

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def parse_size(value: object) -> object:
    """Read "100MB" (powers of 1000) or "64MiB" (powers of 1024) as bytes; numbers are bytes.

    Raises:
        ValueError: The text is not a size.
    """
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value.strip())
    if not match:
        raise ValueError("not a size; write a number of bytes, or for example 100MB or 64MiB")
    number, unit, binary = match.groups()
    return int(float(number) * (1024 if binary else 1000) ** _POWERS[unit.upper()])


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _transport_name(value: object) -> object:
    return "http" if value in ("streamable-http", "streamable_http") else value


def _by_device(value: object) -> object:
    """YAML reads the number of a device as a number; elsewhere it is text."""
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value


def _off(value: object) -> object:
    """None for the numbers that stand for "off" elsewhere."""
    return None if value in (0, -1, "0", "-1") and not isinstance(value, bool) else value


Bytes = Annotated[int, BeforeValidator(parse_size), Field(ge=1)]
Temperature = Annotated[float, Field(ge=0, le=2)]
TopP = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Server(Section):
    """How the server presents itself and where it listens; host and port are for HTTP."""

    name: Annotated[str, Field(min_length=1)]
    version: str | None
    host: str
    port: Annotated[int, Field(ge=0, le=65535)]
    transport: Annotated[Transport, BeforeValidator(_transport_name)]


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
    max_memory: Annotated[dict[str, str] | None, BeforeValidator(_by_device)]
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


class CodeGeneration(Section):
    """Bounds of generated code: candidates and seconds of one call, new tokens of one candidate.

    `stop_sequences` are strings that end an answer.
    """

    candidates: Count
    seconds: Seconds
    max_new_tokens: Count
    stop_sequences: tuple[str, ...]


class CodeReview(Section):
    """Which severities a review reports, and how many issues at most."""

    severity_levels: tuple[Severity, ...]
    max_issues: Count

    @field_validator("severity_levels", mode="before")
    @classmethod
    def _other_words(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        names = [SEVERITY_ALIASES.get(str(v).lower(), str(v).lower()) for v in value]
        return tuple(dict.fromkeys(names))


class TestGeneration(Section):
    """Bounds of generated tests.

    New tokens; the branch coverage aimed at in percent; and the search for calls of one function or
    class: runs of the code and its mutants, which decide, and seconds, which only guard.
    """

    max_new_tokens: Count
    coverage_target: Annotated[int, Field(ge=0, le=100)]
    search_runs: Count
    search_seconds: Seconds


class ChatCompletion(Section):
    """What a chat completion samples with where the caller says nothing; top_k null is off."""

    temperature: Temperature
    max_tokens: Count
    top_p: TopP
    top_k: Annotated[Count | None, BeforeValidator(_off)]


class CodingStandard(Section):
    """The standard of one language; the tools hold code to these very values."""

    style: str
    line_length: Annotated[int, Field(ge=20, le=500)]
    type_hints: bool
    docstrings: str
    complexity_limit: Count


class Tools(Section):
    """The tools that are offered (null: all), and each one's settings."""

    enabled: tuple[str, ...] | None
    code_generation: CodeGeneration
    code_review: CodeReview
    test_generation: TestGeneration
    chat_completion: ChatCompletion
    coding_standards: dict[str, CodingStandard]

    @field_validator("enabled")
    @classmethod
    def _known_tools(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is None:
            return None
        from mcp_server.tools import TOOLS

        names = [TOOL_ALIASES.get(name, name) for name in value]
        if unknown := [name for name in names if name not in TOOLS]:
            raise ValueError(f"no tool is named {unknown[0]!r}; the tools are {', '.join(TOOLS)}")
        return tuple(dict.fromkeys(names))

    @field_validator("coding_standards")
    @classmethod
    def _python_stays(cls, value: dict[str, CodingStandard]) -> dict[str, CodingStandard]:
        if "python" not in value:
            raise ValueError("the standard of 'python' is missing")
        return value


class Resources(Section):
    """Directories that replace the packaged resources, and whether files are read only once."""

    prompts_dir: Path | None
    templates_dir: Path | None
    cache_enabled: bool


class Logging(Section):
    """Where and how the log is written; without a file it goes to standard error."""

    level: Annotated[LogLevel, BeforeValidator(_upper)]
    format: Annotated[
        Literal["json", "text"],
        BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v),
    ]
    file: Path | None
    max_size: Bytes
    backup_count: Annotated[int, Field(ge=0)]


class Performance(Section):
    """Limits: calls at once, seconds of one call, bytes of one string argument."""

    max_concurrent_requests: Count
    timeout_seconds: Seconds
    max_input_bytes: Bytes
    enable_gpu_optimization: bool


class Scaling(Section):
    """Kept for configurations that have it; replicas are started by a load balancer, not here."""

    enabled: bool
    replicas: Count
    load_balancer: str | None


class SandboxSettings(Section):
    """How code is contained when it is run: mechanism, interpreter, readable paths, bounds."""

    mode: SandboxMode
    python: Path | None
    paths: tuple[Path, ...]
    seconds: Seconds
    memory_mb: Annotated[int, Field(ge=64)]
    processes: Count
    output_bytes: Bytes

    def limits(self) -> Limits:
        """The bounds of one run."""
        return Limits(
            seconds=self.seconds,
            memory_bytes=self.memory_mb << 20,
            processes=self.processes,
            output_bytes=self.output_bytes,
        )


class Sessions(Section):
    """Conversations kept for chat_completion, in the database of a SQLAlchemy URL.

    Without a URL it is a file of the user's data directory. `eviction` says which conversation
    goes when there are too many: the one begun first, or the one unused for longest.
    """

    url: str | None
    eviction: Eviction
    max_sessions: Count
    max_session_messages: Annotated[int, Field(ge=2)]


class ServerSettings(Section):
    """All settings of the server."""

    server: Server
    model: Model
    models: dict[str, Model]
    tools: Tools
    resources: Resources
    logging: Logging
    performance: Performance
    scaling: Scaling
    sandbox: SandboxSettings
    sessions: Sessions

    @model_validator(mode="before")
    @classmethod
    def _complete_models(cls, values: object) -> object:
        if not isinstance(values, Mapping):
            return values
        model, models = values.get("model"), values.get("models")
        if not isinstance(model, Mapping) or not isinstance(models, Mapping):
            return values
        return {**values, "models": {n: _completed(model, m) for n, m in models.items()}}

    @field_validator("models")
    @classmethod
    def _usable_names(cls, value: dict[str, Model]) -> dict[str, Model]:
        for name in value:
            if name == DEFAULT_MODEL or not _MODEL_NAME.fullmatch(name):
                raise ValueError(
                    f"{name!r} cannot name a model: use letters, digits, '.', '_' and '-', "
                    f"and another word than {DEFAULT_MODEL!r}, which is the section 'model'"
                )
        return value

    def backend_settings(self) -> BackendSettings:
        """The choice of the default model."""
        return self.model.backend_settings()

    def coding_standard(self, language: str = "python") -> CodingStandard:
        """The standard of `language`, or Python's for languages that have none of their own."""
        standards = self.tools.coding_standards
        return standards.get(language.lower(), standards["python"])


def _completed(model: Mapping[str, Any], named: object) -> object:
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
