"""A sentence of a request taken apart into clauses, each with one goal."""

import re
from collections.abc import Sequence
from dataclasses import replace

from mistral_agent.intent.background import tells
from mistral_agent.intent.clause import ACCEPT, Clause
from mistral_agent.intent.gaps import Gaps
from mistral_agent.intent.joiners import (
    AGAIN,
    EARLIER,
    JOINER,
    NOT_THESE,
    NOUNS_ONLY,
    STRONG,
    TAKEN_BACK,
    word_of,
)
from mistral_agent.intent.knowledge import explains
from mistral_agent.intent.lead_ins import LEADING, first_word, is_polite, is_wish
from mistral_agent.intent.negation import denied, is_said_no_to, turns_to_what_is_wanted
from mistral_agent.intent.new_things import names_new_code, names_program
from mistral_agent.intent.order import in_order, plain_order
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.intent.saying_how import names_no_object, names_setting
from mistral_agent.intent.topics import MAX_PIECES, with_topic_inside
from mistral_agent.intent.vocabulary import POINTERS, STOP_WORDS, word_set
from mistral_agent.intent.wording import (
    base_form,
    first_deed,
    imperative,
    is_passive,
    is_question,
    points,
)
from mistral_agent.intent.words import corrected, is_action, telling_words, words

CLEAR_PART = 0.5
"""The least score of a part joined by a bare "and" inside a description."""

_MAX_NEGATED = 4
_MAX_CANDIDATES = 40
_TOLD_TO_ME = re.compile(r"(?:tell|show|give|send) (?:me|us)\b|let (?:me|us) know\b", re.I)
# "A converter that checks its input and tests for negative values" is one thing.
_DOES_TOO = re.compile(r"\b(?:that|which|who)\s+\w+s\b", re.IGNORECASE)
_DOES = re.compile(
    r"(?!\w+\s+(?:for|of|on)\s+(?:it|this|that|them|these|the|my|both)\b)[a-z]+s\s+(?:for|of|on|whether|if)\s"
    r"|(?!\w*tests\b|this\b|reviews\b)[a-z]+s\s+(?:that|it|them|each|every|all|their|its)\s",
    re.IGNORECASE,
)
_TESTS_THAT = re.compile(
    r"(?P<tests>(?:\w+\s+)?tests)\s+(?P<does>(?:that|which)\s+\w+s\b.*)$", re.IGNORECASE | re.DOTALL
)
_EMPTY_VERBS = word_set("have take cast give run do put let")
_ALSO = word_set("too also as please")
_ASKING = word_set("please kindly can could would will")
_NO_VERB_AFTER = word_set(
    "a an the this that these those my your our its his her their some any each to and or you i we"
    " they it's no not of for with without code unit"
)
_OF_A_THING = re.compile(r"\s(?:for|of)\s+(?:an?|some)\s+\S.*$", re.IGNORECASE | re.DOTALL)
_EMBEDDED = re.compile(
    r"\b(?:to|that|which|who|can|should|must|will|could|would|whether|if|when)\s+(?:\w+\s+)*\w",
    re.IGNORECASE,
)
# "add(1, 2) == 3" says what is expected of add; it does not ask to add anything.
EXAMPLE = re.compile(
    r"\s*(?:(?:for example|e\.g\.|such as|so that)\s+)?[A-Za-z_][\w.]*\(", re.IGNORECASE
)


