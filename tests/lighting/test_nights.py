"""Which nights a line of the calendar means."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.configuration.stretches import stretches, weekdays
from gateway.configuration.units import Unreadable
from gateway.lighting.nights import Nights, easter

days = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def meant(written: object, year: int, on: object = None) -> list[str]:
    """The nights of a year that are meant, as month-day."""
    nights = Nights(stretches(written) if written else (), weekdays(on) if on else ())
    every = (date(year, 1, 1) + timedelta(days=shift) for shift in range(366))
    return [f"{night:%m-%d}" for night in every if night.year == year and nights.include(night)]


def test_a_stretch_over_the_turn_of_the_year_has_both_its_ends() -> None:
    assert meant("12-30..01-02", 2026) == ["01-01", "01-02", "12-30", "12-31"]


def test_a_date_comes_but_once() -> None:
    assert meant("2026-12-31", 2026) == ["12-31"]
    assert meant("2026-12-31", 2027) == []
    assert meant("2026-12-30..2027-01-01", 2027) == ["01-01"]


def test_a_leap_day_is_a_night_of_its_own_in_leap_years_only() -> None:
    assert meant("02-29", 2028) == ["02-29"]
    assert meant("02-29", 2027) == []
    assert meant("02-28..03-01", 2028) == ["02-28", "02-29", "03-01"]
    assert meant("02-28..03-01", 2027) == ["02-28", "03-01"]
    assert meant("02-29..03-01", 2027) == ["03-01"]


def test_weekdays_are_those_of_the_evening_and_may_be_counted_in_their_month() -> None:
    assert meant("11-01..11-15", 2026, ["fri", "sat"]) == ["11-06", "11-07", "11-13", "11-14"]
    assert meant("11-01..12-31", 2026, "first friday") == ["11-06", "12-04"]
    assert meant("10-01..11-30", 2026, "last Sun") == ["10-25", "11-29"]
    assert meant(None, 2026, "fifth mon") == ["03-30", "06-29", "08-31", "11-30"]


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(2024, "03-31"), (2025, "04-20"), (2026, "04-05"), (2027, "03-28"), (2038, "04-25"), (2285, "03-22")],
)
def test_easter_is_that_of_the_almanac(year: int, sunday: str) -> None:
    assert f"{easter(year):%m-%d}" == sunday


def test_nights_may_go_with_easter() -> None:
    assert meant("easter - 47d", 2026) == ["02-17"]  # Shrove Tuesday
    assert meant(["easter - 2d..easter + 1d", "easter+39d"], 2026) == ["04-03", "04-04", "04-05", "04-06", "05-14"]


@given(days, days, days)
def test_dates_mean_what_lies_between_them(first: date, last: date, night: date) -> None:
    first, last = min(first, last), max(first, last)
    nights = Nights(stretches(f"{first}..{last}"))
    assert nights.include(night) == (first <= night <= last)


@given(days, days)
def test_a_stretch_of_the_year_is_what_comes_from_its_first_night_until_its_last(since: date, night: date) -> None:
    until = since + timedelta(days=40)
    assume((until.month, until.day) != (2, 29))
    nights = Nights(stretches(f"{since:%m-%d}..{until:%m-%d}"))
    spans = [(near(since, night.year + shift), near(until, night.year + shift)) for shift in (-1, 0, 1)]
    spans = [(first, last if last >= first else near(until, first.year + 1)) for first, last in spans]
    assert nights.include(night) == any(first <= night <= last for first, last in spans)


def near(day: date, year: int) -> date:
    """The same day of another year; of a leap day that is missing, the day after it."""
    leap = (day.month, day.day) == (2, 29) and year % 4
    return date(year, 3, 1) if leap else day.replace(year=year)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("24.12", "Write the month first:  12-24"),
        ("02-30", "no day of the calendar"),
        ("2027-02-29", "no day of the calendar"),
        ("2027-01-01..2026-12-24", "ends before it begins"),
        ("2026-12-24..01-01", "are no nights"),
        ("easter - 200d", "far from Easter"),
        ("easter..easter - 2d", "ends before it begins"),
        ("christmas", "are no nights"),
        ([], "nothing is listed"),
    ],
)
def test_what_is_no_night_is_told_with_what_would_be_one(written: object, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        stretches(written)
    assert said in f"{caught.value.found} {caught.value.hint}"


@pytest.mark.parametrize("written", ["friyay", "sixth fri", "5", "fri sat", []])
def test_what_is_no_weekday_is_told(written: object) -> None:
    with pytest.raises(Unreadable):
        weekdays(written)
