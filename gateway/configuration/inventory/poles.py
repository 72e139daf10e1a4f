"""Rows of a town's list as poles, and every row that cannot be one, with why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.configuration.inventory.along import Point
from gateway.configuration.inventory.columns import Column
from gateway.configuration.inventory.table import Row, Table
from gateway.configuration.places import folded

FARTHEST = 100_000.0
"""Metres along one street."""

_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)([a-z]*)")
_WATTS = re.compile(r"(\d+(?:[.,]\d+)?)\s*W\b", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_UNITS = {"", "m", "w"}
_MOST_WATTS = 5_000.0


@dataclass(frozen=True, slots=True)
class Pole:
    """One pole as the list has it. `metres` along its street, or its `point`; `watts` where they are known."""

    line: int
    number: str
    street: str
    metres: float | None
    point: Point | None
    type: str
    watts: float | None
    feed: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that means no pole."""

    line: int
    why: str


def read_poles(table: Table, where: Mapping[Column, int]) -> tuple[list[Pole], list[BadRow]]:
    """The poles of a table, and the rows that are none."""
    poles: list[Pole] = []
    bad: list[BadRow] = []
    for row in table.rows:
        reading = _Reading(row, where, table.headings)
        try:
            poles.append(reading.pole())
        except _Bad as why:
            bad.append(BadRow(row.line, str(why)))
    return poles, bad


class _Bad(ValueError):  # noqa: N818 - it is a row's, and ends in this module
    """Why a row is no pole."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One row and what its cells are."""

    row: Row
    where: Mapping[Column, int]
    headings: Sequence[str]

    def pole(self) -> Pole:
        """The pole that the row is about. Raises `_Bad`."""
        if len(self.row.cells) > len(self.headings):
            raise _Bad(f"{len(self.row.cells)} cells for {len(self.headings)} headings: is a comma a decimal comma?")
        number = self._pole_number()
        metres, point = self._metres(), self._point()
        if metres is None and point is None:
            raise _Bad(f"it is not said where {number} stands")
        return Pole(
            line=self.row.line,
            number=number,
            street=self._text(Column.STREET),
            metres=metres,
            point=point,
            type=self._text(Column.TYPE),
            watts=self._watts(),
            feed="-".join(filter(None, (self._text(Column.CABINET), self._text(Column.FEED)))),
        )

    def _pole_number(self) -> str:
        """As it is painted on the pole: of a column called PL, "0417" is PL 0417."""
        number = self._text(Column.POLE)
        if not number:
            raise _Bad("the pole has no number")
        named = set(folded(self.headings[self.where[Column.POLE]]).split())
        return f"PL {number}" if number.isdecimal() and named & {"pl", "lumineux"} else number

    def _text(self, column: Column) -> str:
        index = self.where.get(column)
        cell = self.row.cells[index] if index is not None and index < len(self.row.cells) else ""
        return _SPACES.sub(" ", cell).strip()

    def _number(self, column: Column) -> float | None:
        cell = self._text(column)
        if not cell:
            return None
        match = _NUMBER.fullmatch(_pointed(cell))
        if match is None or match[2] not in _UNITS:
            raise _Bad(f'"{cell}" is no {column.value}: a number is expected')
        return float(match[1])

    def _metres(self) -> float | None:
        metres = self._number(Column.METRES)
        if metres is not None and not 0 <= metres <= FARTHEST:
            raise _Bad(f"{metres:g} m is no place along a street: from 0 to {FARTHEST:,.0f} m")
        return metres

    def _point(self) -> Point | None:
        latitude, longitude = self._number(Column.LATITUDE), self._number(Column.LONGITUDE)
        if latitude is not None and longitude is not None:
            return _on_earth(latitude, longitude)
        if (latitude is None) != (longitude is None):
            raise _Bad("it has one of latitude and longitude, and not the other")
        east, north = self._number(Column.EAST), self._number(Column.NORTH)
        if east is None or north is None:
            return None
        degrees = abs(east) <= 180 and abs(north) <= 90  # noqa: PLR2004 - no national grid has metres this small
        return _on_earth(north, east) if degrees else Point(east, north)

    def _watts(self) -> float | None:
        watts = self._number(Column.POWER)
        named = _WATTS.search(self._text(Column.TYPE))
        if watts is None and named is not None:
            watts = float(named[1].replace(",", "."))
        if watts is not None and not 0 < watts <= _MOST_WATTS:
            raise _Bad(f"{watts:g} W is no power of a lamp")
        return watts


def _on_earth(latitude: float, longitude: float) -> Point:
    if abs(latitude) > 89 or abs(longitude) > 180:  # noqa: PLR2004 - degrees; at a pole no plane is flat
        raise _Bad(f"{latitude:g}, {longitude:g} is not on the earth: latitude, then longitude, in degrees")
    return Point.of_degrees(latitude, longitude)


def _pointed(cell: str) -> str:
    """A number as Python reads it: "1 234,5 m" is 1234.5m, and of a comma and a point the last is the decimal one."""
    plain = _compact(cell)
    if "," in plain and "." in plain:
        thousands = "," if plain.rindex(".") > plain.rindex(",") else "."
        plain = plain.replace(thousands, "")
    return plain.replace(",", ".")


def _compact(cell: str) -> str:
    """A cell without spaces of any kind, in small letters, with a plain minus."""
    return _SPACES.sub("", cell).replace("\u2212", "-").replace("\u202f", "").lower()
