"""Python that may be none: what parses, without warnings and without a crash."""

import ast
import warnings

MAX_PARSED = 20_000


def tree_of(code: str, longest: int = MAX_PARSED) -> ast.Module | None:
    """The tree of a text; None where it is longer than `longest` characters, or no Python."""
    if len(code) > longest:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
