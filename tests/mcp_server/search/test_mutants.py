import ast

import pytest

from mcp_server.search.mutants import applied, mutants

EVERYTHING = '''
"""Docstring."""
from __future__ import annotations
import functools

LIMIT: int = 10
FACTOR = 1.5
TABLE = {"a": 1, "b": [2, 3]}
HUGE = 1e300
ENDLESS = 1e999


@functools.lru_cache(maxsize=7)
def f(a: "text", b: list[int] = None, *, strict: bool = False) -> "other text":
    """Docstring of f."""
    total = 0
    for x in b or []:
        if x < 3 and not strict or x == 4 != 5:
            continue
        elif x >= 7:
            break
        total += x ** 2 - x // 3 + (x << 1) % 5 ^ 6 & 7 | 8
    while total > 10 and strict:
        total -= 1
        if total in (5, 6) or total is None:
            break
    TABLE["a"] = total
    print("total: %d" % total, f"{total:>10} {a!r} text")
    assert total <= 100
    return total if total else None


class A:
    """Docstring of A."""

    limit: int = 3

    def __init__(self, x=-1):
        self.x = -x
        self.items = []

    def push(self, item):
        self.items.append(item)
        return self

    async def later(self):
        async for x in self.other():
            yield x / 2, lambda y: y >> 1
        try:
            pass
        finally:
            self.x *= 2

    def which(self, value):
        match value:
            case -1 | 2:
                return "small"
            case {"k": 3, "other": 4}:
                return 1 + 2
            case "text" if value is not None:
                return self.x @ 2
            case A(x=True) | [1.5, *_]:
                return value not in (1,)
        return None


if __name__ == "__main__":
    f(1, 2)
'''


def dumped(tree):
    return ast.dump(tree, include_attributes=True)


def made(source, most=1000):
    """Each mutant's description, with the source that it makes."""
    tree = ast.parse(source)
    found = []
    for mutant in mutants(tree, most):
        with applied(mutant):
            found.append((mutant.what, ast.unparse(tree)))
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x < y", {"x <= y", "x >= y"}),
        ("x <= y", {"x < y", "x > y"}),
        ("x > y", {"x >= y", "x <= y"}),
        ("x >= y", {"x > y", "x < y"}),
        ("x == y", {"x != y"}),
        ("x != y", {"x == y"}),
        ("x is y", {"x is not y"}),
        ("x is not y", {"x is y"}),
        ("x in y", {"x not in y"}),
        ("x not in y", {"x in y"}),
        ("x < y == z", {"x <= y == z", "x >= y == z", "x < y != z"}),
        ("x + y", {"x - y"}),
        ("x - y", {"x + y"}),
        ("x * y", {"x + y"}),
        ("x / y", {"x * y"}),
        ("x // y", {"x * y"}),
        ("x % y", {"x * y"}),
        ("x ** y", {"x * y"}),
        ("x << y", {"x >> y"}),
        ("x >> y", {"x << y"}),
        ("x & y", {"x | y"}),
        ("x | y", {"x & y"}),
        ("x ^ y", {"x & y"}),
        ("x @ y", set()),
        ("'%s' % y", {"'XX%sXX' % y"}),
        ("x += y", {"x -= y", "pass"}),
        ("x and y", {"x or y"}),
        ("x or y", {"x and y"}),
        ("not x", {"not not x"}),
        ("-x", {"+x"}),
        ("~x", set()),
        ("y = x if f() else z", {"y = x if not f() else z"}),
        ("if x:\n    y", {"if not x:\n    y"}),
        ("if not x:\n    y", {"if not not x:\n    y"}),
        ("if x < y:\n    z", {"if x <= y:\n    z", "if x >= y:\n    z"}),
        ("while x:\n    y", {"while not x:\n    y"}),
        ("x = True", {"x = False"}),
        ("x = False", {"x = True"}),
        ("x = 5", {"x = 6"}),
        ("x = 0.5", {"x = 1.5"}),
        ("x = 'a'", {"x = 'XXaXX'"}),
        ("x = ''", set()),
        ("x = None", set()),
        ("x = b'a'", set()),
        ("x = 1e999", set()),
        ("while x < y:\n    break", {"while x <= y:\n    break", "while x >= y:\n    break",
                                     "while x < y:\n    continue"}),
        ("for x in y:\n    continue", {"for x in y:\n    break"}),
        ("def f():\n    return x", {"def f():\n    return None"}),
        ("def f():\n    return None", set()),
        ("def f():\n    return", set()),
        ("f(x)", {"pass"}),
        ("x.y = z", {"pass"}),
        ("x[y] = z", {"pass"}),
        ("x = f(y)", set()),
    ],
)  # fmt: skip
def test_the_mutants_of(source, expected):
    found = [text for _, text in made(source)]
    assert set(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    "source",
    [
        '"""Text."""',
        'def f():\n    """Text."""',
        "class A:\n    'Text.'",
        "def f(x: 'Text' = None, *args: 3) -> 'Text':\n    pass",
        "x: Literal['a', 1]",
        "@cached(size=3)\ndef f():\n    pass",
        "@cached('a')\nclass A:\n    pass",
        "if __name__ == '__main__':\n    f(1 + 2)",
        "from __future__ import annotations",
        "import a.b as c",
        "global x",
    ],
)
def test_what_does_nothing_when_it_runs_is_left_alone(source):
    assert made(source) == []


def test_a_default_and_the_value_of_an_annotated_name_are_changed():
    assert made("def f(x: int = 3):\n    pass\ny: int = 5") == [
        ("3 to 4", "def f(x: int=4):\n    pass\ny: int = 5"),
        ("5 to 6", "def f(x: int=3):\n    pass\ny: int = 6"),
    ]


def test_a_mutant_says_where_it_is_and_what_it_does():
    (mutant,) = mutants(ast.parse("a = 1\nb = x + y\n"), 100)[1:]
    assert (mutant.line, mutant.what) == (2, "Add to Sub")


def test_every_mutant_compiles_differs_from_the_code_and_from_every_other():
    tree = ast.parse(EVERYTHING)
    original, seen = dumped(tree), set()
    found = mutants(tree, 1000)
    for mutant in found:
        with applied(mutant):
            compile(tree, "mutant", "exec")
            compile(ast.unparse(tree), "mutant", "exec")
            seen.add(dumped(tree))
    assert len(found) > 70
    assert original not in seen
    assert len(seen) == len(found)


def test_the_tree_is_the_same_again_afterwards():
    tree = ast.parse(EVERYTHING)
    original = dumped(tree)
    for mutant in mutants(tree, 1000):
        with applied(mutant):
            pass
        assert dumped(tree) == original


def test_the_tree_is_the_same_again_also_when_the_block_raises():
    tree = ast.parse(EVERYTHING)
    original = dumped(tree)
    for mutant in mutants(tree, 1000):
        with pytest.raises(KeyError), applied(mutant):
            raise KeyError
        assert dumped(tree) == original


@pytest.mark.parametrize("most", [1, 7, 50])
def test_fewer_mutants_are_spread_over_all_of_the_code(most):
    tree = ast.parse(EVERYTHING)
    every, few = mutants(tree, 1000), mutants(tree, most)
    assert len(few) == most
    places = [[m.node for m in every].index(m.node) for m in few]
    assert places == sorted(places)
    if most > 1:
        assert few[-1].line > 40
