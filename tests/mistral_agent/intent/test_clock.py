import pytest

from mistral_agent.intent.clock import clock_time
from mistral_agent.intent.numbers import numbers_of


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("at 8:05 in Rome", "08:05"),
        ("4:20 pm", "16:20"),
        ("11am", "11:00"),
        ("12 AM", "00:00"),
        ("12:30 p.m.", "12:30"),
        ("at 9 o'clock", "09:00"),
        ("at midday", "12:00"),
        ("midnight", "00:00"),
        ("17:45 pm", "17:45"),
    ],
)
def test_a_time_of_day_is_read_as_one_of_24_hours(text, time):
    assert clock_time(text) == time
    assert not list(numbers_of(text))


@pytest.mark.parametrize("text", ["line 9", "at 25:10", "3 apples", "I am 9", "9 amps", ""])
def test_other_numbers_are_no_times(text):
    assert clock_time(text) is None
