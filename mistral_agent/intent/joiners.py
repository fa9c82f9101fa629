"""The words that join the parts of a sentence, and what they say about the order."""

import re
from functools import lru_cache

_DONE = (
    r"(?:(?:right|directly|immediately|straight|only|just)\s+)?"
    r"(?:after|not\s+until|not\s+before|(?<!at )(?<!a )once(?!-|\s+(?:more|again)\b)|as\s+soon\s+as"
    r"|when(?=\s+(?:you(?:'ve|\s+have|\s+are)|that\s+is"
    r"|it(?:'s|\s+is)\s+(?:done|\w+ed)|the\s+[\w\s]{1,40}?(?:is|are|has|have)(?:\s+been)?\s+\w+)\b))"
)
_THAT = r"(?:that|this|it|these|those|they|everything|all\s+(?:of\s+)?(?:that|this))"
_THAT_IS_DONE = (
    rf"(?:when|once|as\s+soon\s+as|after)\s+{_THAT}(?:'s|'re|\s+is|\s+are|\s+has\s+been|\s+have\s+been)?"
    r"\s+(?:all\s+)?(?:done|finished|ready|complete|completed|over|there|right|correct|fixed|in\s+place|through|works?"
    r"|exists?|pass(?:es)?)\b:?"
    r"|(?:when|once)\s+(?:done|finished|ready)|after\s+which"
    r"|after\s+(?:that|this)(?=\s*,|\s+(?:please|you|we|i)\b"
    r"|\s+(?:[a-z]+)\s+(?:it|this|that|them|both|everything|the|its|my|an?|some|unit|tests?)\b)"
)
_BEFORE_THAT = (
    r"(?:before|prior\s+to|ahead\s+of)\s+(?:that|this)|before\s+you\s+do(?:\s+(?:so|that))?"
)
_UM = r"(?:oh|er+|uh+|um+|hm+|ah|oops|sorry|no|actually)\W{1,3}"
_TAKEN_BACK = (
    rf"(?:(?:{_UM}){{1,3}}wait\b|(?:{_UM}){{0,3}}(?:wait(?=\W{{1,3}}(?:no|actually|rather|make|better)\b|,)"
    r"|scratch\s+(?:that|it)|strike\s+that|correction|i\s+mean(?:t)?(?:\s+to\s+say)?|actually\W{1,2}no"
    r"|no\W{1,2}actually|on\s+second\s+thoughts?|or\s+rather)\b)"
    r"(?:\W{1,3}(?:no|make\s+(?:that|it)|rather|better|instead|actually|just)\b){0,2}[,:.!]?"
)
_ALL_BUT = (
    r"(?:do\s+)?(?:everything|all(?:\s+of\s+(?:it|this|that|them))?|anything|the\s+lot)\s+"
    r"(?:but|except(?:\s+for)?|apart\s+from|besides|other\s+than|minus)"
)
_SAME = (
    r"(?:do\s+)?(?:the\s+)?(?:same|likewise|ditto)(?:\s+thing)?\s+(?:for|with|to|on)"
    r"(?=\s+(?:the|it|them|my|those|these|its|that)\b)"
)
# After these "with" joins nothing: "begin with a review".
_NOT_WITH = "".join(
    f"(?<!{word} )"
    for word in (
        "bother",
        "begin",
        "start",
        "end",
        "finish",
        "close",
        "conclude",
        "continue",
        "proceed",
        "wait",
        "straight",
        "go on",
    )
)
# Blanks are read from the start of their run alone: tried from each one, a long run takes minutes.
JOINER = re.compile(
    rf"(?P<joiner>(?:(?<!\s)\s*(?:,\s*)?)?\b(?:{_TAKEN_BACK}|{_ALL_BUT}"
    rf"|(?:(?:but|and|then)\s+)?(?:{_SAME}|(?:only\s+)?(?:{_THAT_IS_DONE})|{_BEFORE_THAT})"
    r"|and\s+then|and\s+finally|and\s+also|(?:and\s+)?only\s+then"
    r"|(?:but|and)\s+first|(?:followed|preceded)\s+by|but|and|then|afterwards|finally"
    r"|as\s+well\s+as|having(?=\s+(?:\w+ed|written|made|done|run)\b)"
    rf"|along\s+with|together\s+with|including|{_NOT_WITH}with|plus"
    r"|(?<!from )(?<!than )before|prior\s+to|ahead\s+of"
    rf"|{_DONE}|without|except(?:\s+for)?|apart\s+from|minus|rather\s+than|instead\s+of)\b\s*"
    r"|(?:(?<!\s)\s+)?,\s*|(?<!\s)\s+(?:\+|&|->|=>|\u2192|>|\|)\s+(?=[A-Za-z])"
    r"|(?<!\s)\s+[-\u2013\u2014]\s+)",
    re.IGNORECASE,
)
STRONG = frozenset(["then", "finally", "afterwards"])
EARLIER = frozenset(
    [
        "before",
        "prior to",
        "ahead of",
        "after",
        "once",
        "as soon as",
        "when",
        "having",
        "preceded by",
        "not until",
        "not before",
    ]
)
LATER = frozenset(["before", "prior to", "ahead of"])
NOUNS_ONLY = frozenset(["with", "including", "along with", "together with", "followed by"])
MADE_ALONG = frozenset(["with", "including"])
NOT_THESE = frozenset(
    [
        "without",
        "except",
        "except for",
        "apart from",
        "minus",
        "rather than",
        "instead of",
        "all but",
    ]
)
AGAIN = "same for"
TAKEN_BACK = "no, rather"
"""What stands before it is not meant, what follows is."""

_MEANINGS = tuple(
    (re.compile(rf"(?:(?:but|and|then)\s+)?(?:only\s+)?(?:{pattern})\W*$", re.IGNORECASE), meaning)
    for pattern, meaning in (
        (_TAKEN_BACK, TAKEN_BACK),
        (_ALL_BUT, "all but"),
        (_SAME.partition("(?=")[0], AGAIN),
        (_THAT_IS_DONE, "then"),
        (_BEFORE_THAT, "before that"),
        (r"(?:and\s+)?only\s+then", "then"),
    )
)
_ADVERB = re.compile(r"^(?:right|directly|immediately|straight|only|just)\s+")
_MARK = re.compile(r"^[^\w\s,]+$")
_AND_NOT = re.compile(r"^(?:(?:and|but|or|then|plus)\W+)+(?=[a-z ]+$)")


@lru_cache(maxsize=2_000)
def word_of(joiner: str) -> str:
    """The joiner as it is known here: "right after" is "after", "once that is done" is "then"."""
    said = " ".join(joiner.strip(" ,").lower().split())
    if _MARK.match(said):
        return ""
    for pattern, meaning in _MEANINGS:
        if pattern.match(said):
            return meaning
    bare = _ADVERB.sub("", _AND_NOT.sub("", said))
    return bare if bare in EARLIER | NOT_THESE else said
