"""Plane geometry: points, polygons and convex hulls."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

EPSILON = 1e-9


@dataclass(frozen=True, order=True)
class Point:
    """A point, or the vector from the origin to it."""

    x: float
    y: float

    def __add__(self, other: Point) -> Point:
        return Point(self.x + other.x, self.y + other.y)

    def __sub__(self, other: Point) -> Point:
        return Point(self.x - other.x, self.y - other.y)

    def cross(self, other: Point) -> float:
        """Return the z component of the cross product."""
        return self.x * other.y - self.y * other.x

    def distance_to(self, other: Point) -> float:
        """Return the Euclidean distance to another point."""
        return math.hypot(self.x - other.x, self.y - other.y)

    def rotated(self, angle: float) -> Point:
        """Return the point turned around the origin by an angle in radians."""
        cos, sin = math.cos(angle), math.sin(angle)
        return Point(self.x * cos - self.y * sin, self.x * sin + self.y * cos)

    def is_close(self, other: Point, tolerance: float = EPSILON) -> bool:
        """Tell whether two points are equal up to rounding."""
        return self.distance_to(other) <= tolerance


@dataclass(frozen=True)
class Polygon:
    """A simple polygon given by its corners in order."""

    corners: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise ValueError("a polygon needs at least three corners")

    @cached_property
    def _closed(self) -> tuple[Point, ...]:
        return (*self.corners, self.corners[0])

    @property
    def signed_area(self) -> float:
        """Area by the shoelace formula, positive if counter-clockwise."""
        return sum(a.cross(b) for a, b in pairwise(self._closed)) / 2

    @property
    def area(self) -> float:
        """Area regardless of the orientation."""
        return abs(self.signed_area)

    @property
    def perimeter(self) -> float:
        """Sum of the lengths of all sides."""
        return sum(a.distance_to(b) for a, b in pairwise(self._closed))

    def contains(self, point: Point) -> bool:
        """Tell whether a point lies inside, by the even-odd rule.

        Args:
            point: Point to test; points exactly on a side may count either way.
        """
        inside = False
        for a, b in pairwise(self._closed):
            if (a.y > point.y) != (b.y > point.y):
                crossing_x = a.x + (point.y - a.y) / (b.y - a.y) * (b.x - a.x)
                if point.x < crossing_x:
                    inside = not inside
        return inside


def _half_hull(points: Iterable[Point]) -> list[Point]:
    hull: list[Point] = []
    for point in points:
        while len(hull) >= 2 and (hull[-1] - hull[-2]).cross(point - hull[-1]) <= 0:
            hull.pop()
        hull.append(point)
    return hull


def convex_hull(points: Iterable[Point]) -> Polygon:
    """Compute the convex hull with Andrew's monotone chain.

    Args:
        points: At least three points that do not all lie on one line.

    Returns:
        The hull, counter-clockwise.

    Raises:
        ValueError: If the points do not span an area.
    """
    ordered: Sequence[Point] = sorted(set(points))
    lower = _half_hull(ordered)
    upper = _half_hull(reversed(ordered))
    return Polygon((*lower[:-1], *upper[:-1]))
