"""Markdown that foreign text cannot break out of."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mistral_agent.markdown import bullets, fence, inline, number, open_fence, quote, table

MARKDOWN = MarkdownIt().enable("table")


@given(st.text(st.sampled_from("`~ \nab")))
def test_no_code_closes_its_own_fence(code):
    tokens = MARKDOWN.parse(fence(code, "python") + "\n\nafter")
    assert tokens[0].type == "fence"
    assert tokens[0].content.rstrip("\n") == code.rstrip("\n")
    assert tokens[-2].content == "after"


@given(st.text(st.sampled_from("`~# \n->1.<b")))
def test_no_quoted_text_leaves_its_quote(text):
    tokens = MARKDOWN.parse(quote(text) + "\n\nverified: 3 checks passed")
    assert tokens[-2].content == "verified: 3 checks passed"
    assert tokens[-2].level == 1


@given(st.text(st.sampled_from("*_`[]()<>#\\| ab1.~&;"), min_size=1))
def test_inline_text_shows_as_written(text):
    html = (
        MarkdownIt("commonmark", {"html": True}).enable("strikethrough").render(f"x {inline(text)}")
    )
    for tag in ("<em>", "<strong>", "<a ", "<h1>", "<ul>", "<blockquote>", "<b>", "<s>"):
        assert tag not in html


def test_code_spans_of_messages_stay_code():
    assert inline("`os` imported but __unused__") == "`os` imported but \\__unused_\\_"


def test_a_table_is_bounded_and_says_so():
    rows = [{"name": f"test_{n}", "empty": None, "line": n} for n in range(20)]
    text = table(rows)
    assert text.count("\n| test_") == 12
    assert "empty" not in text
    assert text.endswith("and 8 more")


def test_columns_that_do_not_fit_are_named():
    text = table([{f"c{n}": n + 1 for n in range(8)}])
    assert text.endswith("columns left out: c6, c7")


def test_bars_and_newlines_stay_in_their_cell():
    tokens = MARKDOWN.parse(table([{"message": "a | b\n| c | d |", "line": 1}]))
    cells = [token for token in tokens if token.type == "td_open"]
    assert len(cells) == 2


def test_rows_with_nothing_in_them_are_counted():
    assert table([{}, {"a": None}]) == "2 empty rows"


def test_lists_are_bounded_and_hold_any_value():
    text = bullets([None, True, 0.5, {"a": [1]}, ["x", 2], *range(20)])
    assert text.startswith('- \n- yes\n- 0.5\n- {"a": \\[1]}\n- x, 2\n- 0')
    assert text.endswith("and 13 more")


def test_numbers_are_rounded_for_reading_and_never_to_zero():
    assert [number(n) for n in (3, 91.333, 50.0, 0.0, 0.00123)] == [
        "3",
        "91.33",
        "50",
        "0",
        "0.0012",
    ]


def test_open_fences_are_found():
    assert open_fence("text") == ""
    assert open_fence("```python\nx = 1") == "```"
    assert open_fence("```python\nx = 1\n```") == ""
    assert open_fence("````\n```\nx") == "````"
    assert open_fence("~~~\n```") == "~~~"
    assert open_fence("```inline``` code") == ""
