"""Tokenizer and evaluator for arithmetic expressions.

The grammar is the usual one::

    sum     = product (("+" | "-") product)*
    product = factor (("*" | "/") factor)*
    factor  = NUMBER | "-" factor | "(" sum ")"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from fractions import Fraction
from typing import NamedTuple


class Kind(Enum):
    """Kinds of tokens."""

    NUMBER = auto()
    OPERATOR = auto()
    OPEN = auto()
    CLOSE = auto()
    END = auto()


class Token(NamedTuple):
    """A token and the column it starts at."""

    kind: Kind
    text: str
    column: int


class ExpressionError(ValueError):
    """The expression is malformed."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} at column {column}")
        self.column = column


_RULES = (
    (Kind.NUMBER, r"\d+(?:\.\d+)?"),
    (Kind.OPERATOR, r"[-+*/]"),
    (Kind.OPEN, r"\("),
    (Kind.CLOSE, r"\)"),
)
_SCANNER = re.compile("|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in _RULES))


def tokenize(source: str) -> Iterator[Token]:
    """Yield the tokens of an expression, the last one of kind END.

    Raises:
        ExpressionError: If a character belongs to no token.
    """
    position = 0
    while position < len(source):
        if source[position].isspace():
            position += 1
            continue
        match = _SCANNER.match(source, position)
        if match is None or match.lastgroup is None:
            raise ExpressionError(f"unexpected {source[position]!r}", position)
        yield Token(Kind[match.lastgroup], match.group(), position)
        position = match.end()
    yield Token(Kind.END, "", len(source))


class _Evaluator:
    """Recursive descent over a stream of tokens."""

    def __init__(self, tokens: Iterator[Token]) -> None:
        self._tokens = tokens
        self._current = next(tokens)

    def run(self) -> Fraction:
        """Evaluate the whole expression."""
        value = self._sum()
        if self._current.kind is not Kind.END:
            raise ExpressionError(f"unexpected {self._current.text!r}", self._current.column)
        return value

    def _advance(self) -> Token:
        token = self._current
        if token.kind is not Kind.END:
            self._current = next(self._tokens)
        return token

    def _sum(self) -> Fraction:
        value = self._product()
        while self._current.text in {"+", "-"}:
            operator = self._advance().text
            operand = self._product()
            value = value + operand if operator == "+" else value - operand
        return value

    def _product(self) -> Fraction:
        value = self._factor()
        while self._current.text in {"*", "/"}:
            operator = self._advance()
            operand = self._factor()
            if operator.text == "*":
                value *= operand
            elif operand == 0:
                raise ExpressionError("division by zero", operator.column)
            else:
                value /= operand
        return value

    def _factor(self) -> Fraction:
        token = self._advance()
        if token.kind is Kind.NUMBER:
            return Fraction(token.text)
        if token.text == "-":
            return -self._factor()
        if token.kind is Kind.OPEN:
            value = self._sum()
            closing = self._advance()
            if closing.kind is not Kind.CLOSE:
                raise ExpressionError("expected ')'", closing.column)
            return value
        raise ExpressionError("expected a number", token.column)


def evaluate(source: str) -> Fraction:
    """Return the exact value of an expression.

    Args:
        source: Expression such as ``"2 * (3 + 4.5)"``.

    Raises:
        ExpressionError: If the expression is malformed or divides by zero.
    """
    return _Evaluator(tokenize(source)).run()