class Sentence:
    """A sentence, and the clause before it.

    Attributes:
        takes_back: It takes back what the clause before it asks for.
    """

    def __init__(self, text: str, index: ToolIndex, before: Clause | None) -> None:
        self._index = index
        self._before = before
        self._known = index.vocabulary
        self._gaps = Gaps(index)
        said, self._turned = plain_order(text)
        self._text = with_topic_inside(said, index)
        self._is_passive = False
        self.takes_back = False

    def clauses(self) -> list[Clause]:
        """The clauses of the sentence, in the order in which they are to be done."""
        parts: list[tuple[str, Clause]] = []
        for joiner, said in self._pieces():
            text = said
            current = parts[-1][1] if parts else None
            if word_of(joiner) == TAKEN_BACK and (instead := self._instead(current, text)):
                self.takes_back = self.takes_back or current is None
                parts[-1:] = [(parts[-1][0] if parts else "", instead)]
                continue
            negated = self._negated(joiner, text, current)
            if negated:
                parts += (("", each) for each in negated)
                continue
            if current and (apart := _TESTS_THAT.match(text)) and word_of(joiner) in NOUNS_ONLY:
                # In "a function with tests that removes doubles" the function removes them.
                current = self._clause(f"{current.text} {apart['does']}")
                parts[-1], text = (parts[-1][0], current), apart["tests"]
            started = self._started(current, joiner, text)
            if started is None:
                before, clause = parts[-1]
                longer = self._clause(clause.text + joiner + text)
                parts[-1] = (before, replace(longer, timed=clause.timed))
            else:
                if word_of(joiner) in EARLIER and started.has_goal:
                    # What was asked for already is only named again, for its time.
                    parts = [each for each in parts if not each[1].has_same_goal(started)]
                    started = replace(started, timed=True)
                parts.append((joiner, started))
                self._is_passive = self._is_passive or is_passive(started.text)
        found = in_order(self._with_shared_objects(parts))
        return found[::-1] if self._turned else found

    def _instead(self, current: Clause | None, text: str) -> Clause | None:
        """What is wanted instead of the clause before: "no wait, rather a review"."""
        meant = current or self._before
        if meant is None or meant.negated:
            return None
        plain = self._clause(imperative(LEADING.sub("", text)))
        return plain if plain.has_goal else self._with_verb_of(meant, text)

    def _with_verb_of(self, before: Clause, text: str) -> Clause | None:
        verb = base_form(first_word(before.text))
        shared = self._clause(f"{verb} {text.strip()}") if is_action(verb) else None
        return shared if shared and shared.has_goal else None

    def _pieces(self) -> list[tuple[str, str]]:
        """The parts between joiners, each with the joiner before it."""
        found = JOINER.split(self._text, MAX_PIECES)
        pieces = [("", found[0]), *zip(found[1::2], found[2::2], strict=True)]
        merged: list[tuple[str, str]] = []
        carried = ""
        for joiner, text in pieces:
            if merged and _is_open(merged[-1][1]):
                before, start = merged[-1]
                merged[-1] = (before, start + carried + joiner + text)
                carried = ""
            elif text.strip():
                merged.append((carried + joiner, text))
                carried = ""
            else:
                carried += joiner + text
        if merged and carried:
            merged[-1] = (merged[-1][0], merged[-1][1] + carried)
        return self._parted(merged or [("", self._text)])

    def _parted(self, pieces: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """The pieces, parted where a main clause begins without a joiner.

        So it does after a colon in "everything but tests: write a stack", and in "after reviewing
        it write tests".
        """
        parted: list[tuple[str, str]] = []
        for joiner, text in pieces:
            word = word_of(joiner)
            place = 0
            if word in NOT_THESE or is_said_no_to(text):
                place = text.find(":") + 1
            elif word in EARLIER:
                place = self._main_clause(text)
            parted += [(joiner, text[:place]), ("", text[place:])] if place else [(joiner, text)]
        return parted

    def _main_clause(self, text: str) -> int:
        """Where the main clause begins after "before writing tests", 0 where it does not."""
        before = ""
        for match in list(re.finditer(r"[A-Za-z']+", text))[:_MAX_CANDIDATES]:
            word = match[0].lower()
            asks = word in _ASKING or (is_action(word) and before not in _NO_VERB_AFTER)
            if before and asks:
                first = self._clause(imperative(text[: match.start()]))
                then = self._clause(LEADING.sub("", text[match.start() :]))
                if first.has_goal and then.has_goal and first.ranked[0].tool != then.ranked[0].tool:
                    return match.start()
            before = word
        return 0

    def _clause(self, text: str) -> Clause:
        return Clause(text.strip(), self._index.rank(text))

    def _negated(self, joiner: str, text: str, before: Clause | None) -> list[Clause]:
        """What a part says no to: "without tests", "tests are not needed", "or a review"."""
        word = word_of(joiner)
        goes_on = bool(before and before.negated and self._goes_on(word, text))
        what = denied(text, is_exception=word in NOT_THESE or goes_on)
        if what is None:
            return []
        meant = before or self._before
        is_wanted = meant and meant.has_goal and not meant.negated
        if meant and is_wanted and names_setting(meant.ranked[0].tool, what):
            return []
        found = [self._excluded(each) for each in re.split(r"\s+(?:or|nor)\s+", what)]
        return [each for each in found if each] if all(found) else []

    def _goes_on(self, joiner: str, text: str) -> bool:
        """Whether a part goes on with what is not wanted: "no tests or review"."""
        spoken = LEADING.sub("", text).strip()
        first = next(iter(words(spoken)), "")
        return (
            joiner in {"and", "or", "nor", ""}
            and not is_action(first)
            and not turns_to_what_is_wanted(text)
            and not (is_wish(text) or is_polite(text) or is_question(text))
        )

    def _excluded(self, what: str) -> Clause | None:
        ranked = self._index.rank(imperative(what))
        meaning = telling_words(what)
        if not ranked or not meaning or len(meaning) > _MAX_NEGATED:
            return None
        tool = ranked[0].tool
        if ranked[0].score < ACCEPT or not self._index.matches_name(tool, imperative(what)):
            return None
        return Clause(what, ranked[:1], negated=True)

    def _started(self, current: Clause | None, joiner: str, text: str) -> Clause | None:
        """The clause that `text` starts; None where it goes on with `current`."""
        word = word_of(joiner)
        meant = current or self._before
        again = self._with_verb_of(meant, text) if word == AGAIN and meant else None
        if again is not None or current is None or current.negated:
            return again or self._clause(imperative(text) if word in EARLIER else text)
        spoken = LEADING.sub("", text).strip()
        if word in EARLIER:
            spoken = imperative(spoken)
        wording = [corrected(each, self._known) for each in words(spoken)]
        if not wording or EXAMPLE.match(text):
            return None
        # A lead-in that asks politely stays: without it "can you test it?" would be a question.
        clause = self._clause(text if is_polite(text) else imperative(spoken))
        does = word not in NOUNS_ONLY and clause.has_goal and self._says_deed(word, spoken, wording)
        for_me = clause.has_goal and _TOLD_TO_ME.match(spoken)
        if for_me or (does and (is_polite(text) or self._asks(clause, current, joiner, wording))):
            return clause
        is_detail = does and not _ALSO.intersection(wording[1:2])
        if is_detail or (word in EARLIER | NOT_THESE and not clause.has_goal):
            return None
        if self._turns_to_asking(clause, text, current.text):
            return clause
        does_too = _DOES_TOO.search(current.text) and _DOES.match(spoken)
        return None if does_too else self._gaps.clause_of(current, joiner, spoken, wording)

    def _says_deed(self, joiner: str, text: str, wording: Sequence[str]) -> bool:
        """Whether a part starts with what is to be done."""
        plain = base_form(wording[0])
        any_form = joiner in EARLIER or self._is_passive
        if wording[0] in _EMPTY_VERBS and is_action(first_deed(text)):
            return True  # "have a look at it"
        return is_passive(text) or (is_action(plain) and (any_form or wording[0] == plain))

    @staticmethod
    def _turns_to_asking(clause: Clause, text: str, before: str) -> bool:
        """Whether a part says what somebody wants, or asks after something was told."""
        if explains(LEADING.sub("", text)):
            return not explains(LEADING.sub("", before))
        after_telling = tells(before)
        if is_wish(text):
            return clause.has_goal or after_telling
        if after_telling and clause.has_goal and is_action(first_deed(text)):
            return True
        asks = clause.has_goal and is_question(text)
        asks_of_it = text.rstrip().endswith("?") and points(text) and names_program(before)
        return asks and (after_telling or is_question(before) or asks_of_it)

    def _asks(self, clause: Clause, current: Clause, joiner: str, wording: Sequence[str]) -> bool:
        """Whether a part with a verb asks for something, rather than describing what is asked."""
        plain = not set(words(joiner)) & STRONG and "but" not in words(joiner)
        same = current.ranked[:1] and current.ranked[0].tool == clause.ranked[0].tool
        other_verb = same and wording[0] not in words(current.text)
        if plain and other_verb and names_no_object(wording[1:], clause.ranked, self._index):
            return False
        if self._names_what_is_made(current, wording[1:]):
            return True
        embedded = _EMBEDDED.search(LEADING.sub("", current.text))
        points_back = POINTERS | {"what", "everything", "both", "all"}
        if not plain or not embedded or points_back & set(wording[1:3]):
            # "Read a file, sort it and write it out" goes on, where it is all one program.
            new = names_new_code(current.text)
            goes_on = plain and embedded and current.ranked and not new
            return not (goes_on and clause.ranked[0].tool == current.ranked[0].tool)
        return clause.ranked[0].score >= CLEAR_PART and self._is_named(clause, wording[1:])

    def _names_what_is_made(self, current: Clause, rest: Sequence[str]) -> bool:
        """Whether a part works on what the one before it makes: "test it, format the tests"."""
        known = rest[:1] and rest[0] in {"the", "these", "those", "its"}
        made = current.ranked[0].tool if current.has_goal else None
        return bool(known and made and rest[1:] and self._index.matches_name(made, rest[1]))

    def _is_named(self, clause: Clause, rest: Sequence[str]) -> bool:
        """Whether what follows the verb is of the kind the tool takes, as in "format the code"."""
        named = {word for word in rest if word not in STOP_WORDS}
        tool = clause.ranked[0].tool
        return any(self._index.in_name(tool, word) for word in named)

    def _with_shared_objects(self, parts: list[tuple[str, Clause]]) -> list[tuple[str, Clause]]:
        """Give a clause that is a lone verb the object of the next one ("write and test a …").

        So a lone noun gets what the last one is of: "spec, code and tests for a dice roller".
        """
        tail = _OF_A_THING.search(parts[-1][1].text) if parts else None
        for number, (joiner, clause) in enumerate(parts[:-1] if tail else ()):
            lone = len(_telling(clause.text)) == 1 and clause.has_goal and not clause.negated
            if tail and lone and clause.ranked[0].tool != parts[-1][1].ranked[0].tool:
                parts[number] = (joiner, self._clause(clause.text + tail[0]))
        for number in range(len(parts) - 2, -1, -1):
            joiner, clause = parts[number]
            following = parts[number + 1][1]
            spoken = words(LEADING.sub("", clause.text))
            next_verb = first_word(following.text)
            if (
                len(spoken) == 1
                and is_action(spoken[0])
                and is_action(next_verb)
                and not (clause.negated or clause.timed)
                and not following.negated
            ):
                rest = LEADING.sub("", following.text).split(maxsplit=1)[1:]
                parts[number] = (joiner, self._clause(" ".join([clause.text, *rest])))
        return parts


def _is_open(text: str) -> bool:
    """Whether a bracket is open at the end of a text: "orders(id"."""
    return text.count("(") > text.count(")")


def _telling(text: str) -> list[str]:
    return telling_words(LEADING.sub("", text))
