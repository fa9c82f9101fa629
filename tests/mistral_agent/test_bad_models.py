"""Whatever the model does, a task is planned from its words, and a call is never an answer."""

import json

import pytest

from mistral_agent.events import Answer, AnswerDelta, PlanReady
from mistral_agent.intent.parse import IntentOptions, parse_intent
from mistral_agent.memory import Memory
from model_backends.errors import BackendError, EndpointError, GenerationError
from model_backends.openai_compatible import OpenAICompatibleBackend
from model_backends.settings import BackendSettings
from tests.bad_models import ENDPOINTS, WORDS, endless
from tests.endpoint import piece
from tests.mistral_agent.test_orchestrator import Talk, only

pytestmark = pytest.mark.anyio

TASK = "Format this code with 79 columns: `x  =  1`"
NO_ANSWER = {
    "a call", "a call in a fence", "a call after words", "a call of Mistral's template",
    "a function call", "an unknown tool", "a call of an unknown tool", "wrong types inside",
    "far too many goals", "an empty answer", "blanks", "endless hidden reasoning",
    "a stream that breaks off",
}  # fmt: skip


@pytest.fixture
async def talk(anyio_backend, endpoint, catalogue):
    """A conversation whose model, a capable one by its name, is at the endpoint."""
    backend = OpenAICompatibleBackend(
        BackendSettings(
            "openai",
            base_url=endpoint.url,
            model="alpha-7b",
            max_retries=0,
            timeout_seconds=2.0,
            context_window=4096,
        )
    )
    yield Talk(catalogue, backend, {"agent": {"max_tokens": 200}})
    await backend.aclose()


@pytest.mark.parametrize("fault", WORDS)
async def test_a_task_is_done_as_its_words_say(talk, endpoint, fault):
    endpoint.answers = [WORDS[fault]]
    events = await talk.say(TASK)
    (step,) = only(PlanReady, events).plan.steps
    assert (step.tool, step.args) == ("format_code", {"code": "x  =  1", "line_length": 79})
    assert talk.called == ["format_code"]
    assert "rm_rf" not in only(Answer, events).text


@pytest.mark.parametrize("fault", WORDS)
async def test_small_talk_gets_words_or_an_error_and_never_a_call(talk, endpoint, fault):
    endpoint.answers = [WORDS[fault]]
    if fault in NO_ANSWER:
        with pytest.raises(GenerationError, match="alpha-7b"):
            await talk.say("hello")
    else:
        events = await talk.say("hello")
        answer = only(Answer, events).text
        assert "".join(e.text for e in events if isinstance(e, AnswerDelta)) == answer
        assert len(answer) <= 200 * 100
    assert talk.called == []
    kept = json.dumps([str(record) for record in talk.session.records[1:]])
    assert "format_code" not in kept
    assert "rm_rf" not in kept


@pytest.mark.parametrize("fault", ENDPOINTS)
@pytest.mark.parametrize("text", [TASK, "hello"])
async def test_an_endpoint_that_serves_nothing_is_named(talk, endpoint, fault, text):
    endpoint.answers = [ENDPOINTS[fault]]
    served = fault == "an error in the stream"  # an endpoint that says so is there, after all
    if served and text == TASK:
        await talk.say(text)
        assert talk.called == ["format_code"]
        return
    with pytest.raises(BackendError) as raised:
        await talk.say(text)
    assert isinstance(raised.value, EndpointError) is not served
    assert endpoint.url in str(raised.value)
    assert "\n" not in str(raised.value)
    assert talk.called == []


async def test_a_model_that_takes_too_long_to_read_a_request_is_done_without(endpoint, catalogue):
    slow = b"data: " + json.dumps(piece("x")).encode() + b"\n\n"
    endpoint.answers = [endless(slow, pause=0.05)]
    backend = OpenAICompatibleBackend(
        BackendSettings("openai", base_url=endpoint.url, model="alpha-7b", max_retries=0)
    )
    intent = await parse_intent(
        TASK,
        files={},
        catalogue=catalogue,
        memory=Memory(),
        history=(),
        backend=backend,
        options=IntentOptions(seconds=0.3),
    )
    await backend.aclose()
    assert [goal.tool.name for goal in intent.goals] == ["format_code"]
    assert "more than 0.3 s" in intent.notes[0]
