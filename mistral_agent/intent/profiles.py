"""What is known of a tool for ranking: the words of its name, its texts and its results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from mistral_agent.catalogue import Schema, Tool
from mistral_agent.intent.parameters import kind_of, plain_schema, types_of
from mistral_agent.intent.vocabulary import STOP_WORDS
from mistral_agent.intent.wording import MAX_TEXT
from mistral_agent.intent.words import groups_of, known_words, stem, stems, words

T = TypeVar("T")

_SHORTEST_NAME = 4
_SHORTEST_SPELLED_NAME = 4
_EMPTY_RESULTS = frozenset(
    stem(word) for word in ("content", "text", "result", "name", "type", "language", "code", "time")
)
_FIELD_WEIGHTS = (("title", 1.0), ("description", 1.0), ("parameters", 0.6), ("outputs", 0.6))


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a tool.

    Args:
        tool: The tool itself.
        spelled: Its name in lower case, where it may be spelled in a sentence; else "".
        name: The stems of its name.
        deeds: Those of them that a verb may stand for: "unstaged" is a state.
        opening: The stem of the first word of its description.
        results: What its results have done to them: "refactored" of `refactored_code`.
        made: The stems of the results that are values or texts.
        states: Those of them that are one of few words, such as a `quality`.
        free_text: It takes a description in the user's words.
        changes: It may change something, as far as its server says.
        takes_source: It works on source code.
        settings: The names of its optional parameters that have several words.
        choices: The telling values of its closed choices.
        text: The stems of all its texts, and what a mention there counts.
        text_groups: The groups of words used alike that these belong to.
    """

    tool: Tool
    spelled: str
    name: tuple[str, ...]
    deeds: tuple[str, ...]
    opening: str
    results: tuple[str, ...]
    made: frozenset[str]
    states: frozenset[str]
    free_text: bool
    changes: bool
    takes_source: bool
    settings: tuple[str, ...]
    choices: frozenset[str]
    text: Mapping[str, float]
    text_groups: frozenset[int]


def profile_of(tool: Tool) -> Profile:
    """The profile of a tool, kept for the next request."""
    return _profile(Same(tool))


class Same(Generic[T]):
    """Something as a key by its identity, because the schemas in it cannot be hashed."""

    def __init__(self, value: T) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value


@lru_cache(maxsize=1024)
def _profile(same: Same[Tool]) -> Profile:
    tool = same.value
    description = tool.description[:MAX_TEXT]
    parts = {
        "title": tool.title,
        "description": description,
        "parameters": " ".join((*tool.parameters, *_described(tool.parameters.values()))),
        "outputs": " ".join((*tool.outputs, *_described(tool.outputs.values()))),
    }
    text: dict[str, float] = {}
    for field, weight in _FIELD_WEIGHTS:
        for word in set(stems(parts[field][:MAX_TEXT])):
            text[word] = max(text.get(word, 0.0), weight)
    opening = next(iter(stems(description)), "")
    name = tuple(dict.fromkeys(stems(tool.name))) or tuple(stem(w) for w in words(tool.name))
    states = {stem(word) for word in words(tool.name)[1:] if word.endswith("ed")}
    # Only what a tool makes: a flag or a count such as `verified` names no purpose of the tool.
    made = (name for name, schema in tool.outputs.items() if _is_text(schema, tool.output_schema))
    done = (word for name in made for word in words(name) if word.endswith("ed"))
    results = tuple(stem(word) for word in done)
    # A formatter that was used is no result: nouns of who does something are left out.
    told = (name for name, schema in tool.outputs.items() if _is_told(schema))
    things = (word for name in told for word in words(name) if not word.endswith(("er", "or")))
    structured = tool.output_schema is not None
    made_ = frozenset(stem(word) for word in things) if structured else frozenset()
    states_ = (name for name, schema in tool.outputs.items() if "enum" in schema)
    kinds = {kind_of(tool, parameter) for parameter in tool.parameters}
    spelled = tool.name.lower()
    is_word = len(spelled) < _SHORTEST_SPELLED_NAME or not {"_", "-"} & set(spelled)
    return Profile(
        tool,
        "" if is_word else spelled,
        name,
        tuple(each for each in name if each not in states),
        opening,
        results,
        frozenset(each for each in made_ if each not in _EMPTY_RESULTS),
        frozenset(stems(" ".join(states_))),
        "free_text" in kinds,
        not tool.read_only,
        "source" in kinds,
        tuple(
            " ".join(words(each))
            for each in tool.parameters
            if each not in tool.required and len(words(each)) > 1
        ),
        _choices(tool),
        text,
        groups_of(text),
    )


def _is_told(schema: object) -> bool:
    """Whether a result field is a value or a list of texts, rather than a structure."""
    if not isinstance(schema, Mapping):
        return False
    items = schema.get("items")
    return schema.get("type") in {"string", "number"} or (
        isinstance(items, Mapping) and items.get("type") == "string"
    )


def _is_text(schema: object, root: Schema | None) -> bool:
    return "string" in types_of(schema, root or {})


def _choices(tool: Tool) -> frozenset[str]:
    """The telling values of the tool's closed choices, such as "autopep8"."""
    found: set[str] = set()
    for schema in tool.parameters.values():
        values = plain_schema(schema, tool.input_schema).get("enum")
        for value in values if isinstance(values, list) else ():
            if isinstance(value, str) and len(value) >= _SHORTEST_NAME:
                found.add(value.lower())
    return frozenset(found - known_words() - STOP_WORDS)


def _described(schemas: Iterable[object]) -> Iterable[str]:
    for schema in schemas:
        if isinstance(schema, Mapping) and isinstance(schema.get("description"), str):
            yield schema["description"]
