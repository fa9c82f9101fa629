"""Cases written as tests: what they look like, and that they pass in plain pytest and unittest."""

import ast
import builtins
import re
import sys

import pytest

from mcp_server.analysis.derived import import_test, render_tests
from mcp_server.analysis.derived.imports import imports_of
from mcp_server.analysis.searching import Case, search_cases
from mcp_server.analysis.subjects import read_subjects
from mcp_server.sandbox import open_sandbox
from mcp_server.sandbox.pytest_runner import run_tests

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")


def case(call, gives=None, values=None, **more):
    """A case of a function: `case("f(1)", "2", {"x": "1"})`."""
    name = call.split("(")[0]
    facts = (("{result}", gives),) if gives is not None else ()
    given = {
        "subject": name,
        "target": name,
        "owner": None,
        "setup": (),
        "call": call,
        "is_statement": False,
        "is_composed": False,
        "values": tuple((values or {}).items()),
        "facts": facts,
        "raised": "",
        "message": "",
        "printed": "",
        "documented": False,
        "receiver": "",
        "steps": (),
        **more,
    }
    return Case(**given)


def written(*cases, framework="pytest", names=None):
    names = names or {c.owner or c.target for c in cases}
    return render_tests(cases, framework, names, "solution").source()


def names_of(*cases):
    return re.findall(r"def (test_\w+)", written(*cases))


ONE_AND_EMPTY = [case("mean([])", "0", {"xs": "[]"}), case("mean([1, 2])", "1.5", {"xs": "[1, 2]"})]


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (case("mean([])", "0", {"xs": "[]"}), "test_mean_returns_zero_for_empty_list"),
        (case("mean([1, 2])", "1.5", {"xs": "[1, 2]"}), "test_mean_returns_1_point_5"),
        (
            case("f('a', strict=True)", "[1]", {"s": "'a'", "strict": "True"}),
            "test_f_returns_list_for_a_and_strict_true",
        ),
        (
            case("f(0)", values={"x": "0"}, raised="ValueError", message="x is zero"),
            "test_f_raises_value_error_x_is_zero",
        ),
        (case("f(0)", values={"x": "0"}, raised="KeyError"), "test_f_raises_key_error_for_zero"),
        (case("f()", "None", printed="a\n"), "test_f_prints_text"),
        (
            case(
                "f(items)",
                values={"items": "[1]"},
                setup=("items = [1]",),
                facts=(("items", "[]"),),
            ),
            "test_f_changes_items",
        ),
        (
            case(
                "A(1)",
                owner="A",
                target="__init__",
                facts=(("{result}.x", "1"), ("{result}.y", "2")),
            ),
            "test_new_a_has_x_and_y",
        ),
        (
            case(
                "len(a)",
                "2",
                owner="A",
                target="__len__",
                setup=("a = A()", "a.push(1)"),
                receiver="a",
                steps=("push",),
            ),
            "test_a_length_returns_two_after_push",
        ),
    ],
)
def test_a_tests_name_says_what_is_called_what_comes_and_for_what(made, name):
    assert names_of(made) == [name]


def test_cases_that_give_different_values_are_rows_of_a_table():
    text = written(case("f(1)", "5", {"x": "1"}), case("f(2)", "7", {"x": "2"}))
    assert text == """\
import pytest
from solution import f


@pytest.mark.parametrize(
    ('x', 'expected'),
    [
        (1, 5),
        (2, 7),
    ],
)
def test_f_returns_expected_number(x, expected):
    assert f(x) == expected
"""


def test_what_gives_the_same_is_said_once():
    rows = [case(f"f({x}, 0)", "'no'", {"x": x, "y": "0"}) for x in ("1", "2")]
    text = written(*rows)
    assert "def test_f_returns_no(x):\n    assert f(x, 0) == 'no'" in text
    assert "        1,\n        2,\n" in text
    assert "expected" not in text


def test_exceptions_with_different_messages_are_rows_too():
    rows = [
        case(f"f({x})", values={"x": x}, raised="ValueError", message=f"bad value {x}")
        for x in ("1", "2")
    ]
    text = written(*rows)
    assert "def test_f_raises_value_error_bad_value(x, message):" in text
    assert "    with pytest.raises(ValueError) as error:\n        f(x)\n" in text
    assert "    assert str(error.value) == message" in text


