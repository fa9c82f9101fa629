"""What a message says literally: code, paths, numbers, names; found without a model."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mistral_agent.files import MENTION, RESOURCE
from mistral_agent.intent.code import CodeBlock, split_code
from mistral_agent.intent.languages import languages_of
from mistral_agent.intent.mentions import is_denied, is_means
from mistral_agent.intent.numbers import Number, numbers_of
from mistral_agent.intent.vocabulary import FORMATTERS, FRAMEWORKS

MAX_PROSE = 8_000
"""Characters of prose that are searched; what is longer is a document rather than a request."""

_NO_FILES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Literals:
    """What stands in a message word for word.

    Args:
        prose: The message without its code.
        code: Code blocks, in order; the contents of files come last.
        paths: Files and directories, those written as `@path` first.
        urls: Web addresses.
        numbers: Numbers with their nouns.
        quoted: Text in quotation marks.
        settings: What is written as `name=value`.
        languages: Programming languages, but for those that are said no to.
        given_languages: Those of what is there already: "this Perl script", "from Lua".
        frameworks: Test frameworks, likewise.
        formatters: Code formatters, likewise.
    """

    prose: str
    code: tuple[CodeBlock, ...] = ()
    paths: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    quoted: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    given_languages: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    formatters: tuple[str, ...] = ()

    @property
    def searched(self) -> str:
        """The part of the prose that is searched."""
        return self.prose[:MAX_PROSE]


_URL = re.compile(r"\bhttps?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]]")
_PATH = re.compile(
    r"(?<![\w@/:.~-])(?:~|\.{1,2})?/?(?:[\w.-]{1,255}/)*[\w.-]{0,255}(?<![.])/?(?![\w/])"
)
_HERE = re.compile(r"(?<!\S)\.{1,2}(?=\s*$|\s+\S)", re.MULTILINE)
_FILE_ENDING = re.compile(r"\w\.[A-Za-z][A-Za-z0-9]{0,5}$")
_NOT_A_PATH = re.compile(
    r"^(?:e\.g|i\.e|vs\.?|etc\.?|[\d.]+|and/or|\w/\w|[Nn]/A|node\.js)$", re.IGNORECASE
)
_QUOTED = re.compile(
    r"(?<!\w)(?:\"([^\"\n]{1,2000})\"|'([^'\n]{1,2000})'(?!\w)|“([^”\n]{1,2000})”)"
)
_SETTING = re.compile(r"\b(?P<name>[A-Za-z_]\w{0,60})\s?=\s?(?P<value>[\w.%+-]{1,200})")
_NAMES = re.compile(r"[A-Za-z][\w+#-]*")
_ENDINGS = {
    "c": "c", "cc": "cpp", "cpp": "cpp", "cs": "csharp", "go": "go", "java": "java",
    "js": "javascript", "kt": "kotlin", "php": "php", "py": "python", "pyi": "python",
    "rb": "ruby", "rs": "rust", "sh": "bash", "sql": "sql", "swift": "swift", "ts": "typescript",
}  # fmt: skip


def extract_literals(text: str, files: Mapping[str, str] = _NO_FILES) -> Literals:
    """Find what a message says literally.

    Args:
        text: The message.
        files: Contents of the files that belong to it, by the name that the user gave them.
    """
    prose, code = split_code(text)
    return literals_of(prose, (*code, *(_file_block(name, files[name]) for name in files)))


def literals_of(prose: str, code: tuple[CodeBlock, ...] = ()) -> Literals:
    """The literals of prose from which the code has been taken."""
    start = RESOURCE.sub(" ", prose[:MAX_PROSE])
    urls = _unique(match[0] for match in _URL.finditer(start))
    rest = _URL.sub(" ", start)
    languages = languages_of(rest)
    said = [(match.start(), match[0].lower()) for match in _NAMES.finditer(rest)]
    return Literals(
        prose=prose,
        code=code,
        paths=_paths(rest),
        urls=urls,
        numbers=tuple(numbers_of(rest)),
        quoted=tuple(next(filter(None, match.groups()), "") for match in _QUOTED.finditer(start)),
        settings={match["name"].lower(): match["value"] for match in _SETTING.finditer(rest)},
        languages=languages.said,
        given_languages=languages.given,
        frameworks=_named(rest, said, FRAMEWORKS),
        formatters=_named(rest, said, FORMATTERS),
    )


def _file_block(name: str, content: str) -> CodeBlock:
    ending = PurePosixPath(name).suffix.lstrip(".").lower()
    return CodeBlock(content, "file", _ENDINGS.get(ending), f"@{name.removeprefix('@')}")


def _paths(prose: str) -> tuple[str, ...]:
    mentioned = [match["path"] for match in MENTION.finditer(prose)]
    others = MENTION.sub(" ", prose)
    bare = (match[0] for match in _PATH.finditer(others) if match[0])
    here = _HERE.findall(others)
    return _unique([*mentioned, *(path for path in bare if _is_path(path)), *here])


def _is_path(text: str) -> bool:
    if text.startswith(("/", "~/", "./", "../")):
        return True
    if _NOT_A_PATH.match(text):
        return False
    return "/" in text or bool(_FILE_ENDING.search(text))


def _named(prose: str, said: Iterable[tuple[int, str]], names: frozenset[str]) -> tuple[str, ...]:
    """The names among what is said, those first that something is to be done with."""
    found = [
        (not is_means(prose, place), place, word)
        for place, word in said
        if word in names and not is_denied(prose, place)
    ]
    return _unique(name for _, _, name in sorted(found))


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
