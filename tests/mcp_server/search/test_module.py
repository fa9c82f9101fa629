import signal
import sys

import pytest

from mcp_server.search import module as modules
from mcp_server.search.cases import Case, Step
from mcp_server.search.subjects import read

pytestmark = [
    pytest.mark.timeout(60, method="thread"),  # the other method's timer is used here
    # A call may run out of time in a callback, which swallows it; it is raised again then.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def call(module, **values):
    """A call of the module's last function."""
    return Case((Step(read(module.tree)[-1].targets[0], tuple(values.items())),))


def numbers(module, what):
    return [n for n, mutant in enumerate(module.mutants) if mutant.what == what]


def test_a_run_gives_the_outcome_the_arcs_and_what_was_compared(execute):
    module = execute("LIMIT = 10\n\ndef f(x):\n    if x < LIMIT:\n        return 1\n    return 2\n")
    ran = module.run(call(module, x=3))
    assert ran.outcome.facts[0].value == "1"
    assert ran.arcs == {(-3, 4), (4, 5), (5, -3)}
    assert ran.watch.seen == {1: [("Lt", 3, 10)]}
    assert module.import_lines == {1, 3}


def test_a_mutant_is_killed_by_a_call_that_tells_it_from_the_code(execute):
    module = execute("def f(x):\n    if x < 10:\n        return 'low'\n    return 'high'\n")
    (number,) = numbers(module, "Lt to LtE")
    for x, kills in [(3, False), (10, True), (11, False)]:
        case = call(module, x=x)
        assert module.kills(case, module.run(case), number) is kills


def test_a_mutant_that_does_not_end_or_cannot_be_imported_is_killed(execute):
    module = execute(
        "START = {1: 'a'}[1]\n\ndef f(x):\n    while x > 0:\n        x -= 1\n    return x\n"
    )
    case = call(module, x=3)
    ran = module.run(case)
    assert module.kills(case, ran, numbers(module, "statement left out")[0])
    assert module.kills(case, ran, numbers(module, "1 to 2")[0])


def test_a_mutant_whose_import_does_not_end_costs_little_of_the_time(execute, monkeypatch):
    monkeypatch.setattr(modules, "IMPORT_SECONDS", 600.0)
    module = execute("N = 0\nwhile N < 3:\n    N += 1\n\ndef f(x):\n    return N\n")
    case = call(module, x=3)
    assert module.kills(case, module.run(case), numbers(module, "statement left out")[0])


def test_mutants_and_the_original_do_not_share_what_they_remember(execute):
    module = execute("seen = []\n\ndef f(x):\n    seen.append(x)\n    return len(seen) + 0\n")
    case = call(module, x=1)
    ran = module.run(case)
    assert ran.outcome.facts[0].value == "1"
    for number in range(len(module.mutants)):
        module.kills(case, ran, number)
    assert module.again(case, module.fresh()).tells == ran.outcome.tells
    assert module.again(case, module.names).facts[0].value == "1"
    assert module.again(case, module.names).facts[0].value == "2"


def test_classes_of_a_mutant_are_found_where_the_module_is_looked_up(execute):
    module = execute("""
from __future__ import annotations
import pickle, typing
from dataclasses import dataclass

@dataclass
class P:
    x: int
    kind: typing.ClassVar[int] = 2

def f(x):
    return typing.get_type_hints(P)["x"](x) + 1
""")
    case = call(module, x=3)
    ran = module.run(case)
    assert ran.outcome.facts[0].value == "4"
    killed = {n for n in range(len(module.mutants)) if module.kills(case, ran, n)}
    assert set(numbers(module, "Add to Sub")) <= killed
    assert not set(numbers(module, "2 to 3")) & killed


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "try:\n        while True: pass\n    except BaseException: pass\n    return f(x)",
    ],
)
def test_a_call_that_does_not_end_is_ended_and_is_an_accident(execute, monkeypatch, body):
    monkeypatch.setattr(modules, "CALL_SECONDS", 0.05)
    module = execute(f"def f(x):\n    {body}\n")
    case = call(module, x=1)
    assert module.run(case).outcome.accident in ("out of time", "RecursionError")
    assert module.again(case, module.names).accident in ("out of time", "RecursionError")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("raise ValueError('x')", ValueError),
        ("import sys\nsys.exit(3)", SystemExit),
        ("1 / 0", ZeroDivisionError),
        ("def f(:", SyntaxError),
    ],
)
def test_a_module_that_cannot_be_executed_says_why(execute, source, error):
    with pytest.raises(error):
        execute(source)


def test_nothing_of_the_run_stays_behind(execute):
    trace, out = sys.gettrace(), sys.stdout
    module = execute("def f(x):\n    print(x)\n    return x\n")
    module.run(call(module, x=1))
    assert sys.gettrace() is trace
    assert sys.stdout is out
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
