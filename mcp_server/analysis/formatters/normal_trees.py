"""A syntax tree as a list, without what a formatter of its language may change."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

COMMENTS = frozenset({"comment", "line_comment", "block_comment", "html_comment"})
_OPTIONAL = frozenset({";", ","})
_ESCAPED_QUOTE = re.compile(r"\\(['\"])")
_NUMBERS = frozenset({"number", "integer_value", "float_value"})
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\d.])")
_JSX_SPACE = re.compile(r"\{\s*(?:\"\s*\"|'\s*')\s*\}")


@dataclass(frozen=True, slots=True)
class Normal:
    """What is compared.

    Args:
        tree: Names and texts of the nodes, brackets around those that have children.
        apart: What may stand elsewhere, sorted: comments, and imports that may be sorted.
    """

    tree: tuple[str, ...]
    apart: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    tree: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)

    def add(self, *texts: str) -> bool:
        """Take texts that are not empty; True, since the node is done with."""
        self.tree.extend(text for text in texts if text)
        return True


@dataclass(frozen=True, slots=True)
class _Place:
    """A node and those around it; asking a node for its parent takes long where there are many."""

    node: "Node"
    parent: "_Place | None" = None

    @property
    def type(self) -> str:
        return self.node.type

    @property
    def inside(self) -> str:
        """The type of the node around it; empty at the root."""
        return self.parent.node.type if self.parent else ""

    @property
    def text(self) -> str:
        return (self.node.text or b"").decode("utf-8", "replace")

    @property
    def spaced(self) -> str:
        """The text with one space between words."""
        return " ".join(self.text.split())


def normal_tree(language: str, root: "Node") -> Normal:
    """Read a tree, without recursion."""
    found = _Found()
    visit = _VISITS.get(language, _exact)
    stack: list[_Place | str] = [_Place(root)]
    while stack:
        place = stack.pop()
        if isinstance(place, str):
            found.add(place)
        elif place.type in COMMENTS:
            found.apart.append(place.spaced)
        elif not visit(place, found):
            if not (language in _SCRIPTS and _is_bare(place)):
                found.add(f"({place.type}")
                stack.append(")")
            stack.extend(_Place(child, place) for child in reversed(place.node.children))
    return Normal(tuple(found.tree), tuple(sorted(found.apart)))


def _exact(place: _Place, found: _Found) -> bool:
    """Leaves with their text; what a preprocessor gets, without its white space."""
    if place.type == "preproc_arg":
        return found.add("".join(place.text.replace("\\\n", "").split()))
    if not place.node.children and place.text.startswith("#"):
        return found.add("".join(place.text.split()))  # "# include"
    return _leaf(place, found)


def _go(place: _Place, found: _Found) -> bool:
    """Imports may be sorted; a statement may end with a semicolon or a line."""
    if place.type == "import_spec":
        found.apart.append(place.spaced)
        return True
    return place.type.strip() in _OPTIONAL or _leaf(place, found)


def _css(place: _Place, found: _Found) -> bool:
    """Quotes are of one kind, numbers and hexadecimal colours have one form."""
    if place.type == "string_value":
        # [a=b] is [a="b"].
        return found.add(_unquoted(place.text)[place.inside == "attribute_selector" :])
    if place.type in _NUMBERS:
        return found.add(_number(place.text))
    if place.type == "color_value":
        return found.add(place.text.lower())
    if place.type == "important":
        return found.add("!important")
    return place.type in _OPTIONAL or _leaf(place, found)


def _script(place: _Place, found: _Found) -> bool:
    """JavaScript and TypeScript: quotes, optional punctuation, white space of JSX."""
    if place.type == "string":
        return found.add(_unquoted(place.text))
    if place.type == "number":
        return found.add(_number(place.text))
    if place.type == "jsx_text":
        return found.add(place.spaced)
    return place.type == "empty_statement" or _is_optional(place) or _leaf(place, found)


_VISITS: Mapping[str, Callable[[_Place, _Found], bool]] = {
    "css": _css,
    "go": _go,
    "javascript": _script,
    "tsx": _script,
    "typescript": _script,
}
_SCRIPTS = frozenset({"javascript", "tsx", "typescript"})
_BARE = frozenset({"parenthesized_expression", "parenthesized_type"})


def _is_optional(place: _Place) -> bool:
    """Punctuation that may come or go; what it groups shows in the tree."""
    if place.type == "jsx_expression":
        return bool(_JSX_SPACE.fullmatch(place.text))
    if place.type == "arguments":  # `new A` is `new A()`
        return place.inside == "new_expression" and not place.node.named_children
    if place.type in ("(", ")"):
        return place.parent is not None and _is_bare(place.parent)
    return (
        place.type in _OPTIONAL
        or (place.type == "|" and place.inside == "union_type")
        or (place.type == "&" and place.inside == "intersection_type")
    )


def _is_bare(place: _Place) -> bool:
    """A node that stands for its only child: parentheses around an expression or a parameter."""
    if place.type in _BARE:
        return True
    if place.type not in ("formal_parameters", "required_parameter"):
        return False
    named = [child for child in place.node.named_children if child.type not in COMMENTS]
    if len(named) != 1:
        return False
    if place.type == "required_parameter":
        return named[0].type == "identifier"
    only = _Place(named[0], place)
    return place.inside == "arrow_function" and (only.type == "identifier" or _is_bare(only))


def _leaf(place: _Place, found: _Found) -> bool:
    if place.node.children:
        return False
    return found.add(place.text if place.node.is_named else place.text.strip())


def _number(text: str) -> str:
    """A number's value, and its unit."""
    match = _DECIMAL.match(text)
    if not match or text[match.end() :].lower().startswith(("x", "o", "b", "n", "_")):
        return text.lower()
    return f"{float(match[0])!r}{text[match.end() :].lower()}"


def _unquoted(text: str) -> str:
    return "'" + _ESCAPED_QUOTE.sub(r"\1", text[1:-1])
