"""Where values come from: a domain for each annotation or guessed kind, and small changes."""

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from .mining import Hints
from .values import Code

Sample = Callable[[Random], Any]

FIRST = 0.4
"""How often a value of a union is of its first kind, apart from chance."""
_INTEGERS = (1, 0, 2, 3, 5, -1, 10, 7, 4, 100, 12)
_FLOATS = (1.0, 0.0, 2.5, -1.5, 10.0, 0.5, 100.0)
_TEXTS = ("abc", "", "a", "hello world", "abba", "Hello", "1", "a b c", "12", "A", "x=1", "1.5")
_CHARACTERS = "ab1 A-_.,:z0"
_LAMBDAS = ("lambda x: x", "lambda x: x * 2", "lambda *args: None", "lambda x: x > 1",
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
    """Makes domains from annotations or guesses, with what was mined from the code.

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

    def integers(self) -> Domain:
        pool = (*self.hints.integers[:24], *_INTEGERS)
        return Domain(
            "int", (*_INTEGERS[:4], *self.hints.integers[:12]), lambda r: _number(r, pool)
        )

    def floats(self) -> Domain:
        pool = (*self.hints.floats[:24], *_FLOATS)
        return Domain(
            "float", (*_FLOATS[:4], *self.hints.floats[:12]), lambda r: float(_number(r, pool))
        )

    def texts(self) -> Domain:
        whole = (*self.hints.texts, *_TEXTS)
        pieces = (*self.hints.fragments, *_TEXTS, *_CHARACTERS)

        def sample(random: Random) -> str:
            if random.random() < 0.5:  # noqa: PLR2004
                return random.choice(whole)
            between = random.choice(("", "", " ", ",", random.choice(pieces)))
            return between.join(random.choice(pieces) for _ in range(random.randint(1, 4)))[:80]

        return Domain("str", (*_TEXTS[:4], *self.hints.texts[:16]), sample)

    def sequence(self, kind: type, of: Domain, name: str) -> Domain:
        plain = [kind(of.plain[:3]), kind(), kind(of.plain[:1]), kind(reversed(of.plain[:3]))]
        if len(of.plain) > 1:
            plain.append(kind((*of.plain[:2], of.plain[0])))

        def sample(random: Random) -> Any:
            found = [
                (
                    random.choice(of.plain)
                    if of.plain and random.random() < 0.6
                    else of.sample(random)
                )  # noqa: PLR2004
                for _ in range(random.choice((0, 1, 2, 2, 3, 3, 4, 5, 8)))
            ]
            if random.random() < 0.15:  # noqa: PLR2004
                found = sorted(found, key=repr)
            return kind(found)

        return Domain(f"{name}[{of.name}]", tuple(plain), sample)

    def mapping(self, key: Domain, value: Domain) -> Domain:
        keys = tuple(k for k in self.hints.keys if _fits(k, key.name))
        plain: list[Any] = []
        if keys:
            plain.append(dict(zip(keys, _cycled(value.plain, len(keys)), strict=True)))
        pairs = _cycled(value.plain, 3)
        plain += [dict(zip(key.plain[:2], pairs, strict=False)), {}]
        plain.append(dict(zip(key.plain[2:4] or key.plain[:1], pairs[1:], strict=False)))

        def sample(random: Random) -> Any:
            pool = (
                keys if keys and random.random() < 0.7 else key.plain or (key.sample(random),)
            )  # noqa: PLR2004
            count = random.choice((0, 1, 1, 2, 2, 3, 4))
            return {
                random.choice(pool): (
                    random.choice(value.plain)
                    if value.plain and random.random() < 0.5  # noqa: PLR2004
                    else value.sample(random)
                )
                for _ in range(count)
            }

        return Domain(f"dict[{key.name},{value.name}]", tuple(plain), sample)

    def tuples(self, parts: Sequence[Domain]) -> Domain:
        plain = [tuple(p.plain[0] for p in parts), tuple(p.plain[-1] for p in parts)]
        plain.append(tuple(p.plain[min(1, len(p.plain) - 1)] for p in parts))
        return Domain(
            f"tuple[{','.join(p.name for p in parts)}]",
            tuple(plain),
            lambda r: tuple(
                r.choice(p.plain) if r.random() < 0.5 else p.sample(r) for p in parts
            ),  # noqa: PLR2004
        )

    def union(self, parts: Sequence[Domain]) -> Domain:
        plain = [p.plain[i] for i in range(6) for p in parts if i < len(p.plain)]
        return Domain(
            "|".join(p.name for p in parts),
            tuple(plain),
            lambda r: (parts[0] if r.random() < FIRST else r.choice(parts)).sample(r),
        )

    def choices(self, name: str, values: Sequence[Any]) -> Domain:
        return Domain(name, tuple(values), lambda r: r.choice(values))

    def codes(self, name: str, texts: Sequence[str]) -> Domain:
        return self.choices(name, [Code(text) for text in texts])

    def simple(self, name: str) -> Domain | None:
        """The domain of a type without parameters, by the last part of its name."""
        match name:
            case "int" | "Integral" | "Number" | "SupportsInt" | "SupportsIndex":
                return self.integers()
            case "float" | "Real" | "complex":
                return self.floats()
            case "str" | "AnyStr" | "Text" | "LiteralString" | "StrPath":
                return self.texts()
            case "bool":
                return self.choices("bool", (True, False))
            case "bytes" | "bytearray" | "Buffer":
                found = tuple(t.encode("latin-1", "replace") for t in self.hints.texts[:12])
                return self.choices("bytes", (b"abc", b"", b"a\x00\xff", b"hello", *found))
            case "None" | "NoneType":
                return self.choices("None", (None,))
            case "list" | "Sequence" | "Iterable" | "List" | "Collection" | "MutableSequence":
                return self.union([self.sequence(list, self.integers(), "list"),
                                   self.sequence(list, self.texts(), "list")])  # fmt: skip
            case "tuple" | "Tuple":
                return self.union([self.sequence(tuple, self.integers(), "tuple"),
                                   self.sequence(tuple, self.texts(), "tuple")])  # fmt: skip
            case "dict" | "Mapping" | "Dict" | "MutableMapping":
                anything = self.union([self.integers(), self.texts()])
                return self.union([self.mapping(self.texts(), anything), self.nested()])
            case "set" | "frozenset" | "Set" | "FrozenSet" | "AbstractSet":
                kind = frozenset if name.lower() == "frozenset" else set
                return self.sequence(kind, self.integers(), name)
            case "Any" | "object" | "Hashable" | "T" | "K" | "V" | "JSON":
                kinds = [self.integers(), self.texts(), self.choices("None", (None,)),
                         self.sequence(list, self.integers(), "list")]  # fmt: skip
                return self.union(kinds if name in "Hashable" else [*kinds, self.nested()])
            case "Callable" | "FunctionType":
                return self.codes("callable", _LAMBDAS)
        return self._special(name)

    def _special(self, name: str) -> Domain | None:
        """Types of the standard library, classes and enumerations of the module."""
        if name in self.members:
            return self.codes(name, self.members[name])
        if name in self.makers:
            make = self.makers[name]
            first = Random(0)  # noqa: S311
            return Domain(name, tuple(make(first) for _ in range(3)), make)
        numbers = (*(str(n) for n in self.hints.integers[:6]), "0", "1", "10", "1.5", "-2")
        known: dict[str, Sequence[str]] = {
            "Decimal": [f'Decimal("{n}")' for n in numbers],
            "Fraction": ["Fraction(1, 2)", "Fraction(0, 1)", "Fraction(3, 4)", "Fraction(-5, 3)"],
            "Path": ['Path("a/b.txt")', 'Path("a")', 'Path("/a/b/c.py")', 'Path(".")'],
            "date": ["datetime.date(2024, 1, 15)", "datetime.date(2024, 2, 29)",
                     "datetime.date(2023, 12, 31)", "datetime.date(2024, 1, 20)"],
            "datetime": ["datetime.datetime(2024, 1, 15, 10, 30)", "datetime.datetime(2024, 1, 1)",
                         "datetime.datetime(2023, 12, 31, 23, 59, 59)"],
            "time": ["datetime.time(10, 30)", "datetime.time(0, 0)", "datetime.time(23, 59)"],
            "timedelta": ["datetime.timedelta(days=1)", "datetime.timedelta(0)",
                          "datetime.timedelta(hours=5)", "datetime.timedelta(seconds=90)"],
            "UUID": ['UUID(int=1)', 'UUID(int=0)'],
            "TextIO": [f"io.StringIO({t!r})" for t in ("a\nb\n", "", *self.hints.texts[:4])],
            "BinaryIO": ['io.BytesIO(b"abc")', 'io.BytesIO(b"")'],
            "Pattern": ['re.compile("a+")', 're.compile("")'],
            "Counter": ['collections.Counter("aab")', "collections.Counter()"],
            "deque": ["collections.deque([1, 2, 3])", "collections.deque()"],
            "OrderedDict": ["collections.OrderedDict(a=1)", "collections.OrderedDict()"],
        }  # fmt: skip
        known["IO"] = known["StringIO"] = known["TextIO"]
        return self.codes(name, known[name]) if name in known else None

    def of_annotation(self, text: str) -> Domain | None:
        """The domain of an annotation, None where it says nothing that is known."""
        try:
            node = ast.parse(self.aliases.get(text, text), mode="eval").body
        except SyntaxError:
            return None
        return self._of_node(node)

    def _of_node(self, node: ast.expr) -> Domain | None:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._united([node.left, node.right])
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return self.of_annotation(node.value)
            return self.choices("None", (None,)) if node.value is None else None
        if isinstance(node, ast.Subscript):
            return self._parametrized(_last(node.value), node.slice)
        name = _last(node)
        if name in self.aliases and self.aliases[name] != name:
            return self.of_annotation(self.aliases[name])
        return self.simple(name)

    def _united(self, nodes: Sequence[ast.expr]) -> Domain | None:
        found = [d for d in map(self._of_node, nodes) if d is not None]
        return self.union(found) if found else None

    def _parametrized(self, name: str, inner: ast.expr) -> Domain | None:
        parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
        if name in ("Optional", "Union"):
            none = [ast.Constant(None)] if name == "Optional" else []
            return self._united([*parts, *none])
        if name == "Literal":
            return self.choices("Literal", [ast.literal_eval(p) for p in parts])
        if name in ("Annotated", "Final", "ClassVar", "Required", "NotRequired"):
            return self._of_node(parts[0])
        if name in ("Callable", "type", "Type"):
            return self._callable(parts) if name == "Callable" else None
        return self._container(name, parts)

    def _callable(self, parts: Sequence[ast.expr]) -> Domain:
        """Lambdas that take as many arguments as the annotation says."""
        first = parts[0] if parts else None
        if not isinstance(first, ast.List):
            return self.codes("callable", _LAMBDAS)
        names = [f"x{i}" if i else "x" for i in range(len(first.elts))]
        head = f"lambda {', '.join(names)}:" if names else "lambda:"
        if len(parts) > 1 and "Awaitable" in ast.unparse(parts[1]):
            return self._coroutines(head, names)
        result = self._of_node(parts[1]) if len(parts) > 1 else None
        values = [
            repr(v) for v in (result.plain[:3] if result else (1, 0)) if not isinstance(v, Code)
        ]
        bodies = [*names[:1], *values, *([f"{' + '.join(names)}"] if len(names) > 1 else []),
                  *([f"{names[0]} * 2"] if names else [])]  # fmt: skip
        return self.codes("callable", [f"{head} {body}" for body in bodies])

    def _coroutines(self, head: str, names: Sequence[str]) -> Domain:
        """Functions whose results can be awaited: a value, another, and a failure."""
        first = names[0] if names else '"a"'
        bodies = (f"asyncio.sleep(0, {first})", "asyncio.sleep(0, None)", 'asyncio.sleep(0, "a")',
                  "asyncio.wait_for(asyncio.sleep(9), 0)")  # fmt: skip
        return self.codes("callable", [f"{head} {body}" for body in bodies])

    def nested(self) -> Domain:
        """Mappings and lists in each other, as JSON has them."""
        keys = (*[k for k in self.hints.keys if isinstance(k, str)], "a", "b", "c")
        leaves = (*self.hints.integers[:4], *self.hints.texts[:4], 1, 2, "x", None, True)

        def sample(random: Random, depth: int = 0) -> Any:
            roll = random.random()
            if depth > 2 or (depth and roll < 0.45):  # noqa: PLR2004
                return random.choice(leaves)
            if roll < 0.75 or not depth:  # noqa: PLR2004
                chosen = [random.choice(keys) for _ in range(random.choice((0, 1, 1, 2, 3)))]
                return {key: sample(random, depth + 1) for key in chosen}
            return [sample(random, depth + 1) for _ in range(random.choice((0, 1, 2, 3)))]

        first = keys[0]
        plain = ({first: 1}, {first: {keys[1]: 2}}, {first: [1, 2]}, {}, {first: [{keys[1]: 1}]})
        return Domain("dict[nested]", plain, sample)

    def _container(self, name: str, parts: Sequence[ast.expr]) -> Domain | None:
        domains = [self._of_node(p) or self.integers() for p in parts if not _is_dots(p)]
        first = domains[0] if domains else self.integers()
        lowered = name.lower()
        if lowered in ("dict", "mapping", "mutablemapping", "defaultdict", "ordereddict"):
            if len(parts) > 1 and _last(parts[1]) in ("Any", "object"):
                return self.union([self.nested(), self.mapping(first, domains[1])])
            return self.mapping(first, domains[1] if len(domains) > 1 else self.integers())
        if lowered == "counter":
            return self.mapping(first, self.integers())
        if lowered == "tuple":
            if any(map(_is_dots, parts)):
                return self.sequence(tuple, first, "tuple")
            return self.tuples(domains) if domains else self.simple("tuple")
        if lowered in ("set", "frozenset", "abstractset", "mutableset"):
            if re.match(r"list|dict|set|tuple\[.*(list|dict|set)", first.name):
                return self.choices(name, (set(),))
            return self.sequence(frozenset if lowered == "frozenset" else set, first, lowered)
        if lowered in ("iterator", "generator"):
            inner = self.sequence(list, first, "list")
            return self.codes("iterator", [f"iter({v!r})" for v in inner.plain])
        if lowered == "deque":
            inner = self.sequence(list, first, "list")
            return self.codes("deque", [f"collections.deque({v!r})" for v in inner.plain])
        if lowered in (
            "list",
            "sequence",
            "iterable",
            "collection",
            "mutablesequence",
            "reversible",
        ):
            return self.sequence(list, first, "list")
        return self.simple(name)


def change(value: Any, random: Random, domain: Domain, hints: Hints) -> Any:
    """A value near `value`: the same kind, a little different; now and then another one."""
    if random.random() < 0.2:  # noqa: PLR2004
        return domain.sample(random)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return random.choice((value + 1, value - 1, -value, value * 2, value // 2, value + 10,
                              value * 10, random.choice(hints.integers or [0])))  # fmt: skip
    if isinstance(value, float):
        return random.choice((value + 1, value - 1, -value, value * 2, value / 2, value + 0.5,
                              random.choice(hints.floats or [0.0])))  # fmt: skip
    if isinstance(value, str):
        return _changed_text(value, random, hints)
    if isinstance(value, list | tuple):
        return _changed_sequence(value, random, domain, hints)
    if isinstance(value, dict):
        return _changed_dict(value, random, domain, hints)
    return domain.sample(random)


def put_in_place(value: Any, pair: tuple[Any, Any], random: Random) -> Any:
    """The value with the first of a pair, where it is in it, replaced by the second."""
    there, wanted = pair
    if wanted is None or type(there) is not type(wanted):
        return value
    if isinstance(value, str):
        return _put_in_text(value, str(there), str(wanted), random)
    if type(value) is type(there) and value == there:
        return wanted
    if isinstance(value, int | float) and not isinstance(value, bool):
        near = isinstance(there, int | float) and random.random() < 0.5  # noqa: PLR2004
        return type(value)(value + (wanted - there)) if near else value
    if isinstance(value, list | tuple):
        return type(value)(put_in_place(v, pair, random) for v in value)
    if isinstance(value, dict):
        return {
            put_in_place(k, pair, random): put_in_place(v, pair, random) for k, v in value.items()
        }
    return value


def _put_in_text(value: str, there: str, wanted: str, random: Random) -> str:
    """One of the places where it stands, in whatever case; an empty text stands at the end."""
    if not there:
        return value + wanted
    places = [m.start() for m in re.finditer(re.escape(there), value, re.IGNORECASE)]
    if not places:
        return value
    at = random.choice(places)
    return value[:at] + wanted + value[at + len(there) :]


def _changed_text(value: str, random: Random, hints: Hints) -> str:
    pieces = hints.fragments or list(_CHARACTERS)
    at = random.randint(0, len(value))
    piece = (
        random.choice(pieces) if random.random() < 0.7 else random.choice(_CHARACTERS)
    )  # noqa: PLR2004
    end = min(len(value), at + random.choice((1, 1, 2, 4)))
    return random.choice(
        (
            value[:at] + piece + value[at:],
            value[:at] + value[end:],
            value[:at] + piece + value[end:],
            value + piece,
            piece + value,
            value[:at] + value[at:end] * 2 + value[end:],
            value.swapcase(),
            value.replace(random.choice(value or " "), piece),
        )
    )[:120]


def _changed_sequence(value: Any, random: Random, domain: Domain, hints: Hints) -> Any:
    items = list(value)
    kind = type(value)
    fixed = kind is tuple and domain.name.startswith("tuple[") and "," in domain.name
    step = random.randrange(2 if fixed else 7)
    if not items:
        return domain.sample(random)
    at = random.randrange(len(items))
    if step in (0, 1):
        element = Domain("element", tuple(items), lambda r: _other(r, items, domain, kind))
        items[at] = change(items[at], random, element, hints)
    elif step == 2:  # noqa: PLR2004
        del items[at]
    elif step == 3:  # noqa: PLR2004
        items.insert(at, items[random.randrange(len(items))])
    elif step == 4:  # noqa: PLR2004
        items.append(_other(random, items, domain, kind))
    elif step == 5:  # noqa: PLR2004
        random.shuffle(items)
    else:
        items.reverse()
    return kind(items)


def _other(random: Random, items: list[Any], domain: Domain, kind: type) -> Any:
    """An element as the domain's sequences have them."""
    sampled = domain.sample(random)
    if isinstance(sampled, kind) and sampled:
        return random.choice(list(sampled))  # type: ignore[call-overload]
    return random.choice(items)


def _changed_dict(value: dict[Any, Any], random: Random, domain: Domain, hints: Hints) -> Any:
    found = dict(value)
    if not found:
        return domain.sample(random)
    key = random.choice(list(found))
    step = random.randrange(4)
    if step == 0:
        del found[key]
    elif step == 1:
        other = domain.sample(random)
        found.update(other if isinstance(other, dict) else {})
    else:
        values = list(found.values())
        element = Domain("element", tuple(values), lambda r: r.choice(values))
        found[key] = change(found[key], random, element, hints)
    return found


def _number(random: Random, pool: Sequence[Any]) -> Any:
    chosen = random.choice(pool)
    if random.random() < 0.3:  # noqa: PLR2004
        other = random.choice(pool)
        return random.choice(
            (chosen + 1, -chosen, (chosen + other) // 2, chosen * 2, chosen + other)
        )
    return chosen


def _cycled(values: Sequence[Any], count: int) -> list[Any]:
    return [values[i % len(values)] for i in range(count)] if values else [None] * count


def _fits(key: object, name: str) -> bool:
    return isinstance(key, str) == ("str" in name)


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis
