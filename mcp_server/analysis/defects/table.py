"""What a check is, and what it says."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mcp_server.analysis.defects.program import Program


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect at the place of a node.

    Args:
        node: Where.
        message: What is wrong and why.
        certain: Nothing that is not written here is needed for it to be one.
    """

    node: ast.AST
    message: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One rule.

    Args:
        rule: Its id, such as SC101; the first digit is the subject, see `rules.yaml`.
        name: Its name in kebab-case.
        find: Yields the defects of a program; its docstring says what it looks for.
        certain: The id for those of its defects that are certain, where they are graded higher.
    """

    rule: str
    name: str
    find: Callable[[Program], Iterator[Defect]]
    certain: str | None = None
