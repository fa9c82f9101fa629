"""Words as they are compared: lower case, stemmed, with the groups of words used alike."""

import re
from collections.abc import Iterable
from functools import lru_cache
from string import ascii_lowercase
from typing import Any

from mistral_agent.intent.numbers import NUMBER_WORDS
from mistral_agent.intent.vocabulary import ACTIONS, STOP_WORDS, THINGS

SYNONYM = 0.75
"""How much a word counts that is not the same but used for it."""

_WORD = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_SLIPS = frozenset({"formal", "informal"})
_LONGEST_WORD = 40
_LONGEST_NAME = 60
_SHORTEST_TYPO = 4
_LONG_WORD = 6


def words(text: str) -> list[str]:
    """The words and numbers of `text`, in lower case; names like `lineLength` are taken apart."""
    return list(_words_of_name(text) if len(text) <= _LONGEST_NAME else _words(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text)))


_words_of_name = lru_cache(maxsize=20_000)(_words)


def stems(text: str) -> list[str]:
    """The stems of the words of `text` that carry meaning."""
    return [stem(word) for word in telling_words(text)]


def telling_words(text: str) -> list[str]:
    """The words of `text` that carry meaning, as they stand there."""
    return [word for word in words(text) if word not in STOP_WORDS]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem of an English word (Porter 2, https://snowballstem.org/algorithms/english)."""
    if len(word) > _LONGEST_WORD or not word.isascii():
        return word
    return str(_stemmer().stemWord(word))


def is_action(word: str) -> bool:
    """Whether `word` is the base form of something one asks for, as "write" is."""
    return word in _base_forms()


def same_use(word: str, other: str) -> bool:
    """Whether two actions are asked for with words that are used alike."""
    return similarity(stem(word), stem(other), action=True) > 0


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """The words whose groups are known; what is near one of them may be a slip of it."""
    return _base_forms() | {word for group in THINGS for word in group.split()}


@lru_cache(maxsize=100_000)
def similarity(left: str, right: str, *, action: bool = False) -> float:
    """How much one stem stands for another: 1 for the same, less for a synonym, else 0.

    Args:
        left: A stem.
        right: A stem.
        action: The words are what is to be done, rather than what it is done to.
    """
    if left == right:
        return 1.0
    groups = _groups(action)
    mine, theirs = groups.get(left), groups.get(right)
    return SYNONYM if mine and theirs and mine & theirs else 0.0


def groups_of(words_: Iterable[str]) -> frozenset[int]:
    """The groups of things that these stems belong to."""
    groups = _groups(False)
    return frozenset().union(*(groups.get(word, frozenset()) for word in words_))


@lru_cache(maxsize=20_000)
def corrected(word: str, known: frozenset[str]) -> str:
    """The known word that `word` is a slip of, one letter left out, doubled or swapped; else it.

    A replaced letter is taken for a slip only inside a long word: "texts" and "rest" are words of
    their own. So are the plural and the third person of a known word.
    """
    if not _SHORTEST_TYPO <= len(word) <= _LONGEST_WORD or word in known or not word.isalpha():
        return word
    if word in STOP_WORDS or word in NUMBER_WORDS or word in _NO_SLIPS:
        return word
    if word.endswith("s") and (word[:-1] in known or word[:-2] in known):
        return word
    longer = {f"{word}r", f"{word}er"}  # "nice" is no slip of "nicer"
    return next((near for near in _slips(word) if near in known and near not in longer), word)


def slips_of_order(word: str) -> list[str]:
    """What becomes of a word where two letters are swapped, or one is left out or put in."""
    cuts = range(1, len(word))
    swaps = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in cuts if i + 1 < len(word)]
    shorter = [word[:i] + word[i + 1 :] for i in range(1, len(word)) if len(word) > _SHORTEST_TYPO]
    longer = [word[:i] + c + word[i:] for i in (*cuts, len(word)) for c in ascii_lowercase]
    return [*swaps, *shorter, *longer]


def _slips(word: str) -> list[str]:
    cuts = range(1, len(word)) if len(word) >= _LONG_WORD else ()
    replaced = (word[:i] + c + word[i + 1 :] for i in cuts for c in ascii_lowercase)
    return [*slips_of_order(word), *replaced]


@lru_cache(maxsize=1)
def _base_forms() -> frozenset[str]:
    return frozenset(word for group in ACTIONS for word in group.split())


@lru_cache(maxsize=2)
def _groups(action: bool) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(ACTIONS if action else THINGS):
        for word in group.split():
            found.setdefault(stem(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    from snowballstemmer.english_stemmer import EnglishStemmer

    return EnglishStemmer()


CODE = groups_of(("code",))
"""The group of things that are code."""
