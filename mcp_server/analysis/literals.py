"""Python literals and calls with literal arguments, read out of plain text by pure functions."""

import ast
import re
import warnings

LONGEST = 300
"""Characters that are looked at for one literal or one call."""

DEEPEST = 30
"""Brackets within brackets that are followed."""

_WORD = re.compile(
    r"(?:True|False|None|true|false|null)\b|-?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|-?\.\d+"
)
_OTHER_LANGUAGES = {"true": "True", "false": "False", "null": "None"}
_PREFIXES = re.compile(r"(?:[bB][rR]?|[rR][bB]?|[uU])(?=['\"])")
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_OPENING.values())
_PART = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|['\"].*|[()\[\]{}]", re.DOTALL)
"""What matters between brackets: whole texts, a text without an end, and brackets."""
_CURLY = {"\u201c": "\u201d", "\u2018": "\u2019"}


def literal(text: str) -> str | None:
    """The normal form of a literal, or None: `ast.literal_eval` reads it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return repr(ast.literal_eval(text.strip()))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def read_literal(text: str) -> tuple[str, int] | None:
    """The literal that `text` begins with, as its normal form and its length in `text`."""
    quoted = 1 if text[:1] == "`" else 0
    found = _bare(text[quoted:])
    if not found:
        return None
    form, length = found
    length += quoted
    return form, length + 1 if quoted and text[length : length + 1] == "`" else length


def leading_literal(text: str) -> str | None:
    """The literal that the first line of `text` begins with, perhaps in backquotes."""
    lines = text.splitlines()
    found = read_literal(lines[0].lstrip(" ")) if text.strip() and lines else None
    return found[0] if found else None


def literal_call(source: str) -> tuple[str, str] | None:
    """Name and normal form of a call of a plain name with literal arguments, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(source, mode="eval").body
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                return None
            for argument in (*node.args, *(k.value for k in node.keywords)):
                ast.literal_eval(argument)
            if any(k.arg is None for k in node.keywords):
                return None
            return node.func.id, ast.unparse(node)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def balanced(text: str, start: int) -> str:
    """The text from `start` to the bracket that closes the first one; empty if none does."""
    depth = 0
    for part in _PART.finditer(text, start, start + LONGEST):
        if part[0] in _OPENING:
            depth += 1
        elif part[0] in _CLOSING:
            depth -= 1
        if depth > DEEPEST:
            return ""
        if part[0] in _CLOSING and depth <= 0:
            return text[start : part.end()]
    return ""


def _bare(text: str) -> tuple[str, int] | None:
    """The same without backquotes."""
    if match := _WORD.match(text):
        return _of_word(match[0]) if _ends(text, match.end()) else None
    if text[:1] in _OPENING:
        source = balanced(text, 0)
        form = literal(source) if source else None
        return (form, len(source)) if form else None
    if text[:1] in _CURLY:
        end = text.find(_CURLY[text[0]], 1)
        return (repr(text[1:end]), end + 1) if end > 0 else None
    return _of_text(text)


def _of_word(word: str) -> tuple[str, int] | None:
    form = literal(_OTHER_LANGUAGES.get(word, word))
    return (form, len(word)) if form else None


def _ends(text: str, end: int) -> bool:
    """Whether a number or a word is over at `end`: `4th`, `3(` and `1.5.2` go on."""
    return not re.match(r"[\w(]|\.\w", text[end : end + 2])


def _of_text(text: str) -> tuple[str, int] | None:
    prefix = match[0] if (match := _PREFIXES.match(text)) else ""
    quote = text[len(prefix) : len(prefix) + 1]
    if quote not in ("'", '"'):
        return None
    body = re.match(rf"{quote}(?:\\.|[^{quote}\\\n])*{quote}", text[len(prefix) :])
    form = literal(prefix + body[0]) if body else None
    return (form, len(prefix) + len(body[0])) if form and body else None
