import sys
from types import ModuleType

import pytest

from benchmarks import __main__ as command
from benchmarks.rows import Row, Target


@pytest.fixture
def measures(monkeypatch):
    """Two measures that need no machine: one within its target, one past it."""

    def add(name, ours):
        module = ModuleType(f"benchmarks.{name}")

        async def measure(runs):
            return [Row(f"{name} row", "ms", [ours] * runs, [1.0] * runs, Target(1.5))]

        module.__dict__.update(TITLE=name, NOTE="A note.", RUNS=3, measure=measure)
        monkeypatch.setitem(sys.modules, module.__name__, module)

    add("quick", 1.0)
    add("slow", 2.0)
    monkeypatch.setattr(command, "MEASURES", {"quick": "is quick", "slow": "is slow"})


def test_all_measures_run_when_none_is_named_and_a_missed_target_is_the_exit_code(measures, capsys):
    assert command.main([]) == 1
    printed = capsys.readouterr()
    assert "| quick row | 1.00 (1.00) ms | 1.00 (1.00) ms | 3 |" in printed.out
    assert "| slow row |" in printed.out
    assert printed.err == "benchmarks: target missed: slow row\n"


def test_a_named_measure_runs_alone_as_often_as_asked(measures, capsys):
    assert command.main(["quick", "--runs", "2"]) == 0
    printed = capsys.readouterr().out
    assert "| quick row | 1.00 (1.00) ms | 1.00 (1.00) ms | 2 |" in printed
    assert "slow" not in printed


def test_the_written_file_is_what_was_printed(measures, capsys, tmp_path):
    file = tmp_path / "benchmarks.md"
    command.main(["--write", str(file)])
    assert file.read_text(encoding="utf-8") == capsys.readouterr().out


def test_what_is_measured_apart_stays_in_the_written_file(measures, capsys, tmp_path):
    file = tmp_path / "benchmarks.md"
    file.write_text("old\n\n# Measured apart\n\nof its own\n", encoding="utf-8")
    command.main(["--write", str(file)])

    written = file.read_text(encoding="utf-8")
    assert written == capsys.readouterr().out + "\n# Measured apart\n\nof its own\n"


def test_an_unknown_measure_is_refused_with_the_list(measures, capsys):
    assert command.main(["quik"]) == 2
    assert capsys.readouterr().err == "benchmarks: no measure 'quik'; there are quick, slow\n"


def test_no_readings_at_all_cannot_be_asked_for(measures, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["--runs", "0"])
    assert end.value.code == 2
    assert "0 is not at least 1" in capsys.readouterr().err
