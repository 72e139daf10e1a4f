"""When an override begins and ends, as people say it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.site import OverrideSettings
from gateway.control.words import OverrideRequest, Refused
from gateway.daemon.deadlines import term
from tests.lighting.street import DUSK, HOUR

PARIS = ZoneInfo("Europe/Paris")
RULES = OverrideSettings()


def asked(*, lasts: str = "", until: str = "", begins: str = "") -> OverrideRequest:
    return OverrideRequest(target="quay", level=80, lasts=lasts, until=until, begins=begins)


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 10**9


def local(at: int) -> str:
    return f"{datetime.fromtimestamp(at // 10**9, PARIS):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("request_", "start", "end", "by_clock"),
    [
        (asked(), "11-21 17:00", "11-21 21:00", False),
        (asked(lasts="2h"), "11-21 17:00", "11-21 19:00", False),
        (asked(until="23:30"), "11-21 17:00", "11-21 23:30", True),
        (asked(until="6:15"), "11-21 17:00", "11-22 06:15", True),
        (asked(until="2026-11-22 06:00"), "11-21 17:00", "11-22 06:00", True),
        (asked(begins="22:00", lasts="30min"), "11-21 22:00", "11-21 22:30", False),
        (asked(begins="22:00", until="01:00"), "11-21 22:00", "11-22 01:00", True),
        (asked(begins="2026-12-24 18:00", until="23:00"), "12-24 18:00", "12-24 23:00", True),
        (asked(until="2026-11-21T20:00:00Z"), "11-21 17:00", "11-21 21:00", True),
    ],
)
def test_times_are_understood_as_people_write_them(
    request_: OverrideRequest, start: str, end: str, *, by_clock: bool
) -> None:
    when = term(request_, RULES, DUSK, PARIS)
    assert (local(when.start), local(when.expires), when.by_clock) == (start, end, by_clock)


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (asked(lasts="2h", until="23:30"), "both"),
        (asked(lasts="25h"), "at most 24h"),
        (asked(until="2026-11-23 06:00"), "at most 24h"),
        (asked(until="2026-11-21 16:00"), "is past"),
        (asked(begins="2026-11-21 16:00"), "is past"),
        (asked(begins="2028-01-01"), "a moment to come"),
        (asked(lasts="2"), "has no unit"),
        (asked(lasts="soon"), "is not a length of time"),
        (asked(until="tomorrow"), "is no moment"),
        (asked(until="25:00"), "is no time of day"),
        (asked(until="0001-01-01 00:00"), "0001"),
    ],
)
def test_what_cannot_be_is_refused_in_words(request_: OverrideRequest, word: str) -> None:
    with pytest.raises(Refused) as refused:
        term(request_, RULES, DUSK, PARIS)
    assert word in f"{refused.value}"


def test_where_the_clock_is_set_back_the_hour_that_comes_twice_is_met_twice() -> None:
    before, between = ns("2026-10-25T00:15:00+00:00"), ns("2026-10-25T00:45:00+00:00")  # 02:15 and 02:45, summer time
    assert term(asked(until="02:30"), RULES, before, PARIS).expires == ns("2026-10-25T00:30:00+00:00")
    assert term(asked(until="02:30"), RULES, between, PARIS).expires == ns("2026-10-25T01:30:00+00:00")


def test_a_time_that_the_clock_leaps_over_is_right_behind_the_leap() -> None:
    before = ns("2026-03-29T00:15:00+00:00")  # 01:15
    assert term(asked(until="02:30"), RULES, before, PARIS).expires == ns("2026-03-29T01:30:00+00:00")


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 - hypothesis wants them bare
    hours=st.integers(0, 23),
    minutes=st.integers(0, 59),
)
def test_a_time_of_day_is_the_next_one_and_the_wall_clock_shows_it_then(
    now: datetime, hours: int, minutes: int
) -> None:
    at = int(now.replace(tzinfo=UTC).timestamp()) * 10**9
    lenient = OverrideSettings(at_most=100 * HOUR)
    ends = term(asked(until=f"{hours:02}:{minutes:02}"), lenient, at, PARIS).expires
    assert at < ends <= at + 25 * HOUR
    shown = datetime.fromtimestamp(ends // 10**9, PARIS)
    leapt = datetime.fromtimestamp(ends // 10**9, PARIS) - timedelta(hours=1)
    assert (hours, minutes) in {(shown.hour, shown.minute), (leapt.hour, leapt.minute)}


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_written_is_understood_or_refused(lasts: str, until: str, begins: str) -> None:
    try:
        when = term(asked(lasts=lasts, until=until, begins=begins), RULES, DUSK, PARIS)
    except Refused:
        return
    except ValueError as error:
        assert "control characters" in str(error)  # noqa: PT017 - the words of the request itself
        return
    assert DUSK <= when.start < when.expires <= when.start + 24 * HOUR
