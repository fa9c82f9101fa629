import pytest
from date_validation import normalize_date


def test_normalize_date_raises_value_error_unknown_date_format_a():
    with pytest.raises(ValueError) as error:
        normalize_date("a")
    assert str(error.value) == "unknown date format: a"


def test_normalize_date_raises_value_error_year_out_of_range():
    with pytest.raises(ValueError) as error:
        normalize_date("0000-0-0")
    assert str(error.value) == "year out of range"


@pytest.mark.parametrize(
    "text",
    [
        "9/31/1313",
        "2/31/1313",
    ],
)
def test_normalize_date_raises_value_error_day_out_of_range(text):
    with pytest.raises(ValueError) as error:
        normalize_date(text)
    assert str(error.value) == "day out of range"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1221-2-28", "1221-02-28"),
        ("1 febM 1212", "1212-02-01"),
    ],
)
def test_normalize_date_returns_expected_text(text, expected):
    assert normalize_date(text) == expected


def test_normalize_date_returns_text():
    assert normalize_date("3/1/2223", True) == "2223-01-03"


def test_normalize_date_raises_value_error_unknown_month_mbm():
    with pytest.raises(ValueError) as error:
        normalize_date("3 mbM 3232")
    assert str(error.value) == "unknown month: mbM"


def test_normalize_date_raises_value_error_month_out_of_range():
    with pytest.raises(ValueError) as error:
        normalize_date("3/13/3332", True)
    assert str(error.value) == "month out of range"
