"""Events as people see them, on terminals and elsewhere."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_agent.chat.progress import open_progress
from mistral_agent.chat.render import Draft, Renderer, questions_text
from mistral_agent.chat.streams import is_styled, write_markdown, write_table
from mistral_agent.events import (
    Answer,
    AnswerDelta,
    ApprovalNeeded,
    Clarification,
    Notice,
    PlanReady,
    StepFinished,
    StepProgress,
    StepStarted,
)
from mistral_agent.plain_text import plain
from mistral_agent.planning.plan import Plan, Question, Step

CODE = "def add(a, b):\n    return a + b"
WRITE = Step(
    "step1",
    "starcoder",
    "generate_code",
    {"description": "add two numbers", "line_length": 79, "style": None},
    (),
    {"description": "your words", "line_length": "your words"},
)
TEST = Step(
    "step2",
    "starcoder",
    "generate_tests",
    {"code": "${step1.code}"},
    ("step1",),
    {"code": "the code of step1"},
)
PLAN = Plan("add", (WRITE, TEST))
XTERM = {"TERM": "xterm-256color", "COLUMNS": "100"}


def shown(events, environ=None, stream=io.StringIO):
    """What a request's events leave on the two streams."""
    answers, progress = stream(), stream()
    renderer = Renderer(answers, progress, environ or {})
    for event in events:
        renderer.show(event)
    renderer.flush()
    return answers.getvalue(), progress.getvalue()


REQUEST = (
    Notice("server x is gone"),
    PlanReady(PLAN),
    StepStarted(WRITE, WRITE.args),
    StepProgress(WRITE, 1, 4, "candidate 1"),
    StepFinished(WRITE, "done", 1.25, {"code": CODE}),
    StepStarted(TEST, TEST.args),
    StepFinished(TEST, "failed", 0.5, None, "no \x1b[31mmodel\nat all"),
    Answer(f"```python\n{CODE}\n```"),
)


def test_only_the_answer_goes_to_the_answers():
    answers, progress = shown(REQUEST)
    assert answers == f"```python\n{CODE}\n```\n"
    assert progress == (
        "note: server x is gone\n"
        "plan: 2 steps\n"
        "  step1  generate_code  description: add two numbers (your words); "
        "line_length: 79 (your words); style: null\n"
        "  step2  generate_tests  code: the code of step1\n"
        "step1 generate_code: started\n"
        "step1 generate_code: done in 1.2 s\n"
        "step2 generate_tests: started\n"
        "step2 generate_tests: failed in 0.5 s: no model at all\n"
    )


def test_a_terminal_shows_the_same_with_what_runs_now(make_terminal):
    answers, progress = shown(REQUEST, XTERM, make_terminal)
    assert "generate_code … 0 s" in plain(progress)
    assert "generate_code done in 1.2 s" in plain(progress)
    assert "the code of step1" in plain(progress)
    assert "\x1b[31mfailed" in progress
    assert CODE in plain(answers)
    assert "```" not in answers


def test_what_runs_now_shows_its_inner_progress(make_terminal):
    progress = open_progress(make_terminal(), XTERM)
    progress.show(StepStarted(WRITE, {}))
    progress.show(StepProgress(WRITE, 1, 4, "candidate 1"))
    progress.show(StepProgress(TEST, 7, None, "running"))
    progress.preview("a\nb\nc\nlast line")
    assert str(progress.__rich__()).splitlines() == [
        "generate_code … 0 s  candidate 1 (25 %)",
        "generate_tests … 0 s  running",
        "b",
        "c",
        "last line",
    ]
    progress.hold()


def test_code_on_a_terminal_can_be_copied_as_it_is(make_terminal):
    answers, _ = shown([Answer(f"Look:\n\n```python\n{CODE}\n```\n")], XTERM, make_terminal)
    assert [line for line in plain(answers).splitlines() if line[-1:] != " "][
        -2:
    ] == CODE.splitlines()


def test_no_colour_is_used_where_none_is_wanted(make_terminal):
    answers, progress = shown(REQUEST, XTERM | {"NO_COLOR": "1"}, make_terminal)
    assert not re.search(r"\x1b\[[\d;]*3[0-9]m", answers + progress)


def test_a_dumb_terminal_gets_plain_lines(make_terminal):
    assert "\x1b" not in "".join(shown(REQUEST, {"TERM": "dumb"}, make_terminal))


def test_a_narrow_terminal_loses_nothing(make_terminal):
    answers, progress = shown(REQUEST, XTERM | {"COLUMNS": "20"}, make_terminal)
    assert "generate_tests" in re.sub(r"\s", "", plain(progress))
    assert max(map(len, plain(answers).splitlines())) <= 20


def test_hostile_text_never_reaches_the_terminal(make_terminal):
    hostile = "\x1b]52;c;x\x07\x1b[2Jtext\rover"
    step = Step("step1", "s", hostile, {hostile: hostile}, (), {hostile: hostile})
    events = (
        Notice(hostile),
        PlanReady(Plan("g", (step,))),
        StepStarted(step, {}),
        StepProgress(step, 1, 0, hostile),
        AnswerDelta(hostile),
        StepFinished(step, "failed", 0.1, None, hostile),
        Clarification((Question(hostile, None, (hostile,), hostile),)),
        Answer(hostile),
    )
    for text in (*shown(events), *shown(events, XTERM, make_terminal)):
        assert "\x1b]" not in text
        assert "\x1b[2J" not in text
        assert "text" in text