def test_unittest_has_rows_with_subtests():
    text = written(
        case("f(1)", "5", {"x": "1"}), case("f(2)", "7", {"x": "2"}), framework="unittest"
    )
    assert "class TestRecordedBehaviour(unittest.TestCase):" in text
    assert (
        "        for x, expected in rows:\n            with self.subTest(x=x, expected=expected):"
        in text
    )
    assert "                self.assertEqual(f(x), expected)" in text
    assert "pytest" not in text


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (case("f()", "True"), "assert f() is True"),
        (case("f()", "None"), "assert f() is None"),
        (case("f()", "3"), "assert f() == 3"),
        (case("f()", "0.1234567891"), "assert f() == pytest.approx(0.1234567891)"),
        (case("f()", "0.5"), "assert f() == 0.5"),
        (
            case("1 in a", "True", target="__contains__", owner="A", setup=("a = A()",)),
            "assert (1 in a) is True",
        ),
        (
            case("a == 1", "False", target="__eq__", owner="A", setup=("a = A()",)),
            "assert (a == 1) is False",
        ),
        (
            case("a + b", target="__add__", owner="A", facts=(("{result}.x", "1"),)),
            "assert (a + b).x == 1",
        ),
        (
            case("-a", target="__neg__", owner="A", facts=(("{result}.x", "1"),)),
            "assert (-a).x == 1",
        ),
        (
            case(
                "a[0] = 1",
                is_statement=True,
                target="__setitem__",
                owner="A",
                facts=(("len(a)", "1"),),
            ),
            "a[0] = 1\n    assert len(a) == 1",
        ),
        (case("f()", "None", printed="hi\n"), "f()\n    assert capsys.readouterr().out == 'hi\\n'"),
        (
            case("f()", "3", printed="hi\n"),
            "assert f() == 3\n    assert capsys.readouterr().out == 'hi\\n'",
        ),
        (
            case(
                "A()",
                target="__init__",
                owner="A",
                facts=(("{result}.x", "1"), ("{result}.y", "2")),
            ),
            "result = A()\n    assert result.x == 1\n    assert result.y == 2",
        ),
        (case("f()", raised="KeyError"), "with pytest.raises(KeyError):\n        f()"),
    ],
)
def test_what_is_asserted_reads_as_its_user_would_write_it(made, line):
    assert f"    {line}\n" in written(made)


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        (case("f()", "True"), "self.assertIs(result, True)"),
        (case("f()", "3"), "self.assertEqual(result, 3)"),
        (case("f()", "0.1234567891"), "self.assertAlmostEqual(result, 0.1234567891)"),
        (case("f()", raised="KeyError"), "with self.assertRaises(KeyError):\n            f()"),
        (
            case("f()", raised="KeyError", message="m"),
            "self.assertEqual(str(error.exception), 'm')",
        ),
    ],
)
def test_unittest_asserts_with_its_own_methods(made, lines):
    assert lines in written(made, framework="unittest")


@pytest.mark.parametrize(
    "parameter", ["f", "request", "expected", "self", "capsys", "error", "message", "list", "len"]
)
@pytest.mark.parametrize("framework", ["pytest", "unittest"])
def test_a_row_has_no_name_that_the_test_needs_for_something_else(parameter, framework):
    rows = [
        case(f"f({v})", values={parameter: v}, facts=(("list({result})", f"[{v}]"),))
        for v in ("1", "2")
    ]
    text = written(*rows, framework=framework)
    assert (
        f"assert list(f({parameter}_value)) == " in text or f"list(f({parameter}_value))," in text
    )
    compile(text, "tests", "exec")


def test_rows_whose_variables_would_have_one_name_are_apart():
    rows = [case(f"f({v}, {v})", v, {"expected": v, "expected_value": v}) for v in ("1", "2")]
    compile(written(*rows), "tests", "exec")


@pytest.mark.parametrize(
    ("calls", "values"),
    [
        (["f(1, 2)", "f(3, 4)"], [{"args": "(1, 2)"}, {"args": "(3, 4)"}]),
        (["f(a=1)", "f(a=2)"], [{"more": "{'a': 1}"}, {"more": "{'a': 2}"}]),
    ],
)
def test_calls_with_any_number_of_values_are_not_made_rows(calls, values):
    text = written(
        *(case(c, str(n), v) for n, (c, v) in enumerate(zip(calls, values, strict=True), 7))
    )
    for call in calls:
        assert f"assert {call} == " in text
    assert "parametrize" not in text


