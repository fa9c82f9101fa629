"""Whether code in a language other than Python is well-formed, by the grammars of tree-sitter.

A grammar knows neither types nor names, and those of tree-sitter accept a little more than the
compilers do: what passes may still not compile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from tree_sitter import Node

INSTALL = "pip install 'starcoder-mistral[languages]'"
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Syntax:
    """How reading code went.

    Args:
        read: Whether there is a grammar to read it with.
        problem: Without a grammar why not, else the first fault; None if there is none.
    """

    read: bool
    problem: str | None = None


def read_syntax(code: str, language: str) -> Syntax:
    """Read code; `language` is in lower case, such as "go"."""
    grammar = _grammars().get(language)
    if grammar is None:
        return Syntax(read=False, problem=f"no grammar for {language} here; it was not read")
    package, function = grammar
    try:
        from tree_sitter import Language, Parser

        pointer = getattr(import_module(package), function)()
    except ImportError:
        return Syntax(read=False, problem=f"its grammar is not installed: {INSTALL}")
    source = _whole(code, language).encode("utf-8", "replace")
    tree = Parser(Language(pointer)).parse(source)
    return Syntax(read=True, problem=_problem(tree.root_node))


def _whole(code: str, language: str) -> str:
    """A file; PHP without its opening tag would be read as text around code."""
    return f"<?php {code}" if language == "php" and "<?" not in code else code


def _problem(root: "Node") -> str | None:
    if not root.has_error:
        return None
    node = _first_fault(root)
    place = f"line {node.start_point[0] + 1}"
    if node.is_missing:
        return f"{place}: {node.type!r} is missing"
    text = " ".join((node.text or b"").decode("utf-8", "replace").split())
    return f"{place}: cannot be read: {text[:LONGEST]!r}"


def _first_fault(root: "Node") -> "Node":
    """The outermost node that is itself at fault; without recursion, for deep trees."""
    node = root
    while not (node.is_missing or node.is_error):
        faulty = [child for child in node.children if child.has_error or child.is_missing]
        if not faulty:
            break
        node = faulty[0]
    return node


@cache
def _grammars() -> Mapping[str, Sequence[str]]:
    import yaml

    text = Path(__file__).with_name("grammars.yaml").read_text(encoding="utf-8")
    return cast("Mapping[str, Sequence[str]]", yaml.safe_load(text))
