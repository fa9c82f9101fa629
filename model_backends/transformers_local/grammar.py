"""Decoding under a JSON Schema: which tokens may come next, by llguidance."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from model_backends.errors import SchemaError

CLOSING_SHARE = 4
"""In the last quarter of its tokens an answer is brought to its end where the schema lets it."""
LONGEST_REASON = 200
_CLOSERS = ("}", "]", '"', ",")
_LETTERS = ("z", "Q", "}")
"""Where all of these may come next, a free text is open."""


@dataclass(frozen=True, slots=True)
class Closers:
    """Tokens of what closes a value, most first, and of letters; None where one is several."""

    closers: Sequence[int | None]
    letters: Sequence[int | None]

    def choose(self, allowed: Any) -> int | None:
        """The token that brings the value nearer to its end, among those that are allowed."""
        wanted = [token for token in self.closers if token is not None]
        if all(token is not None and allowed[token] for token in self.letters):
            wanted = [token for token in [self.closers[_CLOSERS.index('"')]] if token is not None]
        return next((token for token in wanted if allowed[token]), None)


class Grammars:
    """Compiles schemas for one tokenizer.

    Args:
        tokenizer: A fast tokenizer of the transformers library.
        vocabulary: Entries of a row of logits.
        ends: Tokens that end an answer.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, ends: frozenset[int]) -> None:
        from llguidance.hf import from_tokenizer

        self._vocabulary = vocabulary
        self._tokenizer = from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=sorted(ends))
        encoded = [self._tokenizer.tokenize_str(text) for text in (*_CLOSERS, *_LETTERS)]
        single = [tokens[0] if len(tokens) == 1 else None for tokens in encoded]
        self._closers = Closers(single[: len(_CLOSERS)], single[len(_CLOSERS) :])
        self._ends = sorted(ends)

    def compile(self, schema: Mapping[str, Any]) -> "Grammar":
        """Compile a schema, for one answer.

        Raises:
            SchemaError: It cannot be compiled.
        """
        from llguidance import LLMatcher

        try:
            source = LLMatcher.grammar_from_json_schema(
                json.dumps(dict(schema)), overrides={"whitespace_flexible": False}
            )
        except (ValueError, TypeError, RecursionError) as error:
            raise SchemaError(_reason(str(error), schema)) from None
        matcher = LLMatcher(self._tokenizer, source, log_level=0)
        if matcher.is_error():
            raise SchemaError(_reason(matcher.get_error(), schema))
        return Grammar(matcher, self._vocabulary, self._closers, self._ends)


class Grammar:
    """Where one answer is in its schema."""

    def __init__(self, matcher: Any, vocabulary: int, closers: Closers, ends: list[int]) -> None:
        self._matcher = matcher
        self._vocabulary = vocabulary
        self._closers = closers
        self._ends = ends
        self._bits = np.zeros((vocabulary + 31) // 32, dtype=np.uint32)

    @property
    def ended(self) -> bool:
        """Whether nothing can follow."""
        return bool(self._matcher.is_stopped())

    def restrict(self, logits: Any, *, closing: bool) -> Any:
        """The logits with forbidden tokens at minus infinity.

        Args:
            logits: Shape `[vocabulary]`.
            closing: The answer shall end soon: what closes a value goes before all else.

        Raises:
            SchemaError: The tokenizer has no tokens for what the schema asks.
        """
        # As llguidance.torch does it; importing that starts torch's compiler, which takes seconds.
        self._matcher.unsafe_compute_mask_ptr(self._bits.ctypes.data, self._bits.nbytes)
        allowed = np.unpackbits(self._bits.view(np.uint8), bitorder="little")
        allowed = allowed[: self._vocabulary].astype(bool)
        if self._matcher.is_error() or not allowed.any():
            told = " ".join(self._matcher.get_error().split())[:LONGEST_REASON]
            raise SchemaError(told or "the tokenizer has no tokens for what it asks")
        if closing:
            closer = self._closers.choose(allowed)
            if self._matcher.is_accepting():
                closer = next((token for token in self._ends if allowed[token]), closer)
            if closer is not None:
                allowed = np.zeros_like(allowed)
                allowed[closer] = True
        mask = torch.from_numpy(~allowed).to(logits.device)
        return logits.masked_fill(mask, float("-inf"))

    def add(self, token: int) -> None:
        """Go on by a token that `restrict` allowed."""
        self._matcher.consume_token(token)


def _reason(told: str, schema: Mapping[str, Any]) -> str:
    told = " ".join(told.split())[:LONGEST_REASON]
    return f"{told} (in {repr(dict(schema))[:LONGEST_REASON]})"
