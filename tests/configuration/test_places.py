"""Towns found offline, and coordinates as people write them."""

import json
import lzma
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.places import coordinates, find, folded, listed, nearest, towns
from tools.make_places import packed


def test_a_town_is_found_by_the_beginning_of_its_name_without_accents_and_capitals() -> None:
    for words in ("Chalon", "chalon sur saone", "CHALON-SUR-SAÔNE", "Chalon, FR"):
        (town,) = find(words)
        assert (town.name, town.country, town.time_zone) == ("Chalon-sur-Saône", "FR", "Europe/Paris")
        assert (round(town.latitude, 2), round(town.longitude, 2)) == (46.78, 4.85)


def test_towns_of_one_name_come_largest_first_and_a_country_narrows_them() -> None:
    saints = find("St Denis")
    same = [town for town in saints if folded(town.name) == "saint denis"]
    assert saints[: len(same)] == same
    assert [town.population for town in same] == sorted((town.population for town in same), reverse=True)
    assert {town.country for town in find("Saint-Denis, FR")} == {"FR"}
    assert next(iter(listed(saints, 9))).startswith("  1  Saint-Denis (RE)")


def test_letters_that_no_accent_explains_are_found_too() -> None:
    assert find("Lodz")[0].name == "Łódź"
    assert find("Malmo")[0].country == "SE"


def test_a_small_town_is_there_and_a_word_that_is_no_town_is_not() -> None:
    assert find("Givry, FR")
    assert find("Xyzzyville") == []
    assert find("") == []


def test_every_town_has_a_time_zone_that_the_machine_knows_and_stands_on_the_earth() -> None:
    known = list(towns())
    assert {town.time_zone for town in known} <= available_timezones()
    assert all(abs(town.latitude) <= 90 and abs(town.longitude) <= 180 for town in known)
    assert len(known) > 100_000


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("46.78, 4.85", (46.78, 4.85)),
        ("46,78 4,85", (46.78, 4.85)),
        ("46,78; 4,85", (46.78, 4.85)),
        ("46.78N 4.85W", (46.78, -4.85)),
        ("33.9° S, 151.2° E", (-33.9, 151.2)),
        ("-33.9 151.2", (-33.9, 151.2)),
        ("91, 4", None),
        ("46.78", None),
        ("Chalon, FR", None),
    ],
)
def test_coordinates_are_read_as_people_write_them(text: str, point: tuple[float, float] | None) -> None:
    assert coordinates(text) == point


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_coordinates_that_were_written_are_read_again(latitude: float, longitude: float) -> None:
    there = coordinates(f"{latitude:.4f}, {longitude:.4f}")
    assert there is not None
    assert there == pytest.approx((latitude, longitude), abs=1e-4)


def test_the_nearest_town_gives_the_time_zone_also_across_the_date_line() -> None:
    assert nearest(46.78, 4.85).name == "Chalon-sur-Saône"
    assert nearest(-16.8, -179.99).country == "FJ"
    assert nearest(40.42, -3.70).time_zone == "Europe/Madrid"


def test_the_table_is_made_of_what_geonames_has() -> None:
    place = {"name": "A", "countrycode": "FR", "latitude": 1.23456, "longitude": 2.0, "timezone": "Europe/Paris"}
    made = packed([{**place, "population": 1234}, {**place, "name": "B", "population": 999}])
    head, *rest = lzma.decompress(made).decode().split("\n")
    assert "CC BY 4.0" in json.loads(head)["credit"]
    assert rest == ["A", "12346", "20000", "1200"]
