"""What the words of a clause say about the thing it is about."""

import re

from mistral_agent.catalogue import Tool
from mistral_agent.intent.lead_ins import LEADING
from mistral_agent.intent.new_things import names_own
from mistral_agent.intent.vocabulary import LANGUAGES, STOP_WORDS, word_set
from mistral_agent.intent.words import CODE, groups_of, similarity, stem, stems, words

_GENERIC = word_set(
    "code function class method script program module snippet implementation something "
    "thing stuff python new good nice simple small little short app application tool project cool "
    "awesome great fun useful interesting utility software anything algorithm routine another"
)
_BACK = word_set("it this that these those them above previous earlier")
_KNOWN_WORDS = _BACK | word_set("the same my your its")
_LANGUAGES = frozenset(LANGUAGES) | {"go"}
_THOUGHTS = groups_of((stem("spec"), stem("idea")))
_POINTING = (
    STOP_WORDS
    | _BACK
    | (_GENERIC - LANGUAGES.keys())
    | word_set("according based exactly turn convert transform translate working")
)
_DESCRIBED = re.compile(
    r"\b(?:for|of|on|about)\s+(?P<thing>(?:an?|some|two|three)\s+\S.*)$", re.IGNORECASE | re.DOTALL
)
_SIGNATURE = re.compile(
    r"\b(?:for|of|on)\s+(?P<thing>(?:the\s+)?(?:(?:function|method|class)\s+)?`?[A-Za-z_]\w*"
    r"\([^()\n]*\)`?\s*,?\s*(?:that|which|returning|computing|to)\s+\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_MADE_FOR_IT = re.compile(
    r"^\W*(?:[\w',]+\s+){1,5}?(?P<thing>an?\s+(?:[\w+#-]+\s+){0,4}?(?P<head>[a-z]+)\s+"
    r"(?:that|which|to|for|of|with|\w+ing)\s+\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_KNOWN_THING = re.compile(
    r"\b(?:my|our|your|the|these|those|this|that)\s+(?!(?:first|next|last|end|result)\b)\w|@\S",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"\b(?:like|of|for|from|to|in|with|than|on|as)\s+"
    r"(?:it|this|these|those|them|(?:this|that|the) (?:code"
    r"|function|class|script|above))\b|^(?:it|this|that|these|them)\b",
    re.IGNORECASE,
)


def described_thing(clause: str) -> str | None:
    """The new thing that a clause describes: "tests for *a function that adds two numbers*"."""
    spoken = LEADING.sub("", clause)
    match = _DESCRIBED.search(spoken) or _SIGNATURE.search(spoken) or _object_described(clause)
    if match is None:
        return None
    thing = match["thing"].strip().rstrip(".?!")
    telling = [word for word in words(thing) if word not in STOP_WORDS and word not in _GENERIC]
    return thing if telling else None


def _object_described(clause: str) -> re.Match[str] | None:
    """Code that is new, as what is worked on: "test *a class that counts votes*"."""
    match = _MADE_FOR_IT.match(clause)
    if match is None or names_own(match):
        return None
    return match if groups_of((stem(match["head"].lower()),)) & CODE else None


def names_known_thing(clause: str) -> bool:
    """Whether a clause is about what is there already: "my function", "the code"."""
    return bool(_KNOWN_THING.search(clause))


def has_content(text: str, tool: Tool) -> bool:
    """Whether a description says anything beyond the tool's own name and "it"."""
    own = stems(tool.name)
    said = words(text)
    # "Something in Rust" leaves open what; "the same in Rust" does not.
    is_open = bool(_GENERIC.intersection(said)) and not _KNOWN_WORDS.intersection(said)
    for word in said:
        if word in STOP_WORDS or word in _GENERIC or word in _BACK:
            continue
        if is_open and word in _LANGUAGES:
            continue
        if not any(similarity(stem(word), each) == 1.0 for each in own):
            return True
    return False


def names_what_is_told(text: str) -> bool:
    """Whether a description only points at words that are there: "it in Go", "that spec"."""
    said = [word for word in words(text.lower()) if word not in _POINTING]
    return bool(said) and all(
        word in _LANGUAGES or groups_of((stem(word),)) & _THOUGHTS for word in said
    )


def has_thing(text: str) -> bool:
    """Whether a description names what is wanted, however vaguely: "a function"."""
    return any(word not in STOP_WORDS and word not in _BACK for word in words(text))


def points_back(text: str) -> bool:
    """Whether a description leans on something said or made before."""
    return bool(_POINTER.search(text))
