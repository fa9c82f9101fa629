"""A request taken apart into clauses, each with one goal."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mistral_agent.intent.literals import MAX_PROSE
from mistral_agent.intent.ranking import LEADING, Ranked, ToolIndex
from mistral_agent.intent.vocabulary import POINTERS, STOP_WORDS, word_set
from mistral_agent.intent.words import corrected, is_action, known_words, words

ACCEPT = 0.35
"""The least score with which a tool is taken for what a clause asks."""
CLEAR_PART = 0.5
"""The least score of a part joined by a bare "and" inside a description."""
MAX_CLAUSES = 40
MAX_PIECES = 60
"""Parts of one sentence that are looked at; the rest stays together."""

_MAX_NEGATED = 4


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a request.

    Args:
        text: Its words, with the sentences that only add to it.
        ranked: The tools that fit, best first.
        negated: It says what is not to be done.
    """

    text: str
    ranked: tuple[Ranked, ...] = ()
    negated: bool = False

    @property
    def has_goal(self) -> bool:
        """Whether some tool fits."""
        return bool(self.ranked) and self.ranked[0].score >= ACCEPT


_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|;\s*")
_JOINER = re.compile(
    r"(?P<joiner>\s*,?\s*\b(?:and\s+then|and\s+finally|and\s+also|but\s+first|but|and|then"
    r"|afterwards|finally|as\s+well\s+as|plus|before|after|once|without|except)\b\s*|\s*,\s*|\s+[-\u2013\u2014]\s+)",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"^(?:please\s+)?"
    r"(?:do not|don't|dont|no need (?:for|to)|not|no|without|skip|except|never)\b"
    r"\s*(?:the|any|a)?\s*",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\b(?:first(?:ly)?|to begin with|at first)\b", re.IGNORECASE)
_EMBEDDED = re.compile(
    r"\b(?:to|that|which|who|can|should|must|will|could|would|whether|if|when)\s+(?:\w+\s+)*\w",
    re.IGNORECASE,
)
_DETERMINERS = word_set("a an the some my its their more few several new")
_CLOSERS = word_set("for of in on with to using by that which as at from")
_SETTING_WORDS = word_set("use using make ensure keep handle include it the this that")
# "add(1, 2) == 3" says what is expected of add; it does not ask to add anything.
_EXAMPLE = re.compile(
    r"\s*(?:(?:for example|e\.g\.|such as|so that)\s+)?[A-Za-z_][\w.]*\(", re.IGNORECASE
)
_STRONG = frozenset(["then", "finally", "afterwards"])


def split_clauses(prose: str, index: ToolIndex) -> tuple[Clause, ...]:
    """Take the prose of a request apart, in the order in which things are to be done.

    A part starts a clause of its own where it starts as a request does and some tool fits it;
    otherwise it belongs to the clause before it.
    """
    clauses: list[Clause] = []
    for sentence in _SENTENCE.split(_BULLET.sub("", prose[:MAX_PROSE])):
        text = sentence.strip()
        if text and len(clauses) < MAX_CLAUSES:
            _add_sentence(_Sentence(text, index).clauses(), clauses)
    return tuple(clauses)


def _add_sentence(found: list[Clause], clauses: list[Clause]) -> None:
    head = found[0]
    if clauses and not head.negated and not head.has_goal and len(found) == 1:
        if _adds_to(head.text):
            clauses[-1] = replace(clauses[-1], text=f"{clauses[-1].text} {head.text}")
            return
    elif clauses and (
        _EXAMPLE.match(head.text) or (_is_setting(head.text) and _belongs(head, clauses[-1]))
    ):
        clauses[-1] = replace(clauses[-1], text=f"{clauses[-1].text} {head.text}")
        found = found[1:]
    clauses.extend(found)


def _belongs(head: Clause, before: Clause) -> bool:
    """Whether a setting goes with the clause before, rather than asking for a tool of its own."""
    if head.negated or not before.has_goal:
        return False
    best = head.ranked[0] if head.ranked else None
    return best is None or best.score < CLEAR_PART or best.tool == before.ranked[0].tool


def _adds_to(text: str) -> bool:
    return not text.rstrip().endswith("?")


def _is_setting(text: str) -> bool:
    """Whether a sentence says how rather than what: "Use unittest", "It should handle zero"."""
    first = next(iter(words(LEADING.sub("", text))), "")
    return first in _SETTING_WORDS and not text.rstrip().endswith("?")


class _Sentence:
    def __init__(self, text: str, index: ToolIndex) -> None:
        self._text = text
        self._index = index
        self._known = known_words()

    def clauses(self) -> list[Clause]:
        """The clauses of the sentence, in the order in which they are to be done."""
        parts: list[tuple[str, Clause]] = []
        for joiner, text in self._pieces():
            negated = self._negated(joiner, text)
            if negated is not None:
                parts.append(("", negated))
            elif (
                parts and not parts[-1][1].negated and not self._starts(parts[-1][1], joiner, text)
            ):
                before, clause = parts[-1]
                parts[-1] = (before, self._clause(clause.text + joiner + text))
            else:
                parts.append((joiner.strip(" ,").lower(), self._clause(text)))
        return _in_order(self._with_shared_objects(parts))

    def _pieces(self) -> list[tuple[str, str]]:
        """The parts between joiners, each with the joiner before it."""
        found = _JOINER.split(self._text, MAX_PIECES)
        pieces = [("", found[0]), *zip(found[1::2], found[2::2], strict=True)]
        merged: list[tuple[str, str]] = []
        carried = ""
        for joiner, text in pieces:
            if text.strip():
                merged.append((carried + joiner, text))
                carried = ""
            else:
                carried += joiner + text
        return merged or [("", self._text)]

    def _clause(self, text: str) -> Clause:
        return Clause(text.strip(), self._index.rank(text))

    def _negated(self, joiner: str, text: str) -> Clause | None:
        word = joiner.strip(" ,").lower()
        inside = (
            "without " + text if word == "without" else "no " + text if word == "except" else text
        )
        if not _NEGATION.match(inside.strip()):
            return None
        what = _NEGATION.sub("", inside.strip())
        ranked = self._index.rank(_imperative(what))
        meaning = [each for each in words(what) if each not in STOP_WORDS]
        if not ranked or not meaning or len(meaning) > _MAX_NEGATED:
            return None
        tool = ranked[0].tool
        if ranked[0].score < ACCEPT or not self._index.matches_name(tool, _imperative(what)):
            return None
        return Clause(what, ranked[:1], negated=True)

    def _starts(self, current: Clause, joiner: str, text: str) -> bool:
        """Whether `text` starts a clause of its own rather than going on with `current`."""
        spoken = LEADING.sub("", text).strip()
        wording = words(spoken)
        if not wording or _EXAMPLE.match(text):
            return False
        clause = self._clause(_imperative(spoken))
        word = joiner.strip(" ,").lower()
        if word in {"before", "after", "once", "without", "except"} and not clause.has_goal:
            return False
        first = corrected(wording[0], self._known)
        if not clause.has_goal:
            return False
        if is_action(_base(first)) and (
            first == _base(first) or word in {"before", "after", "once"}
        ):
            plain = not set(words(joiner)) & _STRONG and "but" not in words(joiner)
            if plain and _EMBEDDED.search(current.text) and not POINTERS & set(wording[1:3]):
                return clause.ranked[0].score >= CLEAR_PART and self._is_named(clause, wording[1:])
            return True
        return self._is_thing(clause, current, wording)

    def _is_thing(self, clause: Clause, current: Clause, wording: Sequence[str]) -> bool:
        """Whether a part without a verb names what another tool makes: "tests for it"."""
        position = 0
        while position < len(wording) and wording[position] in _DETERMINERS:
            position += 1
        tool = clause.ranked[0].tool
        if current.ranked and current.ranked[0].tool == tool:
            return False
        head = 0
        for head in range(position, min(position + 3, len(wording))):
            if self._index.matches_name(tool, wording[head]):
                break
        else:
            return False
        after = wording[head + 1 : head + 2]
        return not after or after[0] in _CLOSERS or self._index.matches_name(tool, after[0])

    def _is_named(self, clause: Clause, rest: Sequence[str]) -> bool:
        """Whether what follows the verb is of the kind the tool takes, as in "format the code"."""
        named = {word for word in rest if word not in STOP_WORDS}
        tool = clause.ranked[0].tool
        return any(self._index.in_name(tool, word) for word in named)

    def _with_shared_objects(self, parts: list[tuple[str, Clause]]) -> list[tuple[str, Clause]]:
        """Give a clause that is a lone verb the object of the next one ("write and test a …")."""
        for number in range(len(parts) - 2, -1, -1):
            joiner, clause = parts[number]
            following = parts[number + 1][1]
            spoken = words(LEADING.sub("", clause.text))
            if len(spoken) == 1 and is_action(spoken[0]) and not following.negated:
                rest = LEADING.sub("", following.text).split(maxsplit=1)[1:]
                parts[number] = (joiner, self._clause(" ".join([clause.text, *rest])))
        return parts


def _imperative(text: str) -> str:
    """The clause with a leading gerund or third person made a base form: "reviewing it"."""
    match = re.match(r"\s*(?:you(?:'ve| have)?\s+)?(\w+)", text)
    if match is None:
        return text
    return _base(match[1].lower()) + text[match.end() :]


def _base(word: str) -> str:
    for ending in ("ing", "ed"):
        if word.endswith(ending) and not is_action(word):
            root = word.removesuffix(ending)
            undoubled = root[:-1] if root[-1:] == root[-2:-1] else root
            return next((each for each in (root, root + "e", undoubled) if is_action(each)), word)
    return word


def _in_order(parts: list[tuple[str, Clause]]) -> list[Clause]:
    """Put the clauses of one sentence in the order that its words of time ask for."""
    clauses: list[Clause] = []
    early = 0
    for number, (joiner, clause) in enumerate(parts):
        says_first = number > 0 and (joiner.endswith("first") or _FIRST.search(clause.text))
        if says_first:
            clauses.insert(early, clause)
            early += 1
        elif joiner in {"after", "once"} and number == 1 and clauses:
            clauses.insert(len(clauses) - 1, clause)
        elif number == 1 and parts[0][0] == "before":
            clauses.insert(0, clause)
        else:
            clauses.append(clause)
    return clauses
