"""Slash commands told from messages."""

import pytest

from mistral_agent.chat.commands import COMMANDS, Call, Message, Mistake, parse


def test_nothing_is_nothing():
    assert parse("") is None
    assert parse(" \t ") is None


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_understood(name):
    call = parse(f"  /{name.upper()} ")
    assert call == Call(COMMANDS[name], "")
    assert COMMANDS[name].help.endswith(".")


@pytest.mark.parametrize(
    ("line", "name"), [("exit", "exit"), ("QUIT", "exit"), ("/q", "exit"), ("/new", "clear")]
)
def test_short_forms_mean_their_command(line, name):
    assert parse(line) == Call(COMMANDS[name], "")


def test_an_argument_belongs_to_commands_that_take_one():
    assert parse("/sessions  abc ") == Call(COMMANDS["sessions"], "abc")
    assert parse("/exit now") == Mistake("/exit takes nothing after it; got 'now'")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/hlep", "unknown command /hlep; did you mean /help?"),
        ("/historie", "unknown command /historie; did you mean /history?"),
        ("/zzz", "unknown command /zzz; /help lists them"),
        ("/x\x1b[2Jy", "unknown command /xy; /help lists them"),
    ],
)
def test_an_unknown_command_gets_a_hint(line, problem):
    assert parse(line) == Mistake(problem)


@pytest.mark.parametrize(
    "text",
    ["write a test", "/etc/hosts is missing", "/", "/ 2", "/* c */", "/usr", "exit the loop",
     "/help\nme", "exit()"],
)  # fmt: skip
def test_everything_else_is_a_message(text):
    expected = Mistake if text == "/usr" else Message
    assert isinstance(parse(text), expected)


def test_two_slashes_send_what_looks_like_a_command():
    assert parse("//help me") == Message("/help me")
