"""The keys and values of all running requests: one row a request, in tensors that stay."""

from collections.abc import Iterable
from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin

FIRST_LENGTH = 256
"""Tokens a row holds at first; it doubles when a request needs more."""


class SlotCache(Cache):  # type: ignore[misc]  # the library's class is untyped where mypy runs
    """Rows `0..n-1` belong to the running requests; each is filled from its own beginning.

    Before a forward pass it is told what the pass adds: a piece of one row's prompt (`at_prompt`),
    or one token to each of the first rows (`at_tokens`). Attention then gets views of the tensors,
    never copies. Rows shorter than the longest are hidden by the attention mask, so what lies
    behind a row's end must be finite, but may be anything.

    Args:
        layers: Layers of the model.
        rows: Requests at once.
        window: Tokens of one request at most.
    """

    def __init__(self, layers: int, rows: int, window: int) -> None:
        self.rows = rows
        self.window = window
        self.length = min(FIRST_LENGTH, window)
        self.row = 0
        self.start = 0
        self.end = 0
        self.positions: Any = None
        super().__init__(layers=[SlotLayer(self) for _ in range(layers)])

    def at_prompt(self, row: int, start: int, end: int) -> None:
        """The pass adds the tokens `start..end-1` of `row`."""
        self._hold(end)
        self.row, self.start, self.end, self.positions = row, start, end, None

    def at_tokens(self, positions: Any, longest: int) -> None:
        """The pass adds a token to each of the first rows.

        Args:
            positions: Where, for each row; None: at the end of all, which are of the same length.
            longest: Tokens of the longest row, the new one among them.
        """
        self._hold(longest)
        self.row, self.start, self.end, self.positions = 0, longest - 1, longest, positions

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first `length` tokens of a row to another."""
        for layer in self._filled():
            layer.keys[target, :, :length] = layer.keys[source, :, :length]
            layer.values[target, :, :length] = layer.values[source, :, :length]

    def scrub(self, row: int) -> None:
        """Clear a row that may hold NaN, which no mask would hide from the next request."""
        for layer in self._filled():
            layer.keys[row].zero_()
            layer.values[row].zero_()

    @property
    def bytes(self) -> int:
        """What the tensors take."""
        return sum(layer.keys.nbytes + layer.values.nbytes for layer in self._filled())

    def _filled(self) -> Iterable[Any]:
        return (layer for layer in self.layers if layer.is_initialized)

    def _hold(self, length: int) -> None:
        longer = self.length
        while longer < length:
            longer = min(longer * 2, self.window)
        if longer == self.length:
            return
        for layer in self._filled():
            # One that is long enough already is left from a try that ran out of memory.
            if layer.keys.shape[2] < longer:
                layer.keys = _longer(layer.keys, longer)
            if layer.values.shape[2] < longer:
                layer.values = _longer(layer.values, longer)
        self.length = longer


class SlotLayer(CacheLayerMixin):  # type: ignore[misc]
    """One layer of a `SlotCache`: tensors of shape `[rows, heads, length, head_dim]`."""

    is_sliding = False

    def __init__(self, cache: SlotCache) -> None:
        super().__init__()
        self.cache = cache
        self.every: Any = None

    def lazy_initialization(self, key_states: Any, value_states: Any) -> None:
        """Allocate, now that the shapes are known."""
        rows, length = self.cache.rows, self.cache.length
        self.keys = key_states.new_zeros((rows, key_states.shape[1], length, key_states.shape[3]))
        self.values = value_states.new_zeros(
            (rows, value_states.shape[1], length, value_states.shape[3])
        )
        self.every = torch.arange(rows, device=key_states.device)
        self.is_initialized = True

    def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
        """Store what is new, and give all that attention reads."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        cache, end = self.cache, self.cache.end
        rows = slice(cache.row, cache.row + key_states.shape[0])
        if cache.positions is None:
            self.keys[rows, :, cache.start : end] = key_states
            self.values[rows, :, cache.start : end] = value_states
        else:
            at = cache.positions.to(self.keys.device)
            self.keys[self.every[rows], :, at] = key_states[:, :, 0]
            self.values[self.every[rows], :, at] = value_states[:, :, 0]
        return self.keys[rows, :, :end], self.values[rows, :, :end]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:  # noqa: ARG002
        """Length of the keys, and their offset."""
        return self.cache.end, 0

    def get_seq_length(self) -> int:
        """Tokens before those that the pass adds."""
        return self.cache.start

    def get_max_length(self) -> int:
        """The window."""
        return self.cache.window


def _longer(tensor: Any, length: int) -> Any:
    rows, heads, held, size = tensor.shape
    longer = tensor.new_zeros((rows, heads, length, size))
    longer[:, :, :held] = tensor
    return longer
