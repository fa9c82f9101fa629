import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.search.values import EMPTY, IMPORTS, Code, parts_of, render, shape, simpler, weight

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.binary(max_size=6)
)
HASHABLE = st.recursive(
    LEAVES, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=5
)
VALUES = st.recursive(
    HASHABLE | st.sets(HASHABLE, max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(HASHABLE, inner, max_size=3)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_the_source_of_a_value_reads_back_as_the_same_value(value):
    again = eval(render(value))
    assert again == value
    assert type(again) is type(value)
    assert render(again) == render(value)


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ({"b", "a", "c"}, "{'a', 'b', 'c'}"),
        (frozenset({2, 1}), "frozenset({1, 2})"),
        (set(), "set()"),
        (frozenset(), "frozenset()"),
        ((1,), "(1,)"),
        ((), "()"),
        (float("inf"), 'float("inf")'),
        ([float("-inf"), -0.0], '[float("-inf"), -0.0]'),
        ({"a": Code("Decimal(1)")}, "{'a': Decimal(1)}"),
        (True, "True"),
        (10**30, "1" + "0" * 30),
    ],
)
def test_the_source_of_a_value_is_what_a_reader_would_write(value, source):
    assert render(value) == source


def test_what_is_not_a_number_keeps_being_none():
    assert math.isnan(eval(render(float("nan"))))


@given(VALUES)
def test_plainer_values_are_other_values_of_the_same_type(value):
    for plainer, _ in zip(simpler(value), range(200), strict=False):
        assert type(plainer) is type(value)
        assert render(plainer) != render(value)


@pytest.mark.parametrize("value", [None, True, False, Code("f()"), 20.5j])
def test_what_cannot_be_plainer_has_nothing_plainer(value):
    assert list(simpler(value)) == []


@pytest.mark.parametrize(
    ("value", "plainer"),
    [
        (17, {0, 1, 8, -1}),
        (-4, {0, 4, -2}),
        (2.7, {0.0, 3.0}),
        ("wörld", {"", "wö", "rld", "warld", "wörl"}),
        (b"xyz", {b"", b"xy", b"yz"}),
        ((7, "xyz"), {(0, "xyz"), (7, "")}),
        (frozenset({1, 2}), {frozenset(), frozenset({1}), frozenset({2})}),
    ],
)
def test_plainer_values_of(value, plainer):
    assert plainer <= set(simpler(value))


def test_plainer_containers_have_an_element_less_or_a_plainer_one():
    assert list(simpler([5])) == [[], [], [0], [1], [2], [3], [10], [-1], [2]]
    assert {"a": 0} in list(simpler({"a": 7}))
    assert {} in list(simpler({"a": 7}))
    assert {1} in list(simpler({1, 2}))


@pytest.mark.parametrize("sequence", [(), (1, 2)])
def test_a_tuple_keeps_its_length(sequence):
    assert {len(plainer) for plainer in simpler(sequence)} <= {len(sequence)}


@pytest.mark.parametrize(
    ("lighter", "heavier"),
    [
        (1, -1),
        (1, 0),
        (1, 1000),
        ("ab", "aé"),
        ("a", "abc"),
        ("a", ""),
        ([1], [1, 2]),
        ([1], []),
        ({"a": 1}, {"a": 100}),
        (1.5, float("inf")),
        (True, 5),
        (b"a", b"\x00"),
        (Code("f(1)"), Code("f(100)")),
        (Code("f()"), 1j),
    ],
)
def test_what_is_quicker_to_read_weighs_less(lighter, heavier):
    assert weight(lighter) < weight(heavier)


def test_all_that_is_empty_weighs_the_same():
    assert {weight(empty) for empty in ("", b"", [], (), {}, set(), frozenset())} == {EMPTY}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "int"),
        ([1, "a"], "list[int]"),
        ([], "list"),
        ((1, "a"), "tuple[int,str]"),
        ({"a": [1.5]}, "dict[list[float]]"),
        ({}, "dict"),
        (frozenset({1}), "frozenset[int]"),
        (Code('Decimal("1")'), "Decimal"),
        (None, "NoneType"),
    ],
)
def test_the_shape_of_a_value_is_its_kind_with_that_of_its_elements(value, kind):
    assert shape(value) == kind


def test_the_parts_of_a_value_are_itself_and_all_that_is_in_it():
    assert list(parts_of({"k": [1, ("x y",)]})) == [
        {"k": [1, ("x y",)]}, "k", [1, ("x y",)], 1, ("x y",), "x y", "x", "y",
    ]  # fmt: skip
    assert list(parts_of("word")) == ["word"]
    assert list(parts_of(3)) == [3]


@pytest.mark.parametrize("name", IMPORTS)
def test_every_name_that_sources_may_use_comes_with_its_import(name):
    names = {}
    exec(IMPORTS[name], names)
    assert name in names
