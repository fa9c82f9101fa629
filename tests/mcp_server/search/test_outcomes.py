import ast
import textwrap

import pytest

from mcp_server.search.cases import Case, Parameter, Step, Target, plain
from mcp_server.search.facts import literal
from mcp_server.search.outcomes import UNWRITABLE
from mcp_server.search.subjects import read

pytestmark = [
    pytest.mark.timeout(60, method="thread"),  # the other method's timer is used here
    # A call may run out of time in a callback, which swallows it; it is raised again then.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def outcome(execute):
    """Runs calls in a module: `outcome(source, "Stack(1)", "push(2)")`, the last is observed."""

    def of(source, *calls):
        module = execute(textwrap.dedent(source))
        return module.again(case_of(source, *calls), module.names)

    return of


def case_of(source, *calls):
    subjects = {s.name: s for s in read(ast.parse(textwrap.dedent(source)))}
    steps = [ast.parse(call, mode="eval").body for call in calls]
    first = subjects[steps[0].func.id]
    if first.maker is None:
        return Case((step_of(first.targets[0], steps[0]),))
    maker = step_of(first.maker, steps[0])
    if len(steps) == 1:
        return Case((maker,))
    targets = {t.name: t for t in first.targets}
    done = tuple(step_of(targets[s.func.id], s) for s in steps[1:])
    return Case(done, maker)


def step_of(target, call):
    given = {
        p.name: plain(ast.unparse(a)) for p, a in zip(target.parameters, call.args, strict=False)
    }
    given |= {k.arg: plain(ast.unparse(k.value)) for k in call.keywords}
    return Step(target, ()).with_values(given)


def facts(found):
    return [(fact.expression, fact.value) for fact in found.facts]


KINDS = """
import collections, dataclasses, datetime, decimal, enum, http, pathlib, types, typing
from collections import Counter, OrderedDict, defaultdict, deque
from fractions import Fraction

class Color(enum.Enum):
    RED = 1

class Flag(enum.Flag):
    A = 1
    B = 2

@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.5

@dataclasses.dataclass
class Line:
    points: list

class Pair(typing.NamedTuple):
    a: int
    b: str

Other = collections.namedtuple("Other", "x y")

class Plain:
    def __init__(self, size):
        self.size = size
        self._hidden = 1
        self.self = self
    @property
    def double(self):
        return self.size * 2
    @property
    def broken(self):
        raise ValueError

class Slotted:
    __slots__ = ("size",)
    def __init__(self):
        self.size = 4

class Nothing:
    pass

class Lying:
    def __repr__(self):
        return "3"

class Loud:
    def __repr__(self):
        raise KeyError("no")
    def __eq__(self, other):
        raise KeyError("no")

class Error(Exception):
    pass

def f(text):
    return eval(text)
"""


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("[1, 'a', (None, 2.5)]", [("{result}", "[1, 'a', (None, 2.5)]")]),
        ("{'b', 'a'}", [("{result}", "{'a', 'b'}")]),
        ("float('inf')", [("{result}", 'float("inf")')]),
        ("float('nan')", []),
        ("[float('nan')]", []),
        ("-0.0", [("{result}", "-0.0")]),
        ("None", [("{result}", "None")]),
        ("'x' * 1000", []),
        ("b'a'", [("{result}", "b'a'")]),
        ("bytearray(b'a')", [("{result}", "bytearray(b'a')")]),
        ("1 + 2j", [("{result}", "(1+2j)")]),
        ("Color.RED", [("{result}", "Color.RED")]),
        ("[Color.RED]", []),
        ("http.HTTPStatus.OK", []),
        ("Point(1)", [("{result}", "Point(x=1, y=0.5)")]),
        ("Line([Point(1)])", [("{result}", "Line(points=[Point(x=1, y=0.5)])")]),
        ("[Point(1), Point(2)]", [("{result}", "[Point(x=1, y=0.5), Point(x=2, y=0.5)]")]),
        ("Pair(1, 'a')", [("{result}", "Pair(a=1, b='a')")]),
        ("Other(1, 2)", [("{result}", "Other(x=1, y=2)")]),
        ("decimal.Decimal('1.5')", [("{result}", "Decimal('1.5')")]),
        ("Fraction(1, 2)", [("{result}", "Fraction(1, 2)")]),
        ("datetime.date(2024, 1, 2)", [("{result}", "datetime.date(2024, 1, 2)")]),
        ("datetime.timedelta(1)", [("{result}", "datetime.timedelta(days=1)")]),
        ("pathlib.Path('a')", [("{result}", "Path('a')")]),
        ("Counter('aab')", [("{result}", "Counter({'a': 2, 'b': 1})")]),
        ("deque([1])", [("{result}", "deque([1])")]),
        ("OrderedDict(a=1)", [("{result}", "OrderedDict([('a', 1)])")]),
        ("types.SimpleNamespace(a=1)", [("{result}.a", "1")]),
        ("(x * 2 for x in [1, 2])", [("list({result})", "[2, 4]")]),
        ("iter(int, 1)", [("list(itertools.islice({result}, 5))", "[0, 0, 0, 0, 0]")]),
        ("range(3)", [("list({result})", "[0, 1, 2]")]),
        ("{'a': 1}.items()", [("list({result})", "[('a', 1)]")]),
        ("map(Point, [1])", [("list({result})", "[Point(x=1, y=0.5)]")]),
        ("Plain(3)", [("{result}.size", "3"), ("{result}.double", "6")]),
        ("Slotted()", [("{result}.size", "4")]),
        ("Nothing()", [("type({result}).__name__", "'Nothing'")]),
        ("Lying()", [("type({result}).__name__", "'Lying'")]),
        ("Loud()", [("type({result}).__name__", "'Loud'")]),
        ("Error('a')", [("type({result}).__name__", "'Error'")]),
        ("lambda: 1", []),
        ("f", []),
        ("Plain", []),
        ("decimal", []),
        ("object()", []),
        ("__import__('io').StringIO('a')", []),
        ("10 ** 5000", []),
    ],
)
def test_what_can_be_written_down_of_a_result(outcome, result, expected):
    found = outcome(KINDS, f"f({result!r})")
    assert facts(found) == expected
    assert found.accident == ("" if expected else UNWRITABLE)


