"""A line of code that stands in a sentence without a mark: "format x=1;y=2"."""

import ast
import re

from mistral_agent.intent.calls import is_concrete_call
from mistral_agent.intent.parsing import tree_of
from mistral_agent.intent.vocabulary import FORMATTERS, POINTERS
from mistral_agent.intent.words import is_action, same_use

_START = re.compile(
    r"^(?P<lead>\W*(?:(?:please|now|can you|could you|then)\W+)*(?P<deed>[A-Za-z]+)\b"
    r"(?P<what>(?:\s+(?:up|layout|formatting|style|quality|of|for(?!\s+\w+\s+in\b)|on|this|the|following|code|snippet|line|function|please))*)\s*:?\s+)"
    r"(?P<code>\S.*)$",
    re.IGNORECASE,
)
_WORKED_ON = ("format", "review", "test", "refactor")
_ABOUT_CODE = frozenset({"tests", "complexity"})
_SET = re.compile(r"(?:\w*_\w*|\w{4,})\s*=\s*[\w.%+-]+")
NEXT_REQUEST = re.compile(
    r"[\s,;]+(?:and|then|but|[-\u2013\u2014]+>?)\s+(?:(?:then|please)\s+)?(?P<word>[a-z]+)\s+\w"
)
"""What may end code in a sentence: "x = 1 and review it"."""

_END = re.compile(r"[\s,.;?!]")
_GOES_ON = re.compile(r"\s*[=+*/%<>(\[{]")
_MARK = re.compile(r"[:?]\s+(?=\S)|\b(?:in|with|about|of)\s+(?=[\w.]+\()")
_WORD = re.compile(r"[A-Za-z]+")
_TESTS = re.compile(r"\btests?\b", re.IGNORECASE)
_CLEARLY_CODE = re.compile(r"^(?:import|from)\s|[(\[{;]")
_MAX_LINE = 2_000
_MAX_CUTS = 60
_STATEMENTS = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.While, ast.If, ast.With, ast.Try,
    ast.Import, ast.ImportFrom, ast.ClassDef, ast.Return, ast.Assert, ast.Raise,
)  # fmt: skip
_EXPRESSIONS = (ast.Lambda, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)


def bare_code(line: str) -> tuple[int, int] | None:
    """Where in a line the code begins and ends that is to be worked on; None without one.

    It follows what is to be done with code, and is a statement; "line_length = 88" is a setting.
    """
    line = line[:_MAX_LINE]
    start = _START.match(line)
    if start is None or not _works_on_code(start["deed"].lower()):
        return _after_mark(line)
    text = start["code"]
    colon = text.rfind(": ")
    if colon > 0 and is_statement(text[colon + 2 :].rstrip(" .?!")):
        begin = start.start("code") + colon + 2
        return begin, begin + len(text[colon + 2 :].rstrip(" .?!"))
    cuts = [match.start() for match in NEXT_REQUEST.finditer(text) if is_action(match["word"])]
    ends = sorted({len(text), *(each.start() for each in _END.finditer(text))}, reverse=True)
    for end in [*cuts, *ends[:_MAX_CUTS]]:
        if _GOES_ON.match(text, end):
            continue
        if is_statement(text[:end].rstrip(" .?!")):
            return start.start("code"), start.start("code") + len(text[:end].rstrip(" .?!"))
    return _after_mark(line)


def _after_mark(line: str) -> tuple[int, int] | None:
    """Code that is all that follows a colon or a question: "is this safe? exec(input())"."""
    first = _WORD.search(line)
    if first is None or (same_use(first[0].lower(), "write") and not _TESTS.search(line)):
        return None
    for mark in _MARK.finditer(line):
        code = line[mark.end() :].rstrip(" .?!")
        if is_concrete_call(code) or (is_statement(code) and _CLEARLY_CODE.search(code)):
            return mark.end(), mark.end() + len(code)
    return None


def _works_on_code(deed: str) -> bool:
    return deed in _ABOUT_CODE | FORMATTERS or any(same_use(deed, each) for each in _WORKED_ON)


def is_statement(code: str) -> bool:
    """Whether a text is Python that does something, rather than a setting or a word."""
    if not code or _SET.fullmatch(code):
        return False
    tree = tree_of(code)
    body = tree.body if tree else []
    names = {each.id for part in body[:1] for each in ast.walk(part) if isinstance(each, ast.Name)}
    if not body or names & POINTERS:  # "it, coverage=90" is none
        return False
    value = body[0].value if isinstance(body[0], ast.Expr) else None
    return isinstance(body[0], _STATEMENTS) or isinstance(value, _EXPRESSIONS)
