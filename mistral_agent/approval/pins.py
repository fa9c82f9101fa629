"""The definitions of tools that were approved, by server and tool."""

import json
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

SCHEMA_VERSION = 1

_LOCK_SECONDS = 5.0

log = logging.getLogger(__name__)


class Pins(Protocol):
    """Remembers which definition of a tool was approved last."""

    def get(self, server: str, tool: str) -> str | None:
        """The hash of that definition; None where the tool was never approved."""
        ...

    def put(self, server: str, tool: str, definition: str) -> str | None:
        """Remember one; the problem, in a line, where it cannot be kept past this process."""
        ...


class MemoryPins:
    """Remembers until the process ends."""

    def __init__(self) -> None:
        self._pins: dict[tuple[str, str], str] = {}

    def get(self, server: str, tool: str) -> str | None:
        """The hash of the definition that was approved last."""
        return self._pins.get((server, tool))

    def put(self, server: str, tool: str, definition: str) -> str | None:
        """Remember one."""
        self._pins[server, tool] = definition
        return None


class FilePins:
    """A private file of JSON: `{"schema": 1, "tools": {SERVER: {TOOL: HASH}}}`.

    Servers go by their names in the configuration: another program under the same name asks again.

    Args:
        path: The file, made with the first approval.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = MemoryPins()
        self._is_read = False

    def get(self, server: str, tool: str) -> str | None:
        """The hash of the definition that was approved last."""
        if not self._is_read:
            self._is_read = True
            for name, tools in self._read().items():
                for each, definition in tools.items():
                    self._known.put(name, each, definition)
        return self._known.get(server, tool)

    def put(self, server: str, tool: str, definition: str) -> str | None:
        """Remember one, beside what other processes have written meanwhile."""
        if self.get(server, tool) == definition:
            return None
        self._known.put(server, tool, definition)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._locked():
                tools = self._read()
                tools.setdefault(server, {})[tool] = definition
                self._write({"schema": SCHEMA_VERSION, "tools": tools})
        except OSError as error:
            reason = error.strerror or str(error)
            return f"approvals cannot be kept in {self._path}: {reason}"
        return None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock

        with FileLock(self._path.with_suffix(".lock"), timeout=_LOCK_SECONDS, mode=0o600):
            yield

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return _checked(found)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            # Without it nothing counts as changed; the policies still ask as they would at first.
            log.warning("%s: approvals cannot be read: %s", self._path, error)
            return {}

    def _write(self, values: Mapping[str, Any]) -> None:
        """Replace the file as a whole: who reads it meanwhile sees the old or the new one."""
        descriptor, name = tempfile.mkstemp(prefix=".approvals-", dir=self._path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(values, file, indent=1, sort_keys=True)
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _checked(found: object) -> dict[str, dict[str, str]]:
    tools = found.get("tools") if isinstance(found, dict) else None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA_VERSION:
        raise ValueError(f"it is not of schema version {SCHEMA_VERSION}")
    if not isinstance(tools, dict) or not all(isinstance(each, dict) for each in tools.values()):
        raise ValueError("it has no list of tools by server")
    return {
        server: {tool: value for tool, value in each.items() if isinstance(value, str)}
        for server, each in tools.items()
    }
