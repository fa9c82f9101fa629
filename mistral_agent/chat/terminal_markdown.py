"""Markdown for a terminal, laid out so that code can be copied from it."""

from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, MarkdownElement
from rich.syntax import Syntax


class CopyableCode(CodeBlock):
    """Code without margins, padding or background: what is selected is the code."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Highlight the code; lines longer than the terminal fold."""
        code = str(self.text).rstrip()
        syntax = Syntax(code, self.lexer_name, theme=self.theme, background_color="default")
        highlighted = syntax.highlight(code)
        highlighted.rstrip()
        highlighted.overflow = "fold"
        yield highlighted


class TerminalMarkdown(Markdown):
    """Rich's Markdown with copyable code."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = Markdown.elements | {
        "fence": CopyableCode,
        "code_block": CopyableCode,
    }


def terminal_markdown(text: str) -> TerminalMarkdown:
    """Markdown in the terminal's own palette; links show their address, so that none hides it."""
    return TerminalMarkdown(text, code_theme="ansi_dark", hyperlinks=False)
