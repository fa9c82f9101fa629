"""Programs that format."""

import sys

import pytest

from mcp_server.analysis.formatters import programs
from mcp_server.analysis.formatters.programs import run, run_checked
from mcp_server.analysis.guard import SourceError


def python(code):
    return [sys.executable, "-c", code]


def test_a_program_reads_its_input_and_both_of_its_outputs_are_read():
    code = "import sys; print(sys.stdin.read().upper()); print('e', file=sys.stderr); sys.exit(3)"

    done = run(python(code), stdin="é\n", name="it")

    assert (done.code, done.stdout, done.stderr) == (3, "É\n\n", "e\n")


def test_a_program_that_takes_too_long_is_ended_with_what_it_started(monkeypatch):
    monkeypatch.setattr(programs, "SECONDS", 0.5)
    code = "import subprocess as s, sys; s.run([sys.executable, '-c', 'while True: pass'])"

    with pytest.raises(SourceError, match=r"it took over 0\.5 seconds; send less code"):
        run(python(code), stdin="", name="it")


def test_a_program_that_closes_its_outputs_and_goes_on_is_ended(monkeypatch):
    monkeypatch.setattr(programs, "SECONDS", 0.5)
    code = "import os\nos.close(1)\nos.close(2)\nwhile True: pass"

    with pytest.raises(SourceError, match="it took over"):
        run(python(code), stdin="", name="it")


def test_a_program_that_prints_without_end_is_ended(monkeypatch):
    monkeypatch.setattr(programs, "OUTPUT_BYTES", 100_000)

    with pytest.raises(SourceError, match="it printed over 100000 bytes"):
        run(python("while True: print('x' * 1000)"), stdin="", name="it")


def test_a_program_that_crashes_is_named_with_its_signal():
    with pytest.raises(SourceError, match=r"it crashed on this input \(signal 6\)"):
        run(python("import os; os.abort()"), stdin="", name="it")


def test_a_program_that_refuses_is_named_with_its_reason():
    with pytest.raises(SourceError, match="it refused this input: no"):
        run_checked(python("import sys; sys.exit('no')"), stdin="", name="it")
