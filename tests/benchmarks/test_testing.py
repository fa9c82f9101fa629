import ast

import pytest

from benchmarks import testing
from benchmarks.testing import Measured, Subject, measure, subjects_of, table


@pytest.mark.parametrize("part", ["frozen", "tuning", "stdlib"])
def test_every_part_has_subjects_that_parse(part):
    subjects = subjects_of(part)
    assert len(subjects) >= 10
    assert len({subject.name for subject in subjects}) == len(subjects)
    for subject in subjects:
        ast.parse(subject.code)
        assert (subject.typed is None) is (part == "stdlib")


def test_no_subject_is_tuned_on_and_measured():
    tuning, frozen = subjects_of("tuning"), subjects_of("frozen")
    assert not {s.name for s in tuning} & {s.name for s in frozen}
    assert not {s.code for s in tuning} & {s.code for s in frozen}


def measured(name, typed, claimed, plain, *, killed=3, count=(2, 2)):
    return Measured(Subject(name, typed, "", "tuning"), claimed, plain, count, killed, 4, 1.5)


def test_the_table_has_typed_and_untyped_code_apart_and_names_what_is_wrong():
    rows = [
        measured("a", True, 100.0, 100.0),
        measured("b", True, 80.0, 90.0, killed=1, count=(2, 3)),
        measured("c", False, 96.0, None),
    ]
    lines = table(rows).splitlines()
    assert lines[2:] == [
        "| tuning, typed | 2 | 90.0 % | 1 of 2 | 50.0 % (4 of 8) | 1.5 (1.5) | 0 | 0 | 1 | 1 |",
        "| tuning, untyped | 1 | 96.0 % | 1 of 1 | 75.0 % (3 of 4) | 1.5 (1.5) | 0 | 1 | 0 | 0 |",
    ]
    assert {line.count("|") for line in lines} == {lines[0].count("|")}


def test_plain_pytest_measures_what_a_reader_would_measure():
    code = "def f(x):\n    if x:\n        return 1\n    return 2\n"
    tests = "from solution import f\n\ndef test_f():\n    assert f(1) == 1\n"
    covered, count, problem = testing.plainly(code, tests)
    assert (round(covered), count, problem) == (67, 1, "")
    covered, count, problem = testing.plainly(code, tests.replace("== 1", "== 5"))
    assert (covered, count) == (None, 0)
    assert "1 failed" in problem


@pytest.mark.anyio
async def test_the_tool_is_measured_with_a_model_that_says_nothing_of_use(tmp_path):
    subject = Subject("tiny", True, "def f(x: int) -> int:\n    return x + 1\n")

    asked = ([subject], "scripted", 30, tmp_path / "results.jsonl")
    (found,) = await measure(*asked)
    assert await measure(*asked) == [found], "what is in the file of results is not measured again"
    assert (found.claimed, found.plain, found.problem) == (100.0, 100.0, "")
    assert found.count[0] == found.count[1] >= 1
    assert found.killed == found.tried == 3
