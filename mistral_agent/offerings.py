"""Resources and prompts of servers in a request: `@server:uri`, `/prompt name key=value`."""

import shlex
from collections.abc import Sequence

from mistral_agent.catalogue import Catalogue, Prompt
from mistral_agent.errors import OfferingError, RequestFileError, ToolProtocolError
from mistral_agent.files import MAX_FILE_BYTES, RESOURCE, read_files, without_code
from mistral_agent.tool_client import ToolClient

PROMPT = "/prompt "


async def mentioned_resources(text: str, client: ToolClient) -> dict[str, str]:
    """The texts of the resources that `text` mentions as `@server:uri`, by `server:uri`.

    A name before the colon that no server has is no mention.

    Raises:
        RequestFileError: The server does not have it, or it is too large.
        ServerUnavailableError: The server is not connected.
    """
    found = [
        (m["server"], m["uri"].rstrip(".,;!?)")) for m in RESOURCE.finditer(without_code(text))
    ]
    if not found:
        return {}
    known = _servers(await client.catalogue())
    contents: dict[str, str] = {}
    for server, uri in dict.fromkeys(found):
        if server in known:
            contents[f"{server}:{uri}"] = await _read(server, uri, client)
    return contents


async def with_prompt(text: str, client: ToolClient) -> str:
    """The request that a server's prompt makes of its arguments, where `text` asks for one.

    `/prompt [server:]name key=value …`: a value of several words stands in quotes, and
    `key=@path` is the content of a file. Any other text is returned as it is.

    Raises:
        OfferingError: There is no such prompt, or its arguments are not as it needs them.
        RequestFileError: A file cannot be read.
    """
    if not text.startswith(PROMPT):
        return text
    try:
        name, *words = shlex.split(text.removeprefix(PROMPT)) or [""]
    except ValueError as error:
        raise OfferingError(f"the arguments cannot be read: {error}; close the quotes") from None
    prompt = _find(name, (await client.catalogue()).prompts)
    args = _arguments(prompt, words)
    try:
        return await client.get_prompt(prompt.server, prompt.name, args)
    except ToolProtocolError as error:
        raise OfferingError(f"prompt {prompt.name!r}: {error.message}") from None


def usage(prompt: Prompt) -> str:
    """How a prompt is called; optional arguments stand in brackets."""
    arguments = [
        f"{each.name}=…" if each.required else f"[{each.name}=…]" for each in prompt.arguments
    ]
    return " ".join([f"/prompt {prompt.server}:{prompt.name}", *arguments])


async def _read(server: str, uri: str, client: ToolClient) -> str:
    try:
        content = await client.read_resource(server, uri)
    except ToolProtocolError as error:
        raise RequestFileError(f"@{server}:{uri}", error.message) from None
    if len(content) > MAX_FILE_BYTES:
        raise RequestFileError(
            f"@{server}:{uri}", f"it has {len(content)} characters, the limit is {MAX_FILE_BYTES}"
        )
    return content


def _servers(catalogue: Catalogue) -> set[str]:
    return {
        *(tool.server for tool in catalogue.tools),
        *(resource.server for resource in catalogue.resources),
        *(prompt.server for prompt in catalogue.prompts),
        *(problem.server for problem in catalogue.problems),
    }


def _find(name: str, prompts: Sequence[Prompt]) -> Prompt:
    found = [each for each in prompts if name in (each.name, f"{each.server}:{each.name}")]
    if len(found) == 1:
        return found[0]
    offered = ", ".join(f"{each.server}:{each.name}" for each in found or prompts)
    if found:
        raise OfferingError(f"several servers have a prompt {name!r}; name one of {offered}")
    there = f"there are {offered}" if offered else "the servers offer none"
    raise OfferingError(f"no prompt {name[:80]!r}; {there}")


def _arguments(prompt: Prompt, words: Sequence[str]) -> dict[str, str]:
    known = [each.name for each in prompt.arguments]
    args: dict[str, str] = {}
    for word in words:
        key, is_pair, value = word.partition("=")
        if not is_pair or key not in known:
            raise OfferingError(
                f"prompt {prompt.name!r} does not take {word[:80]!r}: {usage(prompt)}"
            )
        is_file = value.startswith("@") and len(value) > 1
        args[key] = read_files([value[1:]])[value[1:]] if is_file else value
    missing = [each.name for each in prompt.arguments if each.required and each.name not in args]
    if missing:
        raise OfferingError(f"prompt {prompt.name!r} needs {', '.join(missing)}: {usage(prompt)}")
    return args
