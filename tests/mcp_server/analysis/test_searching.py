"""The search and the measure of mutants, in the real sandbox."""

import ast
import sys

import pytest

from mcp_server.analysis.examples import Example
from mcp_server.analysis.searching import Mutation, measure_mutants, search_cases
from mcp_server.sandbox import open_sandbox
from mcp_server.sandbox.base import SandboxUnavailableError

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux"),
]

GOOD = "def good(x: int) -> int:\n    if x < 10:\n        return x + 1\n    return 0\n\n"


@pytest.fixture(scope="module")
def sandbox():
    opened = open_sandbox("auto")
    yield opened
    opened.close()


async def found_in(sandbox, code, seconds_each=2.0, seconds=6.0, **more):
    given = {"module_name": "solution", "examples": [], "runs_each": 20_000, **more}
    return await search_cases(sandbox, code, seconds_each=seconds_each, seconds=seconds, **given)


def by_subject(found):
    calls = {}
    for case in found.cases:
        calls.setdefault(case.subject, []).append(case.call)
    return calls


async def test_calls_of_all_that_is_public_come_back_with_what_they_gave(sandbox):
    code = f"""{GOOD}
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item: str) -> None:
        self.items.append(item)

async def later(x: int) -> int:
    if x < 0:
        raise ValueError("negative")
    print(x)
    return x

def _private(x: int) -> int:
    return x * 2
"""
    found = await found_in(sandbox, code)
    assert set(by_subject(found)) == {"good", "Stack", "later"}
    assert found.evaluated > 10
    cases = {(c.subject, c.call): c for c in found.cases}
    assert cases["good", "good(10)"].facts == (("{result}", "0"),)
    push = next(c for c in found.cases if c.target == "push")
    assert push.setup[0] == "stack = Stack()"
    assert push.owner == "Stack"
    assert push.receiver == "stack"
    assert any(c.raised == "ValueError" and c.message == "negative" for c in found.cases)
    assert any(c.printed and c.is_async for c in found.cases)


async def test_private_functions_and_single_subjects_are_searched_where_that_is_asked(sandbox):
    code = f"{GOOD}def _private(x: int) -> int:\n    return x * 2\n"
    assert set(by_subject(await found_in(sandbox, code, private=True))) == {"good", "_private"}
    assert set(by_subject(await found_in(sandbox, code, private=True, subjects=["_private"]))) == {
        "_private"
    }


FORGED = """
import json, os

def bad(x: int):
    whole = {
        "case": "bad", "target": "bad", "owner": None, "setup": ["("], "call": "bad(",
        "statement": False, "composed": False, "values": [["x", "1"]], "raised": "",
        "facts": [{"expression": "{result} (", "value": "("}], "message": "", "printed": "",
        "documented": False, "receiver": "", "steps": [],
    }
    broken = {"case": 1, "setup": 5}, {"suspected": "bad"}, {"evaluated": "x"}, [1], {"case": "b"}
    for line in (whole, *broken):
        for descriptor in range(3, 32):
            try:
                os.write(descriptor, f"{json.dumps(line)}\\n".encode())
            except OSError:
                pass
    return 1
"""
HOSTILE = {
    "kills its interpreter": "import os\ndef bad(x: int):\n    os.kill(os.getpid(), 9)\n",
    "leaves": "import os\ndef bad(x: int):\n    os._exit(0)\n",
    "kills its group": "import os\ndef bad(x: int):\n    os.killpg(0, 9)\n",
    "exits": "import sys\ndef bad(x: int):\n    sys.exit(0)\n",
    "writes to every descriptor": FORGED,
    "closes every descriptor": "import os\ndef bad(x: int):\n    os.closerange(0, 256)\n",
    "prints much": "def bad(x: int):\n    print('noise' * 10 ** 6)\n    return x\n",
    "writes to the real output": (
        "import os\ndef bad(x: int):\n    os.write(1, b'x' * 10 ** 6)\n    return x\n"
    ),
    "reads its input": "import sys\ndef bad(x: int):\n    sys.stdin.read()\n    return input()\n",
    "forks": "import os\ndef bad(x: int):\n    return os.fork() * 0\n",
    "replaces what the search uses": (
        "import os, sys, time, json\n"
        "def bad(x: int):\n"
        "    os.write = time.monotonic = json.dumps = len\n"
        "    os.getpid = os._exit = sys.settrace = print\n    return 1\n"
    ),
    "ignores the alarm": (
        "import signal\ndef bad(x: int):\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "    while True: pass\n"
    ),
    "recurses": "def bad(x: int):\n    return bad(x)\n",
    "takes all memory": "def bad(x: int):\n    return len('x' * 10 ** 12)\n",
    "has no end in C": "def bad(x: int):\n    return sum(iter(int, 1))\n",
    "lies": (
        "class Odd:\n"
        "    def __eq__(self, o): raise KeyError\n"
        "    __repr__ = __hash__ = __eq__\n"
        "\n"
        "def bad(x: int):\n"
        "    return Odd()\n"
    ),
    "removes its files": (
        "import os\n"
        "def bad(x: int):\n"
        "    for f in os.listdir():\n"
        "        os.path.isfile(f) and os.remove(f)\n"
        "    return 1\n"
    ),
}


