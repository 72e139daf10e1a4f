"""Lists of lamps as towns have them: headings, encodings, separators, numbers, names, and bad lines by number."""

import pytest

from gateway.configuration.equipment import Equipment, read_equipment
from gateway.configuration.inventory.along import Point
from gateway.configuration.inventory.arrange import Arrangement, BadRowsError, Wishes, anchored, arrange
from gateway.configuration.inventory.columns import Column, HeadingError, columns
from gateway.configuration.inventory.poles import BadRow, Pole, read_poles
from gateway.configuration.inventory.table import read_table
from gateway.configuration.rules import Rules, read_rules
from gateway.configuration.source import parse
from gateway.configuration.writing import scalar

FRENCH = (
    "N° PL;Rue;Position (m);Type de luminaire;Puissance (W);Armoire;Départ\r\n"
    "0417;Rue des Tanneurs;12,5;Led;28;C1;L2\r\n"
)


def poles_of(text: str | bytes) -> tuple[list[Pole], list[BadRow]]:
    table = read_table(text.encode() if isinstance(text, str) else text)
    return read_poles(table, columns(table.headings))


def arranged(text: str, devices: str = "", lighting: str = "", wishes: Wishes | None = None) -> Arrangement:
    poles, bad = poles_of(text)
    assert bad == []
    equipment = read_equipment(parse(devices.encode(), "devices.yaml")[0])[0] if devices else Equipment()
    rules = read_rules(parse(lighting.encode(), "lighting.yaml")[0])[0] if lighting else Rules()
    return arrange(poles, equipment, rules, wishes or Wishes())


@pytest.mark.parametrize(
    "headings",
    [
        ("Pole number", "Street", "Latitude", "Longitude", "Type", "Power (W)", "Cabinet", "Feed"),
        ("Numéro du mât", "Nom de la rue", "lat", "lon", "Modèle", "Puissance", "N° d'armoire", "Départ"),
        ("Mastnummer", "Straße", "Breite", "Länge", "Leuchtentyp", "Leistung W", "Schaltschrank", "Stromkreis"),
        ("POINT_LUMINEUX", "VOIE", "LATITUDE", "LONGITUDE", "TYPE_LUMINAIRE", "PUISSANCE_W", "ARMOIRE", "CIRCUIT"),
    ],
    ids=["english", "french", "german", "exported"],
)
def test_headings_are_understood_in_three_languages(headings: tuple[str, ...]) -> None:
    who = (Column.POLE, Column.STREET, Column.LATITUDE, Column.LONGITUDE)
    wanted = (*who, Column.TYPE, Column.POWER, Column.CABINET, Column.FEED)
    assert columns(headings) == {column: index for index, column in enumerate(wanted)}


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        (("street", "metres"), "no column is the pole number"),
        (("pole", "street"), "no column says where a pole stands"),
        (("pole", "latitude"), "none for the longitude"),
        (("pole", "metres", "rue", "voie"), '"rue" and "voie" may both be the street'),
    ],
)
def test_headings_that_lack_something_are_refused_in_words(headings: tuple[str, ...], said: str) -> None:
    with pytest.raises(HeadingError, match=said):
        columns(headings)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_a_french_spreadsheet_is_read_in_whatever_encoding_it_was_saved(encoding: str) -> None:
    ((pole,), bad) = poles_of(FRENCH.encode(encoding))
    assert bad == []
    assert pole == Pole(2, "PL 0417", "Rue des Tanneurs", 12.5, None, "Led", 28.0, "C1-L2")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_each_separator_is_recognised(separator: str) -> None:
    text = "pole,street,metres\nA 1,Quay,30\n".replace(",", separator)
    ((pole,), _) = poles_of(text)
    assert (pole.number, pole.street, pole.metres) == ("A 1", "Quay", 30.0)


def test_the_line_with_which_excel_names_its_separator_is_no_heading() -> None:
    ((pole,), _) = poles_of("sep=;\npole;street;metres\n7;Quay;30\n")
    assert (pole.line, pole.number) == (3, "7")


@pytest.mark.parametrize(
    ("cell", "metres"),
    [("12,5", 12.5), ("12.5 m", 12.5), ("1 234,5", 1234.5), ("1.234,5", 1234.5), ("1,234.5m", 1234.5)],
)
def test_numbers_are_read_as_spreadsheets_write_them(cell: str, metres: float) -> None:
    ((pole,), _) = poles_of(f"pole;metres\n7;{cell}\n")
    assert pole.metres == metres


def test_x_and_y_are_metres_of_a_national_grid_or_degrees() -> None:
    ((grid,), _) = poles_of("pole;x;y\n7;841000,5;6631000\n")
    assert grid.point == Point(841_000.5, 6_631_000.0)
    ((degrees,), _) = poles_of("pole;x;y\n7;4,85;46,78\n")
    assert degrees.point == Point.of_degrees(46.78, 4.85)


def test_the_watts_are_those_of_the_column_or_of_the_name_of_the_type() -> None:
    (poles, _) = poles_of("pole;metres;type;power\n1;0;SHP 100W;\n2;5;Led 28,5 W;30\n3;9;Ball;\n")
    assert [pole.watts for pole in poles] == [100.0, 30.0, None]


