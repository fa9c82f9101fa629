"""What a request in plain words says explicitly, found by pure functions."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Complexity = Literal["low", "medium", "high"]
Kind = Literal["number", "quoted", "name", "format", "language", "tool", "example"]

_LANGUAGES = [
    "Python",
    "JavaScript",
    "TypeScript",
    "Java",
    "Kotlin",
    "Go",
    "Golang",
    "Rust",
    "Ruby",
    "PHP",
    "Swift",
    "Scala",
    "Haskell",
    "Perl",
    "Bash",
    "SQL",
    "HTML",
    "CSS",
    "Lua",
    "Dart",
    "Elixir",
    "Erlang",
    "Julia",
    "MATLAB",
    "Fortran",
    "C",
    "C++",
    "C#",
    "R",
]
_FORMATS = [
    "JSON",
    "CSV",
    "XML",
    "YAML",
    "TOML",
    "Markdown",
    "PDF",
    "UTF-8",
    "ASCII",
    "ISO8601",
    "ISO-8601",
    "RFC3339",
    "UUID",
    "base64",
    "Parquet",
    "ini",
    "tsv",
    "REST",
    "GraphQL",
    "gRPC",
    "HTTP",
    "HTTPS",
    "PEP8",
    "PEP-8",
    "async",
    "asynchronous",
    "thread-safe",
    "recursive",
]
_TOOLS = [
    "pytest",
    "unittest",
    "Flask",
    "FastAPI",
    "Django",
    "SQLAlchemy",
    "SQLite",
    "PostgreSQL",
    "MySQL",
    "Redis",
    "MongoDB",
    "numpy",
    "pandas",
    "asyncio",
    "requests",
    "httpx",
    "pydantic",
    "dataclass",
    "dataclasses",
    "Docker",
    "Kafka",
    "Celery",
]
_COUNTED = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_HARD = [
    "concurrent",
    "concurrency",
    "thread-safe",
    "threads",
    "parallel",
    "distributed",
    "real-time",
    "realtime",
    "transaction",
    "transactions",
    "consensus",
    "encryption",
    "encrypted",
    "cryptographic",
    "compiler",
    "parser",
    "scheduler",
    "optimizer",
    "streaming",
    "replication",
    "migration",
    "machine-learning",
    "fault-tolerant",
]
_PARTS = [
    "api",
    "endpoint",
    "endpoints",
    "rest",
    "database",
    "authentication",
    "authorization",
    "login",
    "server",
    "client",
    "queue",
    "cache",
    "websocket",
    "upload",
    "payment",
    "cli",
    "gui",
    "frontend",
    "backend",
    "async",
    "asynchronous",
    "crud",
]
_VERBS = (
    "write|create|build|implement|make|add|generate|review|test|refactor|format|check|analyze|"
    "analyse|explain|fix|document|validate|parse|convert|return|raise|handle|support|use|include|"
    "store|read|sort|log|print|store|save|send|measure|run|deploy|optimi[sz]e"
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_AND = re.compile(
    rf"\s*(?:,\s*(?:and\s+|then\s+)?|\s+and\s+(?:then\s+)?|\s+then\s+)(?=(?:{_VERBS})\b)", re.I
)


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

    add(
        "quoted",
        r"\"([^\"\n]{1,200})\"|“([^”\n]{1,200})”|`([^`\n]{1,200})`|(?<!\w)'([^'\n]{1,200})'(?!\w)",
    )
    add(
        "number",
        r"(?<![\w.])-?\d+(?:[.,]\d+)*(?:\s?%|\s?(?:ms|s|kB|KB|MB|GB|characters|columns|lines|seconds|minutes|items|bytes|digits)\b)?",
    )
    add("number", rf"\b({'|'.join(_COUNTED)})\s+\w+", re.IGNORECASE)
    add(
        "name",
        r"\b[A-Za-z]\w*\([^()\n]{0,80}\)|\b[a-z]+(?:_[a-z0-9]+)+\b|\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+\b|(?<!\w)/[a-z][\w/{}-]*|\b\w+\.(?:py|js|ts|json|csv|yaml|yml|txt|md|toml)\b",
    )
    add("name", r"\b(?:called|named)\s+(\w+)")
    add("format", rf"(?<!\w)(?:{_alternatives(_FORMATS)})(?!\w)", re.IGNORECASE)
    add("tool", rf"(?<!\w)(?:{_alternatives(_TOOLS)})(?!\w)", re.IGNORECASE)
    add("language", rf"(?<!\w)(?:{_alternatives(_LANGUAGES)})(?![\w+#])")
    return list(dict.fromkeys(constraint for _, constraint in sorted(found, key=lambda f: f[0])))


def clauses(request: str) -> list[str]:
    """The request in parts of which each says one thing, in its own words."""
    parts: list[str] = []
    for sentence in _SENTENCE.split(request.strip()):
        line = re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", sentence)
        pieces = [line] if _protected(line) else _AND.split(line)
        parts += [_tidy(piece) for piece in pieces]
    return list(dict.fromkeys(part for part in parts if re.search(r"\w{2}", part)))


def missing_from(constraints: Iterable[Constraint], texts: Sequence[str]) -> list[Constraint]:
    """The constraints that no text mentions."""
    together = "\n".join(texts).lower()
    return [each for each in constraints if each.text.lower() not in together]


def invents(text: str, sources: str) -> bool:
    """Whether `text` fixes a number, a quotation or a package that `sources` do not mention."""
    fixed = [
        c for c in find_constraints(text) if c.kind in ("number", "quoted", "tool", "language")
    ]
    return bool(missing_from(fixed, [sources]))


def estimate(request: str, constraints: Sequence[Constraint]) -> tuple[Complexity, str]:
    """How much work the request is, with the reason.

    One point for each part beyond the first, for each component it names (endpoint, database …),
    for every third constraint; two for each word of a hard matter (concurrency, parser …). Up to
    2 points are low, up to 5 medium.
    """
    words = set(re.findall(r"[a-z][a-z-]+", request.lower()))
    hard = sorted(words & set(_HARD))
    parts = sorted(words & set(_PARTS))
    count = len(clauses(request))
    points = count - 1 + len(parts) + 2 * len(hard) + len(constraints) // 3
    reasons = [
        f"{count} part{'s' if count != 1 else ''}",
        f"{len(constraints)} explicit constraints",
    ]
    if parts:
        reasons.append(f"components: {', '.join(parts)}")
    if hard:
        reasons.append(f"hard matters: {', '.join(hard)}")
    level: Complexity = "low" if points <= 2 else "medium" if points <= 5 else "high"
    return level, "; ".join(reasons)


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _protected(line: str) -> bool:
    """Whether dividing the line might cut through quoted text or code."""
    return any(mark in line for mark in '`"“(')


def _tidy(part: str) -> str:
    part = re.sub(
        r"^(?:please|can you|could you|i want(?: you)? to|i need(?: you)? to|and|then)\s+",
        "",
        part.strip(),
        flags=re.I,
    )
    part = part.strip(" ,;")
    part = part[:-1] if part.endswith(".") and not part.endswith("..") else part
    return part[:1].upper() + part[1:]
