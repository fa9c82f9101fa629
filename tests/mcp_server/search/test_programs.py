"""The two programs as the sandbox runs them, each in a process of its own, on harmless code."""

import json
import subprocess
import sys

CODE = "def f(x: int):\n    return x > 3\n\ndef _g(x: int):\n    return x + 1\n"
TESTS = "from solution import f\n\ndef test_f():\n    assert f(3) is False\n"


def answers(directory, program, **asked):
    """What a program answers to `<program>.json`, line by line."""
    (directory / "solution.py").write_text(CODE)
    (directory / "test_solution.py").write_text(TESTS)
    name = {"driver": "search", "killing": "killing"}[program]
    asked = {"module": "solution", "key": "key", **asked}
    (directory / f"{name}.json").write_text(json.dumps(asked))
    done = subprocess.run(
        [sys.executable, "-c", f"from mcp_server.search.{program} import main; main()"],
        cwd=directory,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert all(line.startswith("key{") for line in done.stdout.splitlines())
    return [json.loads(line.removeprefix("key")) for line in done.stdout.splitlines()]


def searched(directory, **more):
    given = {
        "runs": 2000,
        "total_runs": 9000,
        "seconds": 9,
        "total": 30,
        "seed": 0,
        "most_mutants": 50,
        "private": False,
    }
    return answers(directory, "driver", **{**given, "subjects": [], "examples": [], **more})


def test_the_search_answers_with_cases_a_summary_for_each_subject_and_an_end(tmp_path):
    found = searched(tmp_path)
    assert {"f(3)", "f(4)"} <= {line["call"] for line in found if "case" in line}
    assert [line["subject"] for line in found if "subject" in line] == ["f"]
    assert found[-1] == {"end": True}


def test_the_search_takes_private_subjects_by_name_and_none_where_there_is_no_time(tmp_path):
    found = searched(tmp_path, private=True, subjects=["_g"])
    assert [line["subject"] for line in found if "subject" in line] == ["_g"]
    assert searched(tmp_path, total=0) == [{"subject": "f", "cut": True}, {"end": True}]


def test_the_measure_answers_with_the_fate_of_each_mutant_and_an_end(tmp_path):
    found = answers(tmp_path, "killing", most=8)
    assert found[-1] == {"end": 7}
    fates = {(line["line"], line["what"]): line["killed"] for line in found[:-1]}
    assert fates[2, "Gt to GtE"] is True
    assert fates[2, "3 to 4"] is False
