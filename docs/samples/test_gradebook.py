import pytest
from gradebook import average, final_grade, letter, ranking


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.0, "F"),
        (77.0, "C+"),
        (90.0, "A-"),
        (73.0, "C"),
        (80.0, "B-"),
        (100.0, "A"),
    ],
)
def test_letter_returns_expected_text(score, expected):
    assert letter(score) == expected


@pytest.mark.parametrize(
    "score",
    [
        60.0,
        68.0,
    ],
)
def test_letter_returns_d(score):
    assert letter(score) == "D"


def test_letter_raises_value_error_score_out_of_range():
    with pytest.raises(ValueError) as error:
        letter(100.5)
    assert str(error.value) == "score out of range: 100.5"


@pytest.mark.parametrize(
    "scores",
    [
        [6],
        [6, 1],
    ],
)
def test_average_returns_6(scores):
    assert average(scores, True) == 6.0


def test_average_returns_none_for_empty_list():
    assert average([]) is None


def test_average_returns_1_point_5():
    assert average([1, 2]) == 1.5


@pytest.mark.parametrize(
    "record",
    [
        {"exam": []},
        {"quiz": []},
        {"homework": []},
    ],
)
def test_final_grade_returns_incomplete(record):
    assert final_grade(record) == "incomplete"


def test_final_grade_raises_key_error():
    with pytest.raises(KeyError):
        final_grade({"quiz": [], "score out of range: %s": []})


def test_ranking_returns_list():
    assert ranking({"hello world": {"abc": ""}}) == ["hello world"]
