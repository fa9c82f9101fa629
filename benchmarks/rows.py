"""A measured row: repeated readings of ours and of a reference, and the target they are held to."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

Quantity = Literal["ratio", "ours", "difference"]


@dataclass(frozen=True, slots=True)
class Target:
    """A bound of one quantity.

    Args:
        limit: The bound itself: a factor for a ratio, else in the row's unit.
        of: What is bounded: ours over reference, ours alone, or ours less reference.
        at_least: The quantity must reach the limit; otherwise it must not pass it.
    """

    limit: float
    of: Quantity = "ratio"
    at_least: bool = False

    def met_by(self, value: float) -> bool:
        """Whether `value` is on the right side of the limit."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """What one measure found.

    Args:
        what: What was measured, in a few words.
        unit: The unit of the readings, such as "ms".
        ours: Readings of this product, in the order they were taken.
        reference: Readings of what it is compared with, each taken next to ours of the same place.
        target: The bound, or None where the row only informs.
    """

    what: str
    unit: str
    ours: Sequence[float]
    reference: Sequence[float]
    target: Target | None = None

    def __post_init__(self) -> None:
        if not self.ours or len(self.ours) != len(self.reference):
            raise ValueError(
                f"{self.what}: {len(self.ours)} readings of ours, {len(self.reference)} of the "
                "reference; every reading needs its neighbour"
            )

    @property
    def ratio(self) -> float:
        """Median of the ratios of neighbouring readings: a load that both feel cancels out."""
        return median(a / b for a, b in zip(self.ours, self.reference, strict=True))

    @property
    def difference(self) -> float:
        """Median of the differences of neighbouring readings."""
        return median(a - b for a, b in zip(self.ours, self.reference, strict=True))

    @property
    def bounded(self) -> float:
        """The quantity that the target bounds."""
        quantity = self.target.of if self.target else "ratio"
        if quantity == "ratio":
            return self.ratio
        return self.difference if quantity == "difference" else median(self.ours)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        return self.target.met_by(self.bounded) if self.target else None
