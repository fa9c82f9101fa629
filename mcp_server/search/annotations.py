"""Domains of annotations: what a type, or a name for one, says of a parameter's values."""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from .cases import plain
from .domains import LAMBDAS, Domain, Domains
from .values import Code, render

_NAMES: Mapping[str, tuple[str, ...]] = {
    "int": ("int", "Integral", "Number", "SupportsInt", "SupportsIndex"),
    "float": ("float", "Real", "complex"),
    "str": ("str", "AnyStr", "Text", "LiteralString", "StrPath"),
    "bool": ("bool",),
    "bytes": ("bytes", "Buffer"),
    "None": ("None", "NoneType"),
    "list": ("list", "Sequence", "Iterable", "List", "Collection", "MutableSequence", "sequence",
             "iterable", "collection", "mutablesequence"),
    "tuple": ("tuple", "Tuple"),
    "dict": ("dict", "Mapping", "Dict", "MutableMapping", "mapping", "mutablemapping"),
    "set": ("set", "Set", "AbstractSet"),
    "frozenset": ("frozenset", "FrozenSet"),
    "hashable": ("Hashable",),
    "anything": ("Any", "object", "T", "K", "V", "JSON"),
    "callable": ("Callable", "FunctionType"),
}  # fmt: skip
_WRAPPED = {
    "iterator": "iter(", "generator": "iter(", "deque": "collections.deque(",
    "counter": "collections.Counter(", "ordereddict": "collections.OrderedDict(",
    "defaultdict": "collections.defaultdict({}, ",
}  # fmt: skip
WHOLE = 0.6
"""How often bytes are one of those of the code, and not several put together."""
_FACTORIES = ("int", "float", "str", "list", "dict", "set")


