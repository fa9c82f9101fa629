"""Where the agent logs."""

import json
import logging
from pathlib import Path

import pytest

from mistral_agent import logs
from mistral_agent.settings import load_agent_settings
from service.settings import Layer, SettingsError


@pytest.fixture(autouse=True)
def root_logger():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        if handler not in handlers:
            handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)


def settings(**logging_section):
    return load_agent_settings(environ={}, flags=[Layer("test", logging_section)])


def test_a_named_file_takes_json_lines_and_what_has_no_effect_is_the_first(tmp_path: Path) -> None:
    file = tmp_path / "agent.log"
    logs.start(settings(logging={"file": str(file)}, agent={"load_in_4bit": True}))
    entry = json.loads(file.read_text().splitlines()[0])
    assert entry["level"] == "WARNING"
    assert "agent.load_in_4bit has no effect" in entry["message"]


def test_nobodys_file_is_in_the_users_log_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    logs.start(settings())
    logging.getLogger("mistral_agent").info("here")
    assert "here" in logs.default_file().read_text()
    assert logs.default_file().is_relative_to(tmp_path)


def test_a_directory_that_cannot_be_written_is_no_reason_to_fail_unless_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    logs.start(settings())
    with pytest.raises(SettingsError, match=r"logging\.file"):
        logs.start(settings(logging={"file": str(tmp_path / "file" / "x.log")}))


def test_the_console_gets_lines_too_where_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.start(settings(logging={"file": str(tmp_path / "a.log"), "console": True}))
    logging.getLogger("mistral_agent").warning("look")
    assert "look" in capsys.readouterr().err
