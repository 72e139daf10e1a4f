"""A device's word about when something was: local times without a zone, and numbers of two kinds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.message import SECOND
from devices.moment import believable, of_number, of_written, written

PARIS = ZoneInfo("Europe/Paris")
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


def utc(text: str) -> int:
    """Nanoseconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def told(text: str, arrival: str, zone: ZoneInfo = PARIS) -> str:
    """What a written time that came at a time in UTC is in UTC."""
    time = of_written(written(text), zone, utc(arrival))
    return f"{datetime.fromtimestamp(time // SECOND, UTC):%Y-%m-%dT%H:%M:%S}"


@pytest.mark.parametrize(
    ("text", "arrival", "meant"),
    [
        ("2026-07-14T12:00:00", "2026-07-14T10:00:01", "2026-07-14T10:00:00"),
        ("2026-12-24T12:00:00", "2026-12-24T11:00:01", "2026-12-24T11:00:00"),
        # The night in which 02:00 to 03:00 comes twice: the first time in summer time, then in winter time.
        ("2026-10-25T02:30:00", "2026-10-25T00:30:02", "2026-10-25T00:30:00"),
        ("2026-10-25T02:30:00", "2026-10-25T01:30:02", "2026-10-25T01:30:00"),
        ("2026-10-25T02:59:59", "2026-10-25T01:00:00", "2026-10-25T00:59:59"),
        # The night in which 02:00 to 03:00 never comes: a clock that is set late, and one that is set early.
        ("2026-03-29T02:30:00", "2026-03-29T01:30:02", "2026-03-29T01:30:00"),
        ("2026-03-29T02:30:00", "2026-03-29T00:30:02", "2026-03-29T00:30:00"),
        # With an offset, the calendar has no say.
        ("2026-10-25T02:30:00+02:00", "2026-10-25T01:30:00", "2026-10-25T00:30:00"),
        ("2026-10-25T02:30:00Z", "2026-10-25T01:30:00", "2026-10-25T02:30:00"),
        ("2026-10-25 02:30:00-0500", "2026-10-25T01:30:00", "2026-10-25T07:30:00"),
    ],
)
def test_a_local_time_is_the_one_nearest_to_its_arrival(text: str, arrival: str, meant: str) -> None:
    assert told(text, arrival) == meant


def test_a_device_that_keeps_winter_time_has_a_zone_that_does_so_too() -> None:
    winter = ZoneInfo("Etc/GMT-1")
    assert told("2026-07-14T11:00:00", "2026-07-14T10:00:01", winter) == "2026-07-14T10:00:00"
    assert told("2026-10-25T02:30:00", "2026-10-25T00:30:00", winter) == "2026-10-25T01:30:00"


@given(st.integers(1_700_000_000, 2_000_000_000), st.integers(-15 * MINUTE, 15 * MINUTE))
def test_what_a_wall_clock_shows_is_understood_at_any_time_of_any_year(seconds: int, away: int) -> None:
    shown = datetime.fromtimestamp(seconds, PARIS).replace(tzinfo=None).isoformat()
    assert of_written(written(shown), PARIS, seconds * SECOND + away) == seconds * SECOND


@given(st.datetimes(), st.integers(0, 2**62))
def test_any_time_that_can_be_written_is_some_instant(when: datetime, arrival: int) -> None:
    time = of_written(written(when.isoformat()), PARIS, arrival)
    plain = (when - datetime(1970, 1, 1)) // timedelta(microseconds=1) * 1000  # noqa: DTZ001 - a wall clock has none
    assert 0 <= plain - time <= 2 * HOUR


@pytest.mark.parametrize("text", ["", "noon", "2026-10-25", "02:30", "2026-W43-7", "2026-13-01T00:00", "20261025T0230"])
def test_what_is_no_date_and_time_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 2026-10-25T02:30:00|month must be"):
        written(text)


def test_a_number_is_in_seconds_or_milliseconds_whichever_it_must_be() -> None:
    assert of_number(1_795_302_000.25) == of_number(1_795_302_000_250) == 1_795_302_000_250_000_000


def test_a_device_is_believed_between_7_days_ago_and_2_minutes_ahead() -> None:
    now = utc("2026-10-25T02:30:00")
    assert believable(now - 7 * 24 * HOUR, now)
    assert believable(now + 2 * MINUTE, now)
    assert not believable(now - 7 * 24 * HOUR - 1, now)
    assert not believable(now + 2 * MINUTE + 1, now)
