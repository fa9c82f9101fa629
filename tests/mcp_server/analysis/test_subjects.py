import pytest

from mcp_server.analysis.guard import SourceError
from mcp_server.analysis.subjects import read_subjects


def test_public_functions_and_classes_are_tested():
    found = read_subjects("def f(): pass\n\ndef _g(): pass\n\nclass A:\n    def m(self): pass\n")
    assert found.names == ("f", "A")


def test_private_ones_are_tested_where_there_is_nothing_else():
    assert read_subjects("def _g(): pass\nx = 1\n").names == ("_g",)
    assert read_subjects("x = 1\n").names == ()


def test_names_that_tests_can_import_are_those_that_the_module_defines():
    code = """
import os
from json import loads
LIMIT = OTHER = 1
if os.sep == "/":
    def f(): pass
else:
    def g(): pass
try:
    import numpy
except ImportError:
    def h(): pass
else:
    def k(): pass
finally:
    DONE = True
class A:
    inner = 1
"""
    assert read_subjects(code).defined == ("LIMIT", "OTHER", "f", "g", "h", "k", "DONE", "A")


def test_examples_of_what_is_tested_are_found_in_any_docstring():
    code = '''"""Module.

>>> f(1)
2
"""

def f(x):
    """F.

    >>> f(2)
    3
    >>> other(2)
    5
    """
    return x + 1

class A:
    """f(3) returns 4."""
'''
    assert [(e.call, e.expected) for e in read_subjects(code).examples] == [
        ("f(1)", "2"), ("f(2)", "3"), ("f(3)", "4"),
    ]  # fmt: skip


@pytest.mark.parametrize("base", ["threading.Thread", "json.JSONEncoder", "Base", "Thread"])
def test_a_class_whose_base_has_its_own_name_is_read(base):
    name = base.split(".")[-1]
    code = f"class {name}({base}):\n    def run(self): pass\n"
    assert read_subjects(code).names == (name,)


def test_classes_that_are_each_others_bases_are_read():
    code = "class A(B):\n    def a(self): pass\n\nclass B(A):\n    def b(self): pass\n"
    assert read_subjects(code).names == ("A", "B")


def test_what_is_not_python_is_refused():
    with pytest.raises(SourceError):
        read_subjects("def f(:\n")
