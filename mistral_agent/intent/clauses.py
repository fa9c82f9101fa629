"""A request taken apart into clauses, in the order in which they are to be done."""

import re
from collections.abc import Iterator
from dataclasses import replace

from mistral_agent.intent.background import circumstance_of, tells, without_praise
from mistral_agent.intent.clause import Clause
from mistral_agent.intent.knowledge import is_one_question
from mistral_agent.intent.lead_ins import LEADING, first_word
from mistral_agent.intent.literals import MAX_PROSE, literals_of
from mistral_agent.intent.negation import denied
from mistral_agent.intent.order import (
    is_before_that,
    is_first_after_all,
    last_ones_last,
    without_before_that,
)
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.intent.reordering import reordered, without_order
from mistral_agent.intent.sentences import CLEAR_PART, EXAMPLE, Sentence
from mistral_agent.intent.spelling import spelled_out, without_marks_of_lists
from mistral_agent.intent.vocabulary import word_set
from mistral_agent.intent.words import telling_words, words

MAX_CLAUSES = 40

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|;\s*")
_BARE_DEED = re.compile(r"(?:the|its|that|those|these)\s+\w+(?:\s+\w+)?\W*$", re.IGNORECASE)
_ADDED = re.compile(
    r"(?:(?:add|include|put in|write|provide|give it) )?"
    r"(?:(?:an?|some|good|short|brief|helpful|proper|clear|also|a few) )*"
    r"(?:comments?|doc ?strings?|type (?:hints?|annotations?)|annotations|logging|docs"
    r"|documentation|error (?:handling|messages)|(?:usage )?examples?)"
    r"(?: (?:to|for|in) (?:it|everything|all \w+|each \w+|every \w+))?"
    r"(?: (?:too|please|as well))?\W*$",
    re.IGNORECASE,
)
_SETTING_WORDS = word_set("use using ensure keep handle include it the this that")


def split_clauses(prose: str, index: ToolIndex) -> tuple[Clause, ...]:
    """Take the prose of a request apart, in the order in which things are to be done.

    A part starts a clause of its own where it starts as a request does and some tool fits it;
    otherwise it belongs to the clause before it.
    """
    clauses: list[Clause] = []
    text = without_marks_of_lists(spelled_out(prose[:MAX_PROSE]))
    for said in _sentences(text):
        if len(clauses) < MAX_CLAUSES:
            clauses = _as_ordered(said, index, clauses) or _with_sentence(said, index, clauses)
    return tuple(last_ones_last(clauses))


def _as_ordered(said: str, index: ToolIndex, clauses: list[Clause]) -> list[Clause] | None:
    """The clauses with what a sentence asks for, in the order that it states, if it states one."""
    asked, order = without_order(said)
    if order is None:
        return None
    found = _with_sentence(asked, index, clauses) if words(asked) else clauses
    return reordered(found, order, index)


def _with_sentence(said: str, index: ToolIndex, before: list[Clause]) -> list[Clause]:
    """The clauses with those of one more sentence."""
    clauses = list(before)
    if is_one_question(said):
        return [*clauses, Clause(said, index.rank(said))]
    asked, circumstance = circumstance_of(said)
    plain = without_before_that(asked)
    sentence = Sentence(plain, index, clauses[-1] if clauses else None)
    found = [replace(each, told=_is_told(each)) for each in sentence.clauses()]
    if found[0].told:  # "I never push without tests" says no to nothing
        found = [each for each in found if not each.negated]
    if circumstance:
        found[0] = found[0].with_more(circumstance)
    if sentence.takes_back:
        del clauses[-1:]
    found = _after_references(found, clauses)
    _add_sentence(found, clauses, before_that=plain != asked)
    return clauses


def _sentences(text: str) -> Iterator[str]:
    """The sentences that say something; what is told before a colon is one of its own."""
    for line in _SENTENCE.split(text):
        said = without_praise(line.strip())
        told, colon, asked = said.partition(": ")
        parts = colon and (tells(told) or tells(told.rpartition(", ")[2]))
        yield from filter(None, [told, asked] if parts else [said])


def _is_told(clause: Clause) -> bool:
    """Whether a clause tells, or says no to what no tool does: "leave the rest alone"."""
    return tells(clause.text) or (not clause.negated and denied(clause.text) is not None)


def _after_references(found: list[Clause], clauses: list[Clause]) -> list[Clause]:
    """What of a sentence comes after deeds that were asked for before it.

    "Only after the review" asks for no other one; what is said to come before it is put there.
    """
    for place, clause in enumerate(found):
        named = not clause.negated and (clause.timed or _BARE_DEED.match(clause.text))
        same = [
            n
            for n, each in enumerate(clauses)
            if named and not each.told and clause.has_same_goal(each)
        ]
        if same and len(found) > 1:
            clauses[same[-1] : same[-1]] = found[:place]
            return found[place + 1 :]
    return found


def _add_sentence(found: list[Clause], clauses: list[Clause], *, before_that: bool) -> None:
    while found and not words(LEADING.sub("", found[0].text)):  # "ok", "next"
        found = found[1:]
    if not found:
        return
    head = found[0]
    if clauses and _is_language(head.text):
        return
    if clauses and before_that:
        clauses[-1:-1] = found
        return
    if clauses and not head.negated and not head.has_goal and len(found) == 1:
        if _adds_to(head.text) and not clauses[-1].negated:
            clauses[-1] = clauses[-1].with_more(head.text)
            return
    elif clauses and (
        EXAMPLE.match(head.text) or (_is_setting(head.text) and _belongs(head, clauses[-1]))
    ):
        clauses[-1] = clauses[-1].with_more(head.text)
        found = found[1:]
    elif clauses and len(found) == 1 and head.has_goal and is_first_after_all(head.text):
        clauses[:0] = found
        return
    elif clauses and len(found) == 1 and head.has_goal and is_before_that(head.text):
        clauses[-1:-1] = found
        return
    clauses.extend(found)


def _belongs(head: Clause, before: Clause) -> bool:
    """Whether a setting goes with the clause before, rather than asking for a tool of its own."""
    if head.negated or not before.has_goal:
        return False
    best = head.ranked[0] if head.ranked else None
    return best is None or best.score < CLEAR_PART or best.tool == before.ranked[0].tool


def _is_language(text: str) -> bool:
    """Whether a sentence only names a language, which goes for the whole request: "Python."."""
    said = telling_words(LEADING.sub("", text).lower())
    return len(said) == 1 and bool(literals_of(text).languages)


def _adds_to(text: str) -> bool:
    return not text.rstrip().endswith("?")


def _is_setting(text: str) -> bool:
    """Whether a sentence says how rather than what: "Use unittest", "Add comments"."""
    if _ADDED.match(LEADING.sub("", text)):
        return True
    first = first_word(text)
    return first in _SETTING_WORDS and not text.rstrip().endswith("?")
