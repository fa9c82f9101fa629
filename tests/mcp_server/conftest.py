import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture
def fakes(monkeypatch):
    """The module of fake tools, importable as `fake_tools` while a test runs."""
    file = Path(__file__).with_name("fake_tools.py")
    spec = importlib.util.spec_from_file_location("fake_tools", file)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "fake_tools", module)
    spec.loader.exec_module(module)
    return module