def test_every_bad_line_is_told_by_its_number() -> None:
    text = (
        "pole,metres,lat,lon,W\n1,x,,,\n,5,,,\n3,-4,,,\n4,,95,4,\n5,,46,,\n6,,,,\n7,1,,,0\n\n8,12,5,,,9,1\n9,5,,,28\n"
    )
    (poles, bad) = poles_of(text)
    assert [pole.number for pole in poles] == ["9"]
    assert [row.line for row in bad] == [2, 3, 4, 5, 6, 7, 8, 10]
    said = "x|no number|no place along|not on the earth|not the other|where 6 stands|no power|decimal comma"
    for row, words in zip(bad, said.split("|"), strict=True):
        assert words in row.why


def test_what_is_no_table_is_refused() -> None:
    for nothing in (b"", b"\n\n", b"\xff\xfe"):
        with pytest.raises(HeadingError, match="empty"):
            read_table(nothing)


def test_lamps_get_ids_by_their_numbers_and_streets_become_zones() -> None:
    made = arranged("PL;Rue;m;type;W\n0417;Rue des Tanneurs;0;Led;28\nPL 0418;rue des tanneurs;31,25;Led;28\n")
    assert made.zones == {"rue-des-tanneurs": ("Rue des Tanneurs", 32)}
    assert made.types == {"led": 28.0}
    first, second = made.lamps
    assert (first.id, first.keys["label"], first.keys["at"]) == ("lamp-0417", "PL 0417", "0 m")
    assert (second.id, second.keys["zone"], second.keys["at"]) == ("lamp-0418", "rue-des-tanneurs", "31.2 m")


LONG = "Chemin vicinal ordinaire de la Croix Blanche au lieu-dit Les Quatre Vents "


@pytest.mark.parametrize(
    ("streets", "zones"),
    [
        (("улица Ленина", "Вокзальная улица", "Улица Ленина"), ("street", "street-2", "street")),
        (("Οδός Ερμού", "Street", "yes"), ("street", "street-2", "street-3")),
        (("Quay", "Quay π", "quay", "QUAY Π"), ("quay", "quay-2", "quay", "quay-2")),
        (("—", "…", "Rue-Neuve", "Rue Neuve"), ("street", "street-2", "rue-neuve", "rue-neuve")),
        (
            (f"{LONG}Nord", f"{LONG}Sud"),
            (
                "chemin-vicinal-ordinaire-de-la-croix-blanche-au-lieu-dit-les-qua",
                "chemin-vicinal-ordinaire-de-la-croix-blanche-au-lieu-dit-les-q-2",
            ),
        ),
    ],
    ids=["russian", "greek", "half greek", "signs", "long"],
)
def test_streets_whose_names_give_no_id_of_their_own_are_numbered_and_found_again_by_their_labels(
    streets: tuple[str, ...], zones: tuple[str, ...]
) -> None:
    rows = [f"{number};{street};{10 * number};28" for number, street in enumerate(streets)]
    made = arranged("\n".join(["pole;street;m;W", *rows, ""]))
    assert _zones_of(made) == zones
    assert {zone: label for zone, (label, _) in made.zones.items()} == {
        zone: next(street for street, each in zip(streets, zones, strict=True) if each == zone) for zone in zones
    }
    there = "".join(
        f"  {zone}: {{label: {scalar(label)}, length: {length} m, class: P5, program: ekz-urdorf}}\n"
        for zone, (label, length) in made.zones.items()
    )
    again = arranged("\n".join(["pole;street;m;W", *reversed(rows), ""]), lighting=f"zones:\n{there}")
    assert (again.zones, again.longer) == ({}, {})
    assert _zones_of(again) == zones


def _zones_of(made: Arrangement) -> tuple[str, ...]:
    """The zones of its lamps, in the order of their numbers."""
    return tuple(lamp.keys["zone"] for lamp in sorted(made.lamps, key=lambda lamp: lamp.id))


def test_a_street_is_not_put_into_a_zone_whose_id_stands_for_another_name() -> None:
    there = "zones:\n  street: {label: улица Ленина, length: 50 m, class: P5, program: ekz-urdorf}\n"
    made = arranged("pole;street;m;W\n1;Street;0;28\n2;Садовая улица;0;28\n", lighting=there)
    assert {zone: label for zone, (label, _) in made.zones.items()} == {
        "street-2": "Street",
        "street-3": "Садовая улица",
    }


@pytest.mark.parametrize("street", ["basse", "Basse", "Rue Basse", "RUE-BASSE"])
def test_a_street_has_the_zone_with_its_label_or_with_the_id_that_somebody_gave_it(street: str) -> None:
    made = arranged(f"pole;street;m;W\n1;{street};0;28\n2;rue basse;30;28\n", lighting=ZONES)
    assert made.zones == {}
    assert {lamp.keys["zone"] for lamp in made.lamps} == {"basse"}


