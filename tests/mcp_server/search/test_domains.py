"""Domains, annotations and changes: values of the kinds that code asks for."""

import ast
import collections
import contextlib
import datetime
import decimal
import enum
import fractions
import io
import pathlib
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from random import Random

import pytest

from mcp_server.search.annotations import TypedDomains
from mcp_server.search.changes import change, put_in_place
from mcp_server.search.mining import mine
from mcp_server.search.subjects import aliases
from mcp_server.search.values import IMPORTS, render

SOURCE = """
MODE = "fast"
Row = dict[str, int]
Json = dict[str, "Json"] | list["Json"] | str | int | None
Tree = list["Tree"]
def f(x): return x["size"] > 50 and x != 2.5
"""


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@pytest.fixture
def domains():
    tree = ast.parse(SOURCE)
    members = {"Color": ("Color.RED", "Color.BLUE")}
    return TypedDomains(mine(tree.body, tree), {}, members, aliases(tree))


def made(value):
    """A domain's value, made as a case makes it."""
    names = {"Color": Color}
    for line in IMPORTS.values():
        exec(line, names)
    return eval(render(value), names)


def samples(domain):
    random = Random(3)
    return [made(v) for v in (*domain.plain, *(domain.sample(random) for _ in range(60)))]


def of_each(kind):
    return lambda values: all(isinstance(value, kind) for value in values)


def ints(values):
    return all(type(v) is int for v in values)


def texts(values):
    return all(type(v) is str for v in values)


def pairs(key, value):
    def fits(found):
        return isinstance(found, Mapping) and key(found.keys()) and value(found.values())

    return fits


