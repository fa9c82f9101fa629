"""How complex source of other languages than Python is, as lizard counts it from tokens.

- Cyclomatic complexity: McCabe, "A Complexity Measure", IEEE TSE 2(4), 1976; lizard adds one for
  each condition word and operator of the language (`if`, `for`, `case`, `&&`, `?` …).
- NLOC: lines of code without blanks and comments. Tokens: all but white space and comments.
- Functions and their parameters: as lizard's reader of the language finds them.

lizard parses nothing: it takes anything for source, also with syntax errors. Cognitive complexity,
Halstead's measures and the maintainability index it does not have.
"""

import io
from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import cache
from typing import Any

from mcp_server.analysis.guard import SourceError, clean_source
from mcp_server.analysis.languages import language_name
from mcp_server.analysis.metrics import FunctionMetrics
from mcp_server.analysis.syntax import read_syntax


@dataclass(frozen=True, slots=True)
class TokenMetrics:
    """What lizard counts.

    Args:
        functions: In the order in which they end.
        nloc: Lines of code without blanks and comments.
        tokens: All tokens, comments left out.
        total: Physical lines.
        blank: Those with white space alone.
        notes: What was not checked or found, in sentences.
    """

    functions: tuple[FunctionMetrics, ...]
    nloc: int
    tokens: int
    total: int
    blank: int
    notes: tuple[str, ...]

    @property
    def rows(self) -> tuple[FunctionMetrics, ...]:
        """All functions; what stands outside of them is not measured."""
        return self.functions

    @property
    def maintainability_index(self) -> None:
        """There is none."""
        return None


def measure_tokens(code: str, language: str) -> TokenMetrics:
    """Measure source of one of the languages that lizard reads.

    Raises:
        SourceError: lizard does not read the language, or the source is nested too deeply for it.
    """
    ending = _endings().get(language)
    if ending is None:
        known = ", ".join(sorted({"python", *_endings()}))
        raise SourceError(f"the language {language!r} cannot be measured; there are: {known}")
    code = clean_source(code)
    found = _analyzed(f"source.{ending}", code)
    functions = tuple(_function(each) for each in found.function_list)
    lines = code.splitlines()
    return TokenMetrics(
        functions=functions,
        nloc=found.nloc,
        tokens=found.token_count,
        total=len(lines),
        blank=sum(not line.strip() for line in lines),
        notes=tuple(_notes(code, language, functions)),
    )


def _analyzed(name: str, code: str) -> Any:
    import lizard

    # It swallows a RecursionError, says so on standard error and gives what it has so far.
    with redirect_stderr(io.StringIO()) as said:
        found = lizard.analyze_file.analyze_source_code(name, code)
    if said.getvalue():
        raise SourceError("nested too deeply to be measured; split it up")
    return found


def _function(found: Any) -> FunctionMetrics:
    return FunctionMetrics(
        name=found.name,
        line=found.start_line,
        end_line=found.end_line,
        cyclomatic=found.cyclomatic_complexity,
        cognitive=None,
        parameters=found.parameter_count,
        nloc=found.nloc,
        tokens=found.token_count,
    )


def _notes(code: str, language: str, functions: tuple[FunctionMetrics, ...]) -> list[str]:
    notes = ["Only functions were measured: what stands outside of them was not."]
    syntax = read_syntax(code, language)
    if not syntax.read:
        notes.append(f"The syntax was not checked, so the numbers hold for valid {language} only.")
    elif syntax.problem:
        notes.append(f"This is not valid {language}, so the numbers may be wrong: {syntax.problem}")
    if not functions:
        notes.append(
            f"No function of {language} was found, so nothing can be said about its complexity; "
            "if there are functions, give the language that it is in."
        )
    return notes


@cache
def _endings() -> Mapping[str, str]:
    """The file ending for which lizard takes its reader of each language."""
    from lizard_languages import languages

    found: dict[str, str] = {}
    for reader in languages():
        for name in (*reader.language_names, *reader.ext):
            ending = name if name in reader.ext else reader.ext[0]
            found.setdefault(language_name(name), ending)
    return {name: ending for name, ending in found.items() if name != "python"}
