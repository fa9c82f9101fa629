"""The agent's settings: what each key means, its unit and its bounds.

The values themselves stand in `config/agent_config.yaml`, the lowest layer; see
`mistral_agent.settings.loading` for how layers are read.
"""

import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from mistral_agent.servers import ApprovalPolicy, ServerSpec
from model_backends.base import PromptStyle
from model_backends.registry import TRANSFORMERS
from model_backends.settings import API_KEY, BASE_URL, BackendSettings, to_environment
from service.quantities import Count, LogLevel, MemoryByDevice, Seconds, Temperature, TopP
from service.settings import Section

TRANSFORMERS_MODEL = "mistralai/Mistral-7B-Instruct-v0.2"
BUILTIN_COMMAND = "starcoder-mcp"

# What the built-in server reads from the environment beside what every server is given.
_SERVER_PREFIX = "STARCODER_MCP__"
_SERVER_VARIABLES = ("MODEL_NAME", "MAX_LENGTH", "DEVICE", "LOG_LEVEL", BASE_URL)
_SERVER_ENDPOINT = f"{_SERVER_PREFIX}MODEL__BASE_URL"

# Context windows are powers of two or multiples of this in practice.
_WINDOW_STEP = 256


def _text(value: object) -> object:
    """Arguments and variables are text; YAML reads `8004` and `1.5` as numbers."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _rules(value: object) -> object:
    """One word is the policy of all tools."""
    return {"*": value} if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Agent(Section):
    """The agent's name, which model it uses, and how that samples.

    `api_key` is accepted from the flag alone; elsewhere the key is an environment variable.
    """

    name: Name
    version: Text | None
    backend: str
    model: str | None
    base_url: str | None
    api_key: str | None = Field(default=None, repr=False)
    temperature: Temperature
    max_tokens: Count
    top_p: TopP
    context_window: Annotated[int, Field(ge=256)] | None
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


class ServerEntry(Section):
    """One MCP server; the fields are those of `ServerSpec`, and `disabled` leaves it out.

    `approval` is a policy, or one for each of some tools by name, "*" standing for all others.
    """

    name: Name
    command: Annotated[str, Field(min_length=1)] | None = None
    args: tuple[Text, ...] = ()
    env: dict[str, Text] = Field(default_factory=dict, repr=False)
    cwd: str | None = None
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    headers: dict[str, Text] = Field(default_factory=dict, repr=False)
    timeout: Seconds = 60.0
    connect_timeout: Seconds = 20.0
    retry_attempts: Annotated[int, Field(ge=0)] = 3
    retry_delay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 5.0
    trusted: bool = False
    approval: Annotated[dict[str, ApprovalPolicy], BeforeValidator(_rules)] = Field(
        default_factory=dict
    )
    disabled: bool = False

    @model_validator(mode="after")
    def _one_way_to_reach_it(self) -> "ServerEntry":
        if (self.command is None) == (self.url is None):
            raise ValueError("give either a command or a url")
        return self

    def spec(self) -> ServerSpec:
        """The entry as the tool client takes it; the built-in server runs in this interpreter."""
        values = self.model_dump(exclude={"disabled"})
        if self.command != BUILTIN_COMMAND:
            return ServerSpec(**values)
        # -P: the working directory is the user's project and must not provide modules.
        program = ("-P", "-m", "mcp_server")
        return ServerSpec(
            **values | {"command": sys.executable, "args": program + self.args, "builtin": True}
        )


class Mcp(Section):
    """The MCP servers; a list in a later layer replaces the earlier one."""

    include_builtin: bool
    servers: tuple[ServerEntry, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Mcp":
        seen: set[str] = set()
        for server in self.servers:
            if server.name in seen:
                raise ValueError(f"two servers are named {server.name!r}")
            seen.add(server.name)
        return self


class Conversation(Section):
    """What of a conversation the model is shown (messages, tokens), and where it is kept."""

    memory_size: Count
    context_window: Annotated[int, Field(ge=256)]
    save_sessions: bool
    session_dir: Path | None


class Clarification(Section):
    """When the agent asks back: below which confidence, and how many questions at most."""

    enabled: bool
    max_questions: Annotated[int, Field(ge=0)]
    confidence_threshold: Annotated[float, Field(ge=0, le=1)]
    ask_when_ambiguous: bool


class Planning(Section):
    """Bounds of a plan: steps, and how many of them run at once."""

    max_steps: Count
    allow_loops: bool
    optimize_chains: bool
    max_parallel: Count


class Logging(Section):
    """Where the log goes: a file, standard error (console), both or nowhere."""

    level: LogLevel
    file: Path | None
    console: bool


class AgentSettings(Section):
    """All settings of the agent."""

    agent: Agent
    mcp: Mcp
    conversation: Conversation
    clarification: Clarification
    planning: Planning
    approval: ApprovalPolicy
    logging: Logging
    _notes: tuple[str, ...] = PrivateAttr(default=())

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user set that has no effect, one line each, for the log."""
        return self._notes

    def with_notes(self, notes: tuple[str, ...]) -> "AgentSettings":
        """The same settings with these notes."""
        copy = self.model_copy()
        copy._notes = notes
        return copy

    @property
    def model_window(self) -> int:
        """Tokens that one request to the model may use; holds conversation.context_window."""
        wanted = self.conversation.context_window
        return self.agent.context_window or math.ceil(wanted / _WINDOW_STEP) * _WINDOW_STEP

    def backend_settings(self) -> BackendSettings:
        """The choice of a model, before `model_backends.registry.resolve` completes it."""
        agent = self.agent
        unnamed = agent.model is None and agent.backend == TRANSFORMERS
        quantized = agent.load_in_4bit and agent.quantization == "auto"
        return BackendSettings(
            backend=agent.backend,
            model=TRANSFORMERS_MODEL if unnamed else agent.model,
            base_url=agent.base_url,
            api_key=agent.api_key,
            context_window=self.model_window,
            parallel=agent.parallel,
            threads=agent.threads,
            timeout_seconds=agent.timeout_seconds,
            max_retries=agent.max_retries,
            revision=agent.revision,
            device=agent.device,
            device_map=agent.device_map,
            max_memory=agent.max_memory,
            torch_dtype=agent.torch_dtype,
            quantization="nf4" if quantized else agent.quantization,
            attention=agent.attention,
            prompt_style=agent.prompt_style,
            tokens_in_flight=agent.tokens_in_flight,
        )

    def server_specs(self) -> tuple[ServerSpec, ...]:
        """The servers to start, in order, without the disabled ones."""
        specs = [entry.spec() for entry in self.mcp.servers if not entry.disabled]
        if self.mcp.include_builtin and not any(spec.builtin for spec in specs):
            builtin = ServerEntry(name="starcoder", command=BUILTIN_COMMAND)
            taken = {spec.name for spec in specs}
            name = next(n for n in ("starcoder", BUILTIN_COMMAND, "builtin") if n not in taken)
            specs.insert(0, builtin.model_copy(update={"name": name}).spec())
        return tuple(specs)


def builtin_environment(
    backend: BackendSettings, environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What the built-in server gets beside the usual variables: its own, and the agent's model.

    Where the user gave the server an endpoint of its own, the key of the agent's endpoint is
    left out: keys go to the endpoint that they were set for.
    """
    environ = os.environ if environ is None else environ
    kept = {
        name: value
        for name, value in environ.items()
        if name.startswith(_SERVER_PREFIX) or name in _SERVER_VARIABLES
    }
    handed = to_environment(backend)
    if environ.get(_SERVER_ENDPOINT) not in (None, backend.base_url):
        handed = {name: handed[name] for name in handed if name not in (API_KEY, BASE_URL)}
        kept |= {API_KEY: environ[API_KEY]} if environ.get(API_KEY) else {}
    return kept | handed
