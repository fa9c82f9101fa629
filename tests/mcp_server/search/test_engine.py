"""The search and the choice of what it found, on harmless code in this process."""

import os
import textwrap

import pytest

from mcp_server.search import driver, module
from mcp_server.search.driver import Asked, Limits, search

pytestmark = [
    pytest.mark.timeout(120, method="thread"),  # the other method's timer is used here
    # A call may run out of time in a callback, which swallows it; it is raised again then.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

RUNS = 20_000


@pytest.fixture
def searched(execute, tmp_path):
    """Searches a subject as a child of the driver does: the cases, the suspicions, the summary."""

    def of(source, name="f", seconds=5.0, seed=0, examples=()):
        source = textwrap.dedent(source)
        asked = Asked(
            "solution", "key", RUNS, RUNS, seconds, seconds, seed, 400, False, (), tuple(examples)
        )
        execute("")
        limits = Limits(RUNS, seconds)
        lines = search(asked, source, str(tmp_path / "solution.py"), name, limits)
        cases = [line for line in lines if "case" in line]
        return cases, [line for line in lines if "suspected" in line], lines[-1]

    return of


def calls(cases):
    return ["\n".join([*case["setup"], case["call"]]) for case in cases]


def calls_alone(cases):
    return [case["call"] for case in cases]


def example(call, expected=None, raises=None):
    return {"name": call.split("(")[0], "call": call, "expected": expected, "raises": raises}


def test_the_boundary_of_a_comparison_is_found(searched):
    cases, _, summary = searched(
        "def f(x: int):\n    if x < 10:\n        return 'low'\n    return 'high'\n"
    )
    assert "f(10)" in calls(cases)
    assert {case["facts"][0]["value"] for case in cases} == {"'low'", "'high'"}
    assert summary["kept"] == len(cases) <= 3


def test_the_boundary_of_an_answer_is_found_where_no_branch_leads_to_it(searched):
    cases, *_ = searched("def f(x: int) -> bool:\n    return x > 3\n")
    assert {"f(3)", "f(4)"} <= set(calls(cases))


def test_few_and_plain_calls_are_chosen(searched):
    cases, *_ = searched("def f(a: int, b: int) -> int:\n    return a + b\n")
    assert len(cases) == 1
    assert len(cases[0]["call"]) <= len("f(10, 10)")


SOURCES = {
    "a constant far away": (
        "def f(x: int):\n    if x == 73561:\n        return 'found'\n    return 'no'\n"
    ),
    "a text": (
        "def f(s: str):\n"
        "    if s.startswith('say:') and len(s) > 6:\n"
        "        return s[4:]\n"
        "    return ''\n"
    ),
    "two conditions": (
        "def f(a: int, b: int):\n"
        "    if a > 20 and b == a * 2:\n"
        "        return 'both'\n"
        "    return 'no'\n"
    ),
    "a key": (
        "def f(d: dict[str, int]):\n"
        "    if 'size' in d and d['size'] > 4:\n"
        "        return 'big'\n"
        "    return 'no'\n"
    ),
    "an exception": (
        "def f(x: int):\n    if x < 0:\n        raise ValueError('negative')\n    return x\n"
    ),
    "a pattern": (
        "import re\ndef f(s: str):\n    return re.fullmatch(r'(\\d{3})-(\\d{4})', s) is not None\n"
    ),
    "untyped": (
        "def f(items):\n    total = 0\n    for x in items:\n        total += x\n    return total\n"
    ),
    "a loop": (
        "def f(n: int):\n"
        "    steps = 0\n"
        "    while n > 1 and steps < 99:\n"
        "        n = n // 2 if n % 2 == 0 else 3 * n + 1\n"
        "        steps += 1\n"
        "    return steps\n"
    ),
    "infinity": (
        "def f(xs: list[float]):\n"
        "    best = float('inf')\n"
        "    for x in xs:\n"
        "        if x < best:\n"
        "            best = x\n"
        "    return best\n"
    ),
    "large numbers": (
        "def f(n: int):\n"
        "    if 7 ** (abs(n) % 900) > 10 ** 500:\n"
        "        return 'large'\n"
        "    return 'small'\n"
    ),
    "a recursive alias": (
        "Json = dict[str, 'Json'] | list['Json'] | int\n"
        "\n"
        "def f(x: Json):\n"
        "    return isinstance(x, dict)\n"
    ),
    "any keys": (
        "from typing import TypeVar\n"
        "K = TypeVar('K')\n"
        "V = TypeVar('V')\n"
        "\n"
        "def f(d: dict[K, V]):\n"
        "    return {v: k for k, v in d.items()}\n"
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_all_lines_are_reached_whatever_guards_them(searched, name):
    source = SOURCES[name]
    cases, *_ = searched(source)
    opened = module.Module(source, "solution", "checked.py", 0)
    lines = set()
    for case in cases:
        with opened._tracer.on() as arcs:
            try:
                exec("\n".join([*case["setup"], case["call"]]), opened.names.copy())
            except ValueError:
                assert case["raised"] == "ValueError"
        lines |= module.lines_of(arcs)
    body = {n for n, line in enumerate(source.splitlines(), 1) if line.startswith("    ")}
    assert body <= lines


def test_the_same_seed_finds_the_same(searched):
    source = SOURCES["an exception"]  # all of it is found before the time is over
    one, other = searched(source, seed=4), searched(source, seed=4)
    assert calls(one[0]) == calls(other[0])
    assert one[2]["evaluated"] == other[2]["evaluated"]


STACK = '''
class Full(Exception):
    """No place."""

class Stack:
    def __init__(self, size: int = 2):
        if size < 0:
            raise ValueError("size is negative")
        self.size = size
        self._items = []

    def push(self, item: int) -> None:
        if len(self._items) >= self.size:
            raise Full(f"no place for {item}")
        self._items.append(item)

    def pop(self) -> int:
        if not self._items:
            raise IndexError("empty")
        return self._items.pop()

    def __len__(self) -> int:
        return len(self._items)
'''


def test_sequences_of_calls_are_found_that_lead_to_a_state(searched):
    cases, *_ = searched(STACK, "Stack")
    raised = {case["raised"] for case in cases}
    assert raised >= {"Full", "IndexError", "ValueError"}
    done = [[*case["steps"], case["target"]] for case in cases if not case["raised"]]
    assert any("push" in steps and "pop" in steps for steps in done)
    for case in cases:
        made = [line for line in case["setup"] if "Stack(-" in line]
        assert not made or not case["raised"]


def test_a_step_that_raises_on_the_way_is_suppressed(searched):
    source = """
    class Door:
        def __init__(self):
            self.tries = 0
        def open(self, code: int):
            self.tries += 1
            if code != 7:
                raise ValueError("wrong")
        def locked(self) -> bool:
            return self.tries >= 2
    """
    cases, *_ = searched(source, "Door")
    locked = [c for c in cases if c["target"] == "locked" and c["facts"][0]["value"] == "True"]
    assert any("open" in case["steps"] for case in locked)


def test_a_step_is_suppressed_only_where_it_still_raises_at_its_plainest_values(searched):
    source = """
    class Row:
        def __init__(self, cells: list[int]):
            self.cells = cells
        def scale(self, factor: int):
            self.factor = factor
            for cell in self.cells:
                if cell != 50:
                    raise ValueError("not fifty")
        def last(self) -> bool:
            return getattr(self, "factor", 0) > 3
    """
    cases, *_ = searched(source, "Row")
    assert "True" in {case["facts"][0]["value"] for case in cases if case["target"] == "last"}
    assert not [call for call in calls(cases) if "suppress" in call]


@pytest.mark.parametrize(
    "body",
    ["return random.random()", "return time.perf_counter()", "print(random.random())"],
)
def test_what_gives_something_else_each_time_is_not_held(searched, body):
    cases, *_ = searched(f"import random, time\n\ndef f(x: int):\n    {body}\n", seconds=0.4)
    assert cases == []


@pytest.mark.parametrize(
    "body",
    [
        "return x + 'a'",
        "return x.upper()",
        "return len(x)",
        "x.append(1)\n    return x",
        "return x[0].name",
    ],
)
def test_errors_of_guessed_types_are_not_held(searched, body):
    cases, *_ = searched(f"def f(x):\n    {body}\n", seconds=0.5)
    assert {case["raised"] for case in cases} <= {"", "IndexError"}


def test_a_type_error_that_the_code_states_is_held(searched):
    source = (
        "def f(x):\n"
        "    if not isinstance(x, str):\n"
        "        raise TypeError('no text')\n"
        "    return x\n"
    )
    cases, *_ = searched(source, seconds=1)
    assert ("TypeError", "no text") in {(case["raised"], case["message"]) for case in cases}


@pytest.mark.parametrize(
    ("body", "finds"),
    [
        ("while True: pass", False),
        ("while x > 0: pass\n    return x", True),
        (
            (
                "while True:\n"
                "        try:\n"
                "            while True: pass\n"
                "        except Exception: pass"
            ),
            False,
        ),
        ("return f(x)", False),
    ],
)
def test_endless_code_is_bounded_and_what_ends_is_found(searched, monkeypatch, body, finds):
    monkeypatch.setattr(module, "CALL_SECONDS", 0.05)
    cases, _, summary = searched(f"def f(x: int):\n    {body}\n", seconds=0.5)
    assert bool(cases) is finds
    assert summary["evaluated"] < 2000


def test_trying_kinds_on_endless_code_leaves_time_for_the_search(searched, monkeypatch):
    monkeypatch.setattr(module, "CALL_SECONDS", 0.1)
    source = """
    class Box:
        def __init__(self, size: int):
            self.size = size
        def wait(self, a, b, c):
            while True: pass
        def double(self) -> int:
            return self.size * 2
    """
    cases, *_ = searched(source, "Box", seconds=2)
    assert "double" in {case["target"] for case in cases}


def test_examples_of_the_documentation_are_kept_and_come_first(searched):
    source = "def f(x: int):\n    if x < 10:\n        return x\n    return 10.0 / 3\n"
    examples = [
        example("f(4)", "4"),
        example("f(x=12)", "3.33333333"),
        example("f('a')", raises="TypeError"),
    ]
    cases, suspicions, _ = searched(source, examples=examples)
    assert sorted(calls(cases)[:3]) == ["f('a')", "f(12)", "f(4)"]
    assert [case["documented"] for case in cases[:3]] == [True, True, True]
    assert suspicions == []


@pytest.mark.parametrize(
    ("said", "actual"),
    [
        (example("f(4)", "5"), "4"),
        (example("f(4)", "'4'"), "4"),
        (example("f(4)", raises="ValueError"), "4"),
        (example("f(-1)", "1"), "raises ValueError"),
        (example("f(-1)", raises="KeyError"), "raises ValueError"),
    ],
)
def test_an_example_that_the_code_contradicts_is_suspected(searched, said, actual):
    source = "def f(x: int):\n    if x < 0:\n        raise ValueError('negative')\n    return x\n"
    cases, (suspicion,), _ = searched(source, examples=[said])
    assert (suspicion["suspected"], suspicion["call"], suspicion["actual"]) == (
        "f",
        said["call"],
        actual,
    )
    held = [fact for case in cases if case["documented"] for fact in case["facts"]]
    assert held == (
        [{"expression": "type({result}).__name__", "value": "'int'"}]
        if said["expected"] == "5"
        else []
    )


@pytest.mark.parametrize("call", ["f(1, 2, 3)", "f(z=1)", "f(1, x=2)", "f(*[1])"])
def test_an_example_that_does_not_fit_the_signature_is_left_out(searched, call):
    _, suspicions, _ = searched("def f(x: int):\n    return x\n", examples=[example(call, "1")])
    assert suspicions == []


def test_a_search_without_time_gives_its_summary(searched):
    cases, _, summary = searched(STACK, "Stack", seconds=0.0)
    assert cases == []
    assert summary["kept"] == 0


def test_hints_come_from_functions_that_are_called_too(searched):
    source = (
        "def _secret(s):\n"
        "    return s == 'open sesame'\n"
        "\n"
        "def f(s: str) -> bool:\n"
        "    return _secret(s)\n"
    )
    cases, *_ = searched(source)
    assert "f('open sesame')" in calls(cases)


def test_the_driver_searches_each_subject_in_a_process_of_its_own(execute, tmp_path):
    source = "def f(x: int):\n    return x + 1\n"
    asked = Asked("solution", "key", 2000, 2000, 9.0, 9.0, 0, 400, False, (), ())
    execute("")
    child = driver._started(asked, source, str(tmp_path / "solution.py"), "f", Limits(2000, 9.0))
    assert child.process != os.getpid()
    lines = driver._ended(child)
    assert any('"case": "f"' in line for line in lines)
    assert '"evaluated"' in lines[-1]


def test_bytes_of_the_code_and_their_neighbours_are_tried(searched):
    source = "def f(c: bytes):\n    return b'0' <= c <= b'9'\n"
    cases, *_ = searched(source)
    assert {"f(b'0')", "f(b'9')"} <= set(calls_alone(cases))


def test_a_public_constant_that_no_function_reads_is_looked_at(searched):
    source = "LIMIT = 7\n__all__ = ['f']\nUSED = 2\ndef f(x: int):\n    return x + USED\n"
    for name, value in (("LIMIT", "7"), ("__all__", "['f']")):
        cases, *_ = searched(source, name)
        assert [(c["call"], c["facts"][0]["value"]) for c in cases] == [(name, value)]
    with pytest.raises(StopIteration):
        searched(source, "USED")


def test_what_an_asynchronous_generator_gives_is_gone_through(searched):
    source = "async def f(n: int):\n    for i in range(n):\n        yield i * 2\n"
    cases, *_ = searched(source)
    assert "asyncio.run(collected(f(2)))" in calls_alone(cases)
    assert all(case["setup"][0].startswith("async def collected(") for case in cases)


def test_code_that_tells_types_apart_is_given_several(searched):
    source = (
        "import collections\n"
        "def f(x):\n"
        "    if isinstance(x, collections.Counter):\n"
        "        return 'counter'\n"
        "    if callable(x):\n"
        "        return 'function'\n"
        "    return 'other'\n"
    )
    cases, *_ = searched(source)
    assert {c["facts"][0]["value"] for c in cases} == {"'counter'", "'function'", "'other'"}
