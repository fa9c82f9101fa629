"""How well each tool fits a clause of a request: lexical, so that it costs no model.

The score of a tool is

    0.75 * name + 0.25 * text

- name: how much of the tool's name the clause covers. Each word of the name weighs its rarity
  among the names (`log(1 + N/n)`), so that "tests" decides and "code" hardly does. A word of the
  clause counts 1 where it says what is wanted, and less where it only describes it (after "that",
  "with", "for"); a synonym counts 0.75.
- text: how much of the clause the title, the description, the parameters and the result fields
  mention, each word by its rarity (as in BM25, Robertson & Zaragoza 2009, without lengths, because
  descriptions of tools are short).

A verb that a result field is named for ("refactor it" and `refactored_code`) adds `RESULT_VERB`,
and a thing that only this tool's results name ("write the requirements", "which humidity") adds
`MADE` where it is asked to be made or told. The verb of one tool alone adds `OWN_VERB`.
A clause whose verb is an action that neither the tool's name, nor its results, nor the start of its
description share keeps `OTHER_VERB` of the score (`DEED` of it where the thing is what the tool
does, as in "fix the indentation"; all of it where the verb only says "show"); so does a tool that
changes things where a question is asked or no verb is said, if its server marks those that do not.
What the clause names but the tool has no place for (no word, and no parameter of free text) costs
up to `UNPLACED` of it, and the same costs a thing that another tool is named for ("create a branch"
and `generate_code`). A clause that spells the tool's own name scores 1. One that names a value of
the tool's closed choices ("use autopep8") gains `CHOICE`, as does one without a verb that names a
parameter ("line length 88"). A tool that makes things and takes no
code loses as much where "this code" is pointed at. A word that only describes the code that is to
be made ("a review form component") counts `POINTED`. Words that all names of a server share count
`SHARED` of their weight.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.asked import POINTED, Asked, likeness
from mistral_agent.intent.profiles import Profile, Same, profile_of
from mistral_agent.intent.rarity import rarities, shared_words
from mistral_agent.intent.wording import (
    MAX_TEXT,
    Term,
    terms_of,
)
from mistral_agent.intent.words import (
    CODE,
    SYNONYM,
    known_words,
    similarity,
    stem,
    stems,
    words,
)

NAME_WEIGHT = 0.75
TEXT_WEIGHT = 0.25
OTHER_VERB = 0.5
DEED = 0.9
RESULT_VERB = 0.3
MADE = 0.45
OWN_VERB = 0.15
SHARED = 0.2
UNPLACED = 0.4
SYNONYM_IN_TEXT = 0.4
CHOICE = 0.3

_MOST_KEPT = 50
_TELLING = frozenset(stem(word) for word in ("get", "show", "read", "list"))
_INFO = stem("info")
_INSTEAD = re.compile(r"deprecated\W+(?:\w+\W+){0,3}?use (?P<name>[\w-]+) instead", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A tool and how well it fits, 0 to 1."""

    tool: Tool
    score: float


