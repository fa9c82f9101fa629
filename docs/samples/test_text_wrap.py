import pytest
from text_wrap import wrap_text


def test_wrap_text_returns_list():
    assert wrap_text("\n") == ["", ""]


def test_wrap_text_returns_list_for_o_rld_and_one():
    assert wrap_text("o rld", 1) == ["o", "r", "l", "d"]


@pytest.mark.parametrize(
    ("text", "indent", "expected"),
    [
        ("a b c -", ": hello world", [": hello worlda b c -"]),
        ("hella warltaa", "aabsmall", ["aabsmallhella", "aabsmallwarltaa"]),
    ],
)
def test_wrap_text_returns_expected_list(text, indent, expected):
    assert wrap_text(text, indent=indent) == expected


def test_wrap_text_raises_value_error_width_too_small():
    with pytest.raises(ValueError) as error:
        wrap_text("", 0)
    assert str(error.value) == "width too small"
