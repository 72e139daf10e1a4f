"""Whether something grows: a line through what was measured, and how far off it may be. Pure.

What is measured again and again of one process remembers: a page taken stays taken, so that each value is much like
the one before, and a hundred of them say less than a hundred tosses would; the textbook's error comes out too small.
The means of a few long stretches are as good as independent where stretches are longer than that memory ("batch means":
Law, Simulation Modeling and Analysis, chapter 9). The line is drawn through those.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

STRETCHES = 16
"""Into so many stretches the way is cut."""
STUDENT = 2.145
"""Student's t for 95 per cent and as many degrees of freedom as stretches, less the two that a line takes."""

Point = tuple[float, float]


class Line(NamedTuple):
    """The least-squares line through some points: how steep, and how far off that may be (95 per cent)."""

    slope: float
    uncertainty: float

    @property
    def level(self) -> bool:
        """Whether the slope is zero within its own error."""
        return abs(self.slope) <= self.uncertainty


def fit(points: Sequence[Point], grain: float) -> Line:
    """The line through the means of `STRETCHES` stretches of the points, which are in the order of x.

    No value is known better than to a `grain`, and no line through them better than to a grain over the whole way.
    Raises `ValueError` for fewer points than stretches.
    """
    if len(points) < STRETCHES:
        raise ValueError(f"expected {STRETCHES} points at least, found {len(points)}: play more messages")
    means = [_mean(points[len(points) * k // STRETCHES : len(points) * (k + 1) // STRETCHES]) for k in range(STRETCHES)]
    middle, height = _mean(means)
    spread = sum((x - middle) ** 2 for x, _ in means)
    slope = sum((x - middle) * (y - height) for x, y in means) / spread
    rest = sum((y - height - slope * (x - middle)) ** 2 for x, y in means)
    error = math.sqrt(rest / (STRETCHES - 2) / spread)
    return Line(slope, max(STUDENT * error, grain / (points[-1][0] - points[0][0])))


def _mean(points: Sequence[Point]) -> Point:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
