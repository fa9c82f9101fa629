"""Plans that do not fit their tools are mended, or asked about, and never run as they are."""

import json

import pytest

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.events import Clarification, PlanReady
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.repair import repair, without_misfits
from mistral_agent.planning.validation import validate_plan
from model_backends.errors import GenerationError
from model_backends.scripted import ScriptedBackend
from tests.mistral_agent.test_orchestrator import RESULTS, Talk, only

pytestmark = pytest.mark.anyio

LONG = "def add(a, b):\n    return a + b\n" * 4
ticket = {"type": "string", "pattern": "^[A-Z]+-[0-9]+$", "description": "the ticket's number"}
CLOSE = Tool(
    "tracker", "close_ticket", "Close a ticket", "Close a ticket of the tracker.",
    {"type": "object", "properties": {"ticket": ticket, "reason": {**ticket, "minLength": 3}},
     "required": ["ticket"]},
    {"type": "object", "properties": {"closed": {"type": "boolean"}}},
    read_only=True, destructive=False, trusted=True,
)  # fmt: skip
TRACKER = Catalogue((CLOSE,))


class Capable(ScriptedBackend):
    """A scripted model whose word counts."""

    @property
    def info(self):
        import dataclasses

        return dataclasses.replace(super().info, quality="capable")


def bad_plan():
    return Plan(
        "Format this with 79 columns, then review it",
        (
            Step("step1", "starcoder", "format_code", {"code": LONG, "line_length": "wide"}),
            Step("step2", "starcoder", "review_code", {"code": "${step1.cod}"}, ("step1",)),
        ),
    )


def answer(*steps):
    return json.dumps({"steps": [{"tool": tool, "args": args} for tool, args in steps]})


GOOD = answer(
    ("format_code", {"code": "<text 1>", "line_length": 79}),
    ("review_code", {"code": "${step1.formatted_code}"}),
)


async def test_the_model_mends_a_plan_and_the_users_text_is_not_in_its_hands(catalogue):
    model = Capable(replies=[GOOD])
    mended = await repair(bad_plan(), catalogue, 10, model)
    assert mended is not None
    assert [dict(step.args) for step in mended.steps] == [
        {"code": LONG, "line_length": 79},
        {"code": "${step1.formatted_code}"},
    ]
    assert mended.steps[1].depends_on == ("step1",)
    assert "repaired" in mended.notes[0]
    (request,) = model.requests
    prompt = request.messages[0].content
    assert LONG not in prompt
    assert "has no field 'cod'" in prompt
    assert "'wide' is not of type" in prompt
    assert request.json_schema is not None


@pytest.mark.parametrize(
    "reply",
    [
        "I would rather not.",
        "{",
        "[]",
        '{"steps": []}',
        '{"steps": [1]}',
        '{"steps": "none"}',
        answer(("format_code", {"code": "<text 1>"})),
        answer(
            ("format_code", {"code": "x"}), ("review_code", {"code": "${step1.formatted_code}"})
        ),
        answer(("format_code", {"code": "<text 1>"}), ("model_info", {})),
        answer(("rm_rf", {}), ("review_code", {"code": "<text 1>"})),
        answer(("format_code", {"code": "<text 1>"}), ("review_code", {"code": "${step2.x}"})),
        answer(("format_code", ["<text 1>"]), ("review_code", {"code": "<text 1>"})),
        answer(*[("format_code", {"code": "<text 1>"}), ("review_code", {"code": "a"})] * 3),
        GenerationError("m", "it failed"),
    ],
)
async def test_what_is_no_valid_plan_with_the_same_tools_and_texts_is_not_taken(catalogue, reply):
    model = Capable(replies=[reply])
    assert await repair(bad_plan(), catalogue, 10, model) is None
    assert len(model.requests) == 1


async def test_a_small_model_is_not_asked(catalogue):
    model = ScriptedBackend(replies=[GOOD])
    assert await repair(bad_plan(), catalogue, 10, model) is None
    assert model.requests == []


def test_what_is_not_required_is_left_out_and_said(catalogue):
    plan = Plan("g", (Step("step1", "starcoder", "format_code", {"code": "x", "colour": "red"}),))
    mended = without_misfits(plan, catalogue, 10, clarify=True)
    assert mended.steps[0].args == {"code": "x"}
    assert "colour of format_code was left out" in mended.notes[0]
    assert validate_plan(mended, catalogue, max_steps=10) == ()


def test_a_value_that_does_not_fit_is_asked_about_or_left_out_with_a_note():
    plan = Plan("g", (Step("s", "tracker", "close_ticket", {"ticket": "AB-1", "reason": "no"}),))
    (question,) = without_misfits(plan, TRACKER, 10, clarify=True).questions
    assert question.parameter == "close_ticket.reason"
    assert "'no'" in question.text
    taken = without_misfits(plan, TRACKER, 10, clarify=False)
    assert taken.questions == ()
    assert taken.steps[0].args == {"ticket": "AB-1"}
    assert taken.notes


async def test_a_request_whose_value_does_not_fit_is_asked_about_and_never_runs(monkeypatch):
    monkeypatch.setitem(RESULTS, "close_ticket", {"closed": True})
    talk = Talk(TRACKER)
    (question,) = only(Clarification, await talk.say("Close the ticket ticket=bug7")).questions
    assert "bug7" in question.text
    assert talk.called == []
    events = await talk.say("BUG-7")
    assert talk.client.calls == [("close_ticket", {"ticket": "BUG-7"})], events


async def test_a_capable_model_mends_the_plan_of_a_request(monkeypatch):
    monkeypatch.setitem(RESULTS, "close_ticket", {"closed": True})
    read = json.dumps({"kind": "task", "goals": [{"tool": "close_ticket", "request": "Close"}]})
    mended = answer(("close_ticket", {"ticket": "BUG-7"}))
    talk = Talk(TRACKER, Capable(replies=[read, mended]))
    events = await talk.say("Close the ticket ticket=bug7")
    assert "repaired" in only(PlanReady, events).plan.notes[0]
    assert talk.client.calls == [("close_ticket", {"ticket": "BUG-7"})]


async def test_a_capable_model_that_cannot_mend_it_leaves_it_to_the_words():
    read = json.dumps({"kind": "task", "goals": [{"tool": "close_ticket", "request": "Close"}]})
    talk = Talk(TRACKER, Capable(replies=[read, "no idea"]))
    (question,) = only(Clarification, await talk.say("Close the ticket ticket=bug7")).questions
    assert "bug7" in question.text
    assert len(talk.backend.requests) == 2