class ToolIndex:
    """The tools of a catalogue, prepared for ranking.

    Attributes:
        vocabulary: The words that are known, among them those of the tools' names.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._profiles = tuple(profile_of(tool) for tool in catalogue.tools)
        self._ranked: dict[str, tuple[Ranked, ...]] = {}
        self._by_tool = {(each.tool.server, each.tool.name): each for each in self._profiles}
        self._successors = _successors([each.tool for each in self._profiles])
        names = Counter(word for profile in self._profiles for word in set(profile.name))
        texts = Counter(word for profile in self._profiles for word in profile.text)
        self._names = rarities(names, len(self._profiles))
        self._texts = rarities(texts, len(self._profiles))
        self._results = Counter(
            word for profile in self._profiles for word in {*profile.made, *profile.name}
        )
        self._shared = shared_words(self._profiles)
        self._marked = {each.tool.server for each in self._profiles if not each.changes}
        self._weights = {
            id(each): {word: self._weight(each, word) for word in each.name}
            for each in self._profiles
        }
        self._made: dict[str, Sequence[Profile]] = {}
        self._doers: dict[str, Sequence[Profile]] = {}
        self._verbs: dict[str, int] = {}
        spelled = {word for profile in self._profiles for word in words(profile.tool.name)}
        self.vocabulary = known_words() | spelled

    def rank(self, clause: str) -> tuple[Ranked, ...]:
        """The tools from best to worst for `clause`; those that score 0 are left out."""
        if clause not in self._ranked:
            if len(self._ranked) >= _MOST_KEPT:
                for kept in (self._ranked, self._made, self._doers, self._verbs):
                    kept.clear()
            self._ranked[clause] = self._rank(clause)
        return self._ranked[clause]

    def _rank(self, clause: str) -> tuple[Ranked, ...]:
        asked = Asked(self.terms(clause), clause)
        if not asked.terms:
            return ()
        scored = (Ranked(each.tool, self._score(each, asked)) for each in self._profiles)
        found = self._with_successors(each for each in scored if each.score > 0)
        return tuple(sorted(found, key=lambda each: -each.score))

    def taking_source(self) -> tuple[Tool, ...]:
        """The tools that work on source code."""
        return tuple(each.tool for each in self._profiles if each.takes_source)

    def _with_successors(self, ranked: Iterable[Ranked]) -> list[Ranked]:
        """Hand a deprecated tool's score on to the tool that its description names instead."""
        scores = {(each.tool.server, each.tool.name): each for each in ranked}
        for key, successor in self._successors.items():
            if key in scores:
                old = scores.pop(key)
                new = scores.get((successor.server, successor.name))
                best = max(old.score, new.score if new else 0.0)
                scores[successor.server, successor.name] = Ranked(successor, best)
        return list(scores.values())

    def terms(self, clause: str) -> tuple[Term, ...]:
        """The words of a clause that carry meaning, slips of the keyboard corrected."""
        return terms_of(clause, self.vocabulary)

    def matches_name(self, tool: Tool, text: str) -> bool:
        """Whether a word of `text` stands for a word that tells this tool from the others.

        Such are the rarest words of its name: "tests" where several tools generate something.
        """
        name = self._by_tool[tool.server, tool.name].name
        rarest = max((self._names[each] for each in name), default=0.0)
        telling = [each for each in name if self._names[each] >= rarest]
        return any(_stands_for(word, each) for word in stems(text) for each in telling)

    def in_name(self, tool: Tool, word: str) -> bool:
        """Whether `word` stands for any part of the tool's name."""
        return any(
            _stands_for(stem(word), each) for each in self._by_tool[tool.server, tool.name].name
        )

    def _score(self, profile: Profile, asked: Asked) -> float:
        if profile.spelled in asked.clause and _is_spelled(profile, asked.clause):
            return 1.0
        score = NAME_WEIGHT * self._name_score(profile, asked)
        score += TEXT_WEIGHT * self._text_score(profile, asked.terms)
        verb, head = asked.verb, asked.head
        makes = self._alone_makes(profile, head) if head and asked.wants_made else 0.0
        is_named = verb is not None and _any_like(verb, profile.deeds)
        if makes:
            score += MADE * makes
        elif (
            verb
            and not is_named
            and _any_like(verb, profile.results)
            and not (head and self._is_deed_of_another(profile, head))
        ):
            score += RESULT_VERB
        elif verb and not is_named and not _any_like(verb, (profile.opening,)):
            told = verb.tells and not profile.changes
            deed = head is not None and self._is_deed(profile, head)
            score *= 1.0 if told else DEED if deed and not verb.makes else OTHER_VERB
        elif verb and is_named and self._sharers(verb) == 1:
            score += OWN_VERB
        if (asked.question or not verb) and profile.changes and profile.tool.server in self._marked:
            score *= OTHER_VERB
        if not profile.free_text:
            score *= 1 - UNPLACED * _unplaced(profile, asked.terms)
        elif (asked.pointed and not profile.takes_source and not makes and not is_named) or (
            head and self._names_another(profile, head)
        ):
            score *= 1 - UNPLACED
        is_set = not verb and any(each in asked.clause for each in profile.settings)
        score += CHOICE * (is_set or not profile.choices.isdisjoint(asked.wording))
        return min(1.0, score)

    def _makes(self, profile: Profile, head: Term) -> float:
        """How surely the thing is a result of this tool and of no other, 0 to 1.

        "Wrong" is used for quality, but hardly asks for the `quality` that is one of few words.
        """
        surest = 0.0
        for each in profile.made:
            like = similarity(head.stem, each)
            if like > 0 and self._results[each] == 1:
                loosely = like < 1.0 and each in profile.states
                surest = max(surest, POINTED if loosely else 1.0)
        return surest

    def _alone_makes(self, profile: Profile, head: Term) -> float:
        """How surely the thing is a result of this tool alone, be it by another word for it."""
        if profile.takes_source and head.groups & CODE:
            return 0.0  # "write a test framework"
        if head.stem in profile.made:
            return self._makes(profile, head)
        surely = self._makes(profile, head)
        if not surely or len(self._makers(head)) > 1:
            return 0.0
        is_named = any(similarity(head.stem, each) > 0 for each in self._names)
        return 0.0 if is_named else surely

    def _is_deed(self, profile: Profile, head: Term) -> bool:
        """Whether the thing is what the tool does to code: "fix the indentation"."""
        did = profile.name[:1]
        return profile.takes_source and any(similarity(head.stem, each) > 0 for each in did)

    def _is_deed_of_another(self, profile: Profile, head: Term) -> bool:
        if head.stem not in self._doers:
            self._doers[head.stem] = [each for each in self._profiles if self._is_deed(each, head)]
        doers = self._doers[head.stem]
        return bool(doers) and not any(each is profile for each in doers)

    def _makers(self, head: Term) -> Sequence[Profile]:
        if head.stem not in self._made:
            self._made[head.stem] = [each for each in self._profiles if self._makes(each, head)]
        return self._made[head.stem]

    def _sharers(self, verb: Term) -> int:
        if verb.stem not in self._verbs:
            named = (_any_like(verb, each.deeds) for each in self._profiles)
            self._verbs[verb.stem] = sum(named)
        return self._verbs[verb.stem]

    def _names_another(self, profile: Profile, head: Term) -> bool:
        """Whether the thing is what another tool is named for, or what only another one makes."""
        if any(similarity(head.stem, each) > 0 for each in (*profile.name, *profile.made)):
            return False
        if head.groups & CODE:
            return False
        return head.stem in self._names or any(each is not profile for each in self._makers(head))

    def _name_score(self, profile: Profile, asked: Asked) -> float:
        is_there = asked.question and (asked.pointed or asked.definite)
        there = [
            each
            for each in (asked.terms if is_there else ())
            if not each.verb and self._makes(profile, each) > 0
        ]
        weights = self._weights[id(profile)]
        found = total = 0.0
        for word, weight in weights.items():
            total += weight
            best = asked.covers(word, is_deed=word in profile.deeds)
            best *= POINTED if there and any(likeness(term, word) for term in there) else 1.0
            if asked.pointed and word == "code":
                best = max(best, POINTED)
            if asked.question and word in _TELLING:
                best = max(best, SYNONYM)
            if word == _INFO and asked.told and _is_named(weights, asked):
                best = max(best, SYNONYM)
            found += weight * best
        return found / total if total else 0.0

    def _weight(self, profile: Profile, word: str) -> float:
        shared = word in self._shared.get(profile.tool.server, ())
        return self._names[word] * (SHARED if shared else 1.0)

    def _text_score(self, profile: Profile, terms: Sequence[Term]) -> float:
        total = found = 0.0
        for term in (each for each in terms if not each.implied):
            rarity = self._texts.get(term.stem, self._texts[""])
            total += term.weight * rarity
            found += term.weight * rarity * _mention(profile, term)
        return min(1.0, found / total) if total else 0.0


def index_of(catalogue: Catalogue) -> ToolIndex:
    """The index of a catalogue, kept for the next request."""
    return _index(Same(catalogue))


@lru_cache(maxsize=4)
def _index(same: Same[Catalogue]) -> ToolIndex:
    return ToolIndex(same.value)


def _is_named(words_: Iterable[str], asked: Asked) -> bool:
    """Whether a word of a tool's name other than "info" is said, apart from verbs."""
    others = (word for word in words_ if word != _INFO)
    return any(asked.covers(word, is_deed=False) >= SYNONYM for word in others)


def _is_spelled(profile: Profile, clause: str) -> bool:
    """Whether the clause has the tool's own name, with its server's or with none in front."""
    if not profile.spelled:
        return False
    server = re.search(rf"([\w-]+)\.{re.escape(profile.spelled)}\b", clause)
    return server is None or server[1] == profile.tool.server.lower()


def _stands_for(word: str, name: str) -> bool:
    return similarity(word, name) > 0 or similarity(word, name, action=True) > 0


def _any_like(term: Term, names: Iterable[str]) -> bool:
    return any(likeness(term, name) > 0 for name in names)


def _mention(profile: Profile, term: Term) -> float:
    if term.stem in profile.text:
        return profile.text[term.stem]
    return SYNONYM_IN_TEXT if term.groups & profile.text_groups else 0.0


def _unplaced(profile: Profile, terms: Sequence[Term]) -> float:
    terms = [term for term in terms if not (term.implied or term.tells)]
    total = sum(term.weight for term in terms)
    homeless = (
        term.weight
        for term in terms
        if not _mention(profile, term) and not _any_like(term, (*profile.name, *profile.results))
    )
    return sum(homeless) / total if total else 0.0


def _successors(tools: Sequence[Tool]) -> dict[tuple[str, str], Tool]:
    found: dict[tuple[str, str], Tool] = {}
    for tool in tools:
        match = _INSTEAD.search(tool.description[:MAX_TEXT])
        for other in tools if match else ():
            if match and other.server == tool.server and other.name == match["name"] != tool.name:
                found[tool.server, tool.name] = other
    return found
