import os
import subprocess
import sys

import pytest

from mcp_server.sandbox import open_sandbox
from mcp_server.sandbox.base import Limits
from mcp_server.sandbox.pytest_runner import run_script, run_tests

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux"),
]

SIGN = """\
def sign(x):
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0
"""
SIGN_TESTS = """\
import pytest
from solution import sign

@pytest.mark.parametrize("x, expected", [(3, 1), (0, 1)])
def test_sign(x, expected):
    assert sign(x) == expected

@pytest.fixture
def broken():
    raise RuntimeError("no fixture")

def test_uses_a_broken_fixture(broken):
    pass

@pytest.mark.skip(reason="later")
def test_is_skipped():
    pass
"""


@pytest.fixture(scope="module")
def sandbox():
    opened = open_sandbox("auto", limits=Limits(memory_bytes=512 << 20))
    yield opened
    opened.close()


@pytest.fixture(params=["warm", "fresh"])
def fresh(request):
    return request.param == "fresh"


async def test_a_report_tells_each_tests_outcome_and_why(sandbox, fresh):
    report = await run_tests(sandbox, SIGN, SIGN_TESTS, fresh=fresh)
    prefix = "test_solution.py::test_"
    assert report.problem is None
    assert dict(report.outcomes) == {
        f"{prefix}sign[3-1]": "passed",
        f"{prefix}sign[0-1]": "failed",
        f"{prefix}uses_a_broken_fixture": "error",
        f"{prefix}is_skipped": "skipped",
    }
    assert set(report.collected) == set(report.outcomes)
    assert "assert 0 == 1" in report.messages[f"{prefix}sign[0-1]"]
    assert "no fixture" in report.messages[f"{prefix}uses_a_broken_fixture"]
    assert "later" in report.messages[f"{prefix}is_skipped"]
    assert not report.all_passed
    assert report.mechanism == sandbox.mechanism


