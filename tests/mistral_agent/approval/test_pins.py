"""The file of approved definitions."""

import json
import sys
from pathlib import Path

import pytest

from mistral_agent.approval import FilePins


def test_what_was_approved_is_known_to_the_next_process(tmp_path: Path):
    path = tmp_path / "data" / "approvals.json"
    assert FilePins(path).put("s", "t", "a1") is None
    FilePins(path).put("s", "u", "b2")
    assert FilePins(path).get("s", "t") == "a1"
    assert FilePins(path).get("s", "u") == "b2"
    assert FilePins(path).get("other", "t") is None
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir() if each.suffix != ".lock"] == [path.name]


def test_processes_do_not_take_each_others_approvals_away(tmp_path: Path):
    path = tmp_path / "approvals.json"
    one, other = FilePins(path), FilePins(path)
    assert one.get("s", "t") is None
    assert other.get("s", "t") is None
    one.put("s", "t", "a1")
    other.put("s", "u", "b2")
    assert FilePins(path).get("s", "t") == "a1"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"schema": 99, "tools": {}}', '{"schema": 1, "tools": {"s": []}}', "\x00\xff"],
)
def test_a_damaged_file_approves_nothing_and_is_replaced(tmp_path: Path, text):
    path = tmp_path / "approvals.json"
    path.write_text(text, encoding="latin-1")
    pins = FilePins(path)
    assert pins.get("s", "t") is None
    assert pins.put("s", "t", "a1") is None
    assert json.loads(path.read_text())["tools"] == {"s": {"t": "a1"}}


@pytest.mark.skipif(sys.platform == "win32", reason="directories are no files there")
def test_a_place_that_cannot_be_written_is_told_and_the_process_remembers(tmp_path: Path):
    (tmp_path / "file").touch()
    pins = FilePins(tmp_path / "file" / "approvals.json")
    problem = pins.put("s", "t", "a1")
    assert problem is not None
    assert "approvals cannot be kept" in problem
    assert pins.get("s", "t") == "a1"
