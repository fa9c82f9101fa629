import pytest

from benchmarks.report import heading, table
from benchmarks.rows import Row, Target


def test_ratio_is_the_median_over_neighbours_so_a_slow_phase_of_both_cancels_out():
    row = Row("start", "ms", [100, 900, 110], [100, 1000, 100])
    assert row.ratio == 1.0


def test_a_ratio_over_its_limit_misses_the_target_and_one_at_the_limit_meets_it():
    assert Row("start", "ms", [12.0], [10.0], Target(1.2)).met is True
    assert Row("start", "ms", [12.1], [10.0], Target(1.2)).met is False


def test_a_lower_bound_is_missed_from_below():
    assert Row("speed", "tok/s", [9.5], [10.0], Target(0.95, at_least=True)).met is True
    assert Row("speed", "tok/s", [9.4], [10.0], Target(0.95, at_least=True)).met is False


def test_a_target_may_bound_ours_alone_or_its_distance_from_the_reference():
    assert Row("help", "ms", [299, 310, 290], [10, 10, 10], Target(300, "ours")).met is True
    assert Row("step", "ms", [15, 14, 16], [10, 10, 9], Target(5, "difference")).met is True
    assert Row("step", "ms", [16, 14, 16], [10, 10, 9], Target(5, "difference")).met is False


def test_a_row_without_target_is_neither_met_nor_missed():
    assert Row("start", "ms", [1], [1]).met is None


def test_readings_without_neighbours_are_refused():
    with pytest.raises(ValueError, match="2 readings of ours, 1 of the reference"):
        Row("start", "ms", [1, 2], [1])
    with pytest.raises(ValueError, match="0 readings"):
        Row("start", "ms", [], [])


def test_a_table_shows_medians_minima_the_bounded_quantity_and_what_was_missed():
    rows = [
        Row("good", "ms", [120, 100, 110], [100, 100, 100], Target(1.15)),
        Row("bad", "ms", [7.0], [1.0], Target(5, "difference")),
        Row("plain", "tok/s", [0.0123], [0.01]),
    ]
    lines = table("Title", "What it is.", rows).splitlines()
    assert lines[:3] == ["## Title", "", "What it is."]
    assert lines[-3:] == [
        "| good | 110 (100) ms | 100 (100) ms | 3 | ratio 1.10 | ≤ 1.15 | yes |",
        "| bad | 7.00 (7.00) ms | 1.00 (1.00) ms | 1 | ours less reference 6.00 ms | ≤ 5.00 ms "
        "| **no** |",
        "| plain | 0.012 (0.012) tok/s | 0.010 (0.010) tok/s | 1 | ratio 1.23 |  |  |",
    ]
    assert all(line.count("|") == lines[-1].count("|") for line in lines[4:])


def test_the_heading_names_the_command_and_the_machine():
    text = heading("python -m benchmarks embedded")
    assert "`python -m benchmarks embedded`" in text
    assert "cores" in text
    assert "mcp 2." in text
