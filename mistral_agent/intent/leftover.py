"""The word of a clause that nothing else accounts for: the value of a name that must be given."""

import re
from collections.abc import Sequence
from functools import lru_cache

from mistral_agent.catalogue import Schema, Tool
from mistral_agent.intent.lead_ins import LEADING
from mistral_agent.intent.literals import Literals
from mistral_agent.intent.numbers import NUMBER_WORDS
from mistral_agent.intent.vocabulary import POINTERS, STOP_WORDS, TAIL_OPENERS, word_set
from mistral_agent.intent.wording import base_form, is_question
from mistral_agent.intent.words import is_action, known_words, stem, stems, words

_TOKEN = re.compile(r"(?<![\w/])[A-Za-z0-9_][\w.~^@/-]*(?<=[\w^])")
_VALUE_IN_TEXT = re.compile(r"(?<!\w)['\"`](?P<value>[A-Za-z][\w-]{0,40})['\"`]")
_LEAST_VALUES = 2
_WHICH_ONE = word_set(
    "first last latest newest oldest recent previous current new old most least more less local"
    " contain contains include includes hold holds back yesterday everything anything"
)


def leftover(clause: Literals, tool: Tool) -> str | None:
    """The one word that is neither English of requests, nor a literal, nor the tool's own.

    In "switch /repo to the branch develop" that is "develop". None where there are more: then
    nothing tells which one is meant.
    """
    spoken = LEADING.sub("", clause.searched)
    for literal in (*clause.paths, *clause.urls, *clause.quoted):
        spoken = spoken.replace(literal, " ")
    own = {*stems(tool.name), *stems(tool.title), *stems(tool.description), *_parameters(tool)}
    left = [each for each in _TOKEN.findall(spoken) if not _is_accounted_for(each, own)]
    if is_question(clause.searched):
        left = [each for each in left if not (each.isalpha() and each.islower())]
    if not left:
        # "The branch develop": what is a verb elsewhere can be a name.
        later = _TOKEN.findall(spoken)[1:]
        left = [each for each in later if is_action(each) and stem(each) not in own]
    return left[0] if len(left) == 1 else None


@lru_cache(maxsize=1)
def _known_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in known_words())


def values_named(schema: Schema) -> Sequence[str]:
    """The values that a description lists in quotation marks, where it lists several."""
    text = schema.get("description")
    found = _VALUE_IN_TEXT.findall(text) if isinstance(text, str) else []
    return found if len(found) >= _LEAST_VALUES else ()


def _parameters(tool: Tool) -> list[str]:
    return [each for name in tool.parameters for each in stems(name)]


def _is_accounted_for(token: str, own: set[str]) -> bool:
    if not token.isalpha():
        return token.replace(".", "").isdecimal()
    word = token.lower()
    is_name = token != word and not token.istitle()
    return not is_name and (
        word in STOP_WORDS
        or word in POINTERS
        or word in TAIL_OPENERS
        or stem(word) in own
        or word in _WHICH_ONE
        or word in NUMBER_WORDS
        or is_action(base_form(word))
        or stem(word) in _known_stems()
        or not words(word)
    )
