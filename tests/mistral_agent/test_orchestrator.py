"""Requests from the words to the answer, over tools that answer from a table."""

from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from mistral_agent.catalogue import Catalogue, ServerProblem, Tool, ToolResult
from mistral_agent.errors import RequestFileError, ServerUnavailableError
from mistral_agent.events import (
    Answer,
    AnswerDelta,
    Clarification,
    Notice,
    PlanReady,
    StepFinished,
    Summarised,
)
from mistral_agent.orchestrator import Orchestrator
from mistral_agent.sessions import AnswerRecord, MemorySessions, MessageRecord, PlanRecord
from mistral_agent.settings import load_agent_settings
from mistral_agent.tool_client import OnProgress
from model_backends.errors import EndpointUnreachableError, GenerationError
from model_backends.scripted import ScriptedBackend
from service.settings import Layer
from tests.mistral_agent.table_client import TableClient

pytestmark = pytest.mark.anyio

CODE = "def add(a, b):\n    return a + b\n"
RESULTS: Mapping[str, Mapping[str, Any]] = {
    "generate_code": {"code": CODE, "language": "python"},
    "generate_tests": {"test_code": "def test_add():\n    assert True\n", "test_count": 1},
    "review_code": {"overall_score": 90, "issues": []},
    "format_code": {"formatted_code": CODE},
}


class Answering(TableClient):
    """Gives a fixed result a tool."""

    def __init__(self, catalogue: Catalogue, **failing: str) -> None:
        super().__init__(catalogue)
        self.failing = failing

    async def answer(
        self, tool: Tool, args: Mapping[str, Any], on_progress: OnProgress | None
    ) -> ToolResult:
        if tool.name in self.failing:
            return ToolResult(self.failing[tool.name], {}, is_error=True)
        return ToolResult("", RESULTS[tool.name])


class Talk:
    """A conversation with an orchestrator, whose events it collects."""

    def __init__(self, catalogue, backend=None, settings=None, **failing):
        self.client = Answering(catalogue, **failing)
        self.backend = backend or ScriptedBackend()
        values = settings or {}
        self.orchestrator = Orchestrator(
            self.client,
            self.backend,
            load_agent_settings(environ={}, flags=[Layer("test", values)]),
        )
        self.session = MemorySessions().create()

    async def say(self, text, files=None):
        async with aclosing(self.orchestrator.handle(self.session, text, files)) as events:
            return [event async for event in events]

    @property
    def called(self):
        return [name for name, _ in self.client.calls]


def only(kind, events):
    (found,) = [event for event in events if isinstance(event, kind)]
    return found


async def test_a_request_becomes_a_plan_results_and_an_answer(catalogue):
    talk = Talk(catalogue)
    events = await talk.say("Write a function that adds two numbers, and tests for it")
    plan = only(PlanReady, events).plan
    assert [step.tool for step in plan.steps] == ["generate_code", "generate_tests"]
    assert talk.client.calls[1] == ("generate_tests", {"code": CODE})
    finished = [event for event in events if isinstance(event, StepFinished)]
    assert [event.status for event in finished] == ["done", "done"]
    assert CODE.strip() in only(Answer, events).text
    assert isinstance(events[-1], Answer)


async def test_the_message_is_recorded_before_anything_else_can_fail(catalogue):
    talk = Talk(catalogue)
    talk.client.offered = Catalogue(problems=(ServerProblem("s", "it exited"),))
    with pytest.raises(ServerUnavailableError, match="it exited"):
        await talk.say("write a function that adds two numbers")
    (record,) = talk.session.records
    assert isinstance(record, MessageRecord)
    assert record.content == "write a function that adds two numbers"


async def test_it_in_a_later_message_is_what_was_made_before(catalogue):
    talk = Talk(catalogue)
    await talk.say("Write a function that adds two numbers")
    await talk.say("Write tests for it")
    assert talk.client.calls[-1] == ("generate_tests", {"code": CODE})


async def test_what_nobody_gave_is_asked_and_the_answer_goes_on_with_the_request(catalogue):
    talk = Talk(catalogue)
    events = await talk.say("review my function")
    (question,) = only(Clarification, events).questions
    assert "code" in question.text
    assert talk.called == []
    await talk.say("```python\ndef mine():\n    return 1\n```")
    ((tool, args),) = talk.client.calls
    assert tool == "review_code"
    assert "def mine()" in args["code"]


async def test_a_whole_new_request_is_not_taken_for_an_answer(catalogue):
    talk = Talk(catalogue)
    await talk.say("review my function")
    await talk.say("Write a function that adds two numbers")
    assert talk.called == ["generate_code"]


async def test_small_talk_is_answered_by_the_model_without_tools(catalogue):
    talk = Talk(catalogue, ScriptedBackend(replies=["Hello to you."]))
    events = await talk.say("hello")
    assert only(Answer, events).text == "Hello to you."
    assert "".join(e.text for e in events if isinstance(e, AnswerDelta)) == "Hello to you."
    assert talk.called == []
    assert isinstance(talk.session.records[-1], AnswerRecord)