def test_values_given_by_name_stay_named_in_rows():
    rows = [
        case(f"f(1, strict={v})", n, {"x": "1", "strict": v})
        for n, v in (("5", "True"), ("6", "False"))
    ]
    assert "assert f(1, strict=strict) == expected" in written(*rows)


def test_documented_cases_are_named_so():
    rows = [case(f"f({x})", x, {"x": x}, documented=True) for x in ("1", "2")]
    assert names_of(*rows) == ["test_f_matches_its_documentation"]


def test_no_two_tests_have_the_same_name():
    rows = [
        case(f"a.f({x})", str(x), owner="A", target="f", setup=("a = A()",), receiver="a")
        for x in range(14, 17)
    ]
    rows += [case("a.f(14)", "14", owner="A", target="f", setup=("a = A(2)",), receiver="a")]
    found = names_of(*rows)
    assert len(found) == len(set(found)) == 4


def test_nothing_to_hold_is_said():
    assert render_tests([], "pytest", [], "solution").problem


@pytest.mark.parametrize(
    ("body", "names", "lines"),
    [
        ("assert f(1) == g", ["f", "g", "h"], ["from solution import f, g"]),
        ("assert f('g', \"h\") == 1", ["f", "g", "h"], ["from solution import f"]),
        ("f('it\\'s g')", ["f", "g"], ["from solution import f"]),
        ("x.f(1)", ["f"], []),
        ("math.inf", ["f"], ["import math"]),
        ("math(1)", ["math"], ["from solution import math"]),
        (
            "f(Decimal('1'), datetime.date(1, 1, 1))",
            ["f"],
            ["import datetime", "from decimal import Decimal", "from solution import f"],
        ),
    ],
)
def test_all_that_a_test_uses_is_imported_and_nothing_else(body, names, lines):
    assert imports_of([body], names, "solution") == lines


@pytest.mark.parametrize("framework", ["pytest", "unittest"])
@pytest.mark.parametrize("names", [[], ["f", "A"]])
def test_of_code_that_is_not_run_only_the_import_is_tested(framework, names):
    text = import_test(framework, "solution", names).source()
    compile(text, "tests", "exec")
    assert "import solution" in text
    assert all(f"callable(solution.{name})" in text for name in names)


