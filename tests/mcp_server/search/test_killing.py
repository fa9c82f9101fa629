import os
import time

import pytest

from mcp_server.search import killing

CODE = "def f(x):\n    return x + 1\n"
TESTS = "from solution import f\n\ndef test_f():\n    assert f(1) == 2\n"


@pytest.mark.parametrize(
    ("code", "killed"),
    [
        (CODE, False),
        (CODE.replace("+", "-"), True),
        ("import os\nos.kill(os.getpid(), 9)\n", True),
        ("def f(x:\n", True),
        ("x = 1\n", True),
    ],
)
def test_a_mutant_is_killed_if_the_tests_do_not_pass(monkeypatch, tmp_path, code, killed):
    monkeypatch.chdir(tmp_path)
    child = killing._start("solution", code, TESTS, "mutant")
    assert (killing._wait(child, time.monotonic() + 60) != 0) is killed
    assert (tmp_path / "mutant" / "solution.py").read_text() == code


def test_a_mutant_that_does_not_end_is_killed_with_all_that_it_started(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    tests = "def test_f():\n    while True: pass\n"
    child = killing._start("solution", CODE, tests, "mutant")
    assert killing._wait(child, time.monotonic() + 0.5) == 1
    with pytest.raises(ChildProcessError):
        os.waitpid(child, 0)
