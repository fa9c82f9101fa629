"""Which lines and arcs of the module a call runs, and a bound on how long it may."""

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

Arc = tuple[int, int]
"""From one line to the next; a negative line is where a block that starts there begins or ends."""


class OutOfTimeError(BaseException):
    """A call took too long; not an Exception, so that code under test does not catch it."""


class Tracer:
    """Collects the arcs that run in one file, through `sys.settrace`."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self.arcs: set[Arc] = set()
        self.lines = 0

    @contextlib.contextmanager
    def on(self) -> Iterator[set[Arc]]:
        """Collect within the block; gives the set that fills."""
        self.arcs, self.lines = set(), 0
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield self.arcs
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        if frame.f_code.co_filename != self._filename:
            return None
        arcs, start = self.arcs, -frame.f_code.co_firstlineno
        before = start

        def follow(frame: FrameType, event: str, _arg: Any) -> Any:
            nonlocal before
            if event == "line":
                self.lines += 1
                arcs.add((before, frame.f_lineno))
                before = frame.f_lineno
            elif event == "return":
                arcs.add((before, start))
            return follow

        return follow


def lines_of(arcs: set[Arc]) -> set[int]:
    """The lines that arcs lead to."""
    return {line for _, line in arcs if line > 0}


WAITING = 6.0
"""How many times longer a call may take that waits, or runs on a busy machine."""


def _expire(*_: object) -> None:
    # Again, in case a bare `except:` swallows this one.
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    raise OutOfTimeError


def install_alarm() -> None:
    """Let `bounded` end calls in this process; only in its main thread."""
    signal.signal(signal.SIGALRM, _expire)
    signal.signal(signal.SIGPROF, _expire)


@contextlib.contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raise OutOfTimeError in the block after that many seconds of the processor.

    They are the same on a busy machine; of the clock's it may take `WAITING` times as many. It does
    not cover C code that never looks at signals; the process as a whole is bounded for it.
    """
    seconds = max(seconds, 0.001)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * WAITING)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
