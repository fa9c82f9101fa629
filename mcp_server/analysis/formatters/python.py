"""Formatters of Python source, each with its own configuration left out: the caller's counts.

Runs in a worker process: black and ruff abort on deep nesting, yapf grows with each call.
"""

import io
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from functools import lru_cache
from typing import TYPE_CHECKING

from mcp_server.analysis.formatters.base import (
    PASSES,
    Formatted,
    changed_lines,
    first_line,
    nowhere,
)
from mcp_server.analysis.formatters.programs import run_checked
from mcp_server.analysis.formatters.python_meaning import compare_python
from mcp_server.analysis.guard import SourceError, clean_source, parse_python

if TYPE_CHECKING:
    from black import Mode


def format_python(code: str, formatter: str, line_length: int) -> Formatted:
    """Format Python source with one of `FORMATTERS`.

    Raises:
        SourceError: It is not valid Python, or the formatter refuses it.
    """
    original = clean_source(code)
    before = parse_python(original)
    function = FORMATTERS[formatter]
    formatted, previous = original, ""
    for _ in range(PASSES):
        previous, formatted = formatted, function(formatted, line_length)
        if formatted == previous:
            break
    stable = formatted == previous or function(formatted, line_length) == formatted
    comparison = compare_python(original, before, formatted, imports_move=formatter == "isort")
    changed = changed_lines(code, formatted)
    return Formatted(formatted, changed, comparison, stable, "python", formatter)


def _black(code: str, line_length: int) -> str:
    """One pass of black.

    `black.format_str` is such a pass, and one more over what it changed, which brings some code
    to its final form; `format_python` repeats passes itself, and so saves one of three.
    """
    from black.parsing import InvalidInput

    try:
        return _black_pass()(code, mode=_black_mode(line_length))
    except (InvalidInput, RecursionError) as error:
        raise SourceError(f"black cannot format this: {first_line(error)}") from None


@lru_cache
def _black_mode(line_length: int) -> "Mode":
    """One mode a line length: black's own caches find a known object faster than an equal one."""
    from black import Mode

    return Mode(line_length=line_length)


def _black_pass() -> Callable[..., str]:
    """A single pass, which black keeps to itself; a black without it gives its two in one."""
    import black

    single: Callable[..., str] = getattr(black, "_format_str_once", black.format_str)
    return single


def _ruff(code: str, line_length: int) -> str:
    return run_ruff(
        "format", "--line-length", str(line_length), "--no-cache", "-", stdin=code, name="ruff"
    )


def _autopep8(code: str, line_length: int) -> str:
    import autopep8

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {
            "max_line_length": line_length,
            "ignore_local_config": True,
            # Only so does it divide lines at any bracket; what it would rewrite is left out.
            "aggressive": 1,
            "ignore": ["E226", "E24", "W50", "W6", "E71", "E72", "E731"],
        }
        return str(autopep8.fix_code(code, options=options))


def _yapf(code: str, line_length: int) -> str:
    from yapf.yapflib.yapf_api import FormatCode

    style = f"{{based_on_style: pep8, column_limit: {line_length}}}"
    try:
        with redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            formatted, _ = FormatCode(code, filename="<source>", style_config=style)
    except Exception as error:  # noqa: BLE001
        # yapf lets errors of its parser through, which have no common class.
        raise SourceError(f"yapf cannot format this: {first_line(error)}") from None
    return str(formatted)


def _isort(code: str, line_length: int) -> str:
    import isort

    config = isort.Config(line_length=line_length, profile="black", settings_path=nowhere())
    return isort.code(code, config=config)


FORMATTERS: Mapping[str, Callable[[str, int], str]] = {
    "black": _black,
    "ruff": _ruff,
    "autopep8": _autopep8,
    "yapf": _yapf,
    "isort": _isort,
}
"""Each formatter by its name: source and line length in, source out."""


def run_ruff(*arguments: str, stdin: str, name: str) -> str:
    """Run ruff without anyone's configuration, and return what it prints.

    Raises:
        SourceError: It refuses the source, aborts, or takes too long.
    """
    command = [ruff_program(), arguments[0], "--isolated", "--target-version", "py311"]
    return run_checked([*command, *arguments[1:]], stdin=stdin, name=name)


def ruff_program() -> str:
    """The path of ruff, which is installed beside this interpreter."""
    from ruff import find_ruff_bin

    return str(find_ruff_bin())
