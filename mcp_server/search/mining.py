"""What the code itself tells about inputs worth trying: constants, keys, separators, patterns."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

MOST_TEXTS = 60
LONGEST_TEXT = 60
LARGEST = 1_000_000
_PATTERN_FUNCTIONS = {
    "compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer",
}  # fmt: skip
_READ_FROM_TEXT = {
    "int": ("12", "0", "-3"), "float": ("1.5", "2"), "isdigit": ("12",), "isnumeric": ("12",),
    "fromisoformat": ("2024-01-15", "2024-01-20", "2023-12-31", "2024-01-15T10:30:00"),
    "loads": ('{"a": 1}', "[1, 2]", '"x"', "1"), "literal_eval": ("[1, 2]", "1", "'a'"),
    "splitlines": ("a\nb", "a\n\nb\n"), "fromhex": ("0aff",), "Decimal": ("1.5", "2"),
    "Fraction": ("1/2",), "isupper": ("A",), "islower": ("a",), "isalpha": ("a",),
    "ip_address": ("192.168.0.1", "::1"), "urlparse": ("http://a.b/c?d=1#e",), "ord": ("a",),
    "isspace": (" ",), "title": ("hello world",), "capitalize": ("hello",), "zfill": ("7",),
    "bytes.fromhex": ("0aff",), "UUID": ("12345678123456781234567812345678",),
}  # fmt: skip
_FORMS = ("fromisoformat", "loads", "literal_eval", "fromhex", "ip_address", "urlparse", "UUID")
_TIME = {"%Y": "2024", "%m": "01", "%d": "15", "%H": "10", "%M": "30", "%S": "45", "%y": "24",
         "%B": "January", "%b": "Jan", "%A": "Monday", "%a": "Mon", "%p": "AM", "%I": "10",
         "%j": "015", "%f": "000001", "%%": "%"}  # fmt: skip


@dataclass
class Hints:
    """What was found.

    Args:
        texts: Whole strings: constants, strings that patterns match, dates in a format's form.
        fragments: Pieces to put strings together from: separators, prefixes, single characters.
        integers: Numbers with their neighbours.
        floats: The same with fractions.
        binary: Bytes, single ones with their neighbours.
        keys: Keys that mappings are asked for.
        attributes: Names of attributes that are read of each parameter, by the parameter's name.
        kinds: Types that a name is asked for by `isinstance`.
        named: Texts in the form that the code reads from a name, such as `int(name)`.
        uses: The kind of value that an operator or a call asks for, by the name it is used on.
    """

    texts: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    integers: list[int] = field(default_factory=list)
    floats: list[float] = field(default_factory=list)
    binary: list[bytes] = field(default_factory=list)
    keys: list[Any] = field(default_factory=list)
    attributes: dict[str, set[str]] = field(default_factory=dict)
    uses: dict[str, str] = field(default_factory=dict)
    named: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[str, list[str]] = field(default_factory=dict)

    def unique(self) -> "Hints":
        """The same, each once, and bounded."""
        return Hints(
            texts=list(dict.fromkeys(t for t in self.texts if len(t) <= LONGEST_TEXT))[:MOST_TEXTS],
            fragments=list(dict.fromkeys(f for f in self.fragments if f))[:MOST_TEXTS],
            integers=list(dict.fromkeys(i for i in self.integers if abs(i) <= LARGEST))[:40],
            floats=list(dict.fromkeys(self.floats))[:40],
            binary=list(dict.fromkeys(b for b in self.binary if len(b) <= LONGEST_TEXT))[
                :MOST_TEXTS
            ],
            keys=list(dict.fromkeys(self.keys))[:20],
            attributes=self.attributes,
            uses=self.uses,
            named=self.named,
            kinds=self.kinds,
        )


def mine(nodes: Sequence[ast.AST], module: ast.Module) -> Hints:
    """Hints from a subject's own code, then from the module's constants."""
    hints = Hints()
    docstrings = {
        id(n.value) for root in (*nodes, module) for n in ast.walk(root) if isinstance(n, ast.Expr)
    }
    for root in nodes:
        for node in ast.walk(root):
            _take(node, hints, docstrings)
    for statement in module.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            for node in ast.walk(statement):
                _take(node, hints, docstrings)
    return hints.unique()


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _take(node: ast.AST, hints: Hints, docstrings: set[int]) -> None:
    if isinstance(node, ast.Constant) and id(node) not in docstrings:
        _take_constant(node.value, hints)
    elif isinstance(node, ast.Call):
        _take_call(node, hints)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        hints.attributes.setdefault(node.value.id, set()).add(node.attr)
    elif isinstance(node, ast.Compare):
        _take_comparison(node, hints)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv):
        for side in (node.left, node.right):
            _use(side, "int", hints)
    elif isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            hints.keys.append(node.slice.value)
            _use(node.value, "dict", hints)
        _take_rows(node, hints)
    elif isinstance(node, ast.For | ast.comprehension):
        _use(node.iter, "list", hints)


def _take_rows(node: ast.Subscript, hints: Hints) -> None:
    """What is indexed twice has rows: `grid[y][x]`."""
    inner = node.value
    if isinstance(inner, ast.Subscript) and isinstance(inner.value, ast.Name):
        by_name = any(isinstance(s, ast.Constant) and isinstance(s.value, str)
                      for s in (inner.slice, node.slice))  # fmt: skip
        if not by_name:
            hints.uses[inner.value.id] = "list[list"


def _use(node: ast.expr, kind: str, hints: Hints) -> None:
    if isinstance(node, ast.Name):
        hints.uses.setdefault(node.id, kind)


def _take_comparison(node: ast.Compare, hints: Hints) -> None:
    sides = [node.left, *node.comparators]
    if any(isinstance(o, ast.In | ast.NotIn) for o in node.ops):
        if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
            hints.keys.append(node.left.value)
        return
    kinds = {type(s.value).__name__ for s in sides if isinstance(s, ast.Constant)}
    for side in sides:
        for kind in ("float", "int", "str"):
            if kind in kinds:
                _use(side, kind, hints)


def _take_constant(value: object, hints: Hints) -> None:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        hints.integers += [value, value - 1, value + 1]
        hints.floats += [float(value)] if abs(value) < LARGEST else []
    elif isinstance(value, float):
        hints.floats += [value, value + 1, value - 1, value / 2]
        hints.integers += [int(value), int(value) + 1] if abs(value) < LARGEST else []
    elif isinstance(value, bytes) and value:
        near = range(max(value[0] - 1, 0), min(value[0] + 2, 256)) if len(value) == 1 else ()
        hints.binary += [value, *(bytes([code]) for code in near)]
    elif isinstance(value, str) and value:
        hints.texts.append(value)
        words = re.findall(r"\w+", value)
        hints.fragments += [value, *(words if len(words) > 1 else [])]
        if len(value) <= 16:
            hints.fragments += list(value)
        if "%" in value and (date := _date(value)):
            hints.texts.append(date)


def _date(pattern: str) -> str | None:
    """A date in the form of a `strptime` pattern."""
    if not re.search(r"%[YmdHMSyBb]", pattern):
        return None
    return re.sub(r"%.", lambda match: _TIME.get(match[0], ""), pattern)


def _take_call(node: ast.Call, hints: Hints) -> None:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else _last(node.func)
    hints.texts += _READ_FROM_TEXT.get(name, ())
    if isinstance(node.func, ast.Name):
        _use(node.func, "callable", hints)
    first = node.args[0] if node.args else None
    for argument in node.args:
        if isinstance(argument, ast.Name) and name in _FORMS:
            hints.named.setdefault(argument.id, []).extend(_READ_FROM_TEXT[name])
    if name == "isinstance" and len(node.args) > 1 and isinstance(first, ast.Name):
        asked = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
        hints.kinds.setdefault(first.id, []).extend(ast.unparse(each) for each in asked)
    _take_first(name, first, node, hints)


def _take_first(name: str, first: ast.expr | None, node: ast.Call, hints: Hints) -> None:
    """What a function asks of its first argument."""
    if first is not None and name == "range":
        _use(first, "int", hints)
    if name == "split" and not node.args:
        hints.texts += ["a b", "a b c"]
    if not isinstance(first, ast.Constant):
        return
    if name in ("get", "pop", "setdefault") and isinstance(first.value, str | int):
        hints.keys.append(first.value)
    if name in _PATTERN_FUNCTIONS and isinstance(first.value, str):
        hints.texts += matching(first.value, Random(first.value))  # noqa: S311
    if name in ("split", "rsplit", "partition", "rpartition") and isinstance(first.value, str):
        separator = first.value
        hints.texts += [f"a{separator}b", f"1{separator}2", f"a{separator}b{separator}c"]
        hints.texts += [f"1{separator}2{separator}3", f"{separator}a", f"a{separator}"]


def matching(pattern: str, random: Random, count: int = 6) -> list[str]:
    """Strings that a regular expression matches, the plainest first; none if it is no pattern."""
    try:
        parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
        return list(dict.fromkeys(_Writing(random, n).items(parsed) for n in range(count)))
    except (re.error, RecursionError, OverflowError, AttributeError):
        return []


@dataclass
class _Writing:
    """Writes a string that a parsed pattern matches.

    Args:
        random: Chooses the characters of classes.
        effort: 0 for the plainest string; others take other branches and counts.
    """

    random: Random
    effort: int

    def __post_init__(self) -> None:
        self._groups: dict[int, str] = {}

    def items(self, items: Any) -> str:
        return "".join(self._item(str(operator), argument) for operator, argument in items)

    def _item(self, operator: str, argument: Any) -> str:  # noqa: PLR0911  (one an operator)
        match operator:
            case "LITERAL":
                return chr(argument)
            case "NOT_LITERAL":
                return "a" if argument != ord("a") else "b"
            case "ANY":
                return "a"
            case "IN":
                return self.random.choice(list(_members(argument)) or ["a"])
            case "BRANCH":
                branches = argument[1]
                return self.items(branches[self.effort % len(branches)])
            case "SUBPATTERN":
                found = self.items(argument[-1])
                self._groups[argument[0]] = found
                return found
            case "GROUPREF":
                return self._groups.get(argument, "")
            case "ATOMIC_GROUP":
                return self.items(argument)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeated(*argument)
            case _:
                return ""

    def _repeated(self, least: int, most: int, inner: Any) -> str:
        found, effort = "", self.effort
        for _ in range(min(least + (effort % 3 if effort else not least), int(most))):
            if len(found) > LONGEST_TEXT:  # it would be left out anyway
                break
            found += self.items(inner)
        return found


def _members(argument: Any) -> Iterator[str]:
    """Characters of a class such as `[a-z_]`; of a negated one, some that are not in it."""
    if argument and str(argument[0][0]) == "NEGATE":
        yield from (c for c in "a1 _-.é" if not any(_is_in(c, *each) for each in argument[1:]))
    else:
        yield from (c for operator, value in argument for c in _of_class(str(operator), value))


def _of_class(operator: str, value: Any) -> str:
    if operator == "LITERAL":
        return chr(value)
    if operator == "RANGE":
        low, high = value
        return "".join(map(chr, dict.fromkeys((low, min(low + 1, high), (low + high) // 2, high))))
    if operator == "CATEGORY":
        name = str(value)
        named = {"NOT_WORD": "-.", "NOT_DIGIT": "a-", "NOT_SPACE": "a-", "DIGIT": "123",
                 "SPACE": " ", "WORD": "ab1"}  # fmt: skip
        return next((text for kind, text in named.items() if name.endswith(kind)), "")
    return ""


def _is_in(character: str, operator: Any, value: Any) -> bool:
    """Whether a part of a class has a character in it."""
    if str(operator) == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    if str(operator) == "CATEGORY":
        name = str(value)
        kinds = {"DIGIT": str.isdigit, "SPACE": str.isspace}
        is_kind = kinds.get(name.rsplit("_", 1)[-1], lambda c: c.isalnum() or c == "_")
        return is_kind(character) != ("NOT_" in name)
    return bool(ord(character) == value)


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
