"""Which of the available values an argument takes: the one that is named, else the newest."""

import re
from collections.abc import Callable, Sequence

from mistral_agent.intent.model import Goal, Intent
from mistral_agent.intent.negation import denied
from mistral_agent.intent.parameters import kind_of
from mistral_agent.intent.words import (
    CODE,
    corrected,
    groups_of,
    known_words,
    similarity,
    stems,
    words,
)
from mistral_agent.planning.available import FITS, Available, fit, names_variant, newest

_KNOWN_THING = re.compile(r"\b(?:the|these|those|my|your)\s+(?:unit\s+)?(\w+)", re.IGNORECASE)
_NEXT_PART = re.compile(r"\b(?:and|but|before|after|then|not|without|instead)\b", re.IGNORECASE)
_ALL = frozenset({"them", "both", "all", "each", "everything"})
_TOGETHER = re.compile(
    r"\s*,\s*(?:and\s+)?|\s+(?:and|plus|as well as)\s+(?:also\s+)?", re.IGNORECASE
)
_THEM = frozenset({"them", "these", "those", "they"})


def for_source(
    goal: Goal,
    parameter: str,
    pools: Sequence[Sequence[Available]],
    intent: Intent,
    *,
    makeable: Callable[[], frozenset[str]],
) -> list[Available]:
    """The code that a goal is about; more than one where it is about several things.

    Args:
        goal: What is to be done.
        parameter: The parameter that takes the code.
        pools: Memory, what the request gives, what earlier steps make: old to new.
        intent: The whole request.
        makeable: Gives the variants that some tool makes: "the tests" means none of the others.
    """
    remembered, given, made = (
        [each for each in pool if fit(each, goal.tool, parameter) >= FITS] for pool in pools
    )
    there = [*remembered, *given, *made]
    together = _together(goal, there)
    if together:
        return together
    variant = _asked_variant(goal, there) or _pointed_variant(
        goal, _before(goal, intent.goals), there
    )
    named = _named_things(goal) if variant is None and not given else []
    if named and names_variant(makeable(), named):
        return []
    if variant is not None:
        pool = [each for each in (*remembered, *made) if each.variant == variant]
        return list(newest(pool))[-1:]
    return _plain(goal, _without_variants(remembered), given, _without_variants(made), intent)


def _together(goal: Goal, pool: Sequence[Available]) -> list[Available]:
    """The things that a clause names beside one another: "the code and the tests", "both"."""
    plain, variants = _without_variants(pool), [each for each in pool if each.variant]
    own = stems(goal.tool.name)[:1]
    found: list[Available] = []
    if "both" in words(goal.clause) and not _TOGETHER.search(goal.clause):
        found = [*plain[-1:], *variants[-1:]]
    for part in _TOGETHER.split(goal.clause):
        if denied(part) is not None:
            continue
        said = [each for each in stems(part) if each not in own]
        named = [each for each in variants if names_variant(each.variant, said)]
        if not named and any(groups_of((each,)) & CODE for each in said):
            named = plain
        found += named[-1:]
    unique = list({id(each): each for each in found}.values())
    return unique if len(unique) > 1 else []


def _before(goal: Goal, goals: Sequence[Goal]) -> Goal | None:
    place = goals.index(goal) if goal in goals else 0
    return goals[place - 1] if place else None


def _pointed_variant(
    goal: Goal, before: Goal | None, pool: Sequence[Available]
) -> frozenset[str] | None:
    """What "them" is: in "review the tests and format them" what the clause before names."""
    if before is None or not _THEM.intersection(words(goal.clause)):
        return None
    said, own = _stems_in(before.clause, pool), stems(goal.tool.name)
    for each in reversed(pool):
        if names_variant(each.variant, said) and not names_variant(each.variant, own):
            return each.variant
    return None


def _stems_in(text: str, pool: Sequence[Available]) -> list[str]:
    """The stems of a text, slips of the keyboard in the names of variants corrected."""
    known = known_words() | {f"{word}s" for each in pool for word in each.variant}
    return stems(" ".join(corrected(word, known) for word in words(text)))


def _without_variants(pool: Sequence[Available]) -> list[Available]:
    return [each for each in pool if not each.variant]


def _plain(
    goal: Goal,
    remembered: Sequence[Available],
    given: Sequence[Available],
    made: Sequence[Available],
    intent: Intent,
) -> list[Available]:
    mentioned = [each for each in given if each.said.startswith("@") and each.said in goal.clause]
    if mentioned:
        lines = {each.line for each in mentioned}
        return list(newest(each for each in (*given, *made) if each.line in lines))
    if _ALL.intersection(words(goal.clause)):
        return list(newest([*given, *made])) or list(newest(remembered))[-1:]
    own_lines = {each.line for each in given}
    made_anew = [each for each in made if each.line not in own_lines]
    if made_anew:
        return list(newest(made_anew))[-1:]
    if given:
        return _paired(goal, newest([*given, *made]), intent)
    return list(remembered[-1:])


def _paired(goal: Goal, given: Sequence[Available], intent: Intent) -> list[Available]:
    """With as many goals as pieces of code, each pointing at "this", they go in pairs."""
    goals = intent.goals
    pairs = len(given) > 1 and len(given) == len(goals)
    if pairs and all(re.search(r"\bthis\b", each.clause, re.IGNORECASE) for each in goals):
        return [given[goals.index(goal)]]
    return list(given)


def for_parameter(goal: Goal, parameter: str, pool: Sequence[Available]) -> Available | None:
    """The value for any other input: what the clause names, else what fits best, newest first."""
    kind = kind_of(goal.tool, parameter)
    if kind in ("path", "paths", "url", "choice", "boolean"):
        return None
    scored = [(fit(each, goal.tool, parameter), place, each) for place, each in enumerate(pool)]
    scored = [each for each in scored if each[0] >= FITS]
    said = _said(goal)
    named = [each for each in scored if names_variant(each[2].variant, said)]
    if named:
        scored = named
    elif kind == "content":
        plain = [each for each in scored if not each[2].variant]
        scored = [(1.0, place, each) for _, place, each in plain or scored]
    return max(scored, key=lambda each: each[:2], default=(0, 0, None))[2]


def _asked_variant(goal: Goal, pool: Sequence[Available]) -> frozenset[str] | None:
    """The variant that the clause names, where it is not what the tool itself makes."""
    said = [
        word
        for word in _said(goal)
        if not any(similarity(word, own) > 0 for own in stems(goal.tool.name))
    ]
    for each in reversed(pool):
        if each.variant and names_variant(each.variant, said):
            return each.variant
    return None


def _named_things(goal: Goal) -> list[str]:
    """The stems of what the clause names as known: "the tests", "my unit tests"."""
    named = _KNOWN_THING.findall(_NEXT_PART.split(goal.clause, maxsplit=1)[0])
    own = stems(goal.tool.name)
    return [
        word
        for each in named
        for word in stems(each)
        if not any(similarity(word, mine) > 0 for mine in own)
    ]


def _said(goal: Goal) -> list[str]:
    return stems(goal.clause)
