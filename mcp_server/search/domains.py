"""Where values come from: a domain for each annotation or guessed kind, and small changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .grids import plain_grids, sampled_grid
from .mining import Hints
from .values import Code

Sample = Callable[[Random], Any]

FIRST = 0.4
"""How often a value of a union is of its first kind, apart from chance."""
RAGGED = 0.2
"""How often lists of lists have rows of several lengths."""
_INTEGERS = (1, 0, 2, 3, 5, -1, 10, 7, 4, 100, 12)
_FLOATS = (1.0, 0.0, 2.5, -1.5, 10.0, 0.5, 100.0)
_TEXTS = ("abc", "", "a", "hello world", "abba", "Hello", "1", "a b c", "12", "A", "x=1", "1.5")
CHARACTERS = "ab1 A-_.,:z0"
LAMBDAS = ("lambda x: x", "lambda x: x * 2", "lambda *args: None", "lambda x: x > 1",
            "lambda *args: args[0]", "lambda: 1", "lambda x, y: x + y", "lambda x: str(x)",
            "lambda *args: 1 / 0")  # fmt: skip


@dataclass(frozen=True)
class Domain:
    """A kind of values: its name, its plainest values in their order, and a sampler of others."""

    name: str
    plain: tuple[Any, ...]
    sample: Sample


@dataclass
class Domains:
    """Makes domains with what was mined from the code.

    Args:
        hints: Mined from the code.
        makers: For each class of the module a function that gives source of an instance.
        members: Members of each enumeration of the module, as source.
        aliases: Type aliases of the module, as the source that they stand for.
    """

    hints: Hints
    makers: dict[str, Sample]
    members: dict[str, tuple[str, ...]]
    aliases: dict[str, str]
    within: set[str] = field(default_factory=set, init=False)
    """Annotations that are being read, so that an alias that has itself in it ends."""

    def integers(self) -> Domain:
        """Whole numbers: the plainest, and those of the code."""
        pool = (*self.hints.integers[:24], *_INTEGERS)
        return Domain(
            "int", (*_INTEGERS[:4], *self.hints.integers[:12]), lambda r: _number(r, pool)
        )

    def floats(self) -> Domain:
        """Numbers with fractions."""
        pool = (*self.hints.floats[:24], *_FLOATS)
        return Domain(
            "float", (*_FLOATS[:4], *self.hints.floats[:12]), lambda r: float(_number(r, pool))
        )

    def texts(self) -> Domain:
        """Texts: whole ones of the code, and pieces put together."""
        whole = (*self.hints.texts, *_TEXTS)
        pieces = (*self.hints.fragments, *_TEXTS, *CHARACTERS)

        def sample(random: Random) -> str:
            if random.random() < 0.5:
                return random.choice(whole)
            between = random.choice(("", "", " ", ",", random.choice(pieces)))
            return between.join(random.choice(pieces) for _ in range(random.randint(1, 4)))[:80]

        return Domain("str", (*_TEXTS[:4], *self.hints.texts[:16]), sample)

    def sequence(self, kind: type, of: Domain, name: str) -> Domain:
        """Lists, tuples or sets of another domain's values."""
        of = _hashable(of) if kind in (set, frozenset) else of
        plain = [kind(of.plain[:3]), kind(), kind(of.plain[:1]), kind(reversed(of.plain[:3]))]
        if len(of.plain) > 1:
            plain.append(kind((*of.plain[:2], of.plain[0])))

        def sample(random: Random) -> Any:
            found = [
                (
                    random.choice(of.plain)
                    if of.plain and random.random() < 0.6
                    else of.sample(random)
                )
                for _ in range(random.choice((0, 1, 2, 2, 3, 3, 4, 5, 8)))
            ]
            if random.random() < 0.15:
                found = sorted(found, key=repr)
            return kind(found)

        return Domain(f"{name}[{of.name}]", tuple(plain), sample)

    def grid(self, of: Domain) -> Domain:
        """Lists of rows of one length; now and then rows as they come."""
        ragged = self.sequence(list, self.sequence(list, of, "list"), "list")

        def sample(random: Random) -> Any:
            if random.random() < RAGGED:
                return ragged.sample(random)
            plainly = bool(of.plain) and random.random() < 0.6
            pool = of.plain[:4]
            return sampled_grid(
                random, lambda: random.choice(pool) if plainly else of.sample(random)
            )

        plain = (*plain_grids(of.plain[:6]), *ragged.plain[:1])
        return Domain(ragged.name, plain, sample)

    def mapping(self, key: Domain, value: Domain) -> Domain:
        """Mappings; their keys are those that the code asks for, where it does."""
        key = _hashable(key)
        keys = tuple(k for k in self.hints.keys if _fits(k, key.name))
        plain: list[Any] = []
        if keys:
            plain.append(dict(zip(keys, _cycled(value.plain, len(keys)), strict=True)))
        pairs = _cycled(value.plain, 3)
        plain += [dict(zip(key.plain[:2], pairs, strict=False)), {}]
        plain.append(dict(zip(key.plain[2:4] or key.plain[:1], pairs[1:], strict=False)))

        def sample(random: Random) -> Any:
            pool = keys if keys and random.random() < 0.7 else key.plain or (key.sample(random),)
            count = random.choice((0, 1, 1, 2, 2, 3, 4))
            return {
                random.choice(pool): (
                    random.choice(value.plain)
                    if value.plain and random.random() < 0.5
                    else value.sample(random)
                )
                for _ in range(count)
            }

        return Domain(f"dict[{key.name},{value.name}]", tuple(plain), sample)

    def tuples(self, parts: Sequence[Domain]) -> Domain:
        """Tuples with a domain for each place."""
        plain = [tuple(p.plain[0] for p in parts), tuple(p.plain[-1] for p in parts)]
        plain.append(tuple(p.plain[min(1, len(p.plain) - 1)] for p in parts))
        return Domain(
            f"tuple[{','.join(p.name for p in parts)}]",
            tuple(plain),
            lambda r: tuple(r.choice(p.plain) if r.random() < 0.5 else p.sample(r) for p in parts),
        )

    def union(self, parts: Sequence[Domain]) -> Domain:
        """Values of any of several domains, the first one oftener."""
        plain = [p.plain[i] for i in range(6) for p in parts if i < len(p.plain)]
        return Domain(
            "|".join(p.name for p in parts),
            tuple(plain),
            lambda r: (parts[0] if r.random() < FIRST else r.choice(parts)).sample(r),
        )

    def choices(self, name: str, values: Sequence[Any]) -> Domain:
        """One of some values."""
        return Domain(name, tuple(values), lambda r: r.choice(values))

    def codes(self, name: str, texts: Sequence[str]) -> Domain:
        """One of some expressions."""
        return self.choices(name, [Code(text) for text in texts])

    def nested(self) -> Domain:
        """Mappings and lists in each other, as JSON has them."""
        keys = (*[k for k in self.hints.keys if isinstance(k, str)], "a", "b", "c")
        leaves = (*self.hints.integers[:4], *self.hints.texts[:4], 1, 2, "x", None, True)

        def sample(random: Random, depth: int = 0) -> Any:
            roll = random.random()
            if depth > 2 or (depth and roll < 0.45):
                return random.choice(leaves)
            if roll < 0.75 or not depth:
                chosen = [random.choice(keys) for _ in range(random.choice((0, 1, 1, 2, 3)))]
                return {key: sample(random, depth + 1) for key in chosen}
            return [sample(random, depth + 1) for _ in range(random.choice((0, 1, 2, 3)))]

        first = keys[0]
        plain: tuple[Any, ...] = (
            {first: 1},
            {first: {keys[1]: 2}},
            {first: [1, 2]},
            {},
            {first: [{keys[1]: 1}]},
        )
        return Domain("dict[nested]", plain, sample)


def _hashable(domain: Domain) -> Domain:
    """The domain without values that can be neither keys nor members of sets."""
    plain = tuple(v for v in domain.plain if _has_hash(v))

    def sample(random: Random) -> Any:
        found = domain.sample(random)
        return found if _has_hash(found) else random.choice(plain or (0,))

    return Domain(domain.name, plain, sample)


def _has_hash(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _number(random: Random, pool: Sequence[Any]) -> Any:
    chosen = random.choice(pool)
    if random.random() < 0.3:
        other = random.choice(pool)
        return random.choice(
            (chosen + 1, -chosen, (chosen + other) // 2, chosen * 2, chosen + other)
        )
    return chosen


def _cycled(values: Sequence[Any], count: int) -> list[Any]:
    return [values[i % len(values)] for i in range(count)] if values else [None] * count


def _fits(key: object, name: str) -> bool:
    return isinstance(key, str) == ("str" in name)
