import importlib.util
import io
import sys
from pathlib import Path

import pytest


@pytest.fixture
def replay(monkeypatch):
    """The module of the agent that replays events."""
    file = Path(__file__).with_name("replay_agent.py")
    spec = importlib.util.spec_from_file_location("replay_agent", file)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "replay_agent", module)
    spec.loader.exec_module(module)
    return module


class FakeTerminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def make_terminal():
    return FakeTerminal
