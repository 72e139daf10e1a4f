"""Nights where the sun is slow to set, does not rise, or where the date line was moved."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from astral import Observer
from astral.sun import elevation

from devices.message import SECOND
from gateway.lighting.calendar import Calendar
from gateway.lighting.plan import Active, Dark, Moment
from tests.lighting.test_calendar import SUN_TO_SUN, clock, program

HOUR = 3600 * SECOND
TROMSO = (69.6492, 18.9553, "Europe/Oslo")
ISLANDS = [
    (-13.8333, -171.7667, "Pacific/Apia"),
    (1.8721, -157.4278, "Pacific/Kiritimati"),
    (-18.1416, 178.4419, "Pacific/Fiji"),
    (-43.9536, -176.5597, "Pacific/Chatham"),
    (51.8800, -176.6581, "America/Adak"),
]
LEAP = (date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1))


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


def local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / SECOND, ZoneInfo(zone))


def test_a_year_in_tromso_is_lit_whenever_the_sun_is_below_the_horizon_and_only_then() -> None:
    """Hour by hour against the height of the sun that astral gives; a tenth of a degree is a few minutes there."""
    calendar, observer = Calendar(*TROMSO), Observer(*TROMSO[:2])
    begin = datetime(2027, 6, 1, tzinfo=UTC)
    lit = 0
    for hours in range(366 * 24):
        moment = begin + timedelta(hours=hours)
        height = elevation(observer, moment, with_refraction=False)
        active = calendar.standing(program(SUN_TO_SUN), int(moment.timestamp()) * SECOND).active
        lit += active
        assert abs(height + 0.833) < 0.1 or active == (height < -0.833), moment
    assert 3500 < lit < 4500


def test_in_the_polar_night_a_street_is_lit_at_noon_and_under_the_midnight_sun_not_at_midnight() -> None:
    calendar = Calendar(*TROMSO)
    assert calendar.standing(program(SUN_TO_SUN), instant("2026-12-21T11:00+00:00")).active
    assert not calendar.standing(program(SUN_TO_SUN), instant("2026-06-21T22:45+00:00")).active
    assert calendar.night(date(2026, 6, 21)) is None


def test_a_white_night_has_a_sunset_and_no_civil_night() -> None:
    calendar = Calendar(*TROMSO)
    assert calendar.span(SUN_TO_SUN, date(2026, 5, 1)) is not None
    assert calendar.night(date(2026, 5, 1)) is None


def test_legal_darkness_is_only_by_night() -> None:
    calendar = Calendar(*TROMSO)
    dark = Dark(clock(1), clock(5, 30), "decree")
    december, june, october = (calendar.dark(dark, date(2026, month, 21)) for month in (12, 6, 10))
    assert december == (instant("2026-12-22T01:00+01:00"), instant("2026-12-22T05:30+01:00"))
    assert june is None
    assert october == (instant("2026-10-22T01:00+02:00"), instant("2026-10-22T05:30+02:00"))
    late = calendar.dark(Dark(clock(1), clock(11), "decree"), date(2026, 10, 21))
    assert late is not None
    span = calendar.span(SUN_TO_SUN, date(2026, 10, 21))
    assert span is not None
    assert late[1] == span[1]


@pytest.mark.parametrize(("latitude", "longitude", "zone"), ISLANDS)
def test_at_the_date_line_a_night_has_the_date_of_its_own_evening(latitude: float, longitude: float, zone: str) -> None:
    calendar = Calendar(latitude, longitude, zone)
    day = date(2028, 1, 1)
    while day.year == 2028:
        start, end = calendar.span(SUN_TO_SUN, day) or (0, 0)
        assert local(start, zone).date() == day
        assert local(end, zone).date() == day + timedelta(days=1)
        assert calendar.night_of((start + end) // 2) == day
        day += timedelta(days=1)


def test_when_samoa_left_a_day_out_every_night_was_lit_once() -> None:
    """On 29 December 2011 at midnight it became 31 December: no evening had the date of the 30th."""
    calendar = Calendar(*ISLANDS[0])
    observer = Observer(*ISLANDS[0][:2])
    rules = program(Active(Moment("sunset", 0), clock(8)))
    at = instant("2011-12-27T22:00+00:00")
    evenings = []
    while at < instant("2012-01-03T00:00+00:00"):
        height = elevation(observer, datetime.fromtimestamp(at / SECOND, UTC), with_refraction=False)
        standing = calendar.standing(rules, at)
        assert standing.until > at
        morning = local(at, "Pacific/Apia").hour == 7
        assert abs(height + 0.833) < 0.3 or morning or standing.active == (height < -0.833)
        evenings.append(calendar.night_of(at))
        at += 600 * SECOND
    assert [day.day for day in dict.fromkeys(evenings)] == [27, 28, 29, 31, 1, 2, 3]


def test_on_a_leap_day_there_is_a_night_like_any_other() -> None:
    calendar = Calendar(46.7806, 4.8528, "Europe/Paris")
    before, leap, after = (calendar.span(SUN_TO_SUN, day) or (0, 0) for day in LEAP)
    assert before[1] < leap[0] < leap[1] < after[0]
    assert abs((leap[0] - before[0]) - 24 * HOUR) < 120 * SECOND
    assert calendar.night_of(instant("2028-03-01T03:00+01:00")) == date(2028, 2, 29)


def test_a_time_that_is_there_twice_or_never_makes_legal_darkness_shorter() -> None:
    """02:30 is there twice on 25 October 2026 in Paris, and never on 29 March."""
    calendar = Calendar(46.7806, 4.8528, "Europe/Paris")
    from_half_past, until_half_past = Dark(clock(2, 30), clock(5), "decree"), Dark(clock(1), clock(2, 30), "decree")
    october, march = date(2026, 10, 24), date(2026, 3, 28)
    assert calendar.dark(from_half_past, october) == (
        instant("2026-10-25T01:30+00:00"),
        instant("2026-10-25T05:00+01:00"),
    )
    assert calendar.dark(until_half_past, october) == (
        instant("2026-10-25T01:00+02:00"),
        instant("2026-10-25T00:30+00:00"),
    )
    assert calendar.dark(from_half_past, march) == (
        instant("2026-03-29T01:30+00:00"),
        instant("2026-03-29T05:00+02:00"),
    )
    assert calendar.dark(until_half_past, march) == (
        instant("2026-03-29T00:00+00:00"),
        instant("2026-03-29T00:30+00:00"),
    )


def test_a_clock_half_a_day_from_its_sun_loses_no_night_when_summer_time_comes_and_goes() -> None:
    calendar = Calendar(0.0, -162.0, "Europe/Paris")  # 12.8 hours behind in summer, 11.8 in winter
    day, before = date(2026, 1, 1), 0
    while day.year == 2026:
        down, _ = calendar.night(day) or (0, 0)
        assert not before or abs(down - before - 24 * HOUR) < 0.1 * HOUR, day
        day, before = day + timedelta(days=1), down
