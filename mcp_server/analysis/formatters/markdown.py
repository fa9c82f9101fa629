"""Markdown: formatted by mdformat, and compared by the HTML that it becomes.

mdformat is in front of oxfmt, which changed the HTML of 4 of 150 README files that were tried.
"""

import re

from mcp_server.analysis.formatters.base import Comparison, MissingFormatterError
from mcp_server.analysis.guard import SourceError

_FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)
_PREFORMATTED = re.compile(r"(<pre.*?</pre>)", re.DOTALL)


def mdformat(code: str, _line_length: int) -> str:
    """Format Markdown, tables included; lines of a paragraph end where they did.

    What stands in front between two lines `---` (YAML, mostly) is left as it is.
    """
    try:
        import mdformat
    except ImportError:
        raise MissingFormatterError.of("mdformat") from None
    front = _FRONT_MATTER.match(code)
    start = front.end() if front else 0
    options = {"wrap": "keep", "number": True}
    try:
        text = mdformat.text(code[start:], options=options, extensions={"gfm"})
    except RecursionError:
        raise SourceError("nested too deeply for mdformat; divide the text") from None
    return code[:start] + ("\n" if start and text and not text.startswith("\n") else "") + text


def same_markdown(before: str, after: str) -> Comparison:
    """Compare the HTML that both become (CommonMark, with tables and strikethrough)."""
    detail = "the HTML that both become was compared, white space between words as one space"
    return Comparison("same rendered HTML", _html(before) == _html(after), detail)


def _html(code: str) -> str:
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise MissingFormatterError.of("markdown-it-py") from None
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(code)
    parts = _PREFORMATTED.split(html)
    return "".join(p if p.startswith("<pre") else " ".join(p.split()) for p in parts)
