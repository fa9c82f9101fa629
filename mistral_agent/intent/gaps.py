"""A part of a sentence without a verb of its own: "write a stack and *tests for it*"."""

from collections.abc import Sequence

from mistral_agent.intent.clause import Clause
from mistral_agent.intent.joiners import EARLIER, MADE_ALONG, NOT_THESE, NOUNS_ONLY, word_of
from mistral_agent.intent.negation import is_said_no_to
from mistral_agent.intent.parameters import makes_code, takes_words
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.intent.saying_how import names_setting
from mistral_agent.intent.vocabulary import FORMATTERS, NOUNS_OF_ACTIONS, POINTERS, word_set
from mistral_agent.intent.wording import (
    CONTAINERS,
    base_form,
    first_deed,
    imperative,
    is_question,
)
from mistral_agent.intent.words import CODE, groups_of, is_action, same_use, stem

_DETERMINERS = word_set("a an the some my its their more few several new unit your those these")
_DEFINITE = word_set("the its their those these your my both it them")
_DETAILING = word_set("ignoring skipping excluding omitting allowing returning raising assuming")
_CLOSERS = word_set(
    "for of in on with to using by that which as at from please too first second third last"
    " included also focusing focused concentrating covering"
)


class Gaps:
    """Finds what such parts ask for.

    Args:
        index: The tools.
    """

    def __init__(self, index: ToolIndex) -> None:
        self._index = index

    def clause_of(
        self, current: Clause, joiner: str, text: str, wording: Sequence[str]
    ) -> Clause | None:
        """The part as a clause, where it names what another tool makes.

        In "write a stack and tests for it" the verb goes for both; in "format the code and the
        tests" both are what one tool works on.

        Args:
            current: The clause before it.
            joiner: What joins the two.
            text: The part.
            wording: Its words, slips of the keyboard corrected.
        """
        of_question = is_question(current.text) and _DEFINITE.intersection(wording[:2])
        if (
            wording[0] in _DETAILING
            or is_said_no_to(text)
            or of_question
            or _is_setting(current, text)
        ):
            return None
        verb = first_deed(current.text)
        if word_of(joiner) in MADE_ALONG and is_action(verb) and not same_use(verb, "generate"):
            return None
        to_write = self._is_code_to_write(current, joiner, wording)
        verb = "write" if to_write else verb
        shared = self._clause(f"{verb} {text}") if is_action(verb) else None
        if shared and _DEFINITE.intersection(wording[:2]) and shared.has_same_goal(current):
            return None
        alone = self._clause(imperative(text))
        readings = (shared, alone) if to_write else (alone, shared)
        found = (each for each in readings if each and each.has_goal)
        return next((each for each in found if self._is_thing(each, current, wording)), None)

    @staticmethod
    def _is_code_to_write(current: Clause, joiner: str, wording: Sequence[str]) -> bool:
        """Whether code is named that is to be written: "a spec of a game, then the code"."""
        plain = word_of(joiner) not in NOUNS_ONLY | EARLIER | NOT_THESE
        if not plain or not current.has_goal or not _is_code(wording):
            return False
        tool = current.ranked[0].tool
        return takes_words(tool) and not makes_code(tool) and not POINTERS & set(wording[:2])

    def _clause(self, text: str) -> Clause:
        return Clause(text.strip(), self._index.rank(text))

    def _is_thing(self, clause: Clause, current: Clause, wording: Sequence[str]) -> bool:
        """Whether a part without a verb names what another tool makes: "tests for it"."""
        position = _noun_at(wording)
        tool = clause.ranked[0].tool
        if current.ranked and current.ranked[0].tool == tool:
            return False
        if makes_code(tool) and _is_code(wording):
            return not POINTERS.intersection(wording[:2])
        for head in range(position, min(position + 3, len(wording))):
            if self._index.matches_name(tool, wording[head]) or wording[head] in FORMATTERS:
                if any(map(_tells_what_it_does, wording[position:head])):
                    return False
                return self._is_closed(clause, wording[head + 1 :])
        return False

    def _is_closed(self, clause: Clause, after: Sequence[str]) -> bool:
        if after and (stem(after[0]) in CONTAINERS or after[0] in NOUNS_OF_ACTIONS):
            after = after[1:]
        tool = clause.ranked[0].tool
        return not after or after[0] in _CLOSERS or self._index.matches_name(tool, after[0])


def _is_setting(current: Clause, text: str) -> bool:
    """Whether a part is a value of an option of the tool before it: "and maintainability"."""
    return current.has_goal and names_setting(current.ranked[0].tool, text)


def _noun_at(wording: Sequence[str]) -> int:
    """Where the words after the determiners begin."""
    return next((n for n, word in enumerate(wording) if word not in _DETERMINERS), len(wording))


def _is_code(wording: Sequence[str]) -> bool:
    """Whether code is named, perhaps with its language: "the Python code", "an implementation"."""
    rest = wording[_noun_at(wording) :]
    return any(
        groups_of((stem(word),)) & CODE and (not rest[n + 1 :] or rest[n + 1] in _CLOSERS)
        for n, word in enumerate(rest[:2])
    )


def _tells_what_it_does(word: str) -> bool:
    """Whether a word is a verb of something described: "that reads a log and *reports* bugs"."""
    return word.endswith("s") and base_form(word) != word
