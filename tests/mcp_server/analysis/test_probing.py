"""Calls that are tried on code, the record of trying them, and the tests made of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mcp_server.analysis import probe_script
from mcp_server.analysis.candidates import read_python, third_party
from mcp_server.analysis.derived import choose, render_tests
from mcp_server.analysis.probing import CALLS_EACH, Call, Seen, plan_calls
from mcp_server.analysis.subjects import read_subjects
from mcp_server.analysis.testfiles import keep, take_apart, test_name

CODE = '''from dataclasses import dataclass


def add(a: int, b: int = 2, *, c: "int") -> int:
    """Add.

    add(1, 2, c=3) == 6
    """
    if a == 77:
        raise errors.TooBig("x")
    return a + b + c


def _hidden():
    pass


async def later(x: str | None) -> str:
    return x or "none"


@dataclass
class Point:
    x: int
    y: int = 0

    def moved(self, by: int) -> int:
        return self.x + by

    @property
    def far(self) -> bool:
        return self.x > 100

    @far.setter
    def far(self, value): ...

    @staticmethod
    def origin() -> tuple:
        return (0, 0)
'''


def test_public_functions_classes_and_methods_are_subjects():
    subjects = read_subjects(CODE)

    assert [s.name for s in subjects.functions] == ["add", "later"]
    assert subjects.functions[0].raises == ("TooBig",)
    assert "77" in subjects.functions[0].constants
    assert [p.name for p in subjects.constructors[0].parameters] == ["x", "y"]
    assert [(m.name, m.is_property) for m in subjects.methods] == [
        ("moved", False), ("far", True), ("origin", False),
    ]  # fmt: skip
    assert subjects.names == ("add", "later", "Point")
    assert [str(e) for e in subjects.examples] == ["add(1, 2, c=3) == 6"]


def test_private_functions_are_subjects_where_there_is_nothing_else():
    assert read_subjects("def _f(): pass").names == ("_f",)
    assert read_subjects("x = 1").names == ()


def test_calls_are_expressions_with_values_of_the_annotated_types():
    calls = [call.expression for call in plan_calls(read_subjects(CODE))]

    assert "add(1, c=1)" in calls
    assert "add(77, c=1)" in calls  # a constant of the function's own
    assert "add(1, c=1, b=0)" in calls
    assert "later(None)" in calls
    assert "Point(1).moved(1)" in calls
    assert "Point(1).far" in calls
    assert "Point(1).origin()" in calls
    for call in calls:
        compile(call, "call", "eval")


@pytest.mark.parametrize(
    "annotation",
    ["int", "float", "str", "bool", "bytes", "list[int]", "list[str]", "list[list[int]]", "dict",
     "Optional[int]", "int | None", "Sequence[float]", "set[int]", "tuple", "Any", "Foo", "None"],
)  # fmt: skip
def test_every_annotation_gets_values(annotation):
    calls = plan_calls(read_subjects(f"def f(a: {annotation}): return a"))

    assert 1 <= len(calls) <= CALLS_EACH + 3
    assert not any(call.guessed for call in calls)


def test_parameters_without_annotation_get_values_of_several_types():
    calls = plan_calls(read_subjects("def f(a, b): return a"))

    assert all(call.guessed for call in calls)
    assert len({type(eval(c.expression[2:-1])[0]) for c in calls}) > 4


def run_probe(tmp_path, code, *expressions, seconds=1.0):
    (tmp_path / "solution.py").write_text(code)
    asked = {"module": "solution", "key": "KEY", "seconds": seconds,
             "calls": [(e, e.startswith("later")) for e in expressions]}  # fmt: skip
    (tmp_path / "calls.json").write_text(json.dumps(asked))
    done = subprocess.run(
        [sys.executable, str(Path(probe_script.__file__))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [line for line in done.stdout.splitlines() if line]
    assert all(line.startswith("KEY") for line in lines)
    return [tuple(json.loads(line[3:])) for line in lines]


def test_the_probe_records_literals_and_exceptions_and_nothing_else(tmp_path):
    code = (
        "import asyncio, time, os\n"
        "def f(x):\n    print('noise'); os.write(1, b'noise')\n    return 10 // x\n"
        "def o():\n    return object()\n"
        "def big():\n    return 'x' * 1000\n"
        "def loop():\n    while True:\n        try:\n            while True: pass\n"
        "        except: pass\n"
        "def hang():\n    while True: pass\n"
        "def leave():\n    raise SystemExit\n"
        "async def later(x):\n    return x\n"
        "class Odd:\n    def __repr__(self): raise ValueError\n"
    )
    seen = run_probe(
        tmp_path, code, "f(2)", "f(0)", "o()", "big()", "hang()", "leave()", "later(1)", "{1, 2}",
        "float('nan')", "[1, (2,)]", "f(5)", "Odd()", seconds=0.2,
    )  # fmt: skip

    assert seen == [
        (0, "value", "5"),
        (1, "raised", "ZeroDivisionError"),
        (6, "value", "1"),
        (7, "value", "{1, 2}"),
        (9, "value", "[1, (2,)]"),
        (10, "value", "2"),
    ]


def seen(expression, value=None, raised=None, guessed=False):
    subject = read_subjects("def f(a: int): return a").functions[0]
    return Seen(Call(expression, subject, guessed), value, raised)


def test_a_value_is_held_once_and_few_exceptions():
    chosen = choose(
        [seen("f(1)", "7"), seen("f(2)", "7"), seen("f(3)", "8"), seen("f(4)", raised="ValueError"),
         seen("f(5)", raised="ValueError"), seen("f(6)", raised="KeyError"),
         seen("f(7)", raised="IndexError")]
    )  # fmt: skip

    assert [s.call.expression for s in chosen] == ["f(1)", "f(3)", "f(4)", "f(6)"]


def test_guessed_types_stay_with_the_first_that_works():
    chosen = choose([seen("f(1)", "7", guessed=True), seen("f('a')", "8", guessed=True)])

    assert [s.call.expression for s in chosen] == ["f(1)"]


def test_test_names_say_what_is_called_and_are_unique():
    file = render_tests(
        [seen("f(-1)", "1"), seen("f('')", "2"), seen("f([])", "3"), seen("f([1])", "4"),
         seen("f([2])", "5"), seen("f(1.5)", "6"), seen("f(None)", "7"),
         seen("f(0)", raised="KeyError")],
        "pytest", ["f"], "solution",
    )  # fmt: skip

    assert [name for name, _ in file.tests] == [
        "test_f_of_minus_1", "test_f_of_empty_string",
        "test_f_of_empty_list", "test_f_of_list_of_1",
        "test_f_of_list_of_1_2", "test_f_of_1_5", "test_f_of_none", "test_f_of_0_raises_key_error",
    ]  # fmt: skip
    compile(file.source(), "tests", "exec")


def test_nothing_to_hold_is_said():
    assert "no call" in render_tests([], "pytest", ["f"], "solution").problem


def test_a_models_file_is_taken_apart_and_put_together():
    answer = (
        "import os\nfrom solution import f\nimport solution\nfrom .x import y\nfrom z import *\n"
        "LIMIT = 3\n\ndef helper():\n    return 1\n\n"
        "@decorated\ndef test_a():\n    # kept comment\n    assert f(1)\n\n"
        "def test_b():\n    assert 1\n\nif __name__ == '__main__':\n    main()\n"
    )
    file = take_apart(answer, "def f(x): return x", ["f"], "solution")

    assert file.imports == ("from solution import f", "import os")
    assert file.support == ("LIMIT = 3", "def helper():\n    return 1")
    assert [name for name, _ in file.tests] == ["test_a"]
    assert "@decorated" in file.source()
    assert "# kept comment" in file.source()
    assert keep(file, set()).tests == ()
    assert keep(file, {"test_a"}) == file


def test_an_answer_without_tests_says_why():
    assert "no code" in take_apart("", "x = 1", [], "m").problem
    assert "do not parse" in take_apart("def (", "x = 1", [], "m").problem
    assert "no test" in take_apart("x = 1", "x = 1", [], "m").problem


def test_a_node_id_names_its_test():
    assert test_name("test_x.py::TestA::test_b[a::b]") == "TestA::test_b"
    assert test_name("test_x.py::test_b") == "test_b"


def test_code_is_read_without_running_it():
    reading = read_python('"""Doc line.\n\nMore."""\nimport os, numpy.linalg\n'
                          "async def f(a, *, b=1): ...\nclass A: ...\n")  # fmt: skip

    assert reading.problem is None
    assert reading.defines == ("async f(a, *, b=1)", "class A")
    assert reading.names == ("f", "A")
    assert reading.summary == "Doc line."
    assert third_party(reading.imports) == ["numpy"]
    assert read_python("x = (").problem.startswith("line 1")