def test_streamed_prose_is_not_repeated_by_the_answer(make_terminal):
    events = (
        AnswerDelta("First par"),
        AnswerDelta("agraph.\n\nSec"),
        AnswerDelta("ond."),
        Answer("First paragraph.\n\nSecond."),
    )
    assert shown(events)[0] == "First paragraph.\n\nSecond.\n"
    on_terminal = plain(shown(events, XTERM, make_terminal)[0])
    assert on_terminal.count("First paragraph.") == on_terminal.count("Second.") == 1


def test_what_was_streamed_before_a_stop_stays():
    assert shown([AnswerDelta("half a sent")])[0] == "half a sent\n"


def test_an_answer_unlike_its_stream_is_shown_whole():
    assert shown([AnswerDelta("a\n"), Answer("b")])[0] == "a\nb\n"


@pytest.mark.parametrize("environ", [{}, XTERM])
def test_a_plan_shows_approvals_and_names_that_tell_servers_apart(make_terminal, environ):
    stream = make_terminal if environ else io.StringIO
    ready = PlanReady(PLAN, {"step2": "it may change things"}, {"step1": "one.generate_code"})
    _, progress = shown([ready, StepFinished(WRITE, "done", 1.0)], environ, stream)
    text = plain(progress)
    assert re.search(r"needs approval(: | *\n.*step2.*)it may\s+change\s+things", text, re.DOTALL)
    assert text.count("one.generate_code") == 2


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("todo.txt", "todo.txt"),
        ("a\n  b", '"a\\n  b"'),
        ("rm x\x1b[2K\rls", r'"rm x\u001b[2K\rls"'),
        ("\u202eexe.txt", '"<U+202E>exe.txt"'),
        ("a\u2028b", '"a b"'),
        ({"deep": ["x", None]}, '{"deep": ["x", null]}'),
        (
            "ls " + "x" * 1000 + "; rm -rf ~",
            re.compile(r"ls x+ … x+; rm -rf ~ \(1013 characters\)"),
        ),
    ],
)
@pytest.mark.parametrize("environ", [{}, XTERM])
def test_what_is_to_be_approved_is_shown_as_it_is(make_terminal, environ, value, seen):
    step = Step("s1", "files", "run\x1b[8m", {})
    event = ApprovalNeeded(step, {"it": value}, "it may\x1b[0m", lambda _: None)
    stream = make_terminal if environ else io.StringIO
    _, progress = shown([event], environ, stream)
    head, line = plain(progress).strip("\n").split("\n")
    assert head == "s1 run of server files needs approval: it may"
    matches = seen.fullmatch if isinstance(seen, re.Pattern) else seen.__eq__
    assert matches(line.removeprefix("  it: "))
    assert "\x1b[8m" not in progress
    assert "\x1b[2K" not in progress


def test_questions_are_numbered_with_choices_and_default():
    text = questions_text((Question("Which?", None, ("a", "b"), "a"), Question("What?")))
    assert text == "1. Which?\n   Choices: a, b.\n   Default: a.\n2. What?"


def test_an_encoding_that_cannot_say_it_is_survived():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    renderer = Renderer(stream, stream, {})
    renderer.show(Answer("漢 é …"))
    stream.flush()
    assert raw.getvalue() == b"? ? ?\n"


def test_a_reader_who_left_is_not_hidden():
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Renderer(Closed(), io.StringIO(), {}).show(Answer("text"))


@given(st.lists(st.text(st.sampled_from("`a\n ")), max_size=8), st.booleans())
def test_a_stream_in_pieces_gives_the_whole_answer_once(pieces, by_line):
    draft = Draft(by_line=by_line)
    given_out = "".join(draft.add(piece) for piece in pieces)
    assert given_out + draft.finish("".join(pieces)) == "".join(pieces)
    assert draft.pending == ""


def test_code_is_not_laid_out_before_its_fence_closes():
    draft = Draft(by_line=False)
    assert draft.add("Look:\n\n```python\nx = 1\n\ny = 2\n") == "Look:\n\n"
    assert draft.add("```\n\n") == "```python\nx = 1\n\ny = 2\n```\n\n"


def test_tables_are_aligned_columns_outside_terminals(make_terminal):
    rows = [("a", "x\ny"), ("long name", "\x1b[2Jz")]
    stream = io.StringIO()
    write_table(stream, ("name", "text"), rows, {})
    assert stream.getvalue() == "NAME       TEXT\na          x y\nlong name  z\n"
    terminal = make_terminal()
    write_table(terminal, ("name", "text"), rows, XTERM)
    assert "long name  z" in plain(terminal.getvalue())
    assert "\x1b[2J" not in terminal.getvalue()


def test_links_show_where_they_lead(make_terminal):
    terminal = make_terminal()
    write_markdown(terminal, "[bank](http://evil.example)", XTERM)
    assert "http://evil.example" in plain(terminal.getvalue())
    assert "\x1b]8" not in terminal.getvalue()


def test_a_stream_is_styled_only_where_escapes_work(make_terminal):
    assert is_styled(make_terminal(), XTERM)
    assert not is_styled(make_terminal(), {"TERM": "dumb"})
    assert not is_styled(io.StringIO(), XTERM)
