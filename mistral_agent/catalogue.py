"""What the connected MCP servers offer, and what a call gives back, free of the SDK's types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mistral_agent.servers import ApprovalPolicy

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool of one server.

    Args:
        server: The server's name in the configuration.
        name: The tool's name on its server.
        title: The name for people, or the name again.
        description: What the server says of it; empty where it says nothing.
        input_schema: JSON Schema of its arguments (an object).
        output_schema: JSON Schema of its structured result, or None: it produces text.
        read_only: The server hints that it changes nothing.
        destructive: The server hints that it may destroy; True where it says nothing.
        idempotent: The server hints that a second call changes no more.
        open_world: The server hints that it reaches beyond this machine; True where unsaid.
        trusted: The hints may be believed: the built-in server, or one the configuration trusts.
        builtin: It comes with this program: its definition changes when the program does.
        approval: When the configuration says that it is asked about; None: as the settings say.
    """

    server: str
    name: str
    title: str
    description: str
    input_schema: Schema
    output_schema: Schema | None = None
    read_only: bool = False
    destructive: bool = True
    idempotent: bool = False
    open_world: bool = True
    trusted: bool = False
    builtin: bool = False
    approval: ApprovalPolicy | None = None

    @property
    def only_reads(self) -> bool:
        """It changes nothing, and its server's word for that may be believed."""
        return self.trusted and self.read_only

    @property
    def parameters(self) -> Mapping[str, Schema]:
        """The schema of each parameter, by name."""
        properties = self.input_schema.get("properties", {})
        return properties if isinstance(properties, Mapping) else {}

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the parameters that must be given."""
        return tuple(self.input_schema.get("required", ()))

    @property
    def outputs(self) -> Mapping[str, Schema]:
        """The schema of each field of the structured result; a lone `text` without a schema."""
        if self.output_schema is None:
            return {"text": {"type": "string", "description": self.description}}
        properties = self.output_schema.get("properties", {})
        return properties if isinstance(properties, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource, or a template of resources where `template` is True."""

    server: str
    uri: str
    name: str
    description: str = ""
    mime_type: str | None = None
    template: bool = False


@dataclass(frozen=True, slots=True)
class PromptArgument:
    """An argument of a prompt."""

    name: str
    description: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that a server offers."""

    server: str
    name: str
    description: str = ""
    arguments: tuple[PromptArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerProblem:
    """A server that could not be used, and why, in one line."""

    server: str
    reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that the connected servers offer, in the order of the configuration.

    `notes` is what the configuration says of them that cannot be, one line each.
    """

    tools: tuple[Tool, ...] = ()
    resources: tuple[Resource, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    problems: tuple[ServerProblem, ...] = ()
    instructions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def find(self, server: str, name: str) -> Tool | None:
        """The tool of this name on this server, if there is one."""
        return next((t for t in self.tools if (t.server, t.name) == (server, name)), None)

    def shown_name(self, server: str, name: str) -> str:
        """What a tool is called: its name, after its server's where several servers have it."""
        several = any(tool.name == name and tool.server != server for tool in self.tools)
        return f"{server}.{name}" if several else name


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool call gave.

    Args:
        text: The text contents, joined by blank lines.
        structured: The structured result, or {"text": text} where the tool gives text alone.
        is_error: The tool says that it failed; `text` then says why.
    """

    text: str
    structured: Mapping[str, Any]
    is_error: bool = False
