"""What is remembered of long conversations, and of those that go on after a restart."""

import time

import pytest

from mistral_agent.conversation import recall
from mistral_agent.events import Answer, Clarification, Notice, Summarised
from mistral_agent.sessions import JsonLinesSessions, SummaryRecord
from mistral_agent.sessions.export import export
from mistral_agent.summary import MAX_CHARACTERS, extract
from model_backends.scripted import Rule, ScriptedBackend
from tests.mistral_agent.planning.test_repair import Capable
from tests.mistral_agent.test_orchestrator import CODE, RESULTS, Talk, only

pytestmark = pytest.mark.anyio

TESTS = RESULTS["generate_tests"]["test_code"]
SMALL = {"conversation": {"memory_size": 4, "context_window": 600}}


async def chatter(talk, times):
    """Small talk, whose events are collected."""
    events = []
    for number in range(times):
        events += await talk.say(f"hello number {number}")
    return events


def last_prompt(talk):
    return talk.backend.requests[-1].messages


async def test_what_falls_out_is_summarised_shown_recorded_and_told_to_the_model(catalogue):
    talk = Talk(catalogue, settings=SMALL)
    await talk.say("Write a function that adds two numbers, and tests for it")
    events = await chatter(talk, 6)
    summaries = [event for event in events if isinstance(event, Summarised)]
    assert summaries[0].messages >= 2
    assert "adds two numbers" in summaries[0].text
    assert "add (generate_code)" in summaries[-1].text
    recorded = [r for r in talk.session.records if isinstance(r, SummaryRecord)]
    assert [(r.text, r.messages) for r in recorded] == [(s.text, s.messages) for s in summaries]
    system, *shown = last_prompt(talk)
    assert summaries[-1].text in system.content
    covered = summaries[-1].messages
    history = recall(talk.session.records, catalogue).history
    said = "\n".join(message.content for message in shown)
    assert all(message.content in said for message in history[covered:-1])
    assert f"(messages: {covered})" in export(talk.session)
    assert "add (generate_code)" in export(talk.session)


async def test_every_message_is_shown_or_covered_by_the_summary_at_each_turn(catalogue):
    talk = Talk(catalogue, settings=SMALL)
    for number in range(15):
        await talk.say(f"hello number {number}")
        past = recall(talk.session.records, catalogue)
        shown = last_prompt(talk)[1:]
        answered = len(past.history) - 1
        assert len(shown) == answered - past.summarised
        assert shown[0].content == past.history[past.summarised].content
        assert len(shown) <= SMALL["conversation"]["memory_size"] + 1


async def test_the_window_is_counted_in_tokens_too(catalogue):
    settings = {"conversation": {"memory_size": 100, "context_window": 600}}
    talk = Talk(catalogue, ScriptedBackend(replies=["word " * 40]), settings)
    events = await chatter(talk, 12)
    assert any(isinstance(event, Summarised) for event in events)
    for request in talk.backend.requests:
        words = sum(len(message.content.split()) for message in request.messages)
        assert words <= 600


def capable(summary=None, error=None):
    """A model whose word counts: it reads requests as small talk, and answers with one word."""
    return Capable(
        rules=[
            Rule("Decide which tools", '{"kind": "chat", "goals": []}'),
            Rule("Summarise the part", summary or "", error),
            Rule("", "Hello."),
        ]
    )


async def test_a_model_whose_words_count_writes_the_summary_and_facts_are_kept_beside_it(catalogue):
    talk = Talk(catalogue, settings=SMALL)
    await talk.say("Write a function that adds two numbers")
    wiser = Talk(catalogue, capable("They wanted an adder."), SMALL)
    wiser.session = talk.session
    events = await chatter(wiser, 4)
    summary = next(event for event in events if isinstance(event, Summarised))
    assert summary.text.startswith("They wanted an adder.")
    assert "add (generate_code)" in summary.text
    asked = next(r for r in wiser.backend.requests if "Summarise" in r.messages[0].content)
    assert asked.max_tokens <= 300
    assert "adds two numbers" in asked.messages[0].content


@pytest.mark.parametrize(
    "said",
    [{"summary": ""}, {"summary": "  "}, {"summary": '{"name": "x", "arguments": {}}'},
     {"summary": "again and again and again and so on. " * 20}, {"error": "it failed"}],
)  # fmt: skip
async def test_a_model_that_cannot_summarise_is_replaced_by_extraction(catalogue, said):
    talk = Talk(catalogue, capable(**said), SMALL)
    events = await chatter(talk, 4)
    summary = only(Summarised, events)
    assert summary.text.startswith('- "hello number 0"; answered: Hello.')
    assert isinstance(events[-1], Answer)


