"""Where lamps stand along their street, by their coordinates.

A street that is straight, but for its width, is measured along its principal axis: exact, however its lamps alternate
between the sides. Any other is measured along a line through its lamps: lamps that face each other are one station, the
stations are joined by the shortest tree there is (Prim), the longest way through that tree is the street, and each lamp
is put where it is nearest to it. Between two lamps the street is taken as straight, so that a bend of 100 m radius with
a lamp each 30 m comes out 0.4 % short. Where stations alternate between two sides, the line runs between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import asinh, atan2, cos, hypot, inf, radians, sin, tan
from statistics import fmean

EARTH = 6_371_008.8
"""Mean radius in metres (IUGG)."""

FACING = 12.0
"""Metres between lamps that are taken as one station: the width of a street."""

WIDTH = 10.0
"""Metres that a lamp of a straight street may stand beside its axis."""

STRAIGHT = 0.05
"""How much of its length a straight street may be wide, each way: an arc so high is 2.7 % longer than its chord."""

BESIDE = 1.0
"""Metres that a station stands beside its neighbours' line where it is on another side of the street than they."""

_MOSTLY = 0.7
_FEWEST = 4


_Plane = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a plane, east and north; `scale` is how many metres one of its units is there."""

    east: float
    north: float
    scale: float = 1.0

    @classmethod
    def of_degrees(cls, latitude: float, longitude: float) -> "Point":
        """A place by its coordinates on Mercator's plane, which has the right angles everywhere."""
        north = EARTH * asinh(tan(radians(latitude)))
        return cls(EARTH * radians(longitude), north, cos(radians(latitude)))


@dataclass(frozen=True, slots=True)
class Along:
    """Where lamps stand: metres from the first end of the street, and how far each is beside its line."""

    metres: tuple[float, ...]
    beside: tuple[float, ...]


def along(points: Sequence[Point]) -> Along:
    """Metres along the street for each of its lamps, from the end at which their list begins."""
    scale = fmean(point.scale for point in points)
    east, north = fmean(point.east for point in points), fmean(point.north for point in points)
    flat = [((point.east - east) * scale, (point.north - north) * scale) for point in points]
    found = _straight(flat) or _curved(flat)
    return _from_first(found)


def _straight(points: Sequence[_Plane]) -> Along | None:
    """Metres along the principal axis; None where lamps stand too far beside it."""
    across = atan2(2 * sum(x * y for x, y in points), sum(x * x - y * y for x, y in points)) / 2
    metres = tuple(x * cos(across) + y * sin(across) for x, y in points)
    beside = tuple(y * cos(across) - x * sin(across) for x, y in points)
    half = (max(beside) - min(beside)) / 2
    if half > WIDTH or half > STRAIGHT * (max(metres) - min(metres)):
        return None
    return Along(metres, tuple(map(abs, beside)))


def _curved(points: Sequence[_Plane]) -> Along:
    """Metres along the line through the stations."""
    stations = _stations(points)
    if len(stations) == 1:
        return Along((0.0,) * len(points), tuple(hypot(x, y) for x, y in points))
    line = _between_sides([stations[index] for index in _longest_way(stations)])
    placed = [_placed(point, line) for point in points]
    return Along(tuple(metres for metres, _ in placed), tuple(beside for _, beside in placed))


def _stations(points: Sequence[_Plane]) -> list[_Plane]:
    """Lamps that face each other, or share a pole, are one: at their middle."""
    groups: list[list[_Plane]] = []
    for point in points:
        near = next((group for group in groups if _apart(group[0], point) < FACING), None)
        if near is None:
            groups.append([point])
        else:
            near.append(point)
    return [(fmean(x for x, _ in group), fmean(y for _, y in group)) for group in groups]


def _longest_way(stations: Sequence[_Plane]) -> list[int]:
    """The longest way through the shortest tree that joins all stations, as their indices."""
    joined = _tree(stations)
    far, _ = _farthest(stations, joined, 0)
    end, way = _farthest(stations, joined, far)
    path = [end]
    while path[-1] != far:
        path.append(way[path[-1]])
    return path[::-1]


def _tree(stations: Sequence[_Plane]) -> list[list[int]]:
    """The neighbours of each station in the shortest tree (Prim)."""
    joined: list[list[int]] = [[] for _ in stations]
    nearest = dict.fromkeys(range(1, len(stations)), (inf, 0))
    last = 0
    while nearest:
        for index, (distance, _) in nearest.items():
            if (closer := _apart(stations[last], stations[index])) < distance:
                nearest[index] = (closer, last)
        new = min(nearest, key=lambda index: nearest[index][0])
        _, old = nearest.pop(new)
        joined[old].append(new)
        joined[new].append(old)
        last = new
    return joined


def _farthest(stations: Sequence[_Plane], joined: list[list[int]], start: int) -> tuple[int, dict[int, int]]:
    """The station farthest from one through the tree, and from where each is reached."""
    distance, way, waiting = {start: 0.0}, dict[int, int](), [start]
    while waiting:
        here = waiting.pop()
        for there in joined[here]:
            if there not in distance:
                distance[there] = distance[here] + _apart(stations[here], stations[there])
                way[there] = here
                waiting.append(there)
    return max(distance, key=lambda index: distance[index]), way


def _between_sides(line: list[_Plane]) -> list[_Plane]:
    """The line itself; where its stations alternate between two sides, the line between these.

    Weights of 1/4, 1/2 and 1/4 take out what alternates, and nothing else of a straight line.
    """
    turns = [_turn(*three) for three in zip(line, line[1:], line[2:], strict=False)]
    opposite = sum(one * other < 0 and min(abs(one), abs(other)) > BESIDE for one, other in pairwise(turns))
    if len(line) < _FEWEST or opposite < _MOSTLY * (len(turns) - 1):
        return line
    return [
        ((before[0] + 2 * here[0] + after[0]) / 4, (before[1] + 2 * here[1] + after[1]) / 4)
        for before, here, after in zip(line, line[1:], line[2:], strict=False)
    ]


def _turn(before: _Plane, here: _Plane, after: _Plane) -> float:
    """How far a station is beside the line from the one before to the one after; left is positive."""
    x, y = after[0] - before[0], after[1] - before[1]
    length = hypot(x, y)
    return ((here[0] - before[0]) * y - (here[1] - before[1]) * x) / length if length else 0.0


def _placed(point: _Plane, line: Sequence[_Plane]) -> tuple[float, float]:
    """Metres along the line to where a point is nearest to it, and how far that is; the ends go on straight."""
    starts = list(accumulate((_apart(*two) for two in pairwise(line)), initial=0.0))
    best = (inf, 0.0)
    for index, ((x, y), (to_x, to_y)) in enumerate(pairwise(line)):
        length = starts[index + 1] - starts[index]
        share = ((point[0] - x) * (to_x - x) + (point[1] - y) * (to_y - y)) / length**2
        share = max(share, 0.0) if index > 0 else share
        share = min(share, 1.0) if index < len(line) - 2 else share
        beside = _apart(point, (x + share * (to_x - x), y + share * (to_y - y)))
        best = min(best, (beside, starts[index] + share * length))
    return best[1], best[0]


def _from_first(found: Along) -> Along:
    """Counted from the end where the list begins: its order says which, on the whole."""
    middle = (len(found.metres) - 1) / 2
    onwards = sum((index - middle) * metres for index, metres in enumerate(found.metres)) >= 0
    metres = found.metres if onwards else tuple(-one for one in found.metres)
    first = min(metres)
    return Along(tuple(one - first for one in metres), found.beside)


def _apart(one: _Plane, other: _Plane) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])
