"""What a step can take its inputs from: the session's memory, the request, earlier steps.

How well a field fits a parameter (`fit`) is the best of

- 1.0  both hold source code,
- 0.9  the same name,
- 0.7  a shared word in the names ("formalized_description" serves "description"),
- 0.6  both are texts of any content, or source code meets such a text,
- 0.3  a shared word in the descriptions,

and 0 where the types exclude each other. From `FITS` on a field serves.

A field may be a *variant*: `test_code` is code, but not the code that was tested. The words of its
name that neither say "code" nor what its tool did make the variant; so `formatted_code` of
`format_code` is the code itself, newer, while `refactored_code` of `review_code` must be asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from mistral_agent.catalogue import Schema, Tool
from mistral_agent.intent.code import CodeBlock
from mistral_agent.intent.parameters import is_source, kind_of, may_serve
from mistral_agent.intent.vocabulary import LANGUAGES, word_set
from mistral_agent.intent.words import similarity, stem, stems, words
from mistral_agent.memory import USER, Artifact
from mistral_agent.planning.references import escape, reference

FITS = 0.6

_LANGUAGES = frozenset(LANGUAGES.values()) | word_set("go c r json yaml toml css tsx markdown")
_CONTENT_NAMES = word_set("code source content contents text data output result body")


@dataclass(frozen=True, slots=True)
class Available:
    """A value that an argument can be.

    Args:
        name: The name of the field that holds it.
        argument: What the argument is: a reference, or escaped literal text.
        said: Where it comes from, in words for a person.
        schema: The field's schema.
        root: The schema that local references in `schema` point into.
        variant: Stems that tell it from the plain thing.
        line: What it descends from: an older value of the same line is replaced by a newer one.
        step: The id of the step that makes it; None where it is there already.
        for_each: The array over whose items the step that takes it repeats.
        language: The programming language of source code, where it is known.
    """

    name: str
    argument: Any
    said: str
    schema: Schema
    root: Schema
    variant: frozenset[str]
    line: int
    step: str | None = None
    for_each: str | None = None
    language: str | None = None

    @property
    def is_source(self) -> bool:
        """Whether it is source code."""
        return is_source(self.name, self.schema, self.root)


def of_block(block: CodeBlock, line: int) -> Available:
    """Code that the user gave with the request."""
    schema = {"type": "string", "contentMediaType": "text/x-source"}
    code = Available("code", escape(block.text), block.label, schema, {}, frozenset(), line)
    return replace(code, language=_known_language(block.language))


def _known_language(info: str | None) -> str | None:
    """The language that a fence or a file's ending names; None where it is none that is known."""
    name = LANGUAGES.get(info or "", info or "")
    return name if name in _LANGUAGES else None


def of_artifact(artifact: Artifact, line: int) -> Available:
    """Something the session remembers."""
    return Available(
        artifact.name,
        escape(artifact.value),
        artifact.label if artifact.tool == USER else f"{artifact.label}, earlier",
        artifact.schema,
        {},
        variant_of(artifact.name, artifact.tool),
        line,
    )


def of_step(step: str, tool: Tool, line: int) -> tuple[Available, ...]:
    """The result fields of a planned step."""
    return tuple(
        Available(
            name,
            reference(step, name),
            f"{name} of {step}",
            schema if isinstance(schema, dict) else {},
            tool.output_schema or {},
            variant_of(name, tool.name),
            line,
            step,
        )
        for name, schema in tool.outputs.items()
    )


@lru_cache(maxsize=20_000)
def variant_of(name: str, tool: str) -> frozenset[str]:
    """The stems of a field's name that make it something else than the plain thing."""
    did = {stem(word) for word in words(tool)[:1]}
    return frozenset(each for each in stems(name) if each not in did and each not in _CONTENT_STEMS)


_CONTENT_STEMS = frozenset(stem(word) for word in _CONTENT_NAMES)


def fit(field: Available, tool: Tool, parameter: str) -> float:
    """How well a field serves a parameter, 0 to 1; the parts are those of this module's text."""
    schema = tool.parameters[parameter]
    if not may_serve(field.schema, field.root, schema, tool.input_schema):
        return 0.0
    kind = kind_of(tool, parameter)
    if kind == "source" and field.is_source:
        return 1.0
    if field.name.lower() == parameter.lower():
        return 0.9
    if set(stems(field.name)) & set(stems(parameter)):
        return 0.7
    texts = field.is_source or bool(_CONTENT_NAMES.intersection(words(field.name)))
    if kind in ("content", "source") and texts:
        return 0.6
    return 0.3 if _described(field.schema) & _described(schema) else 0.0


def newest(fields: Iterable[Available]) -> tuple[Available, ...]:
    """The newest of each line, in the order of the lines."""
    by_line = {field.line: field for field in fields}
    return tuple(by_line[line] for line in sorted(by_line))


def names_variant(variant: frozenset[str], said: Sequence[str]) -> bool:
    """Whether the words of a clause name this variant."""
    return any(
        similarity(each, word) > 0 or similarity(each, word, action=True) > 0
        for each in variant
        for word in said
    )


def _described(schema: object) -> set[str]:
    text = schema.get("description") if isinstance(schema, dict) else None
    return set(stems(text)) if isinstance(text, str) else set()
