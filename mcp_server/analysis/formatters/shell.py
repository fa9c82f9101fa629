"""Shell scripts: formatted by shfmt, and compared by the syntax trees that it prints."""

import json
import re
from typing import Any

from mcp_server.analysis.formatters.base import Comparison, first_line
from mcp_server.analysis.formatters.programs import program, run
from mcp_server.analysis.guard import SourceError

# Where something stands; and `x`, which shfmt writes as $(x).
_LAYOUT = frozenset({"Pos", "End", "Backquotes"})
_PLACE = re.compile(r"(\d+):(\d+): (.+)")


def shfmt(code: str, _line_length: int) -> str:
    """Format a shell script with shfmt, which has no longest line.

    The shell is the one that the first line names, else bash.
    """
    return _run(code, "-i", "2", "-ci", "-")


def same_script(before: str, after: str) -> Comparison:
    """Compare the syntax trees of shfmt's own parser, with the comments in them.

    Raises:
        SourceError: Its trees are too large to be compared.
    """
    name = "same syntax tree"
    try:
        original, found = _tree(before), _tree(after)
        same = original == found
    except RecursionError:
        return Comparison(name, None, "nested too deeply to be compared")
    return Comparison(name, same, "shfmt's syntax trees and the comments were compared")


def _tree(code: str) -> Any:
    return _without_layout(json.loads(_run(code, "--to-json")))


def _run(code: str, *arguments: str) -> str:
    done = run([program("shfmt"), *arguments], stdin=code, name="shfmt")
    if done.code == 0:
        return done.stdout
    message = first_line(done.stderr).removeprefix("<standard input>:")
    if place := _PLACE.match(message):
        raise SourceError(f"not a valid shell script: {place[3]}", int(place[1]), int(place[2]))
    raise SourceError(f"shfmt refused this input: {message}")


def _without_layout(value: Any) -> Any:
    """The tree without places: those are objects with an offset, or named in `_LAYOUT`."""
    if isinstance(value, list):
        return [_without_layout(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_layout(each)
        for key, each in value.items()
        if key not in _LAYOUT and not (isinstance(each, dict) and "Offset" in each)
    }
