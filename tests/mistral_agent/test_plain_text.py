"""Text from models and tools before it reaches a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_agent.plain_text import one_line, plain


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x1b]0;new title\x07text", "text"),
        ("\x1b]52;c;cm0gLXJmIC8=\x1b\\text", "text"),
        ("\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("\x9d0;title\x9ctext", "text"),
        ("\x1bPq#0;2;0;0;0\x1b\\text", "text"),
        ("\x1b(0lqk\x1b(B", "lqk"),
        ("\x1bcreset", "reset"),
        ("\x1b\x1b[31m[31mtwice", "[31mtwice"),
        ("safe\rEVIL", "safe\nEVIL"),
        ("dos\r\nline", "dos\nline"),
        ("rm -rf /\x08\x08\x08\x08", "rm -rf /"),
        ("bell\x07 null\x00 delete\x7f", "bell null delete"),
        ("if admin\u202e: pass", "if admin<U+202E>: pass"),
        ("a\u2028b\u2029c\x85d", "a\nb\nc\nd"),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("half\ud800", "half\ufffd"),
        ("\x1b]0;unterminated\nnext line", "0;unterminated\nnext line"),
    ],
)
def test_what_a_terminal_would_obey_is_stripped(hostile, shown):
    assert plain(hostile) == shown


def test_what_people_write_is_left_alone():
    text = "def f():\n\treturn 'é 漢 👩‍👩‍👧 עברית'\n"
    assert plain(text) == text


@given(st.text(st.characters() | st.sampled_from("\x1b[]m;\x07\x9b\x9c\\\r\n\u202e\ud800")))
def test_nothing_that_controls_a_terminal_is_ever_left(text):
    shown = plain(text)
    controls = [c for c in shown if unicodedata.category(c) in ("Cc", "Cs")]
    assert set(controls) <= {"\n", "\t"}
    assert plain(shown) == shown
    shown.encode("utf-8")


def test_one_line_is_one_bounded_line():
    assert one_line("a\n\tb\r\n c") == "a b c"
    assert one_line("x" * 300, 10) == "x" * 9 + "…"


@pytest.mark.parametrize("unit", ["\x1b]", "\x90", "\x1b[", "\x9b0", "\x1b ", "\x1b]0;a", "\r"])
def test_a_megabyte_of_hostile_text_takes_no_longer_than_its_length(unit):
    assert set("\x1b\x90\x9b\r").isdisjoint(plain(unit * 500_000))
