"""One name for each programming language, whatever people call it."""

from collections.abc import Mapping

ALIASES: Mapping[str, str] = {
    "c++": "cpp", "cc": "cpp", "cxx": "cpp", "hpp": "cpp",
    "c#": "csharp", "cs": "csharp",
    "ecmascript": "javascript", "js": "javascript", "jsx": "javascript", "mjs": "javascript",
    "golang": "go",
    "jsonc": "json",
    "kt": "kotlin",
    "md": "markdown",
    "mysql": "sql", "postgres": "sql", "postgresql": "sql", "sqlite": "sql",
    "objc": "objectivec", "objective-c": "objectivec",
    "pl": "perl",
    "py": "python", "python3": "python",
    "rb": "ruby",
    "rs": "rust",
    "sh": "bash", "shell": "bash",
    "ts": "typescript",
    "yml": "yaml",
}  # fmt: skip
"""Other names and endings of files, in lower case."""


def language_name(name: str) -> str:
    """The language's one name, in lower case; a name that is not known stays as it is."""
    lowered = name.strip().lower().removeprefix(".")
    return ALIASES.get(lowered, lowered)
