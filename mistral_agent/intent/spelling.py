"""Slips of the keyboard and shorthand of small words, and the marks of lists."""

import re

from mistral_agent.intent.vocabulary import FORMATTERS

_BULLET = re.compile(
    r"^[^\S\n]*(?:[-*\u2022\u2013+]|\(?\d{1,2}[.)]|\(?[a-h]\)|[ivx]{1,4}[.)]|\[[ x]?\]"
    r"|step\s+(?:\d{1,2}|one|two|three|four|five)\s*[:.)-])\s+",
    re.MULTILINE | re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?<!\s)\s+(?=(?:\(?[2-9][.)]|\(?[b-h]\)|step\s+(?:\d{1,2}|two|three|four|five)\s*[:.)-])\s+[a-z])"
    r"|(?<=[\w:])\s+(?=(?:\(?1[.)]|\(?a\))\s+[a-z])",
    re.IGNORECASE,
)
_SMALL_WORDS = (
    "and", "the", "then", "that", "this", "with", "for", "from", "which", "when", "after",
    "before", "first", "but", "not", "could", "would", "please",
)  # fmt: skip
_SLIPS = {
    word[:i] + word[i + 1] + word[i] + word[i + 2 :]: word
    for word in _SMALL_WORDS
    for i in range(len(word) - 1)
    if word[:i] + word[i + 1] + word[i] + word[i + 2 :] not in {"form", "fro", *_SMALL_WORDS}
}
_SLIPS |= dict.fromkeys(("pleas", "plese", "plase", "pleae"), "please")
_AND_THAN = re.compile(r"(?<=\band )than\b", re.IGNORECASE)
_SLIP = re.compile(rf"\b(?:{'|'.join(_SLIPS)})\b", re.IGNORECASE)

_IN_FULL = {"u": "you", "ur": "your", "pls": "please", "plz": "please", "smth": "something",
            "sth": "something", "wanna": "want to", "gonna": "going to",
            "gimme": "give me", "lemme": "let me", "dis": "this", "n": "and", "4": "for",
            "plox": "please"}  # fmt: skip
_IN_BRACKETS = re.compile(
    r"(?<!\s)\s*\((?=(?:and|plus|then|but|no|without|with (?:unit )?tests)\b)([^()\n]{2,200})\)",
    re.I,
)
_BY_FORMATTER = re.compile(rf"\(({'|'.join(sorted(FORMATTERS))})\)", re.IGNORECASE)
_FORMATTER_THEN_ON = re.compile(
    rf"\b({'|'.join(sorted(FORMATTERS))}) (?:afterwards|after that|then) (?=(?:on|over)\b)", re.I
)
_TIDY_UP = re.compile(
    r"\b(?P<the>an?|the|some|quick|final) (?:tidy|clean)[- ]?up"
    r"(?=\W*$|[,.;]| (?:and|then|please|first|last|afterwards)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_DASHES = re.compile(r"(?<=[\w.)]) -- (?=\w)")
_WITH = re.compile(r"(?<=[\w,] )w/(?P<out>o)?\s*(?=[\w`@])", re.IGNORECASE)
_SHORTHAND = re.compile(
    r"(?<=can )u\b|(?<=could )u\b|(?<=would )u\b|(?<=will )u\b|(?<=do )u\b|(?<=thank )u\b"
    r"|\b(?:ur|pls|plz|smth|sth|wanna|gonna|gimme|lemme|dis|plox)\b"
    r"|(?<=[a-z] )(?<!most )(?<!least )(?<!top )(?<!first )(?<!last )(?<!of )(?<!than )(?<!the )"
    r"(?<!to )(?<!by )(?<!for )(?<!with )(?<!next )(?-i:n)(?= [a-z])"
    r"|(?<=[a-z] )4(?= (?:this|it|that|me|my|the|bugs?)\b)",
    re.IGNORECASE,
)

# "Review what you wrote" is "review it"; "explain what you wrote to disk" is not.
_WHAT_YOU_MADE = re.compile(
    r"(?<=[a-z] )what(?:ever)? you(?:'ve| have|'d| had)?(?: just)? "
    r"(?:wrote|written|made|generated|produced|created|built|implemented|coded|came up with"
    r"|come up with|delivered)\b(?!\s+(?:to|into|about)\b)"
    r"|(?<=[a-z] )your own (?:work|code|solution)\b",
    re.IGNORECASE,
)


def spelled_out(prose: str) -> str:
    """The prose with swapped letters of small words put right and shorthand written in full."""
    text = _AND_THAN.sub("then", _SLIP.sub(lambda match: _SLIPS[match[0].lower()], prose))
    text = _FORMATTER_THEN_ON.sub(r"\1 ", _DASHES.sub(" \u2014 ", text))
    text = _TIDY_UP.sub(r"\g<the> formatting", text)
    text = _BY_FORMATTER.sub(r"with \1", _IN_BRACKETS.sub(r", \1", text))
    text = _WITH.sub(lambda match: "without " if match["out"] else "with ", text)
    text = _WHAT_YOU_MADE.sub("it", text)
    return _SHORTHAND.sub(lambda match: _IN_FULL[match[0].lower()], text)


def without_marks_of_lists(text: str) -> str:
    """The text with each point of a list on a line of its own, without its number or bullet."""
    return _BULLET.sub("", _NUMBERED.sub("\n", text))