def test_one_name_with_two_powers_is_two_types_and_no_name_is_called_by_its_watts() -> None:
    made = arranged("pole;zone;m;type;W\n1;a;0;Led;28\n2;a;5;Led;40\n3;a;9;;9,5\n")
    assert made.types == {"led": 28.0, "led-40w": 40.0, "lamp-type-9-5w": 9.5}


def refused(text: str, devices: str = "", lighting: str = "") -> tuple[BadRow, ...]:
    with pytest.raises(BadRowsError) as caught:
        arranged(text, devices, lighting)
    return caught.value.rows


def test_rows_that_do_not_fit_are_told_all_at_once_in_the_order_of_the_list() -> None:
    text = "pole;street;m;type;W\n1;a;0;Led;28\n1;b;5;Led;28\n3;;9;Led;28\n4;a;9;Ball;\n"
    rows = refused(text)
    assert [row.line for row in rows] == [3, 4, 5]
    assert "line 2 already" in rows[0].why
    assert "--zone" in rows[1].why
    assert 'the power of "Ball"' in rows[2].why


def test_a_number_that_is_the_id_of_a_sensor_is_refused() -> None:
    sensor = "sensors:\n  lamp-7: {zone: a, at: 0 m, convention: native, measures: pedestrians, heartbeat: 1h}\n"
    (row,) = refused("pole;zone;m;W\n7;a;0;28\n", sensor)
    assert "another device" in row.why


def test_the_zone_and_the_watts_that_a_list_does_not_say_are_said_by_hand() -> None:
    made = arranged("pole;m;type\n1;0;Ball\n2;30;Ball\n", wishes=Wishes("Rue Basse", "shelly", 42.0))
    assert made.zones == {"rue-basse": ("Rue Basse", 30)}
    assert made.types == {"ball": 42.0}
    assert made.lamps[0].keys["convention"] == "shelly"


OLD = """\
types:
  led: {full: 28 W, dimmed: 4 W at 10%, standby: 0.5 W}
luminaires:
  lamp-1..3: {zone: basse, at: 100 m, every: 30 m, convention: native, type: led}
  lamp-2: {label: PL 0002}
"""
ZONES = """\
zones:
  basse: {label: Rue Basse, length: 200 m, class: P5, program: ekz-urdorf}
"""


def test_a_list_is_laid_over_what_is_there_and_only_what_differs_is_written() -> None:
    text = "PL;Rue;m;type;W;feed\n1;rue basse;100;Led;28;\n0002;rue basse;131;Led;28;C1\n9;rue basse;250;Led;28;\n"
    made = arranged(text, OLD, ZONES)
    assert (made.zones, made.types, made.longer) == ({}, {}, {"basse": 250})
    assert {lamp.id: (lamp.new, dict(lamp.keys)) for lamp in made.lamps} == {
        "lamp-1": (False, {"label": "PL 1"}),
        "lamp-2": (False, {"at": "131 m", "feed": "C1"}),
        "lamp-9": (
            True,
            {"zone": "basse", "at": "250 m", "convention": "native", "type": "led", "label": "PL 9"},
        ),
    }


def test_a_lamp_is_not_taken_for_one_whose_label_only_has_the_same_latin_letters() -> None:
    devices = OLD.replace("lamp-2: {label: PL 0002}", "lamp-2: {label: Φ Ψ}")
    (row,) = refused("lamp;street;m;type;W\nΦ Ω;rue basse;100;Led;28\n", devices, ZONES)
    assert "neither a letter nor a digit" in row.why
    made = arranged("lamp;street;m;type;W\nφ ψ;rue basse;131;Led;28\n", devices, ZONES)
    assert [lamp.id for lamp in made.lamps] == ["lamp-2"]


def test_coordinates_are_counted_from_the_start_that_the_lamps_of_a_zone_say() -> None:
    text = "lamp;street;x;y;type;W\n4;Basse;1000190;0;Led;28\n2;Basse;1000130;0;Led;28\n1;Basse;1000100;0;Led;28\n"
    made = arranged(text, OLD, ZONES)
    assert {lamp.id: lamp.keys.get("at") for lamp in made.lamps} == {"lamp-4": "190 m", "lamp-2": None, "lamp-1": None}
    (row,) = refused(text.replace("1000190", "999990"), OLD, ZONES)
    assert "10 m before the start of basse" in row.why or row.line == 2


def test_one_lamp_that_is_known_moves_a_list_and_two_may_turn_it() -> None:
    assert anchored([0, 30, 60], {}) == [0, 30, 60]
    assert anchored([0, 30, 60], {1: 100}) == [70, 100, 130]
    assert anchored([0, 30, 60], {0: 60, 2: 0}) == [60, 30, 0]


def test_a_lamp_far_beside_its_street_is_told_of() -> None:
    rows = [f"{number};Basse;{1_000_000 + 30 * number};0" for number in range(10)]
    made = arranged("\n".join(["lamp;street;x;y", *rows, "77;Basse;1000150;90", ""]), wishes=Wishes(watts=28))
    assert any("77 (line 12)" in note for note in made.notes)
