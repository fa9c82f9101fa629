"""The time of day that a text names."""

import re

_TIME = re.compile(
    r"\b(?:(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d)\b(?: ?(?P<half>[ap])\.?m\b)?"
    r"| ?(?:(?P<lone_half>[ap])\.?m|o'clock)\b)|(?P<named>noon|midday|midnight)\b)",
    re.IGNORECASE,
)
_NAMED = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
_HALF_DAY = 12


def clock_time(prose: str) -> str | None:
    """The first time of day as HH:MM of 24 hours: "15:15" of "3:15 pm", "12:00" of "noon"."""
    found = _TIME.search(prose)
    if found is None:
        return None
    if found["named"]:
        return _NAMED[found["named"].lower()]
    hour = int(found["hour"])
    half = (found["half"] or found["lone_half"] or "").lower()
    if half and hour <= _HALF_DAY:
        hour = hour % _HALF_DAY + (_HALF_DAY if half == "p" else 0)
    return f"{hour:02}:{found['minute'] or '00'}"