async def test_the_model_is_shown_the_last_messages_and_a_summary_of_the_others(catalogue):
    talk = Talk(catalogue, settings={"conversation": {"memory_size": 2}})
    for text in ("hello", "good morning", "thank you"):
        events = await talk.say(text)
    shown = talk.backend.requests[-1].messages
    assert [message.role for message in shown] == ["system", "user", "assistant", "user"]
    assert shown[1].content == "good morning"
    summarised = only(Summarised, events)
    assert summarised.messages == 2
    assert '"hello"' in summarised.text
    assert summarised.text in shown[0].content


async def test_the_models_endpoint_being_down_reaches_the_caller(catalogue):
    down = EndpointUnreachableError("http://127.0.0.1:9/v1", "connection refused")
    talk = Talk(catalogue, ScriptedBackend(replies=[down]))
    with pytest.raises(EndpointUnreachableError):
        await talk.say("hello")


async def test_an_empty_answer_is_a_failure_and_not_an_answer(catalogue):
    talk = Talk(catalogue, ScriptedBackend(replies=[" "]))
    with pytest.raises(GenerationError, match="empty answer"):
        await talk.say("hello")


async def test_an_answer_that_goes_in_circles_is_ended(catalogue):
    circle = "I can help you with any question about your program. "
    talk = Talk(catalogue, ScriptedBackend(replies=[circle * 50]))
    events = await talk.say("hello")
    assert only(Answer, events).text.count("I can help") <= 4
    assert "repeats itself" in only(Notice, events).text


async def test_a_table_is_not_taken_for_a_circle(catalogue):
    table = "| a | b |\n" + "| --- | --- | --- | --- | --- |\n" * 12
    talk = Talk(catalogue, ScriptedBackend(replies=[table]))
    assert only(Answer, await talk.say("hello")).text == table


async def test_what_was_said_before_an_interruption_is_kept(catalogue):
    talk = Talk(catalogue, ScriptedBackend(replies=["one two three"]))
    async with aclosing(talk.orchestrator.handle(talk.session, "hello")) as events:
        async for event in events:
            if isinstance(event, AnswerDelta):
                break
    assert talk.session.records[-1].text == "the answer was cut short after: one"


async def test_a_failing_step_leaves_the_others_their_results(catalogue):
    talk = Talk(catalogue, generate_tests="no tests today")
    events = await talk.say("Write an add function, write tests, and review the code")
    statuses = {e.step.tool: e.status for e in events if isinstance(e, StepFinished)}
    assert statuses == {"generate_code": "done", "generate_tests": "failed", "review_code": "done"}
    assert "no tests today" in only(Answer, events).text


async def test_a_server_that_is_not_there_is_told_once_and_the_others_work(catalogue):
    talk = Talk(catalogue)
    talk.client.offered = Catalogue(
        tools=catalogue.tools, problems=(ServerProblem("files", "it does not exist"),)
    )
    events = await talk.say("Write a function that adds two numbers")
    assert only(Notice, events).text == "server files: it does not exist"
    assert talk.called == ["generate_code"]


async def test_planning_alone_calls_nothing_and_records_nothing(catalogue):
    talk = Talk(catalogue)
    plan = await talk.orchestrator.plan(talk.session, "Write an add function and tests for it")
    assert [step.tool for step in plan.steps] == ["generate_code", "generate_tests"]
    assert talk.called == []
    assert talk.session.records == []


async def test_a_mentioned_file_is_read_and_recorded_with_the_message(catalogue, tmp_path: Path):
    file = tmp_path / "mine.py"
    file.write_text(CODE)
    talk = Talk(catalogue)
    await talk.say(f"review @{file}")
    assert talk.client.calls == [("review_code", {"code": CODE})]
    assert CODE in talk.session.records[0].content


async def test_a_mentioned_file_that_is_missing_is_named(catalogue):
    talk = Talk(catalogue)
    with pytest.raises(RequestFileError, match=r"missing\.py"):
        await talk.say("review @missing.py")
    assert talk.session.records == []


async def test_code_with_references_in_it_is_left_as_it_is(catalogue):
    code = 'price = "${step1.code} {prev_result}"\n'
    talk = Talk(catalogue)
    await talk.say("review this code", {"price.py": code})
    assert talk.client.calls == [("review_code", {"code": code})]


async def test_with_clarification_off_nothing_is_asked_where_a_default_serves(catalogue):
    talk = Talk(catalogue, settings={"clarification": {"enabled": False}})
    events = await talk.say("Write a function that adds two numbers, at most 500 % coverage tests")
    assert not [event for event in events if isinstance(event, Clarification)]


async def test_the_plan_is_recorded_before_its_first_step(catalogue):
    talk = Talk(catalogue)
    await talk.say("Write a function that adds two numbers")
    kinds = [type(record) for record in talk.session.records]
    assert kinds.index(PlanRecord) == 1
    assert kinds[-1] is AnswerRecord
