"""What the columns of a town's list mean, by their names in English, French or German, loosely."""

from collections.abc import Mapping, Sequence
from enum import Enum

from gateway.configuration.places import folded


class Column(Enum):
    """What a column says of a pole."""

    CABINET = "cabinet"
    FEED = "feed"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    EAST = "x"
    NORTH = "y"
    STREET = "street"
    POWER = "power"
    METRES = "metres"
    TYPE = "type"
    POLE = "pole number"


NAMES: Mapping[Column, tuple[str, ...]] = {
    Column.CABINET: ("cabinet", "armoire", "coffret", "schaltschrank", "schrank", "schaltstelle"),
    Column.FEED: ("feed", "feeder", "circuit", "depart", "stromkreis", "abgang"),
    Column.LATITUDE: ("latitude", "lat", "breite", "breitengrad"),
    Column.LONGITUDE: ("longitude", "lon", "lng", "long", "lange", "laenge", "langengrad", "laengengrad"),
    Column.EAST: ("x", "easting", "rechtswert", "ostwert"),
    Column.NORTH: ("y", "northing", "hochwert", "nordwert"),
    Column.STREET: ("street", "road", "rue", "voie", "strasse", "weg", "zone"),
    Column.POWER: ("power", "puissance", "leistung", "wattage", "watts", "watt", "w"),
    Column.METRES: ("metres", "meters", "metre", "meter", "distance", "position", "abscisse", "chainage", "pk", "m"),
    Column.TYPE: ("type", "typ", "modele", "model", "modell", "luminaire", "lanterne", "lampe", "leuchtentyp"),
    Column.POLE: (
        "pole",
        "lamp",
        "lamppost",
        "pl",
        "point lumineux",
        "mat",
        "candelabre",
        "support",
        "mast",
        "mastnummer",
        "leuchte",
        "leuchtennummer",
        "number",
        "numero",
        "nummer",
        "num",
        "no",
        "nr",
        "n",
        "id",
        "identifiant",
        "reference",
        "ref",
    ),
}
"""Words of headings, without accents. Where a heading has words of several, the first of this table is meant: the
`numéro d'armoire` is about the cabinet, and the `type de luminaire` about the type."""

NEEDED = (Column.POLE,)


class HeadingError(ValueError):
    """The headings do not say what is needed, or say it twice."""


def columns(headings: Sequence[str]) -> dict[Column, int]:
    """Which column is where. A heading that is the word itself goes before one that has it among others.

    Raises `HeadingError`.
    """
    found: dict[Column, int] = {}
    names = [folded(heading) for heading in headings]
    for exactly in (True, False):
        claims = [(_exact(name) if exactly else _within(name)) for name in names]
        for column in Column:
            places = [index for index, claim in enumerate(claims) if claim is column and index not in found.values()]
            if column in found or not places:
                continue
            if len(places) > 1:
                both = " and ".join(f'"{headings[index]}"' for index in places[:2])
                raise HeadingError(f"{both} may both be the {column.value}: rename one of them")
            found[column] = places[0]
    _check(found, headings)
    return found


def _exact(name: str) -> Column | None:
    return next((column for column, words in NAMES.items() if name in words), None)


def _within(name: str) -> Column | None:
    padded = f" {name} "
    return next((column for column, words in NAMES.items() if any(f" {word} " in padded for word in words)), None)


def _check(found: Mapping[Column, int], headings: Sequence[str]) -> None:
    if Column.POLE not in found:
        listed = ", ".join(f'"{heading}"' for heading in headings[:12])
        raise HeadingError(f"no column is the pole number, such as pole, number, numéro, PL or Mast; found {listed}")
    halves = ((Column.LATITUDE, Column.LONGITUDE), (Column.EAST, Column.NORTH))
    for one, other in halves:
        if (one in found) != (other in found):
            there, lacking = (one, other) if one in found else (other, one)
            raise HeadingError(f"there is a column for the {there.value}, and none for the {lacking.value}")
    if Column.METRES not in found and not any(one in found for one, _ in halves):
        expected = "metres along the street, latitude and longitude, or x and y in metres of a national grid"
        raise HeadingError(f"no column says where a pole stands: {expected}")
