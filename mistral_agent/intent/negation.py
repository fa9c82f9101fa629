"""The ways to say that something is not wanted."""

import re

_NO = (
    r"do not|don't|dont|no need (?:for|to)|not|no|without|skip|except|never(?: mind)?|leave out"
    r"|leave off|leave aside|omit|forget(?: about)?|ignore|exclude|spare me|rather than|instead of"
    r"|nor|neither|hold off (?:on|with)|refrain from|abstain from|scrap|drop|minus"
    r"|(?:(?:you|we|i) )?(?:can|could|may) (?:skip|omit|leave out|do without|drop|forget)"
    r"|(?:you|we|i) have no (?:use|need) for"
    r"|(?:you|we|i) (?:do not|don't|dont|need not|needn't|won't|will not)"
    r"(?!\s+(?:have(?!\s+to)|know|understand|like|think|see|remember|mind|trust|get|believe)\b)"
)
_NEGATION = re.compile(
    rf"^(?:(?:please|just|or|ok|okay|and|but|so|then|well|now)\W+|(?:let's|let\s+us)\s+(?=not\b))*(?:{_NO})\b"
    r"(?:\s+(?:(?:need|want|require|bother|care)(?:\s+(?:to|with|about|for))?|have\s+to)\b)?"
    r"\s*(?:the|any|a|an)?\s*",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"^(?:please\s+|just\s+)*(?:leave|keep)\s+(?P<what>[^,;:]{1,60}?)\s+"
    r"(?:for\s+(?:later|now|another\s+\w+)|alone|out(?:\s+of\s+it)?|aside|be|off"
    r"|as\s+(?:it\s+is|they\s+are|is))\W*$",
    re.IGNORECASE,
)
_NOT_NEEDED = re.compile(
    r"(?<!\s)\s+(?:(?:(?:(?:is|are)\s+not|(?:is|are)n't|not|un(?=necessary))\s*"
    r"(?:needed|necessary|required|wanted|to\s+be\s+(?:done|written|run)))"
    r"|(?:can|could|may|should)\s+(?:be\s+)?(?:left\s+out|skipped|omitted|dropped"
    r"|wait(?:\s+(?:for|until|till)\s+\w+(?:\s+\w+)?)?)"
    r"|(?:can|could|may|should)\s+stay(?:\s+as\s+(?:it\s+is|they\s+are))?"
    r"|(?:is|are)\s+(?:fine|ok|okay|good)\s+as\s+(?:it\s+is|they\s+are))\W*$",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"(?<!\s)\s+(?:needed|necessary|required|wanted|please|at\s+all|yet|now|though|then"
    r"|for\s+(?:now|the\s+moment)|this\s+time|today|here)\W*$",
    re.IGNORECASE,
)
_BY_MYSELF = re.compile(
    r"^(?:(?:and|but|so)\s+)?(?:i|we)(?:'ll|\s+will|\s+can)\s+(?:do|write|handle|add|take\s+care\s+of|run)"
    r"\s+(?P<what>[^,;:]{1,60}?)\s+(?:myself|ourselves|on\s+(?:my|our)\s+own|later)\W*$",
    re.IGNORECASE,
)
_BUT_THIS = re.compile(
    r"\s*(?:just|only|but|instead|simply|rather)\b|.*\b(?:only|instead)\W*$"
    r"|.*\b(?:(?:is|are|will be) (?:enough|fine|sufficient)|suffices?|will do)\W*$",
    re.IGNORECASE,
)


def denied(text: str, *, is_exception: bool = False) -> str | None:
    """What a part of a sentence says no to: "tests" of "no tests please"; None where it does not.

    Args:
        text: The part.
        is_exception: A word such as "without" stands before it.
    """
    inside = text.strip()
    if not _NEGATION.match(inside):
        unneeded = _NOT_NEEDED.search(inside)
        left = _LEFT.match(inside) or _BY_MYSELF.match(inside)
        if unneeded:
            inside = inside[: unneeded.start()]
        elif left:
            inside = left["what"]
        elif not is_exception:
            return None
        inside = f"no {inside}"
    what = _NEGATION.sub("", inside)
    return _NEEDED.sub("", _NEEDED.sub("", what))


def is_said_no_to(text: str) -> bool:
    """Whether a part starts with a word that says no."""
    return bool(_NEGATION.match(text.strip()))


def turns_to_what_is_wanted(text: str) -> bool:
    """Whether a part says what is wanted after what is not: "only a review"."""
    return bool(_BUT_THIS.match(text))