FUNCTIONS = '''
import re
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from json import JSONDecodeError, loads


def grade(points: int, *, strict: bool = False) -> str:
    """Grade.

    >>> grade(95)
    'A'
    """
    if points < 0:
        raise ValueError(f"points are negative: {points}")
    if points >= 90:
        return "A"
    return "F" if strict or points < 50 else "B"


def total(*numbers: int, factor: int = 1):
    return sum(numbers) * factor


def options(**settings):
    return sorted(settings)


def words(text: str) -> Counter:
    return Counter(text.split())


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)


def price(amount: Decimal) -> Decimal:
    return amount * 2


def third(x: float) -> float:
    return x / 3


def load(text: str):
    return loads(text)


def middle(items, default=None):
    if not items:
        return default
    return sorted(items)[len(items) // 2]


def is_code(text: str) -> bool:
    return re.fullmatch(r"[A-Z]{2}\\d{3}", text) is not None


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)
'''
EFFECTS = """
import asyncio


def greet(name: str) -> None:
    print(f"Hello, {name}!")


def shout(capsys: str) -> str:
    print(capsys.upper())
    return capsys


def add(item: int, items: list[int]) -> None:
    items.append(item)


def collect(x: int, result: list[int]) -> list[int]:
    result.append(x)
    return result[-1:]


def sort_down(self: list[int]) -> int:
    self.sort(reverse=True)
    return len(self)


def evens(list: list[int]):
    for x in list:
        if x % 2 == 0:
            yield x


def forever(start: int):
    while True:
        yield start
        start += 1


async def fetch(key: str) -> str:
    await asyncio.sleep(0)
    if not key:
        raise KeyError(key)
    return key * 2


async def ticks(n: int):
    for i in range(n):
        yield i


def apply(f, x: int) -> int:
    return f(x) + 1


def request(request: int) -> bool:
    return request > 3


def expected(expected: int, message: str) -> str:
    if expected < 0:
        raise ValueError(f"negative for {message}")
    return message * expected
"""
CLASSES = """
import enum
from dataclasses import dataclass, field


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Full(Exception):
    pass


@dataclass
class Point:
    x: int
    y: int = 0

    def moved(self, dx: int) -> "Point":
        return Point(self.x + dx, self.y)


@dataclass(kw_only=True)
class Settings(Point):
    tags: list[str] = field(default_factory=list)
    color: Color = Color.RED

    def is_red(self) -> bool:
        return self.color is Color.RED


def mixed(color: Color) -> Color:
    return Color.BLUE if color is Color.RED else Color.RED


class stack:
    def __init__(self, size: int = 2):
        if size < 0:
            raise ValueError("size is negative")
        self.size = size
        self.items = []

    def push(self, item: int) -> None:
        if len(self.items) >= self.size:
            raise Full(f"no place for {item}")
        self.items.append(item)

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item: int) -> bool:
        return item in self.items

    @property
    def top(self) -> int:
        return self.items[-1]


class List:
    def __init__(self, items: list[int]):
        self.items = items

    def __iter__(self):
        return iter(self.items)

    def __getitem__(self, index: int) -> int:
        return self.items[index]

    def __setitem__(self, index: int, value: int) -> None:
        self.items[index] = value


class Result:
    def __init__(self, value: int, error: str = ""):
        self.value = value
        self.error = error

    def doubled(self) -> "Result":
        self.value += 1
        return Result(self.value * 2)

    @staticmethod
    def parse(text: str) -> "Result":
        return Result(int(text))


class Fraction:
    def __init__(self, top: int, bottom: int):
        if bottom == 0:
            raise ZeroDivisionError("bottom is zero")
        self.top, self.bottom = top, bottom

    def __add__(self, other: "Fraction") -> "Fraction":
        top = self.top * other.bottom + other.top * self.bottom
        return Fraction(top, self.bottom * other.bottom)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fraction) and self.top * other.bottom == other.top * self.bottom

    def __repr__(self) -> str:
        return f"Fraction({self.top}, {self.bottom})"


class Counter(dict):
    async def count(self, key: str) -> int:
        self[key] = self.get(key, 0) + 1
        return self[key]
"""
MODULES = {"functions": FUNCTIONS, "effects": EFFECTS, "classes": CLASSES}
SILENT = {"ticks", "Full"}
"""Of an asynchronous generator, and of an exception without methods, nothing is held alone."""


@pytest.fixture(scope="module")
def sandbox():
    opened = open_sandbox("auto")
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=MODULES)
async def searched(request, sandbox):
    code = MODULES[request.param]
    subjects = read_subjects(code)
    found = await search_cases(
        sandbox,
        code,
        module_name="solution",
        examples=subjects.examples,
        runs_each=6_000,
        seconds_each=9.0,
        seconds=60.0,
    )
    return code, subjects, found


@needs_linux
@pytest.mark.anyio
@pytest.mark.parametrize("framework", ["pytest", "unittest"])
async def test_tests_that_are_written_of_what_was_found_all_pass(sandbox, searched, framework):
    code, subjects, found = searched
    file = render_tests(found.cases, framework, subjects.defined, "solution")
    report = await run_tests(sandbox, code, file.source(), framework=framework, fresh=True)
    assert report.problem is None, file.source()
    assert {node: report.messages[node] for node in report.messages} == {}
    assert set(report.outcomes.values()) == {"passed"}
    held = {c.subject for c in found.cases}
    assert set(subjects.names) - held <= SILENT
    assert all(name in file.source() for name in held - SILENT)


@needs_linux
@pytest.mark.anyio
async def test_tests_that_are_written_define_no_name_twice_and_use_none_that_is_unknown(searched):
    _, subjects, found = searched
    file = render_tests(found.cases, "pytest", subjects.defined, "solution")
    tree = ast.parse(file.source())
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert len(functions) == len({n.name for n in functions})
    imported = {
        a.asname or a.name
        for n in ast.walk(tree)
        if isinstance(n, ast.Import | ast.ImportFrom)
        for a in n.names
    }
    for function in functions:
        own = {
            n.id
            for n in ast.walk(function)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        own |= {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}
        own |= {n.name for n in ast.walk(function) if isinstance(n, ast.AsyncFunctionDef)}
        used = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
        assert {n for n in used - own - imported if not hasattr(builtins, n)} == set()
        assert not own & imported
