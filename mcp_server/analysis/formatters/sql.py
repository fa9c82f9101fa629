"""SQL: formatted by sqlfluff, and compared by its tokens.

Considered: sqlglot (it rewrites: `integer` to INT, `count(*)` to COUNT(*), and moves comments),
sqlfmt (it leaves CREATE TABLE and INSERT as they are), sqlparse (it takes anything, and its
columns drift), sqruff (its fixes go beyond layout). sqlfluff is the slowest of them.
"""

import time
from functools import lru_cache
from typing import Any

from mcp_server.analysis.formatters.base import EXTRA, Comparison, MissingFormatterError
from mcp_server.analysis.guard import SourceError

DIALECTS = ("ansi", "postgres", "mysql", "sqlite", "tsql", "bigquery", "snowflake", "oracle")
"""Tried in this order; the first that the source is valid in is taken."""
SECONDS = 6.0
"""How long dialects are tried."""
RULES = "layout,capitalisation.keywords"
"""White space, and that keywords agree in upper or lower case; identifiers are left alone."""


def sqlfluff(code: str, line_length: int) -> str:
    """Format SQL with sqlfluff, in the first of `DIALECTS` in which it is valid.

    Raises:
        SourceError: It is valid in none of them, or nested too deeply.
    """
    try:
        from sqlfluff.core import Linter
    except ImportError:
        raise MissingFormatterError.of("sqlfluff", EXTRA) from None
    try:
        config = _config(_dialect(code), line_length)
        linted = Linter(config=config).lint_string(code, fix=True)
        text, _ = linted.fix_string()
    except RecursionError:
        raise SourceError("nested too deeply for sqlfluff; split the statement") from None
    return str(text)


def same_tokens(before: str, after: str) -> Comparison:
    """Compare the tokens, keywords in any case, and the comments."""
    try:
        config = _config(_dialect(before), 80)
        same = _tokens(before, config) == _tokens(after, config)
    except SourceError as error:
        return Comparison("same tokens", None, str(error))
    detail = "the tokens in their order and the comments were compared, keywords in any case"
    return Comparison("same tokens", same, detail)


@lru_cache(maxsize=2)
def _dialect(code: str) -> str:
    from sqlfluff.core import Linter

    problems = []
    end = time.monotonic() + SECONDS
    for dialect in DIALECTS:
        parsed = Linter(config=_config(dialect, 80)).parse_string(code)
        if not parsed.violations:
            return dialect
        problems.append(parsed.violations[0])
        if time.monotonic() > end:
            break
    first, tried = problems[0], DIALECTS[: len(problems)]
    raise SourceError(
        f"not SQL that sqlfluff can read in any of {', '.join(tried)}: {first.desc()[:120]}",
        first.line_no,
        first.line_pos,
    )


def _config(dialect: str, line_length: int) -> Any:
    from sqlfluff.core import FluffConfig

    overrides: dict[str, Any] = {
        "dialect": dialect,
        "rules": RULES,
        "max_line_length": line_length,
        "templater": "raw",  # nobody's template is run
        "large_file_skip_byte_limit": 0,
    }
    return FluffConfig(overrides=overrides, ignore_local_config=True)


def _tokens(code: str, config: Any) -> tuple[list[str], list[str]]:
    """The tokens that count, and the comments without regard to their places."""
    from sqlfluff.core import Lexer

    dialect = config.get("dialect_obj")
    keywords = dialect.sets("reserved_keywords") | dialect.sets("unreserved_keywords")
    segments, _ = Lexer(config=config).lex(code)
    words = [s.raw for s in segments if s.is_code and s.raw]
    comments = sorted(" ".join(s.raw.split()) for s in segments if s.is_comment)
    return [w.upper() if w.upper() in keywords else w for w in words], comments