ANNOTATIONS = {
    "int": lambda v: type(v) is int,
    "float": lambda v: type(v) is float,
    "str": lambda v: type(v) is str,
    "bool": lambda v: type(v) is bool,
    "bytes": lambda v: type(v) is bytes,
    "bytearray": lambda v: type(v) is bytearray,
    "None": lambda v: v is None,
    "list": lambda v: type(v) is list,
    "tuple": lambda v: type(v) is tuple,
    "dict": lambda v: type(v) is dict,
    "set": lambda v: type(v) is set,
    "frozenset": lambda v: type(v) is frozenset,
    "list[int]": lambda v: type(v) is list and ints(v),
    "typing.List[str]": lambda v: type(v) is list and texts(v),
    "List[List[int]]": lambda v: type(v) is list and all(type(x) is list and ints(x) for x in v),
    "Sequence[float]": lambda v: type(v) is list and of_each(float)(v),
    "Iterable[str]": lambda v: type(v) is list and texts(v),
    "Iterator[int]": lambda v: isinstance(v, Iterator) and ints(v),
    "Iterator[Decimal]": lambda v: isinstance(v, Iterator) and of_each(decimal.Decimal)(v),
    "Collection[int]": lambda v: type(v) is list,
    "tuple[int, ...]": lambda v: type(v) is tuple and ints(v),
    "tuple[int, str]": lambda v: type(v) is tuple and list(map(type, v)) == [int, str],
    "list[tuple[str, int]]": lambda v: all(list(map(type, x)) == [str, int] for x in v),
    "set[str]": lambda v: type(v) is set and texts(v),
    "Set[Any]": lambda v: type(v) is set,
    "set[object]": lambda v: type(v) is set,
    "set[tuple[int, str]]": lambda v: type(v) is set and of_each(tuple)(v),
    "set[list[int] | int]": lambda v: type(v) is set,
    "set[frozenset[int]]": lambda v: type(v) is set and of_each(frozenset)(v),
    "frozenset[int]": lambda v: type(v) is frozenset and ints(v),
    "AbstractSet[int]": lambda v: type(v) is set and ints(v),
    "dict[str, int]": pairs(texts, ints),
    "dict[int, str]": pairs(ints, texts),
    "Dict[str, List[int]]": pairs(texts, of_each(list)),
    "dict[str, dict[str, int]]": pairs(texts, of_each(dict)),
    "dict[tuple[int, int], str]": pairs(of_each(tuple), texts),
    "Mapping[str, float]": pairs(texts, of_each(float)),
    "dict[str, Any]": pairs(texts, of_each(object)),
    "dict[Any, int]": pairs(of_each(object), of_each(int)),
    "dict[K, V]": pairs(of_each(object), of_each(object)),
    "dict[Decimal, int]": pairs(of_each(decimal.Decimal), ints),
    "defaultdict[str, int]": lambda v: v["missing"] == 0 and isinstance(v, collections.defaultdict),
    "DefaultDict[str, list[int]]": lambda v: v["missing"] == [] and of_each(list)(v.values()),
    "Counter[str]": lambda v: isinstance(v, collections.Counter),
    "OrderedDict[str, int]": lambda v: isinstance(v, collections.OrderedDict),
    "collections.Counter": lambda v: isinstance(v, collections.Counter),
    "deque": lambda v: isinstance(v, collections.deque),
    "deque[int]": lambda v: isinstance(v, collections.deque) and ints(v),
    "int | None": lambda v: v is None or type(v) is int,
    "Optional[str]": lambda v: v is None or type(v) is str,
    "Union[int, list[str]]": lambda v: type(v) is int or texts(v),
    "'list[int]'": lambda v: type(v) is list and ints(v),
    "Literal['a', 'b', 3, None]": lambda v: v in ("a", "b", 3, None),
    "Literal[-1, True]": lambda v: v in (-1, True),
    "Literal[Color.RED]": lambda v: v is Color.RED,
    "Annotated[int, 'positive']": lambda v: type(v) is int,
    "Final[str]": lambda v: type(v) is str,
    "Color": lambda v: isinstance(v, Color),
    "list[Color]": of_each(Color),
    "Row": pairs(texts, ints),
    "list[Row]": of_each(dict),
    "Json": lambda v: v is None or isinstance(v, str | int | list | dict),
    "Tree": lambda v: isinstance(v, list),
    "Decimal": lambda v: isinstance(v, decimal.Decimal),
    "decimal.Decimal": lambda v: isinstance(v, decimal.Decimal),
    "Fraction": lambda v: isinstance(v, fractions.Fraction),
    "Path": lambda v: isinstance(v, pathlib.Path),
    "date": lambda v: type(v) is datetime.date,
    "datetime.datetime": lambda v: type(v) is datetime.datetime,
    "time": lambda v: type(v) is datetime.time,
    "timedelta": lambda v: type(v) is datetime.timedelta,
    "UUID": lambda v: isinstance(v, uuid.UUID),
    "TextIO": lambda v: isinstance(v, io.StringIO),
    "BinaryIO": lambda v: isinstance(v, io.BytesIO),
    "re.Pattern[str]": lambda v: isinstance(v, re.Pattern),
    "Callable": lambda v: isinstance(v, Callable),
    "Callable[[], int]": lambda v: type(v()) is int,
    "Callable[[int], bool]": lambda v: v(1) in (True, False, 1, 2),
    "Callable[[int, int], int]": lambda v: type(v(2, 3)) is int,
    "Callable[..., int]": lambda v: isinstance(v, Callable),
    "Callable[[str], list[Decimal]]": lambda v: isinstance(v("a"), list | str),
    "Callable[[int], Awaitable[int]]": lambda v: isinstance(v, Callable),
    "Any": lambda v: isinstance(v, object),
    "Hashable": lambda v: isinstance(hash(v), int),
    "SupportsInt": lambda v: isinstance(int(v), int),
}


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_all_values_of_an_annotation_are_of_its_type(domains, annotation):
    domain, fits = domains.of_annotation(annotation), ANNOTATIONS[annotation]
    assert domain.plain
    assert [value for value in samples(domain) if not fits(value)] == []


