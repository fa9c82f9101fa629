import ast
import math
import textwrap

import pytest

from mcp_server.search.comparisons import FAR, HOOK, MOST_SEEN, Watch, distances, watched

SNIPPETS = [
    "result = [a < b for a in range(3) for b in (1, 2.5)]",
    "result = 1 < 2 < 3 != 4",
    "result = (x := 5) > 3, x",
    "result = 'a' in 'banana', 'q' not in {'q': 1}, 2 in (y for y in [1, 2])",
    "result = None is None, [] is not []",
    "result = [] == (), {} == {}, {1} <= {1, 2}, (1, 'a') < (1, 'b'), float('nan') == float('nan')",
    "result = 1 < 'a'",
    "result = 1 in 5",
    "result = [1] in {}",
    "result = {}['missing'] == 1",
    "result = 10 ** 400 > 1.5",
    "result = 10 ** 400 == 5, 10 ** 400 in (1, 2.5)",
    "assert 1 == 2, 'message'",
    """
    calls = []
    def f(x):
        calls.append(x)
        return x
    result = f(1) == f(2), f(3) in [f(4), f(5)], f(6) < f(7) < f(8), calls
    """,
    """
    class Odd:
        def __eq__(self, other): return "equal"
        def __lt__(self, other): raise KeyError("lt")
        def __contains__(self, other): return 5
        __hash__ = None
    result = Odd() == 1, 3 in Odd(), Odd() != 1
    Odd() < 2
    """,
    """
    class Counted(list):
        seen = 0
        def __iter__(self):
            Counted.seen += 1
            return super().__iter__()
        def __len__(self):
            Counted.seen += 100
            return super().__len__()
    result = 1 in Counted([1, 2]), Counted([1]) == [1], Counted.seen
    """,
    """
    class Private:
        __secret = 3
        def __check(self, x): return x == self.__secret
        def check(self, x): return self.__check(x) == True
    result = Private().check(3), Private().check(4)
    """,
    """
    def gen():
        got = (yield 1) == 3
        yield got
    g = gen()
    result = next(g), g.send(3)
    """,
    """
    import asyncio
    async def one(): return 1
    async def both(): return (await one()) == 1, [x async for x in agen() if x > 1]
    async def agen():
        for x in range(4):
            yield x
    result = asyncio.run(both())
    """,
    """
    def collatz(n, steps=0):
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        return steps
    result = [collatz(n) for n in range(1, 20)]
    """,
    """
    def f(value):
        match value:
            case [x, y] if x > y: return "falling"
            case {"k": k} if k in "abc": return "known"
            case _: return value == 3
    result = f([2, 1]), f([1, 2]), f({"k": "b"}), f(3)
    """,
    """
    it = iter([1, 2, 3])
    result = 2 in it, list(it)
    """,
    """
    from dataclasses import dataclass
    @dataclass(order=True)
    class P:
        x: int
        y: int = 0
    result = P(1) == P(1), P(1) < P(2), sorted([P(2), P(1)]) == [P(1), P(2)], P(1) in [P(1)]
    """,
]


def executed(tree):
    names = {HOOK: Watch()}
    try:
        exec(compile(tree, "snippet", "exec"), names)
    except Exception as error:  # noqa: BLE001  (whatever the snippet raises)
        return repr(names.get("result")), type(error), str(error), list(distances(names[HOOK]))
    return repr(names.get("result")), list(distances(names[HOOK]))


@pytest.mark.parametrize("snippet", [textwrap.dedent(snippet) for snippet in SNIPPETS])
def test_watching_comparisons_changes_nothing_of_what_code_does(snippet):
    plain = executed(ast.parse(snippet))
    assert executed(watched(ast.parse(snippet)))[:-1] == plain[:-1]


def seen(source, **names):
    """The distances to each answer of each comparison, after the source was run."""
    watch = Watch()
    exec(compile(watched(ast.parse(source)), "snippet", "exec"), {HOOK: watch, **names})
    return {goal: (far, pair) for goal, far, pair in distances(watch)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("3 < 10", {"true": 0, "false": 8, "equal": 7}),
        ("10 < 10", {"true": 1, "false": 0, "equal": 0}),
        ("10 >= 7.5", {"true": 0, "false": 3.5, "equal": 2.5}),
        ("3 == 5", {"true": 2, "false": 0}),
        ("3 == 3", {"true": 0, "false": 1}),
        ("3 != 5", {"false": 2, "true": 0}),
        ("'ab' == 'ab'", {"true": 0, "false": 1}),
        ("'ab' == 'AB'", {"true": 2, "false": 0}),
        ("'abx' == 'ab'", {"true": 1.5, "false": 0}),
        ("[1, 2] == [1, 4]", {"true": 2, "false": 0}),
        ("[1] == [1, 4]", {"true": 10, "false": 0}),
        ("'x' == 3", {"true": FAR, "false": 0}),
        ("4 in (1, 5)", {"true": 1, "false": 0}),
        ("5 in (1, 5)", {"true": 0, "false": 1}),
        ("5 not in {1: 0, 7: 0}", {"false": 2, "true": 0}),
        ("'b' in 'abc'", {"true": 0, "false": 1}),
        ("'a' in ['abc']", {"true": 2.5, "false": 0}),
        ("'abc' in ('abc',)", {"true": 0, "false": 1}),
        ("1 in ()", {"true": FAR, "false": 0}),
        ("float('nan') == 1.0", {"true": FAR, "false": 0}),
        ("'a' < 'b'", {}),
    ],
)
def test_how_far_a_comparison_is_from_each_of_its_answers(source, expected):
    found = {answer: far for (_, answer), (far, _) in seen(source).items()}
    assert found == pytest.approx(expected)


def test_the_nearest_of_several_comparisons_counts_with_its_operands():
    found = seen("for x in (1, 9, 4): x == 8")
    assert found[1, "true"] == (1, (9, 8))
    assert found[1, "false"][0] == 0


def test_comparisons_are_told_apart():
    assert {number for number, _ in seen("1 == 2\n'a' in 'b'\n3 < 4")} == {1, 2, 3}


def test_of_a_loop_only_its_first_comparisons_are_remembered():
    watch = Watch()
    for number in range(3 * MOST_SEEN):
        watch(1, "Lt", number, 5)
    assert len(watch.seen[1]) == MOST_SEEN


@pytest.mark.parametrize("source", ["object() == 1", "list(range(99)) == [1]", "'x' * 500 == 'x'"])
def test_operands_that_are_not_plain_are_not_remembered(source):
    assert seen(source) == {}


@pytest.mark.parametrize(
    "source",
    [
        "10 ** 400 == 5",
        "10 ** 400 < 1.5",
        "10 ** 400 in (1, 2.5)",
        "[10 ** 400] == [1]",
        "float('inf') == 3",
        "float('inf') < float('inf')",
    ],
)
def test_a_distance_is_a_number_also_of_numbers_beyond_all_floats(source):
    assert not any(math.isnan(far) for far, _ in seen(source).values())
