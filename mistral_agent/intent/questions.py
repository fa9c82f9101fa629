"""Which questions are for a tool, and which are answered in words.

Words answer what no tool is about, and knowledge (see `knowledge`): what something is or does, how
and why a thing is done, what holds everywhere. A tool answers where it fits well what is pointed
at, is named for what is asked, or is given all that it needs. How good given code is ("is this
clean?") is for the tool that reviews, where no other one is named for it.
"""

import re
from collections.abc import Sequence
from itertools import takewhile

from mistral_agent.intent.arguments import literal_arguments
from mistral_agent.intent.clause import ACCEPT
from mistral_agent.intent.knowledge import (
    explains,
    is_about_doing,
    is_in_general,
    is_one_question,
    is_question,
    is_small_talk,
    judges,
    names_code,
)
from mistral_agent.intent.lead_ins import LEADING, is_polite
from mistral_agent.intent.literals import literals_of
from mistral_agent.intent.parameters import kind_of, makes_code
from mistral_agent.intent.ranking import Ranked
from mistral_agent.intent.vocabulary import PROSE_WORKS, STOP_WORDS, TAIL_OPENERS
from mistral_agent.intent.wording import plain_wording, points
from mistral_agent.intent.words import stem, words

SURE = 0.6
"""A fit from which on a clause leaves no doubt about its tool."""
ABOUT_CODE = 0.3
"""The least fit where the message has code with it: then something is to be done with that."""
_IS_IT = re.compile(
    r"^(?:is|are|was|were|does|did|has|do(?= you\b)|why|when|who|which"
    r"|what(?! about\b)|how(?! about\b))\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:my|our|your (?:code|function|class|tests?|program)|this|that|these|the|it|its|last"
    r"|previous)\b",
    re.IGNORECASE,
)
NEW_THING = re.compile(
    r"^(?:(?:an?|some|another)\s+)?(?:[\w+#-]+\s+){0,4}?(?P<head>[a-z]+)\s+"
    r"(?:that|which|to|for|in|with|of|where|who|\w+ing)\s+\w",
    re.IGNORECASE,
)
"""A thing that is new, named without a verb: "a script that …"."""
_ANY_IN = re.compile(r"any\b.{1,60}\b(?:in|with|here)\b", re.IGNORECASE)
# "What is the complexity of merge sort?" is asked of no code that is there.
_OF_ANY = re.compile(
    r"what(?:'s| is| are) the [\w\s]{2,40}? (?:for|of|in) "
    r"(?!(?:the|this|that|these|those|my|our|your|its?|it|them|both)\b|@)\w",
    re.IGNORECASE,
)
_PLACES = frozenset({"path", "paths", "url", "timezone"})


def answered_in_words(
    text: str, ranked: Sequence[Ranked], *, has_code: bool, code_given: bool
) -> bool:
    """Whether a clause is small talk or a question that words answer, rather than a tool.

    Args:
        text: The clause.
        ranked: The tools that fit it, best first.
        has_code: There is code in the request or in memory.
        code_given: There is code in the request.
    """
    spoken = LEADING.sub("", text.strip())
    if is_small_talk(text) or _is_prose_work(spoken, ranked):
        return True
    best = ranked[0].score if ranked else 0.0
    if _asks_for_knowledge(spoken, best, code_given=code_given):
        return not (_is_deed_of(spoken, ranked) or _is_filled(text, ranked))
    asks = spoken.endswith("?") and not NEW_THING.match(spoken)
    if is_polite(text) or not (is_question(spoken) or asks):
        return False
    enough = ABOUT_CODE if code_given else ACCEPT
    if best < enough or (_IS_IT.match(spoken) and makes_code(ranked[0].tool)):
        return True
    needs_code = any(kind_of(ranked[0].tool, name) == "source" for name in ranked[0].tool.required)
    return needs_code and (
        _OF_ANY.match(spoken) is not None or not (has_code or _OWN.search(spoken))
    )


def asks_for_judgement(
    text: str, ranked: Sequence[Ranked], *, has_code: bool, code_given: bool
) -> bool:
    """Whether a clause asks how good code is, in words that no tool is named for."""
    spoken = LEADING.sub("", text.strip())
    if not (judges(spoken) or _ANY_IN.match(spoken)) or explains(spoken):
        return False
    likely = [each.score for each in ranked if not makes_code(each.tool)]
    no_one_leads = likely[:1] == likely[1:2]
    if code_given and no_one_leads and _ANY_IN.match(spoken):
        return True
    best = next(iter(likely), 0.0)
    if best >= (ABOUT_CODE if code_given else ACCEPT):
        return False
    return code_given or names_code(spoken) or (has_code and points(spoken))


def _asks_for_knowledge(spoken: str, best: float, *, code_given: bool) -> bool:
    """Whether knowledge is asked for; a tool that fits what is pointed at may know better."""
    if explains(spoken) or is_one_question(spoken):
        return True
    if not code_given and is_question(spoken) and is_in_general(spoken):
        return True
    sure = ABOUT_CODE if code_given and plain_wording(spoken) != spoken else SURE
    own = "@" in spoken or bool(_OWN.search(spoken))
    pointed = points(spoken) or (code_given and own)
    return is_about_doing(spoken) and not (pointed and best >= sure)


def _is_deed_of(spoken: str, ranked: Sequence[Ranked]) -> bool:
    """Whether the best tool is named for what is asked: "describe the table", "specify formally".

    An adverb says it as well as the verb: what is described formally is formalized.
    """
    if not ranked or ranked[0].score < ACCEPT:
        return False
    said, named = words(spoken), words(ranked[0].tool.name)
    manner = {stem(word) for word in said if word.endswith("ly")}
    verbs = {*said[:1], *words(plain_wording(spoken))[:1]}
    is_verb = ranked[0].score >= SURE and bool(verbs & {*named})
    return is_verb or bool(manner & {stem(word) for word in named if not word.endswith("ly")})


def _is_filled(text: str, ranked: Sequence[Ranked]) -> bool:
    """Whether a question gives all that the best tool needs: two zones and a time, a path."""
    if not ranked or ranked[0].score < ACCEPT:
        return False
    tool, said = ranked[0].tool, literals_of(text)
    needed = [name for name in tool.required if kind_of(tool, name) in _PLACES]
    return bool(needed) and set(needed) <= set(literal_arguments(tool, said, said))


def _is_prose_work(text: str, ranked: Sequence[Ranked]) -> bool:
    """Whether a poem or the like is wanted, of which the best tool says nothing."""
    thing = [word for word in _until_details(words(text)[:12]) if word not in STOP_WORDS]
    said = PROSE_WORKS.intersection(thing[-1:])
    if not said or not ranked:
        return False
    tool = ranked[0].tool
    return not said.intersection(words(f"{tool.name} {tool.title} {tool.description}"))


def _until_details(said: Sequence[str]) -> list[str]:
    return list(takewhile(lambda word: word not in TAIL_OPENERS, said))
