"""The SDK's types as ours; nothing past this module knows of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcp import types

from mistral_agent.catalogue import Prompt, PromptArgument, Resource, Tool, ToolResult
from mistral_agent.servers import ServerSpec


def tool(spec: ServerSpec, listed: types.Tool) -> Tool:
    """A tool; hints that are not given are taken as the specification says (worst case)."""
    hints = listed.annotations or types.ToolAnnotations()
    return Tool(
        server=spec.name,
        name=listed.name,
        title=listed.title or hints.title or listed.name,
        description=listed.description or "",
        input_schema=listed.input_schema,
        output_schema=listed.output_schema,
        read_only=hints.read_only_hint is True,
        destructive=hints.destructive_hint is not False,
        idempotent=hints.idempotent_hint is True,
        open_world=hints.open_world_hint is not False,
        trusted=spec.trusted or spec.builtin,
        builtin=spec.builtin,
        approval=spec.approval.get(listed.name, spec.approval.get("*")),
    )


def resource(spec: ServerSpec, listed: types.Resource) -> Resource:
    """A resource."""
    return Resource(
        server=spec.name,
        uri=str(listed.uri),
        name=listed.title or listed.name,
        description=listed.description or "",
        mime_type=listed.mime_type,
    )


def template(spec: ServerSpec, listed: types.ResourceTemplate) -> Resource:
    """A template of resources."""
    return Resource(
        server=spec.name,
        uri=listed.uri_template,
        name=listed.title or listed.name,
        description=listed.description or "",
        mime_type=listed.mime_type,
        template=True,
    )


def prompt(spec: ServerSpec, listed: types.Prompt) -> Prompt:
    """A prompt."""
    arguments = tuple(
        PromptArgument(a.name, a.description or "", a.required is True)
        for a in listed.arguments or ()
    )
    return Prompt(spec.name, listed.name, listed.description or listed.title or "", arguments)


def tool_result(result: types.CallToolResult) -> ToolResult:
    """A call's result; what is no text is named in its place."""
    text = "\n\n".join(_texts(result.content))
    structured = result.structured_content
    if result.is_error or structured is None:
        return ToolResult(text, {"text": text}, result.is_error)
    if not isinstance(structured, Mapping):
        structured = {"result": structured}
    return ToolResult(text, structured)


def resource_text(result: types.ReadResourceResult) -> str:
    """The text of a resource's contents, joined by blank lines."""
    return "\n\n".join(_contents(part) for part in result.contents)


def prompt_text(result: types.GetPromptResult) -> str:
    """The text of a prompt's messages, joined by blank lines."""
    return "\n\n".join(_texts([message.content for message in result.messages]))


def _texts(content: Sequence[Any]) -> Iterator[str]:
    for part in content:
        match part:
            case types.TextContent():
                yield part.text
            case types.EmbeddedResource():
                yield _contents(part.resource)
            case types.ResourceLink():
                yield f"[{part.title or part.name}: {part.uri}]"
            case types.ImageContent() | types.AudioContent():
                yield f"[{part.type}: {part.mime_type}, {_decoded_bytes(part.data)} bytes]"
            case _:
                yield f"[content of type {getattr(part, 'type', '?')}]"


def _contents(part: types.TextResourceContents | types.BlobResourceContents) -> str:
    if isinstance(part, types.TextResourceContents):
        return part.text
    size = _decoded_bytes(part.blob)
    return f"[{part.uri}: {part.mime_type or 'binary data'}, {size} bytes]"


def _decoded_bytes(base64: str) -> int:
    return len(base64.rstrip("=")) * 3 // 4
