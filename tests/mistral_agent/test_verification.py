"""What a result's checks prove."""

import pytest

from mistral_agent.verification import judge


def check(name="tests pass", kind="behaviour", required=True, status="passed", detail=""):
    return {"name": name, "kind": kind, "required": required, "status": status, "detail": detail}


PARSES = check("parses", "static")


def test_a_result_without_checks_or_claims_gets_no_verdict():
    assert judge({"text": "hello"}) is None
    assert judge({"verified": "very"}) is None


def test_passed_behaviour_verifies():
    verdict = judge({"checks": [PARSES, check()], "verified": True})
    assert verdict is not None
    assert verdict.verified
    assert verdict.line == "verified: 2 checks passed"


def test_what_is_optional_and_did_not_pass_is_told():
    extra = [check("lint", status="failed", required=False, detail="E501")]
    verdict = judge({"checks": [check(), *extra]})
    assert verdict is not None
    assert verdict.verified
    assert verdict.line == "verified: 1 check passed; optional check 'lint' failed: E501"
    verdict = judge({"checks": [check(), check("x", required=False, status="not_run"), *extra]})
    assert verdict is not None
    assert verdict.line.endswith("; optional check 'x' was not run, and 1 more")


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([PARSES], "the code was not run (1 of 1 checks passed)"),
        (
            [PARSES, check(status="not_run", detail="no isolation here")],
            "check 'tests pass' was not run: no isolation here (1 of 2 checks passed)",
        ),
        ([check(status="failed", detail="f(2) is 5")], "check 'tests pass' failed: f(2) is 5"),
        ([PARSES, check(required=False, status="not_run")], "check 'tests pass' was not run"),
        ([check(status="excellent")], "a check has no outcome that is known"),
        ([check(status="excellent", required=False)], "was not run"),
    ],
)
def test_what_is_missing_from_a_verification_is_the_reason(checks, said):
    verdict = judge({"checks": checks})
    assert verdict is not None
    assert not verdict.verified
    assert verdict.line.startswith("not verified: ")
    assert said in verdict.line


@pytest.mark.parametrize(
    "result",
    [
        {"verified": True},
        {"verified": True, "checks": []},
        {"verified": True, "checks": "all of them"},
        {"verified": True, "checks": [PARSES]},
        {"verified": False, "checks": [check()]},
        {"verified": False},
    ],
)
def test_a_claim_never_outweighs_the_checks(result):
    verdict = judge(result)
    assert verdict is not None
    assert not verdict.verified
