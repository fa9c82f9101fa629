"""The resources that the server offers; their texts lie in `config/`."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource

from mcp_server.settings import ServerSettings
from mcp_server.texts import Texts

GUIDELINES = {
    "python-developer": ("Python developer", "How Python code is written here."),
    "architect": ("Architect", "How systems are divided, connected and judged here."),
    "technical-writer": ("Technical writer", "How documentation is written here."),
}
STRUCTURE = "project-structure"
TEMPLATE_URI = "templates://{kind}"


def add_resources(server: MCPServer[Any], settings: ServerSettings, texts: Texts) -> None:
    """Register all resources with `server`."""
    for name, (title, description) in GUIDELINES.items():
        server.add_resource(_markdown(f"prompts://{name}", title, description, texts.prompt, name))
    server.add_resource(
        FunctionResource(
            uri="config://coding-standards",
            name="coding-standards",
            title="Coding standards",
            description="What the tools hold code to, by language: the settings in use.",
            mime_type="application/json",
            fn=_coding_standards(settings),
        )
    )
    server.add_resource(
        _markdown(
            f"templates://{STRUCTURE}",
            "Project structure",
            "The layout of a project, and what belongs where.",
            texts.template,
            STRUCTURE,
        )
    )
    _add_templates(server, texts)


def template_kinds(texts: Texts) -> list[str]:
    """The kinds of project that `templates://{kind}` has."""
    return [name for name in texts.template_names() if name != STRUCTURE]


def _add_templates(server: MCPServer[Any], texts: Texts) -> None:
    kinds = ", ".join(template_kinds(texts))

    @server.resource(
        TEMPLATE_URI,
        name="project-template",
        title="Project template",
        description=f"The files of a new project, ready to be written. Kinds: {kinds}.",
        mime_type="text/markdown",
    )
    async def project_template(kind: str) -> str:
        try:
            return await texts.template(kind)
        except FileNotFoundError:
            known = ", ".join(template_kinds(texts))
            raise ResourceNotFoundError(
                f"no project template {kind!r}; the kinds are: {known}"
            ) from None


def _markdown(
    uri: str,
    title: str,
    description: str,
    read: Callable[[str], Awaitable[str]],
    name: str,
) -> FunctionResource:
    async def content() -> str:
        return await read(name)

    return FunctionResource(
        uri=uri,
        name=name,
        title=title,
        description=description,
        mime_type="text/markdown",
        fn=content,
    )


def _coding_standards(settings: ServerSettings) -> Callable[[], Awaitable[str]]:
    async def content() -> str:
        standards = settings.tools.coding_standards.items()
        return json.dumps({name: each.model_dump() for name, each in standards}, indent=2)

    return content