async def test_code_and_tests_are_reachable_after_they_fell_out_and_after_a_restart(
    catalogue, tmp_path
):
    store = JsonLinesSessions(tmp_path)
    talk = Talk(catalogue, settings=SMALL)
    talk.session = store.create()
    await talk.say("Write a function that adds two numbers, and tests for it")
    await chatter(talk, 8)
    assert any(isinstance(record, SummaryRecord) for record in talk.session.records)
    known = talk.session.id
    talk.session.close()
    again = Talk(catalogue, settings=SMALL)
    again.session = JsonLinesSessions(tmp_path).open(known)
    await again.say("Format it")
    await again.say("Review that function")
    await again.say("Format the tests you wrote")
    assert [args["code"] for _, args in again.client.calls] == [CODE, CODE, TESTS]
    await again.say("hello again")
    assert "add (generate_code)" in last_prompt(again)[0].content


async def test_an_open_question_survives_small_talk_and_a_restart(catalogue, tmp_path):
    talk = Talk(catalogue, settings=SMALL)
    talk.session = JsonLinesSessions(tmp_path).create()
    (question,) = only(Clarification, await talk.say("review my function")).questions
    events = await talk.say("what is a decorator?")
    assert question.text in only(Notice, events).text
    assert isinstance(events[-1], Answer)
    assert talk.called == []
    known = talk.session.id
    talk.session.close()
    again = Talk(catalogue, settings=SMALL)
    again.session = JsonLinesSessions(tmp_path).open(known)
    await again.say("```\ndef mine(): ...\n```")
    assert again.called == ["review_code"]


async def test_a_request_that_is_taken_back_is_not_gone_on_with(catalogue):
    talk = Talk(catalogue)
    await talk.say("review my function")
    events = await talk.say("Never mind.")
    assert "dropped" in only(Answer, events).text
    await talk.say("hello")
    assert talk.called == []


async def test_a_message_larger_than_the_window_is_shortened_aloud(catalogue):
    talk = Talk(catalogue, settings=SMALL)
    text = "hello " + " ".join(f"w{number}" for number in range(5000))
    events = await talk.say(text)
    notice = only(Notice, events).text
    assert "5001 tokens" in notice
    assert "first and last" in notice
    shown = last_prompt(talk)[-1].content
    assert shown.startswith("hello w0")
    assert shown.endswith("w4999")
    assert "left out here" in shown
    assert len(shown.split()) < 600
    assert text in talk.session.records[0].content


async def test_two_hundred_messages_stay_bounded_quick_and_reachable(catalogue):
    talk = Talk(catalogue, settings={"conversation": {"memory_size": 10}})
    await talk.say("Write a function that adds two numbers, and tests for it")
    for number in range(98):
        await talk.say(f"hello number {number}" if number % 3 else "review it")
    started = time.thread_time()
    past = recall(talk.session.records, catalogue)
    took = time.thread_time() - started
    assert len(past.history) >= 197
    assert took < 5.0
    assert len(past.summary) <= MAX_CHARACTERS
    assert "older requests are not told here" in past.summary
    await talk.say("Format the tests you wrote")
    assert talk.client.calls[-1] == ("format_code", {"code": TESTS})


async def test_an_extract_names_failures_and_questions(catalogue):
    talk = Talk(catalogue, generate_tests="no tests today")
    await talk.say("Write a function that adds two numbers, and tests for it")
    text = extract(talk.session.records, 1000)
    assert (
        "generate_tests failed: tool 'generate_tests' of server 'starcoder': no tests today" in text
    )
    other = Talk(catalogue)
    await other.say("review my function")
    assert "Still asked of the user: Which code" in extract(other.session.records, 1000)


async def test_a_question_that_was_stopped_is_not_answered_with_the_next_message(catalogue):
    talk = Talk(catalogue)
    talk.session.add_message("user", "tell me everything")
    talk.session.add_note("the answer was cut short after: Every")
    await talk.say("hello")
    roles = [message.role for message in last_prompt(talk)]
    assert roles == ["system", "user", "assistant", "user"]
    assert last_prompt(talk)[-1].content == "hello"