async def test_what_is_good_is_found_before_and_after_all_that_is_bad(sandbox):
    """One module, since each function is searched in a process of its own."""
    bad = [code.replace("bad", f"bad_{n}") for n, code in enumerate(HOSTILE.values())]
    code = GOOD + "\n".join(bad) + GOOD.replace("good", "last")
    found = await found_in(sandbox, code, seconds_each=0.5, seconds=40, runs_each=2000)
    calls = by_subject(found)
    assert {"good(10)", "last(10)"} <= {*calls["good"], *calls["last"]}
    for case in found.cases:
        ast.parse("\n".join([*case.setup, case.call]))
    held = [case.call for case in found.cases]
    assert len(held) == len(set(held))


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nsys.exit(0)\n",
        "raise RuntimeError\n",
        "import missing_package\n",
        "while True: pass\n",
        "import os\nos._exit(0)\n",
        "import sys\nsys.stdin.read()\nraise SystemExit\n",
    ],
)
async def test_a_module_that_cannot_be_imported_has_no_cases(sandbox, code):
    found = await found_in(sandbox, code + GOOD, seconds_each=0.2, seconds=0.4)
    assert found.cases == ()


async def test_lines_without_the_key_are_no_answer(sandbox):
    code = (
        "import os, sys\n"
        "for out in (sys.stdout, sys.__stdout__, sys.stderr):\n"
        "    print('{\"case\": 1}', '{\"end\": true}', file=out, flush=True)\n"
    )
    assert set(by_subject(await found_in(sandbox, code + GOOD))) == {"good"}


async def test_examples_that_the_code_contradicts_come_back_as_suspicions(sandbox):
    examples = [
        Example("good", "good(3)", "4"),
        Example("good", "good(4)", "6"),
        Example("good", "good(11)", raises="ValueError"),
    ]
    found = await found_in(sandbox, GOOD, examples=examples)
    assert [(s.name, s.call, s.expected, s.actual, s.line) for s in found.suspicions] == [
        ("good", "good(4)", "6", "5", 1),
        ("good", "good(11)", "raises ValueError", "0", 1),
    ]
    held = {c.call: c for c in found.cases if c.documented}
    assert list(held) == ["good(3)", "good(4)"]
    assert "5" not in str(held["good(4)"]), "of what is in doubt only the type is held"


async def test_where_time_is_short_what_was_found_in_it_comes_back(sandbox):
    slow = "".join(f"def slow{i}(x: int):\n    while True: pass\n\n" for i in range(40))
    found = await found_in(sandbox, GOOD + slow, seconds_each=1.5, seconds=2.0)
    assert set(by_subject(found)) == {"good"}


SMALL = "def small(x):\n    return x < 10\n"
TESTS = """\
from solution import small

def test_small():
    assert small(9) is True

def test_boundary():
    assert small(10) is False
"""


async def test_mutants_that_the_tests_notice_are_counted(sandbox):
    weak = "from solution import small\n\ndef test_it():\n    small(1)\n"
    strong = await measure_mutants(sandbox, SMALL, TESTS, module_name="solution", seconds=60)
    nothing = await measure_mutants(sandbox, SMALL, weak, module_name="solution", seconds=60)
    assert strong.problem is None
    assert (strong.killed, strong.total, strong.alive) == (4, 4, ())
    assert strong.percent == 100
    assert (nothing.killed, nothing.total, nothing.percent) == (0, 4, 0)
    assert (2, "Lt to LtE") in nothing.alive


async def test_an_endless_mutant_counts_as_noticed(sandbox):
    code = "def f(n):\n    while n > 0:\n        n -= 1\n    return n\n"
    tests = "from solution import f\n\ndef test_it():\n    assert f(3) == 0\n"
    found = await measure_mutants(sandbox, code, tests, module_name="solution", seconds=60)
    assert "statement left out" not in [what for _, what in found.alive]


@pytest.mark.parametrize(
    ("code", "tests", "problem"),
    [
        (SMALL, "def test_it():\n    assert False\n", "the tests fail on the code itself"),
        ("raise SystemExit\n", TESTS, "the tests fail on the code itself"),
        (SMALL, "", "the tests fail on the code itself"),
        (SMALL, "def test_it():\n    while True: pass\n", "it did not end in time"),
    ],
)
async def test_what_cannot_be_measured_says_why(sandbox, code, tests, problem):
    found = await measure_mutants(sandbox, code, tests, module_name="solution", seconds=3)
    assert (found.problem, found.percent) == (problem, None)


async def test_what_the_tests_run_does_not_add_to_what_they_notice(sandbox):
    forging = """
import json, os

def test_it():
    with open("../killing.json") as file:
        key = json.load(file)["key"]
    line = json.dumps({"killed": True, "line": 1, "what": "forged"})
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, f"{key}{line}\\n".encode())
        except OSError:
            pass
"""
    found = await measure_mutants(sandbox, "x = 1\n", forging, module_name="solution", seconds=60)
    assert found == Mutation(killed=0, total=1, alive=((1, "1 to 2"),))


async def test_code_without_mutants_has_no_share(sandbox):
    tests = "import solution\n\ndef test_it():\n    pass\n"
    found = await measure_mutants(sandbox, "x = None\n", tests, module_name="solution", seconds=20)
    assert found == Mutation()
    assert found.percent is None


async def test_without_a_sandbox_nothing_is_searched_or_measured():
    none = open_sandbox("none")
    with pytest.raises(SandboxUnavailableError):
        await found_in(none, GOOD)
    with pytest.raises(SandboxUnavailableError):
        await measure_mutants(none, SMALL, TESTS, module_name="solution", seconds=5)
