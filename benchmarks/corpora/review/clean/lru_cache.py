"""A thread-safe cache with a size limit and expiring entries."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class CacheStats(NamedTuple):
    """Counters of a cache since it was created."""

    hits: int
    misses: int
    evictions: int

    @property
    def hit_ratio(self) -> float:
        """Share of look-ups that were answered from the cache."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else 0.0


class _Entry(NamedTuple, Generic[V]):
    value: V
    expires_at: float


class ExpiringCache(Generic[K, V]):
    """Least-recently-used cache whose entries expire after some time.

    Example:
        >>> cache: ExpiringCache[str, int] = ExpiringCache(capacity=2, ttl=60.0)
        >>> cache.put("answer", 42)
        >>> cache.get("answer")
        42
    """

    def __init__(
        self, capacity: int, ttl: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Create an empty cache.

        Args:
            capacity: Largest number of entries.
            ttl: Seconds after which an entry expires.
            clock: Source of the current time; can be replaced in tests.

        Raises:
            ValueError: If the capacity or the time to live is not positive.
        """
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        if ttl <= 0:
            raise ValueError("ttl must be positive")
        self._capacity = capacity
        self._ttl = ttl
        self._clock = clock
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._lock = threading.RLock()
        self._hits = 0
        self._misses = 0
        self._evictions = 0

    def get(self, key: K) -> V | None:
        """Return the value of a key, or None if it is absent or expired."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.expires_at <= self._clock():
                self._entries.pop(key, None)
                self._misses += 1
                return None
            self._entries.move_to_end(key)
            self._hits += 1
            return entry.value

    def put(self, key: K, value: V) -> None:
        """Store a value, evicting the least recently used entries if needed."""
        with self._lock:
            self._entries[key] = _Entry(value, self._clock() + self._ttl)
            self._entries.move_to_end(key)
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
                self._evictions += 1

    def invalidate(self, key: K) -> bool:
        """Drop a key and tell whether it was present."""
        with self._lock:
            return self._entries.pop(key, None) is not None

    def stats(self) -> CacheStats:
        """Return the counters as an immutable snapshot."""
        with self._lock:
            return CacheStats(self._hits, self._misses, self._evictions)

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)
