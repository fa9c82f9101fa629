"""What a message says literally."""

import pytest

from mistral_agent.intent.literals import extract_literals


def code_of(text):
    return [block.text for block in extract_literals(text).code]


def test_a_fenced_block_is_code_with_its_language():
    literals = extract_literals("Review this:\n```python\nx = 1\n\ny = 2\n```\nthanks")
    assert [(b.text, b.source, b.language) for b in literals.code] == [
        ("x = 1\n\ny = 2", "fence", "python")
    ]
    assert literals.prose == "Review this:\nthanks"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Review\n```\nx = 1\n", ["x = 1"]),
        ("a\n````md\n```\nx\n```\n````\nb", ["```\nx\n```"]),
        ("~~~\nx\n~~~", ["x"]),
        ("```\n```\nnothing", []),
        ("Format this:\n\n    x=1\n    y=2\n\nthanks", ["x=1\ny=2"]),
        (
            "import os\n\ndef f(x):\n    return x\n\nreview it please",
            ["import os\n\ndef f(x):\n    return x"],
        ),
        ("Review def f(x): return x", ["def f(x): return x"]),
        ("Review def f(x): return x and write tests for it", ["def f(x): return x"]),
        ("Review def f(a, b): return a and b", ["def f(a, b): return a and b"]),
        ("Write tests for `def add(a, b): return a + b`.", ["def add(a, b): return a + b"]),
        ("Format `x = 1`", ["x = 1"]),
        ("format ```py x=1``` please", ["x=1"]),
        ("Please audit `open(input()).read()`", ["open(input()).read()"]),
        ("Simplify: `list(map(str, xs))`", ["list(map(str, xs))"]),
    ],
)
def test_code_is_found_however_it_is_given(text, code):
    assert code_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "Write a function `add(a, b)` that adds",
        "set `line_length=79`",
        "from the file import the data",
        "class of 2020 is nice",
        "def f(x) is a nice function",
        "- a\n    - b",
        "call `foo` then `bar.baz`",
        "test `area(w, h)`",
        "check that `area(2, 3)` is 6, then review `area(2, 3)`",
        "Write a script that calls `time.sleep(1)`",
        "replace `len(x)` by a counter",
        "",
    ],
)
def test_prose_is_not_taken_for_code(text):
    assert code_of(text) == []


def test_the_contents_of_files_are_code_called_by_the_name_the_user_gave():
    literals = extract_literals("Review @src/a.go", {"src/a.go": "package a\n"})
    assert [(b.text, b.source, b.language, b.label) for b in literals.code] == [
        ("package a\n", "file", "go", "@src/a.go")
    ]
    assert literals.paths == ("src/a.go",)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (
            "read /tmp/x/README.md and ./a and src/b.py, e.g. and/or",
            ("/tmp/x/README.md", "./a", "src/b.py"),
        ),
        ("save it to tests/test_x.py.", ("tests/test_x.py",)),
        ("commit in .", (".",)),
        ("ask someone@example.com about version 1.2", ()),
        ("a list/tuple", ("list/tuple",)),
    ],
)
def test_paths_are_found_and_other_dots_are_not(text, paths):
    assert extract_literals(text).paths == paths


@pytest.mark.parametrize(
    ("text", "value", "noun"),
    [
        ("at 79 columns", 79, "columns"),
        ("line length 100", 100, "length"),
        ("90 % coverage", 90, "percent"),
        ("at most 5 issues", 5, "issues"),
        ("temperature of 0.5", 0.5, "temperature"),
        ("shift by -2 hours", -2, "hours"),
    ],
)
def test_a_number_comes_with_its_noun(text, value, noun):
    (number,) = extract_literals(text).numbers
    assert number.value == value
    assert noun in number.nouns


@pytest.mark.parametrize("text", ["at 10:30", "v1.2.3", "x2", "2024-01-02"])
def test_parts_of_times_versions_and_names_are_not_numbers(text):
    values = [number.value for number in extract_literals(text).numbers]
    assert 10 not in values
    assert 1.2 not in values
    assert 2 not in values


def test_names_of_the_trade_are_found():
    literals = extract_literals("In Go or C++, with unittest, formatted by black; see node or py")
    assert literals.languages == ("go", "cpp", "javascript", "python")
    assert literals.frameworks == ("unittest",)
    assert literals.formatters == ("black",)


@pytest.mark.parametrize("text", ["Let it go", "I go home", "a C", "R and D"])
def test_short_names_of_languages_are_not_found_in_other_words(text):
    assert extract_literals(text).languages == ()


def test_addresses_quotes_and_settings_are_found():
    literals = extract_literals(
        "First fetch https://x.org/a?b=c. then say 'hello world', line_length=79"
    )
    assert literals.urls == ("https://x.org/a?b=c",)
    assert literals.quoted == ("hello world",)
    assert literals.settings == {"line_length": "79"}


def test_an_apostrophe_is_not_a_quotation():
    assert extract_literals("don't test the user's code, it's mine").quoted == ()


@pytest.mark.parametrize(
    ("text", "prose", "code"),
    [
        ("format this: ```python\nx = 1\n```", "format this:", "x = 1"),
        ("review ```python\nx=1```", "review", "x=1"),
        ("```python\nx=1\n``` please review", " please review", "x=1"),
        ("```\nx = '```'\ny\n```", "", "x = '```'\ny"),
    ],
)
def test_a_fence_may_share_its_line_with_words(text: str, prose: str, code: str) -> None:
    found = extract_literals(text)
    assert found.prose == prose
    assert [block.text for block in found.code] == [code]
