"""The languages that can be formatted, each with its formatters and how its meaning is compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from mcp_server.analysis.formatters import contents, markdown, native, shell, sql
from mcp_server.analysis.formatters.base import PASSES, Comparison, Formatted, changed_lines
from mcp_server.analysis.formatters.python import FORMATTERS, format_python
from mcp_server.analysis.formatters.trees import same_tree
from mcp_server.analysis.guard import SourceError, clean_source
from mcp_server.analysis.languages import language_name

Format = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Language:
    """How a language is formatted.

    Args:
        compare: Compares the source before and after.
        formatters: Each by its name, source and line length in, source out; the first is used
            where none is named.
    """

    compare: Callable[[str, str], Comparison]
    formatters: Mapping[str, Format]


def _tree(name: str, formatter: str, function: Format) -> Language:
    return Language(partial(same_tree, name), {formatter: function})


LANGUAGES: Mapping[str, Language] = {
    "bash": Language(shell.same_script, {"shfmt": shell.shfmt}),
    "c": _tree("c", "clang-format", partial(native.clang_format, "c")),
    "cpp": _tree("cpp", "clang-format", partial(native.clang_format, "cpp")),
    "csharp": _tree("csharp", "clang-format", partial(native.clang_format, "cs")),
    "css": _tree("css", "oxfmt", partial(native.oxfmt, "css")),
    "go": _tree("go", "gofmt", native.gofmt),
    "java": _tree("java", "clang-format", partial(native.clang_format, "java")),
    "javascript": _tree("javascript", "oxfmt", partial(native.oxfmt, "jsx")),
    "json": Language(contents.same_json, {"oxfmt": partial(native.oxfmt, "json")}),
    "markdown": Language(
        markdown.same_markdown,
        {"mdformat": markdown.mdformat, "oxfmt": partial(native.oxfmt, "md")},
    ),
    "sql": Language(sql.same_tokens, {"sqlfluff": sql.sqlfluff}),
    "toml": Language(contents.same_toml, {"oxfmt": partial(native.oxfmt, "toml")}),
    "tsx": _tree("tsx", "oxfmt", partial(native.oxfmt, "tsx")),
    "typescript": _tree("typescript", "oxfmt", partial(native.oxfmt, "ts")),
    "yaml": Language(contents.same_yaml, {"oxfmt": partial(native.oxfmt, "yaml")}),
}
"""The languages but Python, whose formatters are `FORMATTERS`."""


def names_of_formatters(language: str) -> tuple[str, ...]:
    """The formatters of a language, its first one first."""
    return tuple(FORMATTERS if language == "python" else LANGUAGES[language].formatters)


def format_source(code: str, language: str, formatter: str | None, line_length: int) -> Formatted:
    """Format source.

    Args:
        code: The source.
        language: Its language, by any name that `language_name` knows.
        formatter: Which one of the language's; None for its first.
        line_length: Longest line, in characters, where the formatter has one.

    Raises:
        SourceError: The language has no formatter, or not this one; or the source is not valid,
            or the formatter refuses it.
        MissingFormatterError: The formatter is not installed.
    """
    name = language_name(language)
    if name != "python" and name not in LANGUAGES:
        known = ", ".join(["python", *LANGUAGES])
        raise SourceError(
            f"no formatter for the language {language!r}; there are those of: {known}"
        )
    names = names_of_formatters(name)
    chosen = formatter or names[0]
    if chosen not in names:
        raise SourceError(
            f"{chosen} does not format {name}; leave the formatter out, or use: {', '.join(names)}"
        )
    if name == "python":
        return format_python(code, chosen, line_length)
    return _formatted(clean_source(code), code, name, chosen, line_length)


def _formatted(
    original: str, code: str, language: str, formatter: str, line_length: int
) -> Formatted:
    known = LANGUAGES[language]
    function = known.formatters[formatter]
    formatted, previous = original, ""
    for _ in range(PASSES):
        previous, formatted = formatted, function(formatted, line_length)
        if formatted == previous:
            break
    stable = formatted == previous or function(formatted, line_length) == formatted
    comparison = known.compare(original, formatted)
    return Formatted(
        formatted, changed_lines(code, formatted), comparison, stable, language, formatter
    )
