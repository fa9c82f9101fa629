"""The benchmark of code generation: its interval and its table, without a model."""

import pytest

from benchmarks.generation import Solved, table
from benchmarks.intervals import wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_the_interval_is_that_of_the_literature(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_the_table_counts_what_was_solved_and_what_was_wrongly_called_verified():
    solved = [
        Solved("a", True, True, True, True, 1, 2.0),
        Solved("b", False, True, True, True, 4, 8.0),
        Solved("c", False, False, True, True, 2, 4.0),
        Solved("d", False, False, False, False, 20, 25.0),
    ]
    text = table("tuning", solved)

    assert "| tuning half, 4 tasks |" in text
    assert "| solved by the first greedy answer | 25% (1/4) |" in text
    assert "| solved by verified generation | 50% (2/4) |" in text
    assert "| ceiling: solved by any of the same candidates | 75% (3/4) |" in text
    assert "| refuted by hidden tests, of those verified | 33% (1/3) |" in text
    assert "- verified generation to first answer: 2.00" in text
    assert "median 6.0, most 25.0; where the first answer passes (1): median 2.0" in text


def test_a_table_without_successes_has_no_ratio():
    text = table("tuning", [Solved("a", False, False, False, False, 20, 25.0)])

    assert "- verified generation to first answer: -" in text
