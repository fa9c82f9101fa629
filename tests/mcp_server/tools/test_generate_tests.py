"""generate_tests: what is returned was run, and counted as it ran."""

import os
import re
import subprocess
import sys

import anyio
import pytest

from model_backends.errors import GenerationError

pytestmark = pytest.mark.anyio

ADD = '''def add(a: int, b: int) -> int:
    """Add.

    >>> add(2, 2)
    4
    """
    if a > 40:
        raise ValueError("too big")
    return a + b
'''
MODEL = """```python
import pytest
from your_module import add

def add(a, b):
    return a - b

def test_sum():
    assert add(1, 2) == 3

def test_wrong():
    assert add(1, 2) == 4

@pytest.mark.parametrize("a", [1, 2])
def test_zero(a):
    assert add(a, 0) == a

def test_nothing():
    assert True
```"""
UNTYPED = '''def middle(items, default=None):
    if not items:
        return default
    return sorted(items)[len(items) // 2]


class Account:
    """Money."""

    def __init__(self, owner: str, balance: float = 0.0):
        self.owner = owner
        self._balance = balance

    def deposit(self, amount: float) -> float:
        if amount <= 0:
            raise ValueError("amount")
        self._balance += amount
        return self._balance

    @property
    def empty(self):
        return self._balance == 0


async def later(x: int) -> int:
    return x + 1
'''


def statuses(done):
    return {check["name"]: check["status"] for check in done["checks"]}


def plain_pytest(tmp_path, code, done, module="solution", framework="pytest"):
    """Run the result as its reader would; returns collected, passed and coverage."""
    (tmp_path / f"{module}.py").write_text(code)
    (tmp_path / f"test_{module}.py").write_text(done["test_code"])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull,
               f"--rootdir={tmp_path}", f"--cov={module}", "--cov-branch", "--cov-report=term",
               f"test_{module}.py"]  # fmt: skip
    environ = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    passed = int(re.search(r"(\d+) passed", ran.stdout)[1])
    cover = int(re.search(rf"^{module}\.py .*?(\d+)%", ran.stdout, re.M)[1])
    return passed, cover


async def test_only_the_models_passing_tests_of_the_real_code_are_kept(serve, tmp_path):
    async with serve(MODEL) as call:
        done = await call("generate_tests", code=ADD, coverage_target=50)

    names = {case["name"]: case["origin"] for case in done["test_cases"]}
    assert names == {"test_sum": "model", "test_zero[1]": "model", "test_zero[2]": "model"}
    assert done["test_count"] == 3
    assert "from solution import add" in done["test_code"]
    assert "return a - b" not in done["test_code"]
    note = next(check for check in done["checks"] if check["name"] == "the model's tests")
    assert "test_wrong: assert 3 == 4" in note["detail"]
    assert done["verified"] is True
    assert plain_pytest(tmp_path, ADD, done)[0] == 3


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("no idea", ADD),
        ("```python\ndef test_(:\n```", UNTYPED),
        ("```python\nx = 1\n```", UNTYPED),
    ],
)
async def test_whatever_the_model_says_the_code_gets_tests(serve, tmp_path, reply, code):
    async with serve(reply) as call:
        done = await call("generate_tests", code=code)

    assert done["test_count"] == len(done["test_cases"]) >= 3
    assert {case["origin"] for case in done["test_cases"]} == {"derived"}
    assert {case["status"] for case in done["test_cases"]} == {"passed"}
    assert statuses(done)["the model's tests"] == "failed"
    assert statuses(done)["tests pass"] == "passed"
    passed, cover = plain_pytest(tmp_path, code, done)
    assert passed == done["test_count"]
    assert cover == pytest.approx(done["coverage_estimate"], abs=1)
    assert done["coverage_estimate"] >= 80


async def test_a_model_that_fails_does_not_keep_tests_back(serve):
    async with serve(GenerationError("tiny", "it broke")) as call:
        done = await call("generate_tests", code=ADD)

    assert done["verified"] is True
    assert "it broke" in done["checks"][0]["detail"]