def pytest_cov_in(directory):
    command = "-m pytest -q -p pytest_cov --cov=solution --cov-branch -c /dev/null --rootdir=."
    return subprocess.run(
        [sys.executable, *command.split()],
        cwd=directory,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


async def test_coverage_is_what_pytest_cov_reports(sandbox, fresh, tmp_path):
    tests = "from solution import sign\ndef test_positive():\n    assert sign(2) == 1\n"
    report = await run_tests(sandbox, SIGN, tests, fresh=fresh)
    (tmp_path / "solution.py").write_text(SIGN)
    (tmp_path / "test_solution.py").write_text(tests)
    theirs = pytest_cov_in(tmp_path)
    row = next(line.split() for line in theirs.splitlines() if line.startswith("solution.py"))
    assert f"{report.branch_coverage:.0f}%" == row[-1]
    assert report.line_coverage == pytest.approx(100 * 3 / 6)
    assert report.uncovered_lines == (4, 5, 6)
    assert report.uncovered_branches == ((2, 4), (4, 5), (4, 6))
    assert report.all_passed


async def test_only_test_cases_are_collected_for_unittest(sandbox, fresh):
    tests = """\
import unittest
from solution import sign

class SignTests(unittest.TestCase):
    def test_positive(self):
        for x in (1, 2):
            with self.subTest(x=x):
                self.assertEqual(sign(x), 1)
    def test_wrong(self):
        with self.subTest("first"):
            self.assertEqual(sign(1), 5)

def test_function():
    pass
class TestPlain:
    def test_method(self):
        pass
"""
    report = await run_tests(sandbox, SIGN, tests, framework="unittest", fresh=fresh)
    assert dict(report.outcomes) == {
        "test_solution.py::SignTests::test_positive": "passed",
        "test_solution.py::SignTests::test_wrong": "failed",
    }


@pytest.mark.parametrize(
    ("code", "tests", "problem"),
    [
        (SIGN, "import numpy_not_there\n", "module numpy_not_there is not installed"),
        ("import missing.part\n", "import solution\ndef test(): pass\n", "module missing is not"),
        (SIGN, "x = (\n", "SyntaxError: '(' was never closed"),
        (SIGN, "from solution import nothing\n", "cannot import name 'nothing'"),
        (SIGN, "", "no tests were collected"),
        (SIGN, "import pytest\npytest.skip('not now', allow_module_level=True)\n", "not now"),
        ("import os\nos._exit(0)\n", "import solution\ndef test(): pass\n", "ended itself before"),
        ("raise SystemExit(0)\n", "import solution\ndef test(): pass\n", "ended the run"),
        ("import os\nos.abort()\n", "import solution\ndef test(): pass\n", "signal 6"),
        ("print('x' * 10**7)\n", "import solution\ndef test(): pass\n", None),
        ("import os\nos.write(1, b'x' * 10**7)\n", "import solution\ndef test(): pass\n", None),
    ],
)
async def test_what_keeps_tests_from_running_is_one_line(sandbox, fresh, code, tests, problem):
    report = await run_tests(sandbox, code, tests, fresh=fresh)
    if problem is None:  # captured by pytest, so it is no flood
        assert report.all_passed
        return
    assert problem in report.problem
    assert "\n" not in report.problem
    assert not report.all_passed


async def test_code_that_pytest_does_not_capture_meets_the_output_limit(sandbox, fresh):
    tests = """\
import os
def test(capfd):
    with capfd.disabled():
        os.write(1, b"x" * 10**7)
"""
    report = await run_tests(sandbox, "", tests, fresh=fresh)
    assert report.problem == "stopped: it wrote more output than the limit"
    assert report.outcomes == {"test_solution.py::test": "error"}


async def test_tests_before_an_endless_one_keep_their_outcome(sandbox, fresh):
    tests = "def test_first(): pass\ndef test_endless():\n    while True: pass\n"
    report = await run_tests(sandbox, "", tests, seconds=1.5, fresh=fresh)
    assert dict(report.outcomes) == {
        "test_solution.py::test_first": "passed",
        "test_solution.py::test_endless": "error",
    }
    assert report.problem == "stopped after 1.5 s, the time limit"
    assert report.messages["test_solution.py::test_endless"] == report.problem
    assert not report.all_passed


CHEATS = {
    "leaving early": "import os\nos._exit(0)",
    "writing a record of its own": """
import json, os
for name in (".record", "record", "../.record"):
    try:
        with open(name, "a") as file:
            file.write("0" * 128 + ' {"collected": ["test_solution.py::test_it"]}\\n')
            file.write("0" * 128 + ' {"end": 0}\\n')
    except OSError:
        pass
""",
    "replacing the record": "import os\nos.remove('.record')\nopen('.record', 'w').write('{}')",
    "closing every descriptor": "import os\nos.closerange(3, 256)",
    "ending at exit": "import atexit, os\natexit.register(os._exit, 0)",
    "patching what writes": (
        "import os, json\nos.write = lambda *a: 0\njson.dumps = lambda *a: '{}'"
    ),
    "patching pytest": (
        "import _pytest.runner as r\n"
        "r.check_interactive_exception = lambda *a: False\n"
        "import _pytest.python as p\np.Function.runtest = lambda self: 1 / 0"
    ),
}


@pytest.mark.parametrize("cheat", CHEATS)
async def test_code_does_not_turn_a_failing_test_into_a_passing_one_by(sandbox, fresh, cheat):
    code = f"{CHEATS[cheat]}\ndef f():\n    return 1\n"
    tests = "from solution import f\ndef test_it():\n    assert f() == 2\n"
    report = await run_tests(sandbox, code, tests, fresh=fresh)
    assert not report.all_passed
    assert "passed" not in report.outcomes.values()


async def test_printed_json_is_not_a_report(sandbox, fresh):
    code = "print('{\"end\": 0}')\ndef f():\n    return 1\n"
    tests = "from solution import f\ndef test_it():\n    assert f() == 2\n"
    report = await run_tests(sandbox, code, tests, fresh=fresh)
    assert dict(report.outcomes) == {"test_solution.py::test_it": "failed"}


async def test_the_environment_of_tests_is_empty_of_the_users(sandbox, fresh, monkeypatch):
    monkeypatch.setenv("API_KEY", "secret")
    tests = "import os\ndef test_it():\n    assert 'API_KEY' not in os.environ\n"
    assert (await run_tests(sandbox, "", tests, fresh=fresh)).all_passed


async def test_a_hash_seed_reaches_a_fresh_process(sandbox):
    tests = "def test_it():\n    assert False, hash('a')\n"
    messages = [
        (await run_tests(sandbox, "", tests, hash_seed=seed)).messages["test_solution.py::test_it"]
        for seed in (1, 1, 2)
    ]
    assert messages[0] == messages[1]
    assert messages[0] != messages[2]


async def test_runs_do_not_see_each_other(sandbox, fresh):
    tests = """\
import os, sys
def test_it(tmp_path):
    (tmp_path / "x").write_text("")
    assert not os.path.exists(os.path.expanduser("~/left"))
    open(os.path.expanduser("~/left"), "w").close()
    assert "marked" not in sys.__dict__
    sys.marked = True
"""
    for _ in range(2):
        report = await run_tests(sandbox, "", tests, fresh=fresh)
        assert report.all_passed, report.messages


@pytest.mark.usefixtures("measurable")
@pytest.mark.parametrize("framework", ["pytest", "unittest"])
async def test_tests_run_with_limits_alone_where_that_is_asked(framework):
    sandbox = open_sandbox("process")
    tests = """\
import unittest
import solution
class SignTests(unittest.TestCase):
    def test_it(self):
        self.assertEqual(solution.sign(2), 1)
"""
    for fresh in (False, True):
        report = await run_tests(sandbox, SIGN, tests, framework=framework, fresh=fresh)
        assert report.all_passed, report.problem
        assert report.line_coverage == pytest.approx(50)
        broken = await run_tests(sandbox, "import missing", tests, fresh=fresh)
        assert broken.problem == "module missing is not installed"
    sandbox.close()


async def test_a_killed_fork_server_is_replaced():
    sandbox = open_sandbox("auto")
    tests = "import os\ndef test_it():\n    pass\n"
    assert (await run_tests(sandbox, "", tests)).all_passed
    (await sandbox.selected())._fork_server._socket.shutdown(2)
    assert (await run_tests(sandbox, "", tests)).all_passed
    sandbox.close()


@pytest.mark.parametrize("name", ["not a name", "class", "json", "pytest"])
async def test_module_names_that_cannot_be_imported_are_refused(sandbox, name):
    with pytest.raises(ValueError, match=name):
        await run_tests(sandbox, "", "", module_name=name)


async def test_without_isolation_the_report_says_that_nothing_was_run():
    report = await run_tests(open_sandbox("none"), "", "def test(): pass")
    assert report.problem.startswith("not run: ")
    assert report.mechanism == "none"


async def test_a_script_reads_its_files_and_its_output_comes_back(sandbox):
    outcome = await run_script(
        sandbox,
        "import data\nprint(open('in.txt').read(), data.x)",
        files={"in.txt": "hällo", "data.py": "x = 1"},
    )
    assert (outcome.ending, outcome.exit_code, outcome.stdout) == ("exited", 0, "hällo 1\n")


async def test_a_warm_run_leaves_no_process_when_the_sandbox_is_closed():
    sandbox = open_sandbox("auto")
    assert (await run_tests(sandbox, "", "def test_it(): pass")).all_passed
    server = (await sandbox.selected())._fork_server
    process = server._end.peek()[2][1]
    sandbox.close()
    assert process.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
