import signal
import sys

import pytest

from mcp_server.search.module import Module
from mcp_server.search.tracing import install_alarm


@pytest.fixture
def alarm():
    """Lets `bounded` end calls in this process, as it does in the sandbox."""
    before = signal.getsignal(signal.SIGALRM)
    install_alarm()
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def execute(alarm, tmp_path, monkeypatch):
    """Opens a module that is executed in this process: `execute(source)`."""
    monkeypatch.chdir(tmp_path)

    def opened(source, most_mutants=400):
        monkeypatch.setitem(sys.modules, "solution", None)
        path = tmp_path / "solution.py"
        path.write_text(source)
        return Module(source, "solution", str(path), most_mutants)

    return opened
