"""Names and values as they stand in messages: in a line, and not too long."""

from collections.abc import Iterable

_SHOWN = 160
_MAX_NAMES = 20


def short(message: str) -> str:
    """The text in a line, without its middle where it is long."""
    line = " ".join(message.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN // 2]} … {line[-_SHOWN // 2 :]}"


def listed(names: Iterable[str]) -> str:
    """The names, each once and in order, as far as a message can take them."""
    return ", ".join(sorted(dict.fromkeys(map(str, names)))[:_MAX_NAMES])