@pytest.mark.parametrize("value", [[True], [1], [1.0], {"a": (1, True)}, {1: 1}, frozenset({1})])
def test_a_literal_is_of_the_same_types_all_through(value):
    assert repr(eval(literal(value))) == repr(value)


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize("value", [Text("a"), [Text("a")], float("nan"), object(), "x" * 300, len])
def test_what_does_not_read_back_as_the_same_is_no_literal(value):
    assert literal(value) is None


RAISING = """
import json

class Oops(Exception):
    pass

class Nested:
    class Inner(Exception):
        pass

class Mute(Exception):
    def __str__(self):
        raise KeyError

def f(kind, x):
    if kind == "stated":
        raise ValueError(f"bad {x}")
    if kind == "own":
        raise Oops(x)
    if kind == "long":
        raise ValueError("x" * 200)
    if kind == "address":
        raise ValueError(object())
    if kind == "lines":
        raise ValueError(
            "over "
            + str(x)
        )
    if kind == "key":
        raise KeyError(x)
    if kind == "index":
        return x[7]
    if kind == "zero":
        return 1 / x
    if kind == "type":
        return x + "a"
    if kind == "json":
        return json.loads(x)
    if kind == "nested":
        raise Nested.Inner("x")
    if kind == "unpack":
        a, b = x
    if kind == "deep":
        return f(kind, x)
    if kind == "exit":
        raise SystemExit(1)
    if kind == "interrupt":
        raise KeyboardInterrupt
    if kind == "base":
        raise BaseException("x")
    if kind == "assert":
        assert not x, "told"
    if kind == "mute":
        raise Mute
    if kind == "stop":
        next(iter(()))
"""


@pytest.mark.parametrize(
    ("call", "raised", "message", "stated"),
    [
        ("f('stated', 1)", "ValueError", "bad 1", True),
        ("f('own', 'x')", "Oops", "x", True),
        ("f('long', 1)", "ValueError", "", True),
        ("f('address', 1)", "ValueError", "", True),
        ("f('lines', 1)", "ValueError", "over 1", True),
        ("f('key', 'k')", "KeyError", "", True),
        ("f('index', [1])", "IndexError", "", False),
        ("f('zero', 0)", "ZeroDivisionError", "", False),
        ("f('type', 1)", "TypeError", "", False),
        ("f('json', '{')", "ValueError", "", False),
        ("f('assert', 1)", "AssertionError", "", False),
        ("f('stop', 1)", "StopIteration", "", False),
        ("f('mute', 1)", "Mute", "", True),
    ],
)
def test_an_exception_is_held_by_a_name_that_a_test_knows(outcome, call, raised, message, stated):
    found = outcome(RAISING, call)
    assert (found.raised, found.message, found.stated, found.accident) == (
        raised,
        message,
        stated,
        "",
    )
    assert not found.facts


@pytest.mark.parametrize(
    ("call", "accident"),
    [
        ("f('nested', 1)", "Inner cannot be named"),
        ("f('unpack', [1])", "a value of the wrong form"),
        ("f('deep', 1)", "RecursionError"),
        ("f('exit', 1)", "SystemExit"),
        ("f('interrupt', 1)", "KeyboardInterrupt"),
        ("f('base', 1)", "BaseException before the code ran"),
        ("f(unknown, 1)", "NameError before the code ran"),
        ("f('stated')", "TypeError before the code ran"),
    ],
)
def test_what_no_test_should_hold_is_an_accident(outcome, call, accident):
    found = outcome(RAISING, call)
    assert found.accident == accident
    assert not found.raised


