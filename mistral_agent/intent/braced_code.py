"""A definition in a language of braces that stands in a sentence without a mark.

"How complex is func Sign(n int) int { return n }" has Go in it.
"""

import re

_START = re.compile(
    r"\b(?:(?:(?:pub|export|async|default)\s+)*(?:func|fn|function)\b\s*(?:\w+\s*)?[(<]"
    r"|(?:const|let|var)\s+\w+\s*=\s*(?:async\s*)?(?:function\b|\(?[\w\s,]*\)?\s*=>)"
    r"|(?:(?:public|private|protected|static|final|inline)\s+)+[\w<>\[\]]+\s+\w+\s*\("
    r"|(?:int|void|double|float|bool|char|long|string)\s+\w+\s*\()"
)
_MAX_LENGTH = 2_000


def braced_code(line: str) -> tuple[int, int] | None:
    """Where in a line a definition begins and ends, with the brace that closes it; else None."""
    start = _START.search(line)
    if start is None:
        return None
    text = line[start.start() : start.start() + _MAX_LENGTH]
    if "{" not in text:
        return None
    depth = 0
    for place, mark in enumerate(text):
        depth += (mark == "{") - (mark == "}")
        if mark == "}" and depth <= 0:
            return start.start(), start.start() + place + 1
    return None
