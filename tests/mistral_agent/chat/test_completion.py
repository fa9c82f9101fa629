"""What the prompt offers while one types."""

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from mistral_agent.chat.completion import offers, open_completer

COMMANDS = [("help", "List."), ("history", "Show."), ("exit", "Leave.")]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "src").mkdir()
    for name in ("solution.py", "src/app.py", ".secret", "with space", "es\x1bcape"):
        (tmp_path / name).touch()
    return tmp_path


def texts(before, folder):
    return [(offer.text, offer.replaces) for offer in offers(before, COMMANDS, folder)]


def test_commands_are_completed_at_the_beginning_alone(folder):
    assert texts("/h", folder) == [("/help", 2), ("/history", 2)]
    assert texts("/", folder) == [("/help", 1), ("/history", 1), ("/exit", 1)]
    assert texts("see /h", folder) == []


def test_paths_are_completed_after_an_at_sign(folder):
    assert texts("review @s", folder) == [("solution.py", 1), ("src/", 1)]
    assert texts("review @src/", folder) == [("app.py", 0)]
    assert texts(f"@{folder}/sol", folder) == [("solution.py", 3)]


def test_hidden_and_awkward_names_are_not_offered(folder):
    assert [text for text, _ in texts("@", folder)] == ["solution.py", "src/"]
    assert texts("@.", folder) == [(".secret", 1)]


@pytest.mark.parametrize("before", ["me@host", "@nowhere/x", "@\0", "hello", "@solution.py "])
def test_where_nothing_fits_nothing_is_offered(before, folder):
    assert texts(before, folder) == []


def test_many_entries_are_bounded(tmp_path):
    for number in range(80):
        (tmp_path / f"f{number}").touch()
    assert len(texts("@f", tmp_path)) == 50


def test_the_prompt_gets_the_same_offers(folder, monkeypatch):
    monkeypatch.chdir(folder)
    found = open_completer(COMMANDS).get_completions(Document("@so"), CompleteEvent())
    assert [(c.text, c.start_position) for c in found] == [("solution.py", -2)]
