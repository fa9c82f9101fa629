"""The small words that join and lead into a request, where they are typed in haste."""

import re

_SMALL_WORDS = (
    "and", "the", "then", "that", "this", "with", "for", "from", "which", "when", "after",
    "before", "first", "but", "not",
)  # fmt: skip
_SLIPS = {
    word[:i] + word[i + 1] + word[i] + word[i + 2 :]: word
    for word in _SMALL_WORDS
    for i in range(len(word) - 1)
    if word[:i] + word[i + 1] + word[i] + word[i + 2 :] not in {"form", "fro", *_SMALL_WORDS}
}
_SLIP = re.compile(rf"\b(?:{'|'.join(_SLIPS)})\b", re.IGNORECASE)
_IN_FULL = {"u": "you", "ur": "your", "pls": "please", "plz": "please", "smth": "something",
            "sth": "something", "wanna": "want to", "gonna": "going to"}  # fmt: skip
_SHORTHAND = re.compile(
    r"(?<=can )u\b|(?<=could )u\b|(?<=would )u\b|(?<=will )u\b|(?<=do )u\b|(?<=thank )u\b"
    r"|\b(?:ur|pls|plz|smth|sth|wanna|gonna)\b",
    re.IGNORECASE,
)


def in_full(text: str) -> str:
    """The text with swapped letters put right ("adn") and shorthand written out ("can u")."""
    text = _SLIP.sub(lambda match: _SLIPS[match[0].lower()], text)
    return _SHORTHAND.sub(lambda match: _IN_FULL[match[0].lower()], text)
