"""The files that a request is about: given with `--file`, or mentioned as `@path`."""

import re
import stat
from collections.abc import Iterable
from pathlib import Path

from mistral_agent.errors import RequestFileError

MAX_FILE_BYTES = 1 << 20

# `@name` may also be a decorator or a person: a path has a folder or a usual ending, or is there.
MENTION = re.compile(r"(?<![\w@])@(?P<path>[\w.~/\\-]*\w)")
# A resource of a server: `@docs:file:///notes.txt`, but not the line of a file, `@a.py:12`.
RESOURCE = re.compile(r"(?<![\w@])@(?P<server>[\w.-]+):(?P<uri>[A-Za-z][\w+.-]*:[^\s`\"'<>]+)")
_ENDINGS = re.compile(
    r"\.(c|cc|cpp|cs|css|go|h|hpp|html|ini|java|jsx?|json|kt|md|php|pyi?|rb|rs|rst|sh|sql|swift"
    r"|toml|tsx?|txt|xml|ya?ml)$",
    re.IGNORECASE,
)
_FENCE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


def mentioned_paths(text: str) -> tuple[str, ...]:
    """The paths that `text` mentions as `@path`, outside code, in order and once each."""
    words = RESOURCE.sub(" ", without_code(text))
    found = (match["path"] for match in MENTION.finditer(words))
    return tuple(dict.fromkeys(path for path in found if _is_a_path(path)))


def without_code(text: str) -> str:
    """The text with blanks for its code, where an `@` is a decorator."""
    return _FENCE.sub(" ", text)


def read_files(paths: Iterable[str]) -> dict[str, str]:
    """Read text files by the names that the user gave them.

    Raises:
        RequestFileError: A file is missing, not a regular file, too large, or not UTF-8 text.
    """
    return {path: _read(path) for path in paths}


def expanded(path: str) -> Path:
    """The path, with `~` as the user's home; as it is where `~name` is no user's."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _is_a_path(mention: str) -> bool:
    if "/" in mention or _ENDINGS.search(mention):
        return True
    return expanded(mention).is_file()


def _read(path: str) -> str:
    file = expanded(path)
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise RequestFileError(path, "it is not a regular file")
        if status.st_size > MAX_FILE_BYTES:
            raise RequestFileError(
                path, f"it has {status.st_size} bytes, the limit is {MAX_FILE_BYTES}"
            )
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RequestFileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise RequestFileError(path, f"it is not UTF-8 text (byte {error.start})") from None
    if "\0" in text:
        raise RequestFileError(path, "it is a binary file")
    return text