async def test_derived_tests_complete_the_models_where_coverage_is_short(serve, tmp_path):
    async with serve(MODEL) as call:
        done = await call("generate_tests", code=ADD, coverage_target=100)

    assert {case["origin"] for case in done["test_cases"]} == {"model", "derived"}
    assert done["coverage_estimate"] == 100
    assert "pytest.raises(ValueError)" in done["test_code"]
    assert plain_pytest(tmp_path, ADD, done)[0] == done["test_count"]


async def test_documented_examples_come_first_and_a_wrong_one_is_not_held(serve):
    async with serve() as call:
        done = await call("generate_tests", code=ADD)
        lying = await call("generate_tests", code=ADD.replace("    4\n", "    5\n"))

    assert "assert add(2, 2) == 4" in done["test_code"]
    assert "assert add(2, 2)" not in lying["test_code"]
    assert lying["test_code"].startswith("# Suspected bug: add(2, 2): expected 5, but it gives 4\n")
    (suspected,) = lying["suspected_bugs"]
    assert suspected == {
        "call": "add(2, 2)",
        "expected": "5",
        "actual": "4",
        "function": "add",
        "line": 1,
        "source": "documentation",
    }
    assert lying["verified"] is False
    checks = {check["name"]: check for check in lying["checks"]}
    assert checks["the code does what its examples say"]["status"] == "failed"
    assert "add(2, 2)" in checks["the code does what its examples say"]["detail"]


@pytest.mark.parametrize("code", [ADD, UNTYPED])
async def test_unittest_is_written_natively(serve, tmp_path, code):
    async with serve() as call:
        done = await call("generate_tests", code=code, test_framework="unittest")

    assert "pytest" not in done["test_code"]
    assert "unittest.TestCase" in done["test_code"]
    assert done["framework"] == "unittest"
    assert done["verified"] is True
    (tmp_path / "solution.py").write_text(code)
    (tmp_path / "test_solution.py").write_text(done["test_code"])
    ran = await anyio.run_process(
        [sys.executable, "-m", "unittest", "test_solution"], cwd=tmp_path, check=False
    )
    assert f"Ran {done['test_count']} test" in ran.stderr.decode()
    assert "OK" in ran.stderr.decode()


async def test_a_failing_method_of_a_models_class_is_dropped_alone(serve):
    reply = (
        "```python\nimport unittest\nfrom solution import add\n\n"
        "class TestAdd(unittest.TestCase):\n"
        "    def setUp(self):\n        self.one = 1\n"
        "    def test_right(self):\n        self.assertEqual(add(self.one, 1), 2)\n"
        "    def test_wrong(self):\n        self.assertEqual(add(1, 1), 3)\n```"
    )
    async with serve(reply) as call:
        done = await call("generate_tests", code=ADD, test_framework="unittest", coverage_target=0)

    assert [case["name"] for case in done["test_cases"]] == ["TestAdd::test_right"]
    assert "test_wrong" not in done["test_code"]
    assert done["test_cases"][0]["origin"] == "model"


async def test_the_tests_import_the_module_by_the_given_name(serve, tmp_path):
    async with serve() as call:
        done = await call("generate_tests", code=ADD, module_name="sums")

    assert "from sums import add" in done["test_code"]
    assert plain_pytest(tmp_path, ADD, done, "sums")[0] == done["test_count"]


@pytest.mark.parametrize("name", ["not a name", "class", "json", "pytest"])
async def test_a_module_name_that_cannot_be_is_refused(serve, name):
    async with serve() as call:
        with pytest.raises(AssertionError, match="module_name: "):
            await call("generate_tests", code=ADD, module_name=name)


async def test_a_script_without_functions_is_imported(serve):
    async with serve() as call:
        done = await call("generate_tests", code="x = 1\nif x:\n    x = 2\n")

    assert [case["name"] for case in done["test_cases"]] == ["test_module_can_be_imported"]
    assert done["coverage_estimate"] > 50
    assert call.backend.requests == []


