import pytest
from date_validation import normalize_date


def test_normalize_date_raises_value_error_unknown_date_format_a():
    with pytest.raises(ValueError) as error:
        normalize_date("a")
    assert str(error.value) == "unknown date format: a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4/1/2223", "2223-04-01"),
        ("1220-2-29", "1220-02-29"),
        ("2323-3-31", "2323-03-31"),
        ("1220-12-9", "1220-12-09"),
        ("3 jan 1111", "1111-01-03"),
        ("3 junn 1111", "1111-06-03"),
    ],
)
def test_normalize_date_returns_expected_text(text, expected):
    assert normalize_date(text) == expected


def test_normalize_date_raises_value_error_year_out_of_range():
    with pytest.raises(ValueError) as error:
        normalize_date("0000-0-0")
    assert str(error.value) == "year out of range"


@pytest.mark.parametrize(
    "text",
    [
        "0001-1-0",
        "1221-2-29",
        "2323-3-32",
    ],
)
def test_normalize_date_raises_value_error_day_out_of_range(text):
    with pytest.raises(ValueError) as error:
        normalize_date(text)
    assert str(error.value) == "day out of range"


def test_normalize_date_raises_value_error_unknown_month_zab():
    with pytest.raises(ValueError) as error:
        normalize_date("3 zAB 1111")
    assert str(error.value) == "unknown month: zAB"


def test_normalize_date_raises_value_error_month_out_of_range():
    with pytest.raises(ValueError) as error:
        normalize_date("3/13/3332", True)
    assert str(error.value) == "month out of range"
