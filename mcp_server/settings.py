"""The server's settings: what each key means, its unit and its bounds.

The values themselves stand in `config/server_config.yaml`, the lowest layer; see
`mcp_server.configuration` for how layers are read.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from mcp_server.model_settings import Model, completed, with_usable_names
from mcp_server.sandbox.base import Limits
from mcp_server.sessions.base import Eviction
from model_backends.settings import BackendSettings
from service.quantities import Bytes, Count, LogLevel, Seconds, Temperature, TopP
from service.settings import Section

Severity = Literal["critical", "major", "minor", "info"]
Transport = Literal["stdio", "http"]
SandboxMode = Literal["auto", "namespaces", "landlock", "bwrap", "process", "none"]

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


def _transport_name(value: object) -> object:
    return "http" if value in ("streamable-http", "streamable_http") else value


def _off(value: object) -> object:
    """None for the numbers that stand for "off" elsewhere."""
    return None if value in (0, -1, "0", "-1") and not isinstance(value, bool) else value


class Server(Section):
    """How the server presents itself and where it listens; host and port are for HTTP."""

    name: Annotated[str, Field(min_length=1)]
    version: str | None
    host: str
    port: Annotated[int, Field(ge=0, le=65535)]
    transport: Annotated[Transport, BeforeValidator(_transport_name)]


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

    level: LogLevel
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
    models: Annotated[dict[str, Model], AfterValidator(with_usable_names)]
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
        return {**values, "models": {n: completed(model, m) for n, m in models.items()}}

    def backend_settings(self) -> BackendSettings:
        """The choice of the default model."""
        return self.model.backend_settings()

    def coding_standard(self, language: str = "python") -> CodingStandard:
        """The standard of `language`, or Python's for languages that have none of their own."""
        standards = self.tools.coding_standards
        return standards.get(language.lower(), standards["python"])
