"""Model servers that run on this machine, so that they can be offered to the user."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

KNOWN_PORTS: tuple[tuple[str, int], ...] = (
    ("Ollama", 11434),
    ("llama-server", 8080),
    ("LM Studio", 1234),
    ("vLLM", 8000),
)
HTTP_OK = 200


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A model server that answers.

    Args:
        name: The program that uses this port by default; another one may be listening.
        base_url: What `--base-url` would be.
        models: The names of its models.
    """

    name: str
    base_url: str
    models: tuple[str, ...]


async def find_local_servers(
    timeout: float = 0.15,  # noqa: ASYNC109 - bounds the whole search, which ends with what it has
    ports: Sequence[tuple[str, int]] = KNOWN_PORTS,
) -> list[LocalServer]:
    """Ask the usual local ports for their lists of models, all at once; nothing else is sent.

    Args:
        timeout: Seconds for all of them together.
        ports: Names and ports to ask.
    """
    import httpx2

    # Without the environment's proxies: they could not reach this machine's loopback.
    async with httpx2.AsyncClient(timeout=timeout, trust_env=False) as client:
        asking = [asyncio.create_task(_ask(client, name, port)) for name, port in ports]
        done, late = await asyncio.wait(asking, timeout=timeout)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    found = (task.result() for task in asking if task in done)
    return [server for server in found if server is not None]


async def _ask(client: "httpx2.AsyncClient", name: str, port: int) -> LocalServer | None:
    import httpx2

    base_url = f"http://127.0.0.1:{port}/v1"
    try:
        answer = await client.get(f"{base_url}/models")
        listed = answer.json()["data"] if answer.status_code == HTTP_OK else None
        models = tuple(each["id"] for each in listed or ())
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        return None
    if listed is None or not all(isinstance(model, str) for model in models):
        return None
    return LocalServer(name, base_url, models)
