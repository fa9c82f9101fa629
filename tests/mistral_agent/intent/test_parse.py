"""Evidence and the model's word together, and models that answer badly."""

import dataclasses
import json

import pytest

from mistral_agent.catalogue import Catalogue
from mistral_agent.intent.parse import IntentOptions, parse_intent
from mistral_agent.memory import Memory
from model_backends.base import Message
from model_backends.errors import EndpointUnreachableError, GenerationError
from model_backends.scripted import ScriptedBackend

pytestmark = pytest.mark.anyio


class Judged(ScriptedBackend):
    """A scripted model of another quality."""

    def __init__(self, quality, *replies):
        super().__init__(replies=replies)
        self._quality = quality

    @property
    def info(self):
        return dataclasses.replace(super().info, quality=self._quality)


def reply(*goals, kind="task"):
    return json.dumps({"kind": kind, "goals": [{"tool": t, "request": r} for t, r in goals]})


async def read(text, catalogue, backend, history=(), **options):
    return await parse_intent(
        text,
        files={},
        catalogue=catalogue,
        memory=Memory(),
        history=history,
        backend=backend,
        options=IntentOptions(**options),
    )


def tools(intent):
    return [goal.tool.name for goal in intent.goals]


async def test_a_small_model_is_not_asked_where_evidence_decides(catalogue):
    backend = Judged("small", reply(("model_info", "x")))
    intent = await read("Write a function that adds and test it", catalogue, backend)
    assert tools(intent) == ["generate_code", "generate_tests"]
    assert backend.requests == []


async def test_a_capable_model_is_asked_once_under_a_schema_of_the_tools(catalogue):
    backend = Judged("capable", reply(("review_code", "look at it")))
    history = [Message("user", "earlier words")]
    intent = await read(
        "please have a look at the snippet", catalogue, backend, history, max_goals=4
    )
    assert tools(intent) == ["review_code"]
    (request,) = backend.requests
    goal = request.json_schema["properties"]["goals"]
    assert goal["maxItems"] == 4
    assert goal["items"]["properties"]["tool"]["enum"] == [t.name for t in catalogue.tools]
    assert "earlier words" in request.messages[-1].content


async def test_a_capable_model_adds_and_takes_away_goals(catalogue):
    backend = Judged(
        "capable", reply(("format_code", "the house style"), ("review_code", "review it"))
    )
    intent = await read("give it the house style, and review it, and test it", catalogue, backend)
    assert tools(intent) == ["format_code", "review_code"]


async def test_a_model_that_invents_the_request_decides_nothing_whatever_its_name(catalogue):
    backend = Judged("capable", reply(("formalize_task", "write_function_add_1_2")))
    intent = await read("Write a function add(a, b), and review it", catalogue, backend)
    assert tools(intent) == ["generate_code", "review_code"]
    assert "quotes what the request does not say" in intent.notes[0]


async def test_a_model_of_unknown_quality_needs_evidence_on_its_side(catalogue):
    backend = Judged("unknown", reply(("model_info", "hm"), ("review_code", "review it")))
    assert tools(await read("review it please", catalogue, backend)) == ["review_code"]


@pytest.mark.parametrize("quality", ["small", "unknown", "capable"])
async def test_no_model_brings_back_what_the_user_does_not_want(catalogue, quality):
    backend = Judged(quality, reply(("generate_code", "adds"), ("generate_tests", "tests")))
    intent = await read("Write a function that adds, no tests", catalogue, backend)
    assert tools(intent) == ["generate_code"]


async def test_a_capable_model_may_say_that_words_are_wanted(catalogue):
    backend = Judged("capable", reply(kind="chat"))
    assert (await read("review the history of Rome", catalogue, backend)).kind == "chat"
    unsure = Judged("unknown", reply(kind="chat"))
    assert (await read("review the code", catalogue, unsure)).kind == "task"


@pytest.mark.parametrize(
    "answer",
    [
        "I would call review_code(code=...)", "", "{", '{"kind": "task"}', "[]", "null",
        '{"kind": "task", "goals": [{"tool": "rm_rf", "request": "x"}]}',
        '{"kind": "task", "goals": [{"tool": ["review_code"]}]}',
        '{"kind": "task", "goals": "review_code"}',
        '{"kind": ["task"], "goals": []}',
        "[" * 100_000,
        reply(*[("review_code", "x")] * 11),
    ],
)  # fmt: skip
async def test_an_unusable_answer_leaves_the_reading_to_the_evidence(catalogue, answer):
    intent = await read("review the code", catalogue, Judged("capable", answer))
    assert tools(intent) == ["review_code"]
    assert any("without the model" in note for note in intent.notes)


async def test_a_model_that_fails_leaves_the_reading_to_the_evidence(catalogue):
    backend = Judged("capable", GenerationError("m", "out of memory"))
    intent = await read("review the code", catalogue, backend)
    assert tools(intent) == ["review_code"]
    assert "out of memory" in intent.notes[0]


async def test_an_endpoint_that_cannot_be_reached_is_not_hidden(catalogue):
    backend = Judged("capable", EndpointUnreachableError("http://127.0.0.1:1/v1", "refused"))
    with pytest.raises(EndpointUnreachableError):
        await read("review the code", catalogue, backend)


async def test_no_model_is_asked_without_tools_or_words_or_leave(catalogue):
    backend = Judged("capable", reply())
    await read("review the code", Catalogue(), backend)
    await read("```\nx = 1\n```", catalogue, backend)
    await read("review the code", catalogue, backend, use_model=False)
    assert backend.requests == []


async def test_more_goals_than_allowed_are_cut_with_a_note(catalogue):
    text = "Write a stack, test it, review it, format it"
    intent = await read(text, catalogue, Judged("small", ""), max_goals=2)
    assert tools(intent) == ["generate_code", "generate_tests"]
    assert any("the first 2 are planned" in note for note in intent.notes)


async def test_tools_of_the_same_name_are_told_apart_by_their_servers(catalogue):
    other = tuple(dataclasses.replace(tool, server="other") for tool in catalogue.tools)
    both = Catalogue(catalogue.tools + other)
    backend = Judged("small", reply(("other.review_code", "review it")))
    (goal,) = (await read("review the code", both, backend)).goals
    assert goal.tool.server == "other"
    assert goal.alternatives == ()
