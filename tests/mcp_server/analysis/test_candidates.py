"""What is read of generated source, and the imports that it forgot."""

import pytest

from mcp_server.analysis.candidates import prepare, read_python, third_party


def test_a_reading_names_what_the_source_defines():
    reading = read_python(
        '"""Doc."""\nimport os as q\nf = lambda x: x\nif q:\n    def g(a, *b, c=1): pass\n'
        "def h(a: int) -> int: return a\nclass A: pass\n"
    )

    assert reading.problem is None
    assert reading.names == ("h", "A")
    assert reading.bound == ("q", "f", "g", "h", "A")
    assert [signature.source for signature in reading.signatures] == ["h(a: int) -> int"]
    assert reading.imports == ("os",)
    assert reading.summary == "Doc."


def test_what_does_not_parse_is_a_reading_too():
    assert read_python("def f(").problem.startswith("line 1")
    assert prepare("def f(")[1].problem.startswith("line 1")


def test_layout_and_comments_do_not_make_another_candidate():
    one, other = (
        read_python("def f(x): return x+1  # so"),
        read_python("def f(x):\n  return (x + 1)"),
    )

    assert one.normal == other.normal
    assert one.normal != read_python("def f(x): return x+2").normal
    assert one.size == other.size


@pytest.mark.parametrize(
    ("code", "imports"),
    [
        ("def f(x): return math.pi * sqrt(x)", ["import math", "from math import sqrt"]),
        ("def f(x: List[int]): return Counter(x)",
         ["from collections import Counter", "from typing import List"]),
        ("def f(x): return x.math", []),
        ("def f(math): return math.pi", []),
        ("import math\ndef f(): return math.pi", []),
        ("from math import *\ndef f(): return pi", []),
        ("pi = 3\ndef f(): return pi", []),
        ("def f(): return unknown", []),
        ("def f(): return np.array(1)", []),
    ],
)  # fmt: skip
def test_forgotten_imports_of_pythons_own_are_added_and_no_others(code, imports):
    completed, reading = prepare(code)

    assert reading.problem is None
    assert [
        line for line in completed.splitlines() if line not in code.splitlines() and line
    ] == imports


def test_imports_go_below_the_docstring_and_the_future():
    code = '"""Doc."""\nfrom __future__ import annotations\n\ndef f(): return math.pi\n'

    assert prepare(code)[0].splitlines()[:3] == [*code.splitlines()[:2], "import math"]


def test_packages_are_told_from_pythons_own():
    assert third_party(["os", "flask", "__future__", "numpy"]) == ["flask", "numpy"]
