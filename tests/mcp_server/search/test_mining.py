import ast
import re
from random import Random

import pytest

from mcp_server.search.mining import LARGEST, LONGEST_TEXT, MOST_TEXTS, matching, mine


def mined(source):
    tree = ast.parse(source)
    return mine([n for n in tree.body if hasattr(n, "name")], tree)


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("def f(x): return x < 10", "integers", {9, 10, 11}),
        ("def f(x): return x < 2.5", "floats", {2.5, 3.5, 1.5, 1.25}),
        ("def f(x): return x < 2.5", "integers", {2, 3}),
        ("def f(x): return x == 'on off'", "texts", {"on off"}),
        ("def f(x): return x == 'on off'", "fragments", {"on off", "on", "off", "f"}),
        ("def f(x): return x['size']", "keys", {"size"}),
        ("def f(x): return 'size' in x", "keys", {"size"}),
        ("def f(x): return x.get('size', 0)", "keys", {"size"}),
        ("def f(x): return x.pop(3)", "keys", {3}),
        ("def f(x): return x.split(';')", "texts", {"a;b", "1;2", "a;b;c", "1;2;3", ";a", "a;"}),
        ("def f(x): return x.partition('=')", "texts", {"a=b"}),
        ("def f(x): return x.split()", "texts", {"a b c"}),
        ("def f(x): return int(x)", "texts", {"12", "-3"}),
        ("def f(x): return json.loads(x)", "texts", {'{"a": 1}'}),
        ("def f(x): return strptime(x, '%Y-%m-%d')", "texts", {"2024-01-15"}),
        ("def f(x): return strptime(x, '%H:%M %p')", "texts", {"10:30 AM"}),
        ("def f(x): return re.match('[0]{2}x', x)", "texts", {"00x"}),
        ("LEVELS = {'low': 1}\ndef f(x): return LEVELS[x]", "texts", {"low"}),
        ("LIMIT: int = 30\ndef f(x): return x > LIMIT", "integers", {30}),
    ],
)
def test_what_code_says_of_its_inputs_is_tried(source, kind, expected):
    assert expected <= set(getattr(mined(source), kind))


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("def f(x): return x - 1", {"x": "int"}),
        ("def f(x): return 10 // x", {"x": "int"}),
        ("def f(x): return x > 1.5", {"x": "float"}),
        ("def f(x): return x == 'a'", {"x": "str"}),
        ("def f(x): return x['a']", {"x": "dict"}),
        ("def f(xs): return [1 for x in xs]", {"xs": "list"}),
        ("def f(xs):\n    for x in xs: pass", {"xs": "list"}),
        ("def f(key, x): return key(x)", {"key": "callable"}),
        ("def f(x): return range(x)", {"range": "callable", "x": "int"}),
        ("def f(x): return 0 < x < 1.5", {"x": "float"}),
        ("def f(x): return x", {}),
    ],
)
def test_what_an_operator_or_a_call_asks_for_tells_the_kind_of_a_name(source, uses):
    assert mined(source).uses == uses


def test_attributes_types_and_forms_are_known_by_the_name_that_they_are_asked_of():
    hints = mined("""
def f(text, when, value):
    text.strip()
    date.fromisoformat(when)
    return isinstance(value, (int, str)) or isinstance(value, list)
""")
    assert hints.attributes["text"] == {"strip"}
    assert "2024-01-15" in hints.named["when"]
    assert hints.kinds == {"value": ["int", "str", "list"]}


def test_docstrings_and_other_functions_are_not_read():
    tree = ast.parse(
        "def f(x):\n    'Secret words.'\n    return x\n\ndef g(): return 'other', 77\n"
    )
    hints = mine([tree.body[0]], tree)
    assert hints.texts == []
    assert hints.integers == []


def test_what_is_found_is_bounded_and_each_is_there_once():
    words = ", ".join(f"'w{i}', {i}, {i}.5" for i in range(200))
    hints = mined(f"def f(x): return x in [{words}, 10 ** 9, {10**9}, 'w1', '{'y' * 99}']")
    assert len(hints.texts) <= MOST_TEXTS
    assert all(len(text) <= LONGEST_TEXT for text in hints.texts)
    assert all(abs(number) <= LARGEST for number in hints.integers)
    for found in (hints.texts, hints.fragments, hints.integers, hints.floats):
        assert len(found) == len(set(found)) > 10


PATTERNS = [
    r"abc",
    r"^abc$",
    r"a*b+c?",
    r"[a-z]+",
    r"[A-Za-z_]\w*",
    r"\d{3}-\d{4}",
    r"\d{10}",
    r"[0-9a-f]{32}",
    r"\d{2,3}",
    r"(\d+)\.(\d+)\.(\d+)",
    r"(?P<year>\d{4})-(?P<month>\d\d)",
    r"[^@]+@[^@]+\.[a-z]{2,}",
    r"[\w.+-]+@[\w-]+\.[\w.]+",
    r"\s*\S+\s*",
    r"\W",
    r"\D\D",
    r"[^\w]",
    r"[^\d\s]",
    r"[^a-zA-Z0-9_]",
    r"[^ -,]+",
    r"[^a]",
    r"a|b|cd",
    r"(?:red|green|blue) (car|house)?",
    r"(a(b(c)?)?)?",
    r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}",
    r"\bword\b",
    r"(?i)hello",
    r".",
    r".+?x",
    r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?",
    r"\$\d+(,\d{3})*",
    r"\(\d{3}\) \d{3}",
    r"(?>ab)c++",
    r"(['\"])x\1",
    r"(?P<q>[ab])(?P=q)",
    r"\[(INFO|WARN)\] .*",
    r"\A\Z",
    r"x{0,2}y{2,}",
    r"[\]\\^-]",
    r"\t\n",
    r"é+ü",
    r"[^!-~]",
    r"[^\W\d]+",
    r"(a)?b\1?",
    r"([ab])([cd])\2\1",
    "",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_strings_made_from_a_pattern_match_it(pattern):
    found = matching(pattern, Random(1))
    assert found
    assert all(re.fullmatch(pattern, text) for text in found), found


def test_strings_of_a_pattern_show_its_branches_and_repeats():
    assert {"red", "green", "blue"} <= set(matching("red|green|blue", Random(1)))
    assert {len(text) for text in matching("a*", Random(1))} >= {0, 1, 2}


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a{2,1}", "*", "(" * 2000])
def test_what_is_no_pattern_gives_no_strings(pattern):
    assert matching(pattern, Random(1)) == []


@pytest.mark.parametrize("pattern", ["a{1000000}", "((a{99}){99}){99}", "(a*)*" * 40])
def test_strings_of_a_pattern_stay_short(pattern):
    assert all(len(text) < 10_000 for text in matching(pattern, Random(1)))
