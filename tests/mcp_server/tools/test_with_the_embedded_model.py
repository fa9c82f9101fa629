"""The generating tools on the real small model that the product brings along."""

import pytest

from model_backends.registry import open_backend
from model_backends.settings import BackendSettings

pytest.importorskip("xllamacpp")
pytestmark = pytest.mark.anyio


@pytest.fixture
def embedded():
    return open_backend(BackendSettings(backend="embedded", parallel=1))


async def test_a_request_with_an_example_becomes_code_and_the_code_gets_tests(serve, embedded):
    async with serve(backend=embedded) as call:
        made = await call(
            "generate_code",
            description="Write a function fibonacci(n) that returns the n-th Fibonacci number",
        )
        tested = await call("generate_tests", code=made["code"])
        task = await call(
            "formalize_task", informal_request="Merge two sorted lists of at most 100 items"
        )
        said = await call(
            "chat_completion",
            messages=[{"role": "user", "content": "Say hello."}],
            max_tokens=12,
            temperature=0,
        )

    assert "def fibonacci(" in made["code"]
    assert {c["name"]: c["status"] for c in made["checks"]}["parses"] == "passed"
    assert tested["test_count"] == len(tested["test_cases"])
    assert all(case["status"] == "passed" for case in tested["test_cases"])
    assert any("100 items" in requirement for requirement in task["requirements"])
    assert said["content"].strip()
    assert said["verified"] is False
    assert 0 < said["usage"]["completion_tokens"] <= 12


async def test_examples_in_a_request_are_what_its_code_has_passed(serve, embedded):
    request = (
        "Write average(a, b): the mean of the two numbers as a float.\n\n"
        "| a | b | result |\n|---|---|---|\n| 2 | 4 | 3.0 |\n| 1 | 2 | 1.5 |"
    )
    async with serve(backend=embedded) as call:
        made = await call("generate_code", description=request)
        again = await call("generate_code", description=request)
        plan = await call("formalize_task", informal_request="Write average(a, b) and test it")

    assert made["verified"] is True
    assert {c["status"] for c in made["checks"] if c["kind"] == "behaviour"} == {"passed"}
    assert made["code"].startswith("def average(a, b):")
    assert made["sandbox"] in ("namespaces", "landlock", "bwrap")
    assert again["code"] == made["code"]
    assert [each["tool"] for each in plan["plan"]] == [None, "generate_code", "generate_tests"]
