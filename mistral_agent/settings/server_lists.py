"""MCP servers as other MCP clients and the command line name them."""

import json
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from mistral_agent.files import expanded
from mistral_agent.servers import ServerSpec
from mistral_agent.settings.schema import ServerEntry
from service.settings import SettingsError

_FILESYSTEM = "@modelcontextprotocol/server-filesystem"
_DOWNLOAD_SECONDS = 120.0

_SPEC_HELP = "write 'stdio::command arg …' or 'http::URL'"

# What an entry may hold that means the same here; other clients add keys of their own.
_KEYS = ("command", "args", "env", "cwd", "url", "headers", "disabled", "trusted", "approval")
_STREAMABLE = ("http", "streamable-http", "streamable_http", "streamableHttp")


def load_mcp_config(path: Path) -> list[ServerSpec]:
    """Read the `mcpServers` JSON of other MCP clients; disabled servers are left out.

    Keys that other clients keep for themselves (`autoApprove`, `description`, …) are passed over.

    Raises:
        SettingsError: The file cannot be read, is not JSON, or an entry is wrong.
    """
    found = _json(path)
    servers = found.get("mcpServers", found.get("servers")) if isinstance(found, dict) else None
    if not isinstance(servers, dict):
        raise SettingsError(f"{path}: expected an object with the key 'mcpServers'")
    entries = [_entry(f"{path}: mcpServers.{name}", name, v) for name, v in servers.items()]
    return [entry.spec() for entry in entries if not entry.disabled]


def parse_extra_server(spec: str) -> ServerSpec:
    """Read `stdio::command arg …` (split as a POSIX shell would) or `http::URL`.

    Raises:
        SettingsError: The scheme is unknown, the command empty, or the URL not one.
    """
    where = f"--extra-server {spec[:80]!r}"
    scheme, separator, rest = spec.partition("::")
    if not separator or scheme not in ("stdio", "http"):
        raise SettingsError(f"{where}: unknown kind {scheme[:20]!r}; {_SPEC_HELP}")
    if scheme == "http":
        return _http_server(where, rest.strip())
    try:
        words = shlex.split(rest)
    except ValueError as error:
        raise SettingsError(f"{where}: {str(error).lower()}; {_SPEC_HELP}") from None
    if not words or not words[0]:
        raise SettingsError(f"{where}: the command is empty; {_SPEC_HELP}")
    name = _short_name(words)
    return _entry(where, name, {"command": words[0], "args": words[1:]}).spec()


def filesystem_server(directories: Sequence[str]) -> ServerSpec:
    """The reference server for files, which may use these directories and what is below them.

    It is `stdio::npx -y @modelcontextprotocol/server-filesystem DIR …`, with time for npx to
    download it the first time.

    Raises:
        SettingsError: A directory does not exist, or npx does not.
    """
    roots: list[str] = []
    for directory in directories:
        root = expanded(directory)
        if not root.is_dir():
            problem = "is not a directory" if root.exists() else "does not exist"
            raise SettingsError(f"--filesystem-root {directory[:200]!r} {problem}")
        roots.append(str(root.resolve()))
    if shutil.which("npx") is None:
        raise SettingsError(
            "--filesystem-root needs npx, which is not on PATH; install Node.js 18 or later, or "
            "give a server of your own with --extra-server 'stdio::command arg …'"
        )
    values = {
        "command": "npx",
        "args": ["-y", _FILESYSTEM, *roots],
        "connect_timeout": _DOWNLOAD_SECONDS,
    }
    return ServerEntry.model_validate({"name": _short_name(["npx", _FILESYSTEM]), **values}).spec()


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: cannot be read: it is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise SettingsError(
            f"{path}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}"
        ) from None
    except RecursionError:
        raise SettingsError(f"{path}: not valid JSON: nested too deeply") from None


def _entry(where: str, name: str, values: object) -> ServerEntry:
    if not isinstance(values, Mapping):
        raise SettingsError(f"{where}: expected an object with command or url")
    kind = values.get("type", values.get("transport"))
    if kind == "sse":
        raise SettingsError(f"{where}: type 'sse' is not supported; use its streamable HTTP URL")
    if kind not in (None, "stdio", *_STREAMABLE):
        raise SettingsError(f"{where}: unknown type {str(kind)[:40]!r}; use 'stdio' or 'http'")
    kept = {key: values[key] for key in _KEYS if values.get(key) is not None}
    try:
        return ServerEntry.model_validate({"name": name, **kept})
    except ValidationError as error:
        raise SettingsError(f"{where}: {_problem(error)}") from None


def _problem(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if not key:
        return message
    return f"{key}: {message[0].lower()}{message[1:]} (got {str(first['input'])[:60]!r})"


def _http_server(where: str, url: str) -> ServerSpec:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise SettingsError(f"{where}: {url[:80]!r} is not an http or https URL; {_SPEC_HELP}")
    return _entry(where, parts.netloc.rpartition("@")[2], {"url": url}).spec()


def _short_name(words: list[str]) -> str:
    """The last word that names a package, module or script; the program where there is none."""
    program = Path(words[0]).name
    if program in ("npx", "uvx", "uv", "node", "python", "python3", "bunx", "docker", "deno"):
        named = [word for word in words[1:] if not word.startswith("-") and word != "run"]
        named = [] if "-c" in words or "-e" in words else named  # code names nothing
        program = named[0].rpartition("/")[2] if named else program
    return (Path(program).stem if program.endswith((".py", ".js")) else program)[:80]
