"""Text from models and tools, made harmless for a terminal."""

import re

# ECMA-48 §8.3: control sequences, the five kinds of control strings, and other escapes. A string
# that never ends, or that spans lines, loses its introducer alone: its text is then visible.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls but newline and tab; tag characters, which carry text that nobody sees.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\U000e0000-\U000e007f\ufff9-\ufffb]")
# Overrides and isolates make code read otherwise than it runs (CVE-2021-42574): they are shown.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def plain(text: str) -> str:
    """Strip what a terminal would obey instead of show; newlines and tabs stay.

    It does not cover letters that look alike, nor what the words themselves claim.

    Args:
        text: Anything, such as a tool's result.

    Returns:
        Text without escapes, controls and lone surrogates. Every line end is a newline, so that
        a carriage return cannot overwrite a line. Bidirectional overrides become `<U+202E>`.
    """
    text = _ESCAPES.sub("", text)
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    text = _SURROGATES.sub("\ufffd", text)
    return _BIDI.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def one_line(text: str, limit: int = 200) -> str:
    """`plain` text on one line, of at most `limit` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
