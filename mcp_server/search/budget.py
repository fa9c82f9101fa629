"""How long a search goes on: so many runs of the code, and the clock only as a guard.

What is found depends on the runs alone, so that the same code and the same chances give the same
tests on a busy machine as on an idle one, unless the guard cuts the search short.
"""

import time
from dataclasses import dataclass, field
from typing import Protocol


class Runner(Protocol):
    """What counts how much of the code was run."""

    runs: int


@dataclass
class Budget:
    """Ends at a number of runs, or at a moment if that comes first.

    Args:
        runner: Counts.
        most: Its count at the end; a long run counts as several.
        until: `time.monotonic()` at the latest end.
    """

    runner: Runner
    most: int
    until: float
    cut: bool = field(default=False, init=False)
    """The clock ended it, and not the count."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more may be run."""
        if self.runner.runs >= self.most:
            return True
        if time.monotonic() > self.until:
            self.cut = True
        return self.cut

    @property
    def left(self) -> int:
        """Runs that are left."""
        return max(self.most - self.runner.runs, 0)

    def part(self, share: float) -> "Budget":
        """A share of what is left, with the same guard."""
        return Budget(self.runner, self.runner.runs + int(share * self.left), self.until)