@pytest.mark.parametrize("framework", ["pytest", "unittest"])
async def test_code_whose_packages_are_missing_gets_tests_that_were_not_run(serve, framework):
    code = "import no_such_package\n\ndef f(x):\n    return no_such_package.g(x)\n"
    async with serve() as call:
        done = await call("generate_tests", code=code, test_framework=framework)

    assert done["coverage_estimate"] is None
    assert done["verified"] is False
    assert done["test_count"] == 1
    check = next(check for check in done["checks"] if check["name"] == "tests pass")
    assert check["status"] == "not_run"
    assert "module no_such_package is not installed" in check["detail"]
    compile(done["test_code"], "tests", "exec")


async def test_where_code_is_not_run_the_models_tests_are_returned_as_not_run(serve, no_sandbox):
    async with serve(MODEL, sandbox=no_sandbox) as call:
        done = await call("generate_tests", code=ADD)

    assert done["coverage_estimate"] is None
    assert done["test_count"] == 3
    assert {case["status"] for case in done["test_cases"]} == {"not_run"}
    check = next(check for check in done["checks"] if check["name"] == "tests pass")
    assert "nothing here isolates code" in check["detail"]


@pytest.mark.parametrize(
    "code",
    [
        "def f(x: int) -> int:\n    while True: pass\n",
        "import os\n\ndef f(x: int) -> int:\n    os._exit(3)\n",
        "import sys\nsys.exit(1)\n\ndef f(): pass\n",
        "raise RuntimeError('at import')\n\ndef f(): pass\n",
        "def f(x: int):\n    try:\n        while True: pass\n    except: pass\n    return f(x)\n",
        "import random\n\ndef f(x: int) -> float:\n    return random.random()\n",
        "def f(x: int):\n    print('noise' * 1000)\n    return input()\n",
        "def f(n: int) -> int:\n    return f(n)\n",
    ],
)
async def test_code_that_misbehaves_is_answered(serve, code):
    async with serve(STARCODER_MCP__SANDBOX__SECONDS="2") as call:
        result = await call.client.call_tool("generate_tests", {"code": code})

    assert not result.is_error, result.content[0].text
    done = result.structured_content
    compile(done["test_code"], "tests", "exec")
    assert all(case["status"] == "passed" for case in done["test_cases"])


async def test_a_syntax_error_is_named_with_its_place(serve):
    async with serve() as call:
        with pytest.raises(AssertionError, match="line 1, column 7: not valid Python"):
            await call("generate_tests", code="def f(:\n")


async def test_tests_that_do_not_pass_again_are_named(serve):
    code = "def bucket(word: str) -> int:\n    return hash(word) % 9973\n"
    async with serve() as call:
        done = await call("generate_tests", code=code)

    checks = {check["name"]: check for check in done["checks"]}
    dropped = checks["tests give the same in fresh processes and in both orders"]
    assert (dropped["status"], dropped["required"]) == ("failed", False)
    assert "test_bucket_returns" in dropped["detail"]
    assert "test_bucket_returns" not in done["test_code"]
    assert [case["status"] for case in done["test_cases"]] == ["passed"]


async def test_tests_that_have_not_run_by_themselves_are_not_claimed(serve, monkeypatch):
    monkeypatch.setattr("mcp_server.generation.test_writing.ROUNDS", 1)
    code = "def bucket(word: str) -> int:\n    return hash(word) % 9973\n"
    async with serve() as call:
        done = await call("generate_tests", code=code)

    assert (done["verified"], done["coverage_estimate"]) == (False, None)
    assert [case["status"] for case in done["test_cases"]] == ["not_run"]
    assert any("still failed" in check["detail"] for check in done["checks"])


async def test_a_search_that_its_seconds_cut_short_is_named(serve):
    code = "def far(x: int) -> bool:\n    return (x * 7919) % 1000003 == 77\n"
    short = {"STARCODER_MCP__TOOLS__TEST_GENERATION__SEARCH_SECONDS": "0.05"}
    async with serve(**short) as call:
        done = await call("generate_tests", code=code, coverage_target=0)

    checks = {check["name"]: check for check in done["checks"]}
    assert "cut by its time limit: far" in checks["the search came to its end"]["detail"]
