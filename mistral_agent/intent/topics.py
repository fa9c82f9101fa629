"""A list of deeds and, before or after a colon, what they are about: "LRU cache: code, tests"."""

import re

from mistral_agent.intent.clause import ACCEPT
from mistral_agent.intent.joiners import JOINER
from mistral_agent.intent.lead_ins import LEADING, first_word, is_wish
from mistral_agent.intent.negation import is_said_no_to
from mistral_agent.intent.parameters import takes_words
from mistral_agent.intent.ranking import Ranked, ToolIndex
from mistral_agent.intent.vocabulary import FORMATTERS
from mistral_agent.intent.wording import imperative
from mistral_agent.intent.words import CODE, groups_of, is_action, stem, telling_words, words

MAX_PIECES = 60
"""Parts of one sentence that are looked at; the rest stays together."""

_MAX_NAMES = 3
_LONGEST_TOPIC = 80
_COLON = re.compile(r":\s+")
_PLEASE = re.compile(r"(?<!\W)(?:\W+(?:please|first|for now)\b)+\W*$", re.IGNORECASE)
_OF_WHAT = re.compile(r"\b(?:for|of|on)\s+(?P<what>an?\s+.+)$", re.IGNORECASE)
_THING_THERE = re.compile(
    r"\b(?:for|on|of|to|about|with|in)\s+(?P<thing>(?:the|this|that|these|those|my|our|both|@)\S*.*)$",
    re.IGNORECASE,
)
_THAT_IS = re.compile(r"(?:that(?:'s|\s+is)|i\.e\.|namely|meaning)[,\s]\s*", re.IGNORECASE)
_EXCEPT = re.compile(r"\b(?:but|except|apart from|besides|other than|minus|without)\b", re.I)
_FOR_WHAT = re.compile(r"\s*for\s+(?P<what>(?:an?|some)\s+\S.*)$", re.IGNORECASE | re.DOTALL)
_ABOUT = re.compile(r"(?:for|on|of|about|with|in|regarding)\b", re.IGNORECASE)
_MARKED = re.compile(r"[^\w\s'-]")
_HEADING = re.compile(
    r"(?:let'?s (?:go|do (?:it|this)) )?(?:step by step|one by one)\W*$"
    r"|(?:please\s+)?(?:(?:do|run|perform|carry\s+out|here(?:'s|\s+is|\s+are)|these\s+are|this\s+is"
    r"|(?:i|we)\s+(?:need|want|have))\s+)?(?:all\s+)?(?:of\s+)?"
    r"(?:(?:the|my|our|your|these|this|an?|two|three|four|five|some|several|a\s+few)\s+)?"
    r"(?:(?:next|following|remaining|last|open|different|full|whole)\s+)?"
    r"(?:steps?|tasks?|jobs?|to-?dos?|plan|order|agenda|requests?|list|things?(?:\s+to\s+do)?"
    r"|following)(?:\s+(?:for\s+(?:you|today)|please|today|now|in\s+(?:this|that)\s+order))?\W*$",
    re.IGNORECASE,
)
_IT = re.compile(r"\s(?:it|this|that|one)\W*$", re.IGNORECASE)
_NEW = re.compile(r"\s*(?:an?|some)\s", re.IGNORECASE)
_WANT = re.compile(r"^(?:want|need|require)\s+", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:the|my|your|our|its|all)\s+", re.IGNORECASE)


def with_topic_inside(sentence: str, index: ToolIndex) -> str:
    """A sentence with its topic in the first of its deeds, and without a heading.

    "LRU cache: code, tests" and "code, tests: an LRU cache" are "code for an LRU cache, tests".
    """
    found = _COLON.search(sentence)
    if found is None or not sentence[found.end() :].strip():
        return sentence
    before, after = (
        _PLEASE.sub("", sentence[: found.start()]),
        _THAT_IS.sub("", sentence[found.end() :]),
    )
    if _EXCEPT.search(before):
        return f"{before}: {after}"
    first, then = _Deeds(before, index), _Deeds(after, index)
    wished, has_goal = is_wish(before), first.ranked[0] is not None and not _ABOUT.match(before)
    if _HEADING.match(before):
        return after
    if then.are_names and (wished or not has_goal) and len(before) <= _LONGEST_TOPIC:
        topic = then.topic or _topic_of(before)
        return then.about(topic) if then.take_words else then.done_to(before)
    is_bare = first.are_bare or (first.is_one_name and bool(_NEW.match(after)))
    if is_bare and first.take_words and not then.are_names and not _is_deed(after):
        return first.about(after)
    return after if wished and not has_goal and then.ranked[0] else sentence


def _topic_of(heading: str) -> str:
    """What a heading is about: "a queue" of "I want all of it for a queue"."""
    wanted = _WANT.sub("", LEADING.sub("", heading))
    of_what = _OF_WHAT.search(heading)
    is_whole = of_what and (_ARTICLE.match(wanted) or not is_wish(heading))
    return of_what["what"] if of_what and is_whole else wanted