def test_an_exception_of_another_module_is_named_by_what_a_test_knows(outcome):
    source = "from json import loads, JSONDecodeError\ndef f(x):\n    return loads(x)\n"
    assert outcome(source, "f('{')").raised == "ValueError"


PRINTING = """
import sys
def f(x):
    print(x)
    print("noise", file=sys.stderr)
def g(x):
    print(object())
    return x
def h(x):
    print("x" * 1000)
    return x
"""


def test_printed_text_is_held_where_it_is_short_and_the_same_each_time(outcome):
    assert outcome(PRINTING, "f('a')").printed == "a\n"
    assert outcome(PRINTING, "g(1)").printed == ""
    assert outcome(PRINTING, "h(1)").printed == ""


CHANGING = """
def add(item, items):
    items.append(item)

def both(items):
    items.sort()
    return len(items)

def none(items):
    return sum(items)

class Stack:
    def __init__(self, size=2):
        if size < 0:
            raise ValueError("size")
        self.size = size
        self.items = []
    def push(self, x):
        if len(self.items) >= self.size:
            raise OverflowError("full")
        self.items.append(x)
    def __len__(self):
        return len(self.items)
    def peek(self):
        return self.items[-1]
"""


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (["add(1, [2])"], [("items", "[2, 1]")]),
        (["both([2, 1])"], [("{result}", "2"), ("items", "[1, 2]")]),
        (["none([2, 1])"], [("{result}", "3")]),
        (["Stack(3)", "push(5)"], [("stack.items", "[5]"), ("len(stack)", "1")]),
        (["Stack(3)", "push(5)", "peek()"], [("{result}", "5")]),
        (["Stack(3)"], [("{result}.size", "3"), ("{result}.items", "[]")]),
    ],
)
def test_what_a_call_changes_is_held(outcome, calls, expected):
    assert facts(outcome(CHANGING, *calls)) == expected


def test_a_step_before_the_last_that_raises_is_told_by_its_number(outcome):
    found = outcome(CHANGING, "Stack(1)", "push(1)", "push(2)", "peek()")
    assert (found.step, found.raised) == (1, "OverflowError")
    assert found.accident == "a step before the last raised"


@pytest.mark.parametrize("steps", [["push(1)"], ["push(1)", "peek()"]])
def test_an_instance_that_cannot_be_made_is_no_outcome_of_its_methods(outcome, steps):
    found = outcome(CHANGING, "Stack(-1)", *steps)
    assert found.accident == "the instance could not be made"
    assert found.step == -1


def test_what_the_module_defines_is_not_hidden_by_modules_of_the_same_name(outcome):
    source = """
    class Fraction:
        def __init__(self, top, bottom=1):
            self.top = top
        def double(self):
            return self.top * 2

    def math(x):
        return x
    """
    assert facts(outcome(source, "Fraction(4)", "double()")) == [("{result}", "8")]
    assert facts(outcome(source, "math(4)")) == [("{result}", "4")]


def test_a_module_that_has_a_class_for_the_name_of_its_module_is_called_with_both(outcome):
    source = "from datetime import date, datetime\ndef f(d):\n    return d.day\n"
    assert facts(outcome(source, "f(datetime.date(2024, 1, 15))")) == [("{result}", "15")]


def test_coroutines_are_run(outcome):
    source = "async def f(x):\n    if x < 0:\n        raise ValueError('x')\n    return x + 1\n"
    assert facts(outcome(source, "f(1)")) == [("{result}", "2")]
    assert outcome(source, "f(-1)").raised == "ValueError"


def test_what_a_test_would_notice_tells_outcomes_apart(outcome):
    source = "def f(x):\n    if x:\n        raise ValueError(x)\n    print(x)\n    return x\n"
    one, two, none = (outcome(source, f"f({x})") for x in (1, 2, 0))
    assert one.tells != two.tells
    assert one.tells != none.tells
    assert one.tells == outcome(source, "f(1)").tells


def test_a_statement_is_run_for_its_effect(execute):
    module = execute("class Box:\n    def __setitem__(self, k, v):\n        self.last = (k, v)\n")
    box = Step(Target("__init__", "Box", "Box({args})", ()), ())
    target = Target(
        "__setitem__", "Box", "{self}[{0}] = {1}", (Parameter("k"), Parameter("v")), True
    )
    found = module.again(Case((Step(target, (("k", 1), ("v", 2))),), box), module.names)
    assert facts(found) == [("box.last", "(1, 2)")]
