"""What stands in front of every tool that reads code: a parse that hostile input cannot abuse.

`ast.parse` neither runs nor imports anything, but huge input takes it seconds and deep nesting
exhausts its stack, so the tools call it in a worker process (see `mcp_server.analysis.workers`).
"""

import ast
import warnings
from dataclasses import dataclass

BOM = "\ufeff"


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
    """Return `code` without a byte order mark, with newlines as Python has them.

    Raises:
        SourceError: It is empty, binary, or not text that can be encoded.
    """
    code = code.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")
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
        SourceError: See `clean_source`; or it is not valid Python, or nested too deeply.
    """
    code = clean_source(code)
    with warnings.catch_warnings():
        # Such as an invalid escape: it belongs to the code under study, not to this program.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code)
        except SyntaxError as error:
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


def _place(text: str, index: int) -> tuple[int, int]:
    line = text.count("\n", 0, index) + 1
    return line, index - text.rfind("\n", 0, index)
