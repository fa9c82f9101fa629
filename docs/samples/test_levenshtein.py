import pytest
from levenshtein import edit_distance


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"a": "a", "hello world": 1},
    ],
)
def test_edit_distance_returns_one(source):
    assert edit_distance(source, "a") == 1


def test_edit_distance_returns_one_for_empty_dict_and_a_and_zero():
    assert edit_distance({}, "a", limit=0) == 1


def test_edit_distance_returns_one_2():
    assert edit_distance({"a": "a"}, "ac", swap_cost=1) == 1


def test_edit_distance_raises_value_error_limit_must_be():
    with pytest.raises(ValueError) as error:
        edit_distance({}, "a", limit=-1)
    assert str(error.value) == "limit must be >= 0"


@pytest.mark.parametrize(
    ("source", "target", "limit"),
    [
        ({"a": "a"}, "bc", 2),
        ({"": "", "hello world": 1}, "a", 1),
        ({"limit must be >= 0": {}, "hello world": {}}, "", 2),
    ],
)
def test_edit_distance_returns_two(source, target, limit):
    assert edit_distance(source, target, limit=limit) == 2


def test_edit_distance_returns_three():
    assert edit_distance({"a": "a", "hello world": 1}, "BABC", limit=2) == 3


def test_edit_distance_returns_three_2():
    assert edit_distance({"limit must be >= 0": "", "a": "a"}, ",.,a", swap_cost=[]) == 3


def test_edit_distance_raises_key_error():
    with pytest.raises(KeyError):
        edit_distance(
            {"hello world": {"hello world": ""}, "a": {}}, "ac", limit=50, swap_cost="abc"
        )
