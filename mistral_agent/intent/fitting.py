"""How well what a clause says literally fits what a tool needs."""

from mistral_agent.catalogue import Tool
from mistral_agent.intent.arguments import literal_arguments
from mistral_agent.intent.clause import Clause
from mistral_agent.intent.lead_ins import LEADING
from mistral_agent.intent.literals import Literals, literals_of
from mistral_agent.intent.parameters import kind_of
from mistral_agent.intent.places import place_for
from mistral_agent.intent.questions import SURE
from mistral_agent.intent.ranking import Ranked
from mistral_agent.intent.servers import of_named_server
from mistral_agent.intent.vocabulary import STOP_WORDS
from mistral_agent.intent.words import words

FIT = 0.2
"""What literal arguments are worth: filled ones speak for a tool, missing ones against it."""

_MAX_FITTED = 24
_SPECIFIC = frozenset({"path", "paths", "url", "number", "timezone", "choice", "name"})


def fitted(clause: Clause, request: Literals) -> list[Ranked]:
    """The clause's tools with what their literal arguments say for or against them."""
    said = literals_of(clause.text)
    best = clause.ranked[0].score if clause.ranked else 0.0
    ranked = of_named_server(clause.ranked, clause.text)
    near = [each for each in ranked[:_MAX_FITTED] if each.score >= max(0.15, best - 2 * FIT)]
    likely = [
        Ranked(each.tool, max(0.0, each.score + FIT * fit_of(each.tool, said, request)))
        for each in near
    ]
    if best < SURE:
        likely += (
            Ranked(each.tool, SURE)
            for each in ranked
            if each not in near and is_given_whole(each.tool, said)
        )
    return sorted(likely, key=by_score)


def by_score(ranked: Ranked) -> tuple[float, bool]:
    """Best first; of two that fit alike the trusted one."""
    return -ranked.score, not ranked.tool.trusted


def fit_of(tool: Tool, clause: Literals, request: Literals) -> float:
    """From -1 to 1: how much of what the tool needs specifically the request gives."""
    if request.code and not _takes_places(tool):
        return -1.0
    return max(-1.0, min(1.0, _filled(tool, clause, request) + place_for(tool, clause)))


def _filled(tool: Tool, clause: Literals, request: Literals) -> float:
    needed = [name for name in tool.required if kind_of(tool, name) in _SPECIFIC]
    given = literal_arguments(tool, clause, request)
    if not needed:
        if clause.numbers and _is_wordless(clause.prose):
            return -1.0
        has_literals = bool(clause.paths or clause.urls)
        return -0.25 if has_literals and not _takes_places(tool) else 0.0
    filled = sum(name in given for name in needed)
    places = [kind_of(tool, name) for name in tool.parameters]
    several = "paths" not in places and 0 < places.count("path") < len(clause.paths)
    return (2 * filled - len(needed)) / len(needed) - several


def is_given_whole(tool: Tool, clause: Literals) -> bool:
    """Whether a clause has all that a tool needs, of a kind that little else takes: two zones."""
    zones = sum(kind_of(tool, name) == "timezone" for name in tool.required)
    return zones > 1 and set(tool.required) <= set(literal_arguments(tool, clause, clause))


def _is_wordless(clause: str) -> bool:
    """Whether nothing but a verb and figures is said: "add 3 and 4"."""
    return all(
        word in STOP_WORDS or word[0].isdigit() for word in words(LEADING.sub("", clause))[1:]
    )


def _takes_places(tool: Tool) -> bool:
    kinds = {kind_of(tool, name) for name in tool.parameters}
    return bool(kinds & {"path", "paths", "url", "source", "free_text", "content"})
