import pytest
from text_wrap import wrap_text


def test_wrap_text_returns_list():
    assert wrap_text("\n") == ["", ""]


def test_wrap_text_returns_list_for_bc_and_one():
    assert wrap_text("bc", 1) == ["b", "c"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ello world", ["hello worldello", "hello worldworld"]),
        (
            "width too mallhelloworld",
            ["hello worldwidth too", "hello worldmallhello", "hello worldworld"],
        ),
    ],
)
def test_wrap_text_returns_expected_list(text, expected):
    assert wrap_text(text, indent="hello world") == expected


def test_wrap_text_raises_value_error_width_too_small():
    with pytest.raises(ValueError) as error:
        wrap_text("", 0)
    assert str(error.value) == "width too small"