@pytest.mark.parametrize(
    "annotation", ["Unknown", "numpy.ndarray", "a b", "type[int]", "3", "", "..."]
)
def test_an_annotation_that_says_nothing_known_has_no_domain(domains, annotation):
    assert domains.of_annotation(annotation) is None


def test_numbers_and_texts_of_the_code_are_among_the_values(domains):
    assert {50, 51, 49} <= set(domains.of_annotation("int").plain)
    assert 2.5 in domains.of_annotation("float").plain
    assert "fast" in domains.of_annotation("str").plain
    assert any("size" in found for found in domains.of_annotation("dict[str, int]").plain)


def test_functions_whose_results_are_awaited_are_given_as_such(domains):
    plain = domains.of_annotation("Callable[[int], Awaitable[int]]").plain
    assert plain[0].text == "lambda x: asyncio.sleep(0, x)"


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_the_same_chance_gives_the_same_values(domains, annotation):
    domain = domains.of_annotation(annotation)
    one, other = Random(5), Random(5)
    assert [render(domain.sample(one)) for _ in range(20)] == [
        render(domain.sample(other)) for _ in range(20)
    ]


@pytest.mark.parametrize(
    "annotation",
    [
        "int",
        "float",
        "str",
        "bool",
        "list[int]",
        "tuple[int, ...]",
        "tuple[int, str]",
        "dict[str, int]",
        "dict[str, Any]",
        "set[int]",
        "int | str",
        "list[dict[str, int]]",
        "bytes",
        "Decimal",
        "list[Decimal]",
    ],
)
def test_a_changed_value_is_one_that_the_annotation_allows(domains, annotation):
    domain, fits, random = domains.of_annotation(annotation), ANNOTATIONS.get(annotation), Random(9)
    value = domain.plain[0]
    for _ in range(300):
        value = change(value, random, domain, domains.hints)
        if fits and "Decimal" not in annotation:
            assert fits(value), value
        with contextlib.suppress(decimal.InvalidOperation):
            made(value)


def test_changes_come_back_to_other_values(domains):
    domain, random = domains.of_annotation("list[int]"), Random(1)
    found = {render(change([1, 2, 3], random, domain, domains.hints)) for _ in range(200)}
    assert {"[3, 2, 1]", "[1, 2, 3, 3]", "[2, 3]"} & found
    assert len(found) > 20


@pytest.mark.parametrize(
    ("value", "pair", "expected"),
    [
        ("a=b", ("=", ":"), {"a:b"}),
        ("aXbx", ("x", "yy"), {"ayybx", "aXbyy"}),
        ("abc", ("", "d"), {"abcd"}),
        ("abc", ("q", "d"), {"abc"}),
        ("abc", ("b", None), {"abc"}),
        ("abc", ("b", 5), {"abc"}),
        (4, (4, 10), {10}),
        (5, (4, 10), {5, 11}),
        (5, ("4", "10"), {5}),
        (True, (1, 10), {True}),
        (2.5, (2.5, float("inf")), {float("inf")}),
        (3, (2.5, float("inf")), {3}),
        (3, (float("inf"), float("inf")), {3}),
        (3.5, (10**400, 3), {3.5}),
        (3.5, (2, 3), {3.5, 4.5}),
    ],
)
def test_what_a_comparison_wants_is_put_where_it_was_found(value, pair, expected):
    random = Random(2)
    assert {put_in_place(value, pair, random) for _ in range(40)} == expected


def test_what_a_comparison_wants_is_put_into_containers():
    assert put_in_place([1, ("k", {"k": 4})], ("k", "z"), Random(1)) == [1, ("z", {"z": 4})]


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        10**300,
        0.0,
        1e308,
        -1e308,
        "",
        "a" * 119,
        (),
        [],
        {},
        {"a": {}},
        float("inf"),
        None,
        b"",
        frozenset(),
    ],
)
def test_any_value_can_be_changed(domains, value):
    domain, random = domains.of_annotation("Any"), Random(4)
    for _ in range(200):
        change(value, random, domain, domains.hints)
