"""Comparing source of other languages by their syntax trees, as tree-sitter parses them.

What a formatter of the language may change is left out (`normal_trees`).
"""

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mcp_server.analysis.formatters.base import Comparison, MissingFormatterError
from mcp_server.analysis.formatters.normal_trees import normal_tree

if TYPE_CHECKING:
    from tree_sitter import Node

GRAMMARS: Mapping[str, tuple[str, str]] = {
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "css": ("tree_sitter_css", "language"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
}
"""The package of each language's grammar, and its function."""

WHITE_SPACE_ONLY = frozenset({"c", "cpp", "csharp", "java"})
"""Languages whose formatter is told to change nothing else."""
_NAME = "same syntax tree"
_CHARACTERS = "same characters"


def same_tree(language: str, before: str, after: str) -> Comparison:
    """Compare syntax trees and comments; or, where the source has errors, its characters."""
    old, new = _parse(language, before), _parse(language, after)
    if old.has_error:
        line = _first_error(old)
        reason = f"tree-sitter finds a syntax error in line {line}"
        if language not in WHITE_SPACE_ONLY:
            return Comparison(_NAME, None, f"{reason}, so nothing was compared")
        same = _characters(before) == _characters(after)
        return Comparison(_CHARACTERS, same, f"{reason}, so all but white space was compared")
    same = not new.has_error and normal_tree(language, old) == normal_tree(language, new)
    return Comparison(
        _NAME, same, f"tree-sitter's syntax trees were compared, {_left_out(language)}"
    )


def _left_out(language: str) -> str:
    if language in WHITE_SPACE_ONLY:
        return "and the comments; bodies of macros by their characters"
    if language == "go":
        return "and the comments; imports in any order"
    if language == "css":
        return "and the comments; optional punctuation and the form of quotes and numbers apart"
    return "and the comments; optional punctuation, quotes and white space in JSX apart"


def _parse(language: str, code: str) -> "Node":
    package, function = GRAMMARS[language]
    try:
        from tree_sitter import Language, Parser

        grammar = getattr(importlib.import_module(package), function)
    except ImportError:
        raise MissingFormatterError.of("tree-sitter") from None
    return Parser(Language(grammar())).parse(code.encode()).root_node


def _characters(code: str) -> str:
    return "".join(code.replace("\\\n", "").split())


def _first_error(root: "Node") -> int:
    return next((n.start_point.row + 1 for n in _walk(root) if n.is_error or n.is_missing), 1)


def _walk(root: "Node") -> Iterator["Node"]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))
