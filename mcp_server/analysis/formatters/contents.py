"""Comparing data by the values that a parser of its own reads."""

import json
import re
import tomllib
from collections.abc import Callable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, InvalidOperation
from typing import Any

import yaml

from mcp_server.analysis.formatters.base import Comparison
from mcp_server.analysis.guard import SourceError

_JSON_PARTS = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)


def same_json(before: str, after: str) -> Comparison:
    """Compare all values, the order of keys and duplicates of them included, and the comments."""
    detail = "the values were compared, and the comments where there are any"
    return _compared("same JSON values", _json, before, after, detail)


def same_toml(before: str, after: str) -> Comparison:
    """Compare the values that Python's own parser reads (TOML 1.0)."""
    detail = "the values were compared; comments were not"
    return _compared("same TOML values", _toml, before, after, detail)


def same_yaml(before: str, after: str) -> Comparison:
    """Compare the events of the parser: keys, values, tags, anchors and aliases."""
    detail = "keys, values, tags and anchors were compared; comments were not"
    return _compared("same YAML content", _yaml, before, after, detail)


def _compared(
    name: str, read: Callable[[str], Any], before: str, after: str, detail: str
) -> Comparison:
    original = read(before)
    try:
        return Comparison(name, read(after) == original, detail)
    except SourceError as error:
        return Comparison(name, False, str(error))


def _json(code: str) -> tuple[str, list[str]]:
    comments: list[str] = []

    def plain(match: re.Match[str]) -> str:
        if match[0].startswith("/"):
            comments.append(" ".join(match[0].split()))
        return match[0] if match[0].startswith('"') else " "

    # Comments may stand between a comma and the bracket that makes it a trailing one.
    text = _JSON_PARTS.sub(plain, _JSON_PARTS.sub(plain, code))
    try:
        return repr(json.loads(text, object_pairs_hook=tuple, parse_float=_exact)), sorted(comments)
    except json.JSONDecodeError as error:
        raise SourceError(f"not valid JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise SourceError("JSON that is nested too deeply; divide it") from None


def _exact(number: str) -> Decimal | str:
    """1.50 is 1.5, which oxfmt writes; a double of both might be that of a third number, too."""
    try:
        return Decimal(number).normalize(Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN))
    except InvalidOperation:  # its exponent is beyond all bounds
        return number.lower()


def _toml(code: str) -> str:
    try:
        return repr(tomllib.loads(code))
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"not valid TOML: {error}") from None
    except RecursionError:
        raise SourceError("TOML that is nested too deeply; divide it") from None


def _yaml(code: str) -> list[tuple[str, ...]]:
    try:
        return [_event(event) for event in yaml.parse(code, Loader=yaml.SafeLoader)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise SourceError(f"not valid YAML: {error.problem}", *place) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise SourceError(f"not valid YAML: {str(error).splitlines()[0][:200]}") from None


def _event(event: Any) -> tuple[str, ...]:
    """An event without its place and its style; whether a scalar is quoted may decide its type."""
    plain = isinstance(event, yaml.ScalarEvent) and event.implicit[0]
    parts = (getattr(event, name, None) for name in ("anchor", "tag", "value"))
    return (type(event).__name__, str(plain), *(str(part) for part in parts))
