"""How telling a word is among the tools: the fewer have it, the more."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from mistral_agent.intent.profiles import Profile


def rarities(counts: Counter[str], total: int) -> dict[str, float]:
    """How rare words are that so many of `total` texts have; "" stands for one that none has."""
    found = {word: math.log(1 + total / count) for word, count in counts.items()}
    return {**found, "": math.log(1 + max(total, 1))}


def shared_words(profiles: Sequence[Profile]) -> Mapping[str, frozenset[str]]:
    """The words that most names of a server have, such as "git", by server."""
    counts: dict[str, Counter[str]] = {}
    for profile in profiles:
        counts.setdefault(profile.tool.server, Counter()).update(set(profile.name))
    sizes = Counter(profile.tool.server for profile in profiles)
    return {
        server: frozenset(w for w, n in found.items() if n > max(2, 0.8 * sizes[server]))
        for server, found in counts.items()
    }
