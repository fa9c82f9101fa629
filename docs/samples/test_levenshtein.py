import pytest
from levenshtein import edit_distance


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("a", "ac"),
        ({}, "a"),
    ],
)
def test_edit_distance_returns_one(source, target):
    assert edit_distance(source, target) == 1


def test_edit_distance_returns_one_2():
    assert edit_distance("cb", "bc", ignore_case=True, swap_cost=1) == 1


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ({}, 0),
        ({"a": "a", "hello world": 1}, 1),
    ],
)
def test_edit_distance_returns_one_3(source, limit):
    assert edit_distance(source, "a", limit=limit) == 1


@pytest.mark.parametrize(
    ("source", "target", "swap_cost"),
    [
        ("abc", "bc", ""),
        ({"a": "a", "hello world": 1}, "ac", 1),
    ],
)
def test_edit_distance_returns_one_4(source, target, swap_cost):
    assert edit_distance(source, target, swap_cost=swap_cost) == 1


def test_edit_distance_returns_zero_for_abc_and_abc():
    assert edit_distance("abc", "abc") == 0


def test_edit_distance_raises_value_error_limit_must_be():
    with pytest.raises(ValueError) as error:
        edit_distance("", "a", limit=-1)
    assert str(error.value) == "limit must be >= 0"


@pytest.mark.parametrize(
    ("source", "target", "limit", "expected"),
    [
        ({"hello world": {}, "abc": {}}, "a", 1, 2),
        ({"a": "a", "hello world": 1}, [1, 0, 2, 3], 2, 3),
    ],
)
def test_edit_distance_returns_expected_number(source, target, limit, expected):
    assert edit_distance(source, target, limit=limit) == expected
