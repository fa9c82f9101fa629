"""What `ask` makes of the events of a request."""

import json

from mistral_agent.events import Answer, Clarification, PlanReady, StepFinished
from mistral_agent.planning.plan import Plan, Question, Step
from mistral_agent.verbs.ask import Transcript

STEP = Step("step1", "s", "make", {"what": "x"})
CHECK = {"name": "runs", "kind": "behaviour", "required": True, "status": "passed", "detail": ""}


def transcript(*events) -> Transcript:
    made = Transcript("make x")
    for event in (PlanReady(Plan("make x", (STEP,))), *events):
        made.add(event)
    return made


def finished(status="done", **result) -> StepFinished:
    return StepFinished(STEP, status, 0.25, result or {"text": "made"}, None)


def test_the_object_has_the_documented_keys_and_is_json() -> None:
    told = transcript(finished(), Answer("It is made.")).to_json("id1")
    assert json.loads(json.dumps(told)) == {
        "answer": "It is made.",
        "session_id": "id1",
        "needs_clarification": False,
        "questions": [],
        "plan": {
            "goal": "make x",
            "needs_clarification": False,
            "questions": [],
            "steps": [
                {
                    "id": "step1",
                    "server": "s",
                    "tool": "make",
                    "args": {"what": "x"},
                    "depends_on": [],
                }
            ],
        },
        "steps": [
            {
                "id": "step1",
                "server": "s",
                "tool": "make",
                "status": "done",
                "seconds": 0.25,
                "result": {"text": "made"},
                "error": None,
            }
        ],
    }


def test_open_questions_are_told_with_a_plan_that_has_no_steps() -> None:
    made = Transcript("make x")
    made.add(Clarification((Question("Which x?"),)))
    told = made.to_json("id1")
    assert told["questions"] == told["plan"]["questions"] == ["Which x?"]
    assert told["plan"]["steps"] == told["steps"] == []
    assert made.exit_code(require_verified=True) == 3


def test_a_step_that_is_not_done_decides_the_exit_code() -> None:
    for status in ("failed", "skipped", "cancelled"):
        assert transcript(finished(status)).exit_code(require_verified=False) == 1


def test_only_verified_results_pass_where_that_is_required() -> None:
    verified = finished(verified=True, checks=[CHECK])
    refuted = finished(verified=False, checks=[{**CHECK, "status": "failed"}])
    claimed = finished(verified=True, checks=[])
    assert transcript(verified).exit_code(require_verified=True) == 0
    assert transcript(verified, refuted).exit_code(require_verified=True) == 5
    assert transcript(claimed).exit_code(require_verified=True) == 5
    assert transcript(refuted).exit_code(require_verified=False) == 0
    assert Transcript("hello").exit_code(require_verified=True) == 5
