import asyncio
import importlib

import pytest

from benchmarks.__main__ import MEASURES


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_takes_readings_of_both_sides_and_says_what_they_are(name):
    measure = importlib.import_module(f"benchmarks.{name}")
    rows = asyncio.run(measure.measure(1))
    assert rows
    assert all(reading > 0 for row in rows for reading in (*row.ours, *row.reference))
    assert any(row.target for row in rows)
    assert measure.TITLE
    assert measure.NOTE
    assert measure.RUNS > 1
