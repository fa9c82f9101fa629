"""A request taken apart into clauses, each with one goal."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mistral_agent.intent.literals import MAX_PROSE
from mistral_agent.intent.ranking import Ranked, ToolIndex
from mistral_agent.intent.small_words import in_full
from mistral_agent.intent.vocabulary import POINTERS, STOP_WORDS, word_set
from mistral_agent.intent.wording import LEADING, base_form, is_polite
from mistral_agent.intent.words import corrected, is_action, known_words, same_use, words

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


_BULLET = re.compile(
    r"^[^\S\n]*(?:[-*•]|\(?\d{1,2}[.)]|step\s+\d{1,2}\s*[:.)-])\s+", re.MULTILINE | re.IGNORECASE
)
_NUMBERED = re.compile(
    r"(?<!\s)\s+(?=(?:\(?[2-9][.)]|step\s+\d{1,2}\s*[:.)-])\s+[a-z])", re.IGNORECASE
)
_BEFORE_THAT = re.compile(r"^\W*before (?:that|this|doing (?:that|so|it))\W+", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|;\s*")
_DONE_BEFORE = (
    r"(?:after|once|as\s+soon\s+as|when(?=\s+(?:you(?:'ve|\s+have|\s+are)|that\s+is"
    r"|it(?:'s|\s+is)\s+(?:done|\w+ed))\b))"
)
# Blanks are read from the start of their run alone: tried from each one, a long run takes minutes.
_JOINER = re.compile(
    r"(?P<joiner>(?:(?<!\s)\s*(?:,\s*)?)?\b(?:and\s+then|and\s+finally|and\s+also|(?:but|and)\s+before\s+(?:that|this)"
    r"|(?:but|and)\s+first|followed\s+by|but|and|then|afterwards|finally|as\s+well\s+as"
    r"|along\s+with|together\s+with|including|(?<!bother )with|plus|before|prior\s+to"
    rf"|{_DONE_BEFORE}|without|except|rather\s+than|instead\s+of)\b\s*"
    r"|(?:(?<!\s)\s+)?,\s*|(?<!\s)\s+\+\s+(?=[A-Za-z])|(?<!\s)\s+[-\u2013\u2014]\s+)",
    re.IGNORECASE,
)
_NO = (
    r"do not|don't|dont|no need (?:for|to)|not|no|without|skip|except|never(?: mind)?|leave out"
    r"|leave off|omit|forget(?: about)?|ignore|exclude|spare me|rather than|instead of|nor|neither"
    r"|(?:you|we|i) (?:do not|don't|dont|need not|needn't|won't|will not)"
)
_NEGATION = re.compile(
    rf"^(?:please\s+|just\s+|or\s+)*(?:{_NO})\b"
    r"(?:\s+(?:need|want|require|bother|have|care)(?:\s+(?:to|with|about|for))?\b)?"
    r"\s*(?:the|any|a|an)?\s*",
    re.IGNORECASE,
)
_NOT_NEEDED = re.compile(
    r"(?<!\s)\s+(?:(?:is|are)\s+not|(?:is|are)n't|not|un(?=necessary))\s*"
    r"(?:needed|necessary|required|wanted|to be (?:done|written|run))\W*$",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"(?<!\s)\s+(?:needed|necessary|required|wanted|please|at all|yet|now)\W*$", re.IGNORECASE
)
_NO_WORD = re.compile(r"\s*(?:just|only|but|instead)\b", re.IGNORECASE)
_FIRST = re.compile(r"\b(?:first(?:ly)?|to begin with|at first)\b", re.IGNORECASE)
_FIRST_AFTER_ALL = re.compile(r"^\W*(?:but|before that)\b.*|.*\bfirst\W*$", re.IGNORECASE)
_QUOTATION = re.compile(r"\"[^\"\n]*\"|(?<!\w)'[^'\n]*'(?!\w)")
_THAT_LATER = re.compile(r"\b(?:before(?: (?:that|this|it))?|beforehand)\W*$", re.IGNORECASE)
_LAST = re.compile(
    r"^\W*(?:finally|lastly|at last|in the end)\b|\b(?:last|at the (?:very )?end)\W*$", re.I
)
_EMBEDDED = re.compile(
    r"\b(?:to|that|which|who|can|should|must|will|could|would|whether|if|when)\s+(?:\w+\s+)*\w",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^\s*(?:(?:you|it|that|this|they|we|i)(?:'ve|'re|'s| have| has| are| is)?\s+)?"
    r"(?:(?:been|the (?:code|function|class|script|tests?) (?:is|has been|are))\s+)?",
    re.IGNORECASE,
)
_DETERMINERS = word_set("a an the some my its their more few several new unit your those these")
_DEFINITE = word_set("the its their those these your my both it them")
_CLOSERS = word_set("for of in on with to using by that which as at from please too first last")
_SETTING_WORDS = word_set("use using ensure keep handle include it the this that")
# "add(1, 2) == 3" says what is expected of add; it does not ask to add anything.
_EXAMPLE = re.compile(
    r"\s*(?:(?:for example|e\.g\.|such as|so that)\s+)?[A-Za-z_][\w.]*\(", re.IGNORECASE
)
_STRONG = frozenset(["then", "finally", "afterwards"])
_EARLIER = frozenset(["before", "prior to", "after", "once", "as soon as", "when"])
_NOUNS_ONLY = frozenset(["with", "including", "along with", "together with", "followed by"])
_MADE_ALONG = frozenset(["with", "including"])
_NOT_THESE = frozenset(["without", "except", "rather than", "instead of"])


def split_clauses(prose: str, index: ToolIndex) -> tuple[Clause, ...]:
    """Take the prose of a request apart, in the order in which things are to be done.

    A part starts a clause of its own where it starts as a request does and some tool fits it;
    otherwise it belongs to the clause before it.
    """
    clauses: list[Clause] = []
    text = in_full(prose[:MAX_PROSE])
    for sentence in _SENTENCE.split(_BULLET.sub("", _NUMBERED.sub("\n", text))):
        said = sentence.strip()
        if said and len(clauses) < MAX_CLAUSES:
            plain = _BEFORE_THAT.sub("", said)
            found = _Sentence(plain, index).clauses()
            _add_sentence(found, clauses, before_that=plain != said)
    last = [each for each in clauses if _LAST.search(each.text) and each.has_goal]
    return (*(each for each in clauses if each not in last), *last)


def _add_sentence(found: list[Clause], clauses: list[Clause], *, before_that: bool) -> None:
    head = found[0]
    if clauses and before_that:
        clauses[-1:-1] = found
        return
    if clauses and not head.negated and not head.has_goal and len(found) == 1:
        if _adds_to(head.text) and not clauses[-1].negated:
            clauses[-1] = replace(clauses[-1], text=f"{clauses[-1].text} {head.text}")
            return
    elif clauses and (
        _EXAMPLE.match(head.text) or (_is_setting(head.text) and _belongs(head, clauses[-1]))
    ):
        clauses[-1] = replace(clauses[-1], text=f"{clauses[-1].text} {head.text}")
        found = found[1:]
    elif clauses and len(found) == 1 and head.has_goal and _is_first_after_all(head.text):
        clauses[:0] = found
        return
    clauses.extend(found)


def _is_first_after_all(text: str) -> bool:
    """Whether a later sentence asks for what is to be done before: "But format it first."."""
    return bool(_FIRST.search(text) and _FIRST_AFTER_ALL.match(text))


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
            negated = self._negated(joiner, text, parts[-1][1] if parts else None)
            if negated:
                parts += (("", each) for each in negated)
                continue
            started = self._started(parts[-1][1] if parts else None, joiner, text)
            if started is None:
                before, clause = parts[-1]
                parts[-1] = (before, self._clause(clause.text + joiner + text))
            else:
                parts.append((_word_of(joiner), started))
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

    def _negated(self, joiner: str, text: str, before: Clause | None) -> list[Clause]:
        """What a part says no to: "without tests", "tests are not needed", "or a review"."""
        word = _word_of(joiner)
        inside = text.strip()
        unneeded = _NOT_NEEDED.search(inside)
        if not _NEGATION.match(inside):
            if unneeded:
                inside = inside[: unneeded.start()]
            elif not (
                word in _NOT_THESE or (before and before.negated and self._goes_on(word, text))
            ):
                return []
            inside = f"no {inside}"
        what = _NEEDED.sub("", _NEGATION.sub("", inside))
        found = [self._excluded(each) for each in re.split(r"\s+(?:or|nor)\s+", what)]
        return [each for each in found if each] if all(found) else []

    def _goes_on(self, joiner: str, text: str) -> bool:
        """Whether a part goes on with what is not wanted: "no tests or review"."""
        spoken = LEADING.sub("", text).strip()
        first = next(iter(words(spoken)), "")
        return (
            joiner in {"and", "or", "nor", ""} and not is_action(first) and not _NO_WORD.match(text)
        )

    def _excluded(self, what: str) -> Clause | None:
        ranked = self._index.rank(_imperative(what))
        meaning = [each for each in words(what) if each not in STOP_WORDS]
        if not ranked or not meaning or len(meaning) > _MAX_NEGATED:
            return None
        tool = ranked[0].tool
        if ranked[0].score < ACCEPT or not self._index.matches_name(tool, _imperative(what)):
            return None
        return Clause(what, ranked[:1], negated=True)

    def _started(self, current: Clause | None, joiner: str, text: str) -> Clause | None:
        """The clause that `text` starts; None where it goes on with `current`."""
        if current is None or current.negated:
            return self._clause(_SUBJECT.sub("", text) if _word_of(joiner) in _EARLIER else text)
        spoken = LEADING.sub("", text).strip()
        word = _word_of(joiner)
        if word in _EARLIER:
            spoken = _SUBJECT.sub("", spoken)
        wording = words(spoken)
        if not wording or _EXAMPLE.match(text):
            return None
        # A lead-in that asks politely stays: without it "can you test it?" would be a question.
        clause = self._clause(text if is_polite(text) else _imperative(spoken))
        if word not in _NOUNS_ONLY and clause.has_goal:
            first = corrected(wording[0], self._known)
            if is_action(base_form(first)) and (first == base_form(first) or word in _EARLIER):
                return clause if self._asks(clause, current, joiner, wording) else None
        if word in _EARLIER | _NOT_THESE and not clause.has_goal:
            return None
        return self._gapped(current, joiner, spoken, wording)

    def _asks(self, clause: Clause, current: Clause, joiner: str, wording: Sequence[str]) -> bool:
        """Whether a part with a verb asks for something, rather than describing what is asked."""
        plain = not set(words(joiner)) & _STRONG and "but" not in words(joiner)
        embedded = _EMBEDDED.search(LEADING.sub("", current.text))
        if not plain or not embedded or POINTERS & set(wording[1:3]):
            # "Read a file, sort it and write it out" goes on, where it is all one program.
            goes_on = plain and embedded and current.ranked
            return not (goes_on and clause.ranked[0].tool == current.ranked[0].tool)
        return clause.ranked[0].score >= CLEAR_PART and self._is_named(clause, wording[1:])

    def _gapped(
        self, current: Clause, joiner: str, text: str, wording: Sequence[str]
    ) -> Clause | None:
        """A part without a verb as a clause, where it names what another tool makes.

        In "write a stack and tests for it" the verb goes for both; in "format the code and the
        tests" both are what one tool works on.
        """
        verb = next(iter(words(LEADING.sub("", current.text))), "")
        if _word_of(joiner) in _MADE_ALONG and is_action(verb) and not same_use(verb, "generate"):
            return None
        shared = self._clause(f"{verb} {text}") if is_action(verb) else None
        if (
            shared
            and shared.has_goal
            and current.ranked
            and _DEFINITE.intersection(wording[:2])
            and shared.ranked[0].tool == current.ranked[0].tool
        ):
            return None
        clause = self._clause(_imperative(text))
        if clause.has_goal and self._is_thing(clause, current, wording):
            return clause
        if shared and shared.has_goal and self._is_thing(shared, current, wording):
            return shared
        return None

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
            if (
                len(spoken) == 1
                and is_action(spoken[0])
                and not clause.negated
                and not following.negated
            ):
                rest = LEADING.sub("", following.text).split(maxsplit=1)[1:]
                parts[number] = (joiner, self._clause(" ".join([clause.text, *rest])))
        return parts


def _word_of(joiner: str) -> str:
    return " ".join(joiner.strip(" ,").lower().split())


def _imperative(text: str) -> str:
    """The clause with a leading gerund or third person made a base form: "reviewing it"."""
    spoken = _SUBJECT.sub("", text)
    match = re.match(r"\s*(\w+)", spoken)
    return text if match is None else base_form(match[1].lower()) + spoken[match.end() :]


def _in_order(parts: list[tuple[str, Clause]]) -> list[Clause]:
    """Put the clauses of one sentence in the order that its words of time ask for."""
    clauses: list[Clause] = []
    early = 0
    for number, (joiner, clause) in enumerate(parts):
        says_first = number > 0 and (
            joiner.endswith("first") or _FIRST.search(_QUOTATION.sub(" ", clause.text))
        )
        done_before = number == 1 and joiner in _EARLIER - {"before", "prior to"}
        if says_first:
            clauses.insert(early, clause)
            early += 1
        elif clauses and (
            done_before
            or joiner.endswith(("before that", "before this"))
            or (number and _THAT_LATER.search(clause.text))
        ):
            clauses.insert(len(clauses) - 1, clause)
        elif number == 1 and parts[0][0] in {"before", "prior to"}:
            clauses.insert(0, clause)
        else:
            clauses.append(clause)
    return clauses
