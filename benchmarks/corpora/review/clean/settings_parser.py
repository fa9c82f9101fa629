"""Parser for a small sectioned configuration format.

The format knows sections, typed values and comments::

    # database access
    [database]
    host = "db.internal"
    port = 5432
    pool = true
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

Value: TypeAlias = str | int | float | bool
Section: TypeAlias = dict[str, Value]

COMMENT: Final = "#"
BOOLEANS: Final = {"true": True, "false": False}


@dataclass(frozen=True)
class Location:
    """Where something stands in a file."""

    source: str
    line: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}"


class SettingsSyntaxError(ValueError):
    """A line does not follow the format."""

    def __init__(self, location: Location, message: str) -> None:
        super().__init__(f"{location}: {message}")
        self.location = location


def load_settings(path: Path) -> dict[str, Section]:
    """Parse a settings file.

    Args:
        path: UTF-8 encoded file.

    Returns:
        Values by section and key.

    Raises:
        OSError: If the file cannot be read.
        SettingsSyntaxError: If the content is malformed.
    """
    return parse_settings(path.read_text(encoding="utf-8"), source=path.name)


def parse_settings(text: str, source: str = "<string>") -> dict[str, Section]:
    """Parse settings from a string.

    Args:
        text: Content in the settings format.
        source: Name to use in error messages.

    Returns:
        Values by section and key.

    Raises:
        SettingsSyntaxError: If the content is malformed.
    """
    sections: dict[str, Section] = {}
    current: Section | None = None
    for number, raw_line in enumerate(text.splitlines(), start=1):
        line = raw_line.strip()
        if not line or line.startswith(COMMENT):
            continue
        location = Location(source, number)
        if line.startswith("["):
            current = sections.setdefault(_section_name(line, location), {})
        elif current is None:
            raise SettingsSyntaxError(location, "value outside of a section")
        else:
            key, value = _key_and_value(line, location)
            if key in current:
                raise SettingsSyntaxError(location, f"duplicate key {key!r}")
            current[key] = value
    return sections


def _section_name(line: str, location: Location) -> str:
    name = line[1:-1].strip()
    if not line.endswith("]") or not name:
        raise SettingsSyntaxError(location, "malformed section header")
    return name


def _key_and_value(line: str, location: Location) -> tuple[str, Value]:
    key, separator, raw_value = (part.strip() for part in line.partition("="))
    if not separator or not key.isidentifier():
        raise SettingsSyntaxError(location, "expected 'key = value'")
    return key, _convert(raw_value, location)


def _convert(raw: str, location: Location) -> Value:
    """Convert a literal to the value it stands for."""
    if len(raw) >= 2 and raw[0] == raw[-1] == '"':
        return raw[1:-1]
    if raw in BOOLEANS:
        return BOOLEANS[raw]
    for convert in (int, float):
        try:
            return convert(raw)
        except ValueError:
            continue
    raise SettingsSyntaxError(location, f"not a value: {raw!r}")
