"""What stands in front of every tool that reads code: a parse that hostile input cannot abuse.

`ast.parse` neither runs nor imports anything, but huge input takes it seconds and deep nesting
exhausts its stack, so the tools call it in a worker process (see `mcp_server.analysis.workers`).
"""

import ast
import codecs
import re
import sys
import warnings
from dataclasses import dataclass

BOM = "\ufeff"

_COOKIE = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
"""The declaration of an encoding, as PEP 263 has it."""
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@", re.MULTILINE)
"""The head of a part of a unified diff, as POSIX has it; no line of Python begins so."""
_LONG_NUMBER = re.compile(r"0[xXoObB][\da-fA-F_]{3000}")


@dataclass
class SourceError(Exception):
    """Code that cannot be worked on; line and column count from 1, and are None without a place."""

    message: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        if self.line is None:
            return self.message
        place = f"line {self.line}"
        return (
            f"{place}, column {self.column}: {self.message}"
            if self.column
            else (f"{place}: {self.message}")
        )

    def __reduce__(self) -> tuple[type["SourceError"], tuple[str, int | None, int | None]]:
        return type(self), (self.message, self.line, self.column)


def clean_source(code: str) -> str:
    """Return `code` without byte order marks, with newlines as Python has them.

    Raises:
        SourceError: It is empty, binary, or not text that can be encoded.
    """
    code = code.lstrip(BOM).replace("\r\n", "\n").replace("\r", "\n")
    if not code.strip():
        raise SourceError("the code is empty; give source code")
    if (nul := code.find("\0")) >= 0:
        line, column = _place(code, nul)
        raise SourceError("a NUL byte; this is binary data, not source code", line, column)
    try:
        code.encode()
    except UnicodeEncodeError as error:
        line, column = _place(code, error.start)
        shown = f"U+{ord(code[error.start]):04X}"
        raise SourceError(
            f"a lone surrogate {shown}; decode the file with its own encoding", line, column
        ) from None
    return code


def parse_python(code: str) -> ast.Module:
    """Parse Python source, or say where and why it cannot be.

    Raises:
        SourceError: See `clean_source`; or it is not valid Python, or nested too deeply, or has
            an integer that cannot be printed.
    """
    code = clean_source(code)
    _check_encoding(code)
    tree = _parsed(code)
    if _LONG_NUMBER.search(code):
        _check_numbers(tree)
    return tree


def _parsed(code: str) -> ast.Module:
    with warnings.catch_warnings():
        # Such as an invalid escape: it belongs to the code under study, not to this program.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code)
        except SyntaxError as error:
            if _HUNK.search(code):
                raise SourceError(
                    "not valid Python: it is a diff; give the code of the file that it changes"
                ) from None
            message = (error.msg or "invalid syntax").rstrip(".")
            raise SourceError(
                f"not valid Python: {message}", error.lineno, error.offset or None
            ) from None
        except (RecursionError, MemoryError):
            raise SourceError(
                "nested too deeply for Python's own parser; split the expression"
            ) from None
        except ValueError as error:
            raise SourceError(f"not valid Python: {error}") from None


def _check_encoding(code: str) -> None:
    """Refuse an unknown encoding as Python does; text has none, but tools look at the comment."""
    for number, line in enumerate(code.split("\n", 2)[:2], 1):
        if match := _COOKIE.match(line):
            try:
                codecs.lookup(match[1])
            except LookupError:
                raise SourceError(
                    f"not valid Python: unknown encoding {match[1][:60]!r}", number
                ) from None


def _check_numbers(tree: ast.Module) -> None:
    """Refuse what tools fail to print: decimal integers of this length Python refuses itself."""
    digits = sys.get_int_max_str_digits() or sys.int_info.default_max_str_digits
    for node in (n for n in ast.walk(tree) if isinstance(n, ast.Constant)):
        if isinstance(node.value, int) and node.value >= 10**digits:
            raise SourceError(
                f"an integer of more than {digits} digits, which Python does not print; "
                "compute it instead",
                node.lineno,
                node.col_offset + 1,
            )


def _place(text: str, index: int) -> tuple[int, int]:
    line = text.count("\n", 0, index) + 1
    return line, index - text.rfind("\n", 0, index)