class _Deeds:
    """The parts of a list, each with the tools that fit.

    Args:
        text: The list.
        index: The tools.

    Attributes:
        topic: What the list itself says that they are about.
        ranked: The best tool of each, where one fits.
    """

    def __init__(self, text: str, index: ToolIndex) -> None:
        self._index = index
        self._text = text
        self._pieces, self.topic = _pieces(text)
        spoken = [imperative(LEADING.sub("", part)) for part in self._pieces[::2] if part.strip()]
        self._spoken = spoken or [text]
        self.ranked = [self._best(each) for each in self._spoken]

    def _best(self, text: str) -> Ranked | None:
        """The tool that fits; lone code is to be written."""
        name = _ARTICLE.sub("", text)
        said = words(name)
        is_code = len(said) == 1 and groups_of(map(stem, said)) & CODE
        best = next(iter(self._index.rank(f"write {name}" if is_code else name)), None)
        return best if best and best.score >= ACCEPT else None

    @property
    def are_names(self) -> bool:
        """Whether they are several, and each only names a deed: "code, tests and a review"."""
        return len(self._spoken) > 1 and all(map(_is_name, self._spoken)) and all(self.ranked)

    @property
    def are_bare(self) -> bool:
        """Whether they are several, and none says what it is about: "write and test"."""
        lone = all(len(_telling(each)) == 1 for each in self._spoken)
        return lone and self.are_names

    @property
    def is_one_name(self) -> bool:
        """Whether it is one name of a deed: "only the specification"."""
        head = first_word(self._text)
        is_verb = is_action(head) and not groups_of((stem(head),))
        is_name = _is_name(self._text) and not is_verb and not is_wish(self._text)
        return len(self._spoken) == 1 and is_name and bool(self.ranked[0])

    @property
    def take_words(self) -> bool:
        """Whether the first one is to be told what it is about."""
        best = self.ranked[0]
        return best is not None and takes_words(best.tool)

    def about(self, topic: str) -> str:
        """The list with the topic in the first deed."""
        told = topic.rstrip(".! ")
        start, *rest = self._pieces
        start = LEADING.sub("", start)
        head = next(iter(words(start)), "")
        is_verb = is_action(head) and not groups_of((stem(head),))
        deed = _IT.sub("", start).strip()
        is_verb = is_verb or (is_action(head) and deed != start.strip())
        first = f"{deed} {told}" if is_verb else f"{_ARTICLE.sub('a ', start)} for {told}"
        others = zip(rest[::2], rest[1::2], strict=True)
        return first + "".join(_then(joiner, part) for joiner, part in others)

    def done_to(self, heading: str) -> str:
        """The list with what the heading names as there: "tests of this class, review of it"."""
        thing = _THING_THERE.search(heading)
        if thing is None:
            return self._text
        first, *rest = (part.strip(" .!") for part in self._pieces[::2])
        joined = zip(self._pieces[1::2], rest, strict=True)
        told = f" of {thing['thing']}"
        return f"{first}{told}" + "".join(f"{joiner}{part}{told}" for joiner, part in joined)


def _pieces(text: str) -> tuple[list[str], str]:
    """The parts of a list with what joins them, and what it is said to be for at its end."""
    pieces = JOINER.split(text, MAX_PIECES)
    while len(pieces) > 1 and not words(pieces[0]):  # "First, …"
        pieces = pieces[2:]
    joined = pieces[:1]
    for joiner, part in zip(pieces[1::2], pieces[2::2], strict=True):
        if words(joiner) == ["with"]:
            joined[-1] += joiner + part
        else:
            joined += (joiner, part)
    joined[::2] = [
        f"format with {e}" if e.strip(" .!").lower() in FORMATTERS else e for e in joined[::2]
    ]
    found = _FOR_WHAT.match(joined[-1])
    return (joined[:-2], found["what"]) if found and len(joined) > 1 else (joined, "")


def _then(joiner: str, part: str) -> str:
    """A part that comes after a topic; the code is to be written."""
    plain = words(joiner) in ([], ["and"])
    name = _ARTICLE.sub("", part).strip(" .!")
    made = "write the " if groups_of(map(stem, words(name)[:1])) & CODE else ""
    return f"{', then ' if plain else joiner}{made}{name if made else part}"


def _telling(text: str) -> list[str]:
    return telling_words(LEADING.sub("", text))


def _is_deed(text: str) -> bool:
    return is_action(first_word(text))


def _is_name(text: str) -> bool:
    is_plain = not _MARKED.search(text.strip(" .!")) and not is_said_no_to(text)
    return len(_telling(text)) <= _MAX_NAMES and is_plain
