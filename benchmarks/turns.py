"""Taking readings in turns, so that what else the machine does is felt by all sides alike."""

import inspect
from collections.abc import Awaitable, Callable

Side = Callable[[], float | Awaitable[float]]


async def in_turns(runs: int, *sides: Side) -> tuple[list[float], ...]:
    """Take a reading of each side, `runs` times, and give back the readings of each.

    Every other round goes backwards, so that no side always comes after the same other one.

    One more round comes first and does not count: in it modules are compiled, files come into the
    system's cache and models are loaded. A single run has none; it is for seeing that all works.
    """
    readings: tuple[list[float], ...] = tuple([] for _ in sides)
    for run in range(0 if runs == 1 else -1, runs):
        pairs = list(zip(sides, readings, strict=True))
        for side, kept in pairs if run % 2 else reversed(pairs):
            reading = side()
            if inspect.isawaitable(reading):
                reading = await reading
            if run >= 0:
                kept.append(reading)
    return readings