class TypedDomains(Domains):
    """Domains by the types that they are of."""

    def simple(self, name: str) -> Domain | None:
        """The domain of a type without parameters, by the last part of its name."""
        kind = next((kind for kind, names in _NAMES.items() if name in names), None)
        makers: Mapping[str | None, Callable[[], Domain]] = {
            "int": self.integers,
            "float": self.floats,
            "str": self.texts,
            "bool": lambda: self.choices("bool", (True, False)),
            "bytes": self._bytes,
            "None": lambda: self.choices("None", (None,)),
            "list": lambda: self._either(list, "list"),
            "tuple": lambda: self._either(tuple, "tuple"),
            "dict": self._mappings,
            "set": lambda: self.sequence(set, self.integers(), "set"),
            "frozenset": lambda: self.sequence(frozenset, self.integers(), "frozenset"),
            "hashable": lambda: self.union([self.integers(), self.texts()]),
            "anything": self._anything,
            "callable": lambda: self.codes("callable", LAMBDAS),
        }
        return makers[kind]() if kind else self._special(name)

    def _either(self, kind: type, name: str) -> Domain:
        """Sequences of numbers, or of texts."""
        return self.union([self.sequence(kind, d, name) for d in (self.integers(), self.texts())])

    def _mappings(self) -> Domain:
        anything = self.union([self.integers(), self.texts()])
        return self.union([self.mapping(self.texts(), anything), self.nested()])

    def _anything(self) -> Domain:
        numbers = self.sequence(list, self.integers(), "list")
        none = self.choices("None", (None,))
        return self.union([self.integers(), self.texts(), none, numbers, self.nested()])

    def objects(self) -> Domain:
        """One of many types, for code that tells types apart."""
        texts = ("None", 'collections.Counter("aab")', "datetime.date(2024, 1, 15)",
                 "Fraction(1, 2)", "(1, 2)", "{1, 2}", "range(3)", 'Decimal("1.5")', "int", "len",
                 'bytearray(b"abc")', "collections.deque([1, 2])", 'ValueError("a")', "1.5 + 2j",
                 "frozenset({1})", 'iter("ab")', 're.compile("a")', "collections")  # fmt: skip
        return self.choices("object", [plain(text) for text in texts])

    def _bytes(self) -> Domain:
        texts = (t.encode("latin-1", "replace") for t in self.hints.texts[:12])
        found = (b"abc", b"", b"a\x00\xff", b"hello", *self.hints.binary, *texts)
        whole = tuple(dict.fromkeys(found))

        def sample(random: Random) -> bytes:
            if random.random() < WHOLE:
                return random.choice(whole)
            return b"".join(random.choice(whole) for _ in range(random.randint(2, 4)))

        return Domain("bytes", whole, sample)

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
            "bytearray": ['bytearray(b"abc")', "bytearray()", r'bytearray(b"a\x00\xff")'],
            "Pattern": ['re.compile("a+")', 're.compile("")'],
            "Counter": ['collections.Counter("aab")', "collections.Counter()"],
            "deque": ["collections.deque([1, 2, 3])", "collections.deque()"],
            "OrderedDict": ["collections.OrderedDict(a=1)", "collections.OrderedDict()"],
        }  # fmt: skip
        if name in ("IO", "TextIO", "StringIO", "BinaryIO", "BytesIO"):
            return self._files(name)
        return self.codes(name, known[name]) if name in known else None

    def _files(self, name: str) -> Domain:
        """Files in memory, of lines such as the code's own texts."""
        texts, binary = self.texts(), name in ("BinaryIO", "BytesIO")
        content = self._bytes()

        def file(text: str) -> Code:
            if binary:
                return Code(f"io.BytesIO({text.encode('utf-8', 'replace')!r})")
            return Code(f"io.StringIO({text!r})")

        def sample(random: Random) -> Code:
            lines = [texts.sample(random) for _ in range(random.choice((1, 1, 2, 3)))]
            if binary and random.random() < WHOLE:
                between = random.choice((b"", b"\n"))
                return Code(f"io.BytesIO({between.join(content.sample(random) for _ in lines)!r})")
            return file("\n".join(lines) + random.choice(("", "\n")))

        plain_texts = ("abc", "a\nb\n", "", *texts.plain[4:8])
        return Domain(name, tuple(map(file, plain_texts)), sample)

    def of_annotation(self, text: str) -> Domain | None:
        """The domain of an annotation, None where it says nothing that is known."""
        try:
            node = ast.parse(self.aliases.get(text, text), mode="eval").body
        except SyntaxError:
            return None
        if text in self.within:
            return None
        self.within.add(text)
        try:
            return self._of_node(node)
        finally:
            self.within.remove(text)

    def _of_node(self, node: ast.expr) -> Domain | None:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._united([node.left, node.right])
        if isinstance(node, ast.Constant):
            none = self.choices("None", (None,)) if node.value is None else None
            return self.of_annotation(node.value) if isinstance(node.value, str) else none
        if isinstance(node, ast.Subscript):
            return self._parametrized(_last(node.value), node.slice)
        name = _last(node)
        return self.of_annotation(name) if name in self.aliases else self.simple(name)

    def _united(self, nodes: Sequence[ast.expr]) -> Domain | None:
        found = [d for d in map(self._of_node, nodes) if d is not None]
        return self.union(found) if found else None

    def _parametrized(self, name: str, inner: ast.expr) -> Domain | None:
        parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
        if name in ("Optional", "Union"):
            none = [ast.Constant(None)] if name == "Optional" else []
            return self._united([*parts, *none])
        if name == "Literal":
            return self.choices("Literal", [plain(ast.unparse(p)) for p in parts])
        if name in ("Annotated", "Final", "ClassVar", "Required", "NotRequired"):
            return self._of_node(parts[0])
        if name in ("Callable", "type", "Type"):
            return self._callable(parts) if name == "Callable" else None
        return self._container(name, parts)

    def _callable(self, parts: Sequence[ast.expr]) -> Domain:
        """Lambdas that take as many arguments as the annotation says."""
        first = parts[0] if parts else None
        if not isinstance(first, ast.List):
            return self.codes("callable", LAMBDAS)
        names = [f"x{i}" if i else "x" for i in range(len(first.elts))]
        head = f"lambda {', '.join(names)}:" if names else "lambda:"
        if len(parts) > 1 and "Awaitable" in ast.unparse(parts[1]):
            return self._coroutines(head, names)
        result = self._of_node(parts[1]) if len(parts) > 1 else None
        values = [
            render(v) for v in (result.plain[:3] if result else (1, 0)) if not isinstance(v, Code)
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

    def _container(self, name: str, parts: Sequence[ast.expr]) -> Domain | None:
        domains = [self._of_node(p) or self.integers() for p in parts if not _is_dots(p)]
        first = domains[0] if domains else self.integers()
        lowered = name.lower()
        if lowered in ("tuple", "counter", *_NAMES["dict"], "defaultdict", "ordereddict"):
            found = self._paired(lowered, parts, domains)
            return self._wrapped(lowered, parts, found) if lowered in _WRAPPED and found else found
        if lowered in ("set", "frozenset", "abstractset", "mutableset"):
            if re.match(r"list|dict|set|tuple\[.*(list|dict|set)", first.name):
                return self.choices(name, (set(),))
            return self.sequence(frozenset if lowered == "frozenset" else set, first, lowered)
        cells = self._cells(name, parts)
        inner = self.grid(cells) if cells else self.sequence(list, first, "list")
        if lowered in _WRAPPED:
            return self._wrapped(lowered, parts, inner)
        return inner if name in _NAMES["list"] or lowered == "reversible" else self.simple(name)

    def _cells(self, name: str, parts: Sequence[ast.expr]) -> Domain | None:
        """The domain of the cells of rows, such as those of `list[list[int]]`."""
        part = parts[0] if parts else None
        rows = isinstance(part, ast.Subscript) and _last(part.value) in _NAMES["list"]
        if name not in _NAMES["list"] or not rows or not isinstance(part, ast.Subscript):
            return None
        return self._of_node(part.slice)

    def _wrapped(self, lowered: str, parts: Sequence[ast.expr], inner: Domain) -> Domain:
        """What is made of plain lists and mappings by a call."""
        kind = parts[-1].value if isinstance(parts[-1], ast.Subscript) else parts[-1]
        factory = _last(kind).lower()
        head = _WRAPPED[lowered].format(factory if factory in _FACTORIES else "int")

        def wrap(value: Any) -> Code:
            return Code(f"{head}{render(value)})")

        return Domain(lowered, tuple(map(wrap, inner.plain)), lambda r: wrap(inner.sample(r)))

    def _paired(
        self, lowered: str, parts: Sequence[ast.expr], domains: Sequence[Domain]
    ) -> Domain | None:
        """Tuples and mappings, whose parts have kinds of their own."""
        first = domains[0] if domains else self.integers()
        if lowered == "tuple":
            if any(map(_is_dots, parts)):
                return self.sequence(tuple, first, "tuple")
            return self.tuples(domains) if domains else self.simple("tuple")
        if lowered == "counter" or len(domains) < 2:
            return self.mapping(first, self.integers())
        found = self.mapping(first, domains[1])
        if _last(parts[1]) in ("Any", "object"):
            return self.union([self.nested(), found])
        return found


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis
