import pytest
from change_making import make_change


def test_make_change_matches_its_documentation():
    assert make_change(6, [1, 3, 4]) == [3, 3]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (5, [5]),
        (10, [10]),
        (25, [25]),
    ],
)
def test_make_change_returns_expected_list(amount, expected):
    assert make_change(amount) == expected


def test_make_change_returns_list():
    assert make_change(9, supply={1: 11}) == [1, 1, 1, 1, 1, 1, 1, 1, 1]


def test_make_change_returns_list_2():
    assert make_change(22, [3, 1, 2]) == [2, 2, 3, 3, 3, 3, 3, 3]


def test_make_change_returns_list_3():
    assert make_change(2, [1, 2], supply={2: 1, 1: 2}) == [2]


def test_make_change_returns_empty_list_for_zero():
    assert make_change(0) == []


def test_make_change_raises_value_error_amount_must_not_be_negative():
    with pytest.raises(ValueError) as error:
        make_change(-1)
    assert str(error.value) == "amount must not be negative"


def test_make_change_raises_value_error_coins_must_be_positive():
    with pytest.raises(ValueError) as error:
        make_change(1, [0])
    assert str(error.value) == "coins must be positive"
