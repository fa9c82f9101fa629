"""Whether a value stands in a text, and whether the text says no to it."""

import re
from collections.abc import Iterator

from mistral_agent.intent.words import stem

_NEAR = 60
_LEFT_OUT = (
    r"(?:every(?:thing|where)?|any(?:thing)?|all)\s+but|except(?:\s+for)?|apart\s+from|other\s+than"
    r"|ignor(?:e|ing)|(?:leav(?:e|ing)|keep(?:ing)?)\s+out|omit|exclud(?:e|ing)|skip(?:ping)?"
    r"|\w+n['\u2019]t\s+(?:care|bother)"
)
_NO = (
    r"no(?:\s+longer)?|not(?!\s+(?:only|just)\b)|nor|never|without|dont|cannot|instead\s+of"
    r"|rather\s+than|\w+n['\u2019]t(?!\s+forget\b)|avoid(?:ing)?|hate|dislike|tired\s+of"
    r"|ban(?:ned)?|forbid|forbade|dropp?(?:ed)?|ditch(?:ed)?|abandon(?:ed)?"
    r"|(?:moved|switched|migrated|changed|went|moving|switching)\s+(?:away\s+)?from"
    r"|(?:get|got|getting|stay|keep)\s+away\s+from"
    r"|prefer\w*\s+\w+\s+(?:over|to)"
)
# What is denied stands near; in "not black but ruff" and "instead of black use ruff" it ends.
_WORDS_BETWEEN = r"(?:\s+(?!but\b)\w+)?(?:\s+(?!(?:but|use|using|take)\b)\w+)?\s*['\"`]?$"
_DENIES = re.compile(rf"\b(?:{_NO}|{_LEFT_OUT})\b{_WORDS_BETWEEN}", re.IGNORECASE)
_LEAVES_OUT = re.compile(rf"\b(?:{_LEFT_OUT})\b{_WORDS_BETWEEN}", re.IGNORECASE)
_IS_NOT_WANTED = re.compile(
    r"[\w+#-]*['\"`]?\s+(?:(?:is|are|was|were|does|do|did|will|can|may)(?:n['\u2019]t|\s+not)|cannot|can['\u2019]t"
    r"|won['\u2019]t)\s+(?:\w+\s+)?(?:allowed|permitted|accepted|available|installed|supported|wanted"
    r"|needed|required|welcome|important|relevant|(?:an?\s+)?option|used|work|run|exist|matter)\b"
    r"|[\w+#-]*['\"`]?\s+(?:is|are|was|were)\s+(?:\w+\s+)?(?:forbidden|banned|prohibited"
    r"|disallowed|unavailable|missing|broken|no\s+option|irrelevant|unimportant)\b",
    re.IGNORECASE,
)
_LEAVE = re.compile(r"\b(?:leav(?:e|ing)|keep(?:ing)?)\s+(?:the\s+)?$", re.IGNORECASE)
_OUT = re.compile(r"\w+\s+(?:out|aside|away)\b", re.IGNORECASE)
_SWAP = re.compile(
    r"\b(?:swap(?:ped)?|replaced?|exchanged?|traded?)\s+(?:out\s+)?(?:the\s+)?$", re.IGNORECASE
)
_BY = re.compile(r"[\w+#-]+\s+(?:for|by|with|against)\b", re.IGNORECASE)
_MEANS = re.compile(r"\b(?:with|using|use|via|through|take|run)\s+['\"`]?$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


def is_denied(prose: str, position: int) -> bool:
    """Whether the words around this place say no to what stands there."""
    before = prose[max(0, position - _NEAR) : position]
    after = prose[position : position + 2 * _NEAR]
    return bool(
        _DENIES.search(before)
        or _IS_NOT_WANTED.match(after)
        or (_LEAVE.search(before) and _OUT.match(after))
        or (_SWAP.search(before) and _BY.match(after))
    )


def is_means(prose: str, position: int) -> bool:
    """Whether what stands here is what something is to be done with: "using ruff"."""
    return bool(_MEANS.search(prose[max(0, position - _NEAR) : position]))


def mentions(prose: str, value: str) -> bool:
    """Whether the text names the value, in any form of the word, without saying no to it."""
    return any(not is_denied(prose, place) for place in _places(prose, value))


def is_left_out(prose: str, value: str) -> bool:
    """Whether the text wants all but this value: "everything but style", "ignore style"."""
    for place in _places(prose, value):
        before, after = prose[max(0, place - _NEAR) : place], prose[place : place + 2 * _NEAR]
        if _LEAVES_OUT.search(before) or (_LEAVE.search(before) and _OUT.match(after)):
            return True
    return False


def _places(prose: str, value: str) -> Iterator[int]:
    """Where the text names the value, in any form of the word."""
    meant = {value.lower(), stem(value.lower())}
    for match in _WORD.finditer(prose):
        if {match[0].lower(), stem(match[0].lower())} & meant:
            yield match.start()
