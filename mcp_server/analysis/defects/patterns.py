"""Regular expressions that hang, do not compile, or accept more than they seem to."""

import ast
import importlib
import re
import warnings
from collections.abc import Iterator
from typing import Any

from mcp_server.analysis.defects.program import Program
from mcp_server.analysis.defects.syntax import text
from mcp_server.analysis.defects.table import Check, Defect

_FUNCTIONS = (
    "compile",
    "match",
    "search",
    "fullmatch",
    "findall",
    "finditer",
    "sub",
    "split",
    "subn",
)
_LONGEST = 2000
_MANY = 1000
"""Repetitions from which on a bound makes no difference."""


def catastrophic(program: Program) -> Iterator[Defect]:
    """A repetition in a repetition that can share the same text in exponentially many ways."""
    for call, pattern in _patterns(program):
        parsed = _parsed(pattern)
        if parsed is not None and _has_nested(parsed):
            yield Defect(call, "a repetition in a repetition takes exponential time: ReDoS")


def invalid(program: Program) -> Iterator[Defect]:
    """A pattern that does not compile."""
    for call, pattern in _patterns(program):
        if "(?" in pattern or len(pattern) > _LONGEST:
            continue
        if _parsed(pattern) is None:
            yield Defect(call, "this pattern does not compile: re.error")


def letters_and_more(program: Program) -> Iterator[Defect]:
    """`[A-z]`, which takes `[`, `]`, `^`, `_` and more besides the letters."""
    for call, pattern in _patterns(program):
        if re.search(r"\[[^\]]*A-z", pattern):
            yield Defect(call, "A-z takes [ \\ ] ^ _ and ` besides the letters")


def start_only(program: Program) -> Iterator[Defect]:
    """A check by `re.match` that looks only at how a text starts."""
    for call in program.calls("re.match"):
        pattern = text(call.args[0]) if call.args else None
        if pattern is None or pattern.endswith(("$", "\\Z", ".*")):
            continue
        name = getattr(program.scope(call).node, "name", "")
        if re.search(r"valid|check|is_|verify|ensure|allowed|sanit", name) and _is_answer(
            program, call
        ):
            yield Defect(call, "this accepts anything that starts right: use fullmatch")


def _patterns(program: Program) -> Iterator[tuple[ast.Call, str]]:
    for call in program.calls(*(f"re.{name}" for name in _FUNCTIONS)):
        pattern = text(call.args[0]) if call.args else None
        if pattern is not None and len(pattern) <= _LONGEST:
            verbose = "VERBOSE" in ast.unparse(call) or "re.X" in ast.unparse(call)
            yield call, f"(?x){pattern}" if verbose else pattern


def _parsed(pattern: str) -> Any:
    """The pattern as Python's own parser sees it, or None if it refuses it."""
    parser = importlib.import_module("re._parser")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return parser.parse(pattern)
        except (re.error, OverflowError):
            return None


def _has_nested(parsed: Any) -> bool:
    """Whether an unbounded repetition has a body that is another one, and nothing beside it."""
    for operator, value in parsed:
        if _is_endless(operator, value) and _repeats_alone(value[2]):
            return True
        if any(_has_nested(part) for part in _parts(operator, value)):
            return True
    return False


def _is_endless(operator: Any, value: Any) -> bool:
    return str(operator) in ("MAX_REPEAT", "MIN_REPEAT") and int(value[1]) > _MANY


def _repeats_alone(parsed: Any) -> bool:
    """Whether a body is an unbounded repetition with only optional parts beside it."""
    items = list(parsed)
    if len(items) == 1:
        operator, value = items[0]
        if str(operator) == "BRANCH":
            return any(_repeats_alone(part) for part in value[1]) or _overlaps(value[1])
        if str(operator) == "SUBPATTERN":
            return _repeats_alone(value[3])
    endless = [each for each in items if _is_endless(*each)]
    rest = [each for each in items if not _is_endless(*each)]
    # Two that follow each other mostly take different characters.
    return len(endless) == 1 and all(_is_optional(*each) for each in rest)


def _is_optional(operator: Any, value: Any) -> bool:
    if str(operator) in ("MAX_REPEAT", "MIN_REPEAT"):
        return int(value[0]) == 0
    return str(operator) == "AT"


def _overlaps(branches: list[Any]) -> bool:
    """Whether two branches are the same."""
    shown = [str(list(branch)) for branch in branches]
    return len(set(shown)) < len(shown)


def _parts(operator: Any, value: Any) -> list[Any]:
    name = str(operator)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return [value[2]]
    if name == "SUBPATTERN":
        return [value[3]]
    if name == "BRANCH":
        return list(value[1])
    return [value[1]] if name in ("ASSERT", "ASSERT_NOT") else []


def _is_answer(program: Program, call: ast.Call) -> bool:
    """Whether only the truth of a match counts."""
    outer = program.parent(call)
    if isinstance(outer, ast.Call):
        return program.name(outer.func) == "bool"
    return isinstance(outer, ast.If | ast.Compare | ast.UnaryOp | ast.Return | ast.BoolOp)


CHECKS = (
    Check("SC961", "catastrophic-pattern", catastrophic),
    Check("SC962", "invalid-pattern", invalid),
    Check("SC963", "letters-and-more", letters_and_more),
    Check("SC964", "start-checked-only", start_only),
)
