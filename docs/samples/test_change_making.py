import pytest
from change_making import make_change


def test_make_change_matches_its_documentation():
    assert make_change(6, [1, 3, 4]) == [3, 3]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (1, [1]),
        (10, [10]),
        (25, [25]),
    ],
)
def test_make_change_returns_expected_list(amount, expected):
    assert make_change(amount) == expected


def test_make_change_returns_list():
    assert make_change(10, supply={5: 4}) == [5, 5]


def test_make_change_returns_list_2():
    assert make_change(24, [5, 17, 11, 2]) == [2, 11, 11]


def test_make_change_returns_list_3():
    assert make_change(4, [2, 4], supply={2: 2, 9: 3, 11: 2, 4: 24, 6: 0}) == [4]


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
