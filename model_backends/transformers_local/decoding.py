"""Tokens into text, piece by piece, and where a stop string ends it."""

from collections.abc import Sequence
from typing import Any

REPLACEMENT = "\ufffd"
LONGEST_CHARACTER = 4
"""Tokens that one character may be spread over: UTF-8 has at most 4 bytes."""


class IncrementalText:
    """Decodes token by token; what may still become another character waits.

    Args:
        tokenizer: A fast tokenizer of the transformers library; special tokens have no text.
    """

    def __init__(self, tokenizer: Any) -> None:
        # Of the library beneath: it is ten times as fast, and this is called for every token.
        self._decode = tokenizer.backend_tokenizer.decode
        self._tokens: list[int] = []
        self._before = 0
        self._read = 0

    def add(self, token: int) -> str:
        """The text that the token completes, often none."""
        self._tokens.append(token)
        before, whole = self._decoded()
        waiting = len(self._tokens) - self._read
        if len(whole) <= len(before) or (
            whole.endswith(REPLACEMENT) and waiting < LONGEST_CHARACTER
        ):
            return ""
        return self._advance(before, whole)

    def rest(self) -> str:
        """What still waits when no token follows."""
        before, whole = self._decoded()
        return self._advance(before, whole)

    def _decoded(self) -> tuple[str, str]:
        # A tokenizer may treat the beginning of a text apart, so a few earlier tokens go along.
        tokens = self._tokens[self._before :]
        return self._text(tokens[: self._read - self._before]), self._text(tokens)

    def _text(self, tokens: Sequence[int]) -> str:
        if not tokens:
            return ""
        return str(self._decode(tokens, skip_special_tokens=True))

    def _advance(self, before: str, whole: str) -> str:
        self._before, self._read = self._read, len(self._tokens)
        if self._before:
            # Only the last few matter; a long answer is not kept twice.
            del self._tokens[: self._before]
            self._read -= self._before
            self._before = 0
        return whole[len(before) :]


class StopStrings:
    """Finds the first stop string; text that may be the beginning of one is held back.

    Args:
        stop: The strings, without empty ones.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [each for each in stop if each]
        self._held = ""

    def add(self, text: str) -> tuple[str, bool]:
        """The text that is safe to give, and whether a stop string was found."""
        if not self._stop:
            return text, False
        text = self._held + text
        found = [text.find(stop) for stop in self._stop if stop in text]
        if found:
            self._held = ""
            return text[: min(found)], True
        held = max(_overlap(text, stop) for stop in self._stop)
        self._held = text[len(text) - held :]
        return text[: len(text) - held], False

    def rest(self) -> str:
        """What was held back, when no text follows."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that `stop` begins with."""
    for length in range(min(len(stop) - 1, len(text)), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
