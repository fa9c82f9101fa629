"""What a request in plain words says explicitly, found by pure functions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

Complexity = Literal["low", "medium", "high"]
Kind = Literal["number", "quoted", "name", "format", "language", "tool", "example"]

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_QUOTED = (
    r"\"([^\"\n]{1,200})\""
    r"|\u201c([^\u201d\n]{1,200})\u201d"
    r"|`([^`\n]{1,200})`"
    r"|(?<!\w)'([^'\n]{1,200})'(?!\w)"
)
_NAME = (
    r"\b[A-Za-z]\w*\([^()\n]{0,80}\)"  # merge(a, b)
    r"|\b[a-z]+(?:_[a-z0-9]+)+\b"  # snake_case
    r"|\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b"  # CamelCase
    r"|\b[a-z]+(?:[A-Z][a-z0-9]+)+\b"  # camelCase
    r"|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"  # MAX_SIZE
    r"|(?<![\w-])--[a-z][\w-]*"  # --verbose
    r"|\bhttps?://[^\s<>\"']*[\w/]"
    r"|\b[\w.+-]+@\w+(?:\.\w+)+\b"
    r"|(?<![\w/])/[a-z][\w/{}-]*"  # /users/{id}
)
_NUMBER = r"(?<![\w.,:/-])-?\d+(?:[.,:/\u2013-]\d+)*"  # 3, -1.5, 1,000, 10-20, 2026-01-31, 12:30
LOW_UP_TO = 2
MEDIUM_UP_TO = 5


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something that the request fixes; `text` is as it stands there."""

    kind: Kind
    text: str


def find_constraints(request: str) -> list[Constraint]:
    """Numbers, quoted text, names, formats, languages and packages, each once, in order."""
    found: list[tuple[int, Constraint]] = []

    def add(kind: Kind, pattern: str, flags: int = 0) -> None:
        for match in re.finditer(pattern, request, flags):
            text = next((g for g in match.groups() if g), match[0])
            found.append((match.start(), Constraint(kind, text.strip())))

    words = _vocabulary()
    add("quoted", _QUOTED)
    add("number", rf"{_NUMBER}(?:\s?(?:{_any(words['units'])})(?!\w))?")
    add("number", rf"\b(?:{_any(words['counted'])})\s+\w+", re.IGNORECASE)
    add("name", rf"{_NAME}|\b\w+\.(?:{_any(words['files'])})\b")
    add("name", r"\b(?:called|named)\s+(\w+)")
    add("format", rf"(?<![\w.])(?:{_any(words['formats'])})(?!\w)", re.IGNORECASE)
    add("tool", rf"(?<!\w)(?:{_any(words['tools'])})(?!\w)", re.IGNORECASE)
    languages = [*words["languages"], *words["languages_in_lower_case"]]
    add("language", rf"(?<!\w)(?:{_any(languages)})(?![\w+#])")
    return list(dict.fromkeys(constraint for _, constraint in sorted(found, key=lambda f: f[0])))


def clauses(request: str) -> list[str]:
    """The request in parts of which each says one thing, in its own words."""
    parts: list[str] = []
    for sentence in _SENTENCE.split(request.strip()):
        line = re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", sentence)
        pieces = [line] if _protected(line) else _and().split(line)
        parts += [_tidy(piece) for piece in pieces]
    return list(dict.fromkeys(part for part in parts if re.search(r"\w{2}", part)))


def missing_from(constraints: Iterable[Constraint], texts: Sequence[str]) -> list[Constraint]:
    """The constraints that no text mentions; 2 is not mentioned by 12 or 2.5."""
    together = "\n".join(texts).lower()
    return [
        each
        for each in constraints
        if not re.search(rf"(?<![\w.]){re.escape(each.text.lower())}(?!\w|\.\d)", together)
    ]


def invents(text: str, sources: str) -> bool:
    """Whether `text` fixes a number, a quotation or a package that `sources` do not mention."""
    kinds = ("number", "quoted", "tool", "language")
    fixed = [each for each in find_constraints(text) if each.kind in kinds]
    return bool(missing_from(fixed, [sources]))


def estimate(request: str, constraints: Sequence[Constraint]) -> tuple[Complexity, str]:
    """How much work the request is, with the reason.

    One point for each part beyond the first, for each component it names (endpoint, database …),
    for every third constraint; two for each word of a hard matter (concurrency, parser …). Up to
    2 points are low, up to 5 medium.
    """
    words = set(re.findall(r"[a-z][a-z-]+", request.lower()))
    hard = sorted(words & set(_vocabulary()["hard"]))
    parts = sorted(words & set(_vocabulary()["parts"]))
    count = len(clauses(request))
    points = count - 1 + len(parts) + 2 * len(hard) + len(constraints) // 3
    reasons = [
        f"{count} part{'s' if count != 1 else ''}",
        f"{len(constraints)} explicit constraint{'s' if len(constraints) != 1 else ''}",
    ]
    if parts:
        reasons.append(f"components: {', '.join(parts)}")
    if hard:
        reasons.append(f"hard matters: {', '.join(hard)}")
    reason = "; ".join(reasons)
    if points <= LOW_UP_TO:
        return "low", reason
    return ("medium" if points <= MEDIUM_UP_TO else "high"), reason


@cache
def _vocabulary() -> Mapping[str, Sequence[str]]:
    import yaml

    text = Path(__file__).with_name("vocabulary.yaml").read_text(encoding="utf-8")
    return cast("Mapping[str, Sequence[str]]", yaml.safe_load(text))


@cache
def _and() -> re.Pattern[str]:
    """What stands between two parts of a request, the next beginning with a verb."""
    verbs = _any(_vocabulary()["verbs"])
    return re.compile(
        r"\s*(?:,\s*(?:and\s+|then\s+)?|\s+and\s+(?:then\s+)?|\s+then\s+)" rf"(?=(?:{verbs})\b)",
        re.IGNORECASE,
    )


def _any(words: Iterable[str]) -> str:
    """A pattern of alternatives, longer ones first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _protected(line: str) -> bool:
    """Whether dividing the line might cut through quoted text or code."""
    return any(mark in line for mark in '`"“(')


def _tidy(part: str) -> str:
    courtesies = _any(_vocabulary()["courtesies"])
    part = re.sub(rf"^(?:(?:{courtesies})\s+)+", "", part.strip(), flags=re.IGNORECASE)
    part = part.strip(" ,;")
    part = part[:-1] if part.endswith(".") and not part.endswith("..") else part
    return part[:1].upper() + part[1:]
