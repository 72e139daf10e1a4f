"""Towns by their names, with coordinates and time zone, without a network.

`places.xz` has the 147,000 places of GeoNames (https://www.geonames.org, CC BY 4.0) with 1,000 inhabitants or more,
made by `tools/make_places.py`. It is text: a line of JSON with the credit and, in `runs`, how many places of a country
and a time zone follow each other; then a line a place four times over: names, latitudes and longitudes in 1/10,000 of a
degree, and inhabitants in two digits.
"""

import json
import lzma
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import cos, radians
from pathlib import Path

FILE = Path(__file__).with_name("places.xz")

_LETTERS = str.maketrans({"ø": "o", "œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
_COUNTRY = re.compile(r"(.+?)[\s,]+\(?([A-Z]{2})\)?\s*")
_DEGREES = r"([+-]?\d{1,3}(?:[.,]\d+)?)\s*°?\s*"
_COORDINATES = re.compile(rf"\s*{_DEGREES}([NS])?\s*(?:[,;]\s*|\s+){_DEGREES}([EWO])?\s*", re.IGNORECASE)
_COMBINING = re.compile(r"[\u0300-\u036f]")
_BETWEEN = re.compile(r"[^\w\n]+|_+")
_SAINT = re.compile(r"\bst(e?)\b")
_HALF_TURN = 1_800_000
_POLES, _DATE_LINE = 90.0, 180.0


@dataclass(frozen=True, slots=True)
class Town:
    """A place where people live; coordinates in degrees, `country` by ISO 3166, `time_zone` by IANA."""

    name: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    population: int


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of the file. `folded` are the names as they are compared; coordinates are in 1/10,000 of a degree."""

    countries: list[str]
    zones: list[str]
    names: list[str]
    latitudes: list[int]
    longitudes: list[int]
    populations: list[int]
    folded: list[str]

    def town(self, index: int) -> Town:
        """One of them."""
        return Town(
            self.names[index],
            self.countries[index],
            self.latitudes[index] / 10_000,
            self.longitudes[index] / 10_000,
            self.zones[index],
            self.populations[index],
        )


@cache
def _table() -> _Table:
    """All that is known: half a second the first time."""
    head, *rest = lzma.decompress(FILE.read_bytes()).decode().split("\n")
    runs = json.loads(head)["runs"]
    countries = [country for country, _, count in runs for _ in range(count)]
    zones = [zone for _, zone, count in runs for _ in range(count)]
    count = len(rest) // 4
    names, latitudes, longitudes, populations = (rest[start : start + count] for start in range(0, 4 * count, count))
    # One text of all names is folded a hundred times faster than each name by itself.
    compared = _compared("\n".join(names)).split("\n")
    north, east, people = (list(map(int, column)) for column in (latitudes, longitudes, populations))
    return _Table(countries, zones, names, north, east, people, compared)


def towns() -> Iterator[Town]:
    """All that are known."""
    table = _table()
    return map(table.town, range(len(table.names)))


def find(words: str) -> list[Town]:
    """The towns that may be meant, whatever their accents, case and hyphens: those called just so, then the larger.

    Their names begin with these words ("Chalon"), or, where none does, have them in it. "Chalon, FR" looks in one
    country.
    """
    country = _COUNTRY.fullmatch(words)
    if country is not None and (there := _named(country[1], country[2])):
        return there
    return _named(words, "")


def _named(words: str, country: str) -> list[Town]:
    wanted, table = folded(words), _table()
    if not wanted:
        return []
    has = [
        index
        for index, name in enumerate(table.folded)
        if wanted in name and f" {wanted}" in f" {name}" and country in {"", table.countries[index]}
    ]
    begins = [index for index in has if f"{table.folded[index]} ".startswith(f"{wanted} ")]
    found = begins or has
    found.sort(key=lambda at: (table.folded[at] != wanted, -table.populations[at], table.countries[at]))
    return [table.town(index) for index in found]


def folded(name: str) -> str:
    """A name as far as it is compared: small letters without accents, single spaces; "St" is "Saint"."""
    return _compared(name.replace("\n", " ")).strip()


def _compared(lines: str) -> str:
    """Each line of a text folded, but for spaces at its ends."""
    plain = unicodedata.normalize("NFKD", lines.casefold().translate(_LETTERS))
    words = _BETWEEN.sub(" ", _COMBINING.sub("", plain))
    return _SAINT.sub(r"saint\1", words)


def coordinates(text: str) -> tuple[float, float] | None:
    """Latitude and longitude as people write them: "46.78, 4.85", "46,78 4,85", "46.78N 4.85E". None if it is none."""
    match = _COORDINATES.fullmatch(text)
    if match is None:
        return None
    latitude, longitude = (float(match[group].replace(",", ".")) for group in (1, 3))
    latitude *= -1 if (match[2] or "").upper() == "S" else 1
    longitude *= -1 if (match[4] or "").upper() in {"W", "O"} else 1
    return (latitude, longitude) if abs(latitude) <= _POLES and abs(longitude) <= _DATE_LINE else None


def nearest(latitude: float, longitude: float) -> Town:
    """The town next to a point: its time zone is most likely that of the point."""
    table, shorter = _table(), cos(radians(latitude)) ** 2
    north, east = latitude * 10_000, longitude * 10_000

    def apart(index: int) -> float:
        """For comparing only: squares of degrees, with those of longitude as short as they are there."""
        across = (table.longitudes[index] - east + _HALF_TURN) % (2 * _HALF_TURN) - _HALF_TURN
        return (table.latitudes[index] - north) ** 2 + across * across * shorter

    return table.town(min(range(len(table.names)), key=apart))


def listed(found: list[Town], most: int) -> Iterator[str]:
    """A line a town, to choose from by number."""
    for number, town in enumerate(found[:most], 1):
        where = f"{town.latitude:.4f}, {town.longitude:.4f}"
        yield f"{number:3}  {town.name} ({town.country})   {town.population:,} inhabitants   {where}   {town.time_zone}"
