"""The two programs as the sandbox runs them, each in a process of its own, on harmless code."""

import json
import os
import subprocess
import sys

CODE = "def f(x: int):\n    return x > 3\n\ndef _g(x: int):\n    return x + 1\n"
TESTS = "from solution import f\n\ndef test_f():\n    assert f(3) is False\n"


def answers(directory, program, hash_seed="0", **asked):
    """What a program answers to `<program>.json`, line by line."""
    (directory / "solution.py").write_text(CODE)
    (directory / "test_solution.py").write_text(TESTS)
    name = {"driver": "search", "killing": "killing"}[program]
    asked = {"module": "solution", "key": "key", **asked}
    (directory / f"{name}.json").write_text(json.dumps(asked))
    done = subprocess.run(
        [sys.executable, "-c", f"from mcp_server.search.{program} import main; main()"],
        cwd=directory,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
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


SHOP = """
class Shop:
    def __init__(self, prices):
        self.prices = prices
        self.rounded = True

    def total(self, names, discount=0):
        found = sum(self.prices.get(name, 1) for name in names)
        if discount > 10 and len(names) > 2:
            found = found * (100 - discount) / 100
        return round(found) if self.rounded else found
"""


def test_the_same_chances_find_the_same_whatever_the_order_of_sets_and_the_load(
    tmp_path, monkeypatch
):
    monkeypatch.setitem(globals(), "CODE", SHOP)
    found = []
    for hash_seed, seconds in (("1", 9), ("2", 25)):
        lines = searched(tmp_path, hash_seed=hash_seed, seconds=seconds)
        assert [line["cut"] for line in lines if "cut" in line] == [False]
        found.append([{k: v for k, v in line.items() if k != "seconds"} for line in lines])
    assert found[0] == found[1]
    assert "shop.rounded = False" in str(found[0])


def test_a_search_that_its_seconds_end_says_so(tmp_path):
    lines = searched(tmp_path, runs=10**9, total_runs=10**9, seconds=0.001, subjects=["f"])
    assert [line["cut"] for line in lines if "cut" in line] == [True]
