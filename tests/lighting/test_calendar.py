"""The calendar: which step holds, and that no night is lost to polar days, clock changes or odd time zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from astral import Observer
from astral.sun import sunrise, sunset
from hypothesis import given
from hypothesis import strategies as st

from devices.message import SECOND
from gateway.lighting.calendar import Calendar
from gateway.lighting.plan import Active, Moment, Program, Ramp, Step

HOUR = 3600 * SECOND
MINUTE = 60 * SECOND
PARIS = ZoneInfo("Europe/Paris")
SUN_TO_SUN = Active(Moment("sunset", 0), Moment("sunrise", 0))
PLACES = [
    (46.7806, 4.8528, "Europe/Paris"),
    (78.2232, 15.6267, "Arctic/Longyearbyen"),
    (-77.8419, 166.6863, "Antarctica/McMurdo"),
    (69.7271, 30.0451, "Europe/Oslo"),
    (90.0, 0.0, "UTC"),
    (-36.8485, 174.7633, "Pacific/Auckland"),
    (43.8256, 87.6168, "Asia/Shanghai"),
    (-13.8333, -171.7667, "Pacific/Apia"),
    (-33.87, 151.21, "UTC"),
]


def clock(hours: int, minutes: int = 0) -> Moment:
    return Moment("clock", (hours * 60 + minutes) * MINUTE)


def step(start: Moment, owed: str = "P4", empty: str = "P5") -> Step:
    return Step(start, owed, empty, 0.0, 100.0)


def program(active: Active, *steps: Step) -> Program:
    return Program("any", active, 100.0, None, None, Ramp(0, 0), steps or (step(Moment("sunset", 0)),))


def chalon() -> Calendar:
    return Calendar(46.7806, 4.8528, "Europe/Paris")


def paris(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()) * SECOND


moments = st.one_of(
    st.integers(0, 24 * 60 - 1).map(lambda minutes: Moment("clock", minutes * MINUTE)),
    st.integers(-120, 120).map(lambda minutes: Moment("sunset", minutes * MINUTE)),
    st.integers(-120, 120).map(lambda minutes: Moment("sunrise", minutes * MINUTE)),
)
actives = st.builds(Active, moments, moments)
programs = st.builds(
    lambda active, starts: program(active, *(step(start) for start in starts)),
    actives,
    st.lists(moments, min_size=1, max_size=4),
)
calendars = st.sampled_from(PLACES).map(lambda place: Calendar(*place))
instants = st.integers(
    int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2030, 1, 1, tzinfo=UTC).timestamp())
).map(lambda seconds: seconds * SECOND)
days = st.dates(date(2024, 1, 1), date(2030, 1, 1))


@given(days)
def test_sunset_and_sunrise_are_those_of_astral_to_the_minute(day: date) -> None:
    start, end = chalon().span(SUN_TO_SUN, day) or (0, 0)
    observer = Observer(46.7806, 4.8528)
    assert abs(start / SECOND - sunset(observer, day).timestamp()) < 60
    assert abs(end / SECOND - sunrise(observer, day + timedelta(days=1)).timestamp()) < 60


def test_an_evening_and_the_morning_after_it_are_one_night_of_steps() -> None:
    rules = program(SUN_TO_SUN, step(Moment("sunset", 0)), step(clock(22, 30)), step(clock(5, 30)))
    calendar = chalon()
    seen = {
        time: calendar.standing(rules, paris(time))
        for time in ("2026-11-21 16:00", "2026-11-21 18:00", "2026-11-21 22:30", "2026-11-22 05:29:59")
    }
    assert [(standing.active, standing.step) for standing in seen.values()] == [
        (False, 0),
        (True, 0),
        (True, 1),
        (True, 1),
    ]
    assert calendar.standing(rules, paris("2026-11-22 05:30")).step == 2
    assert seen["2026-11-21 18:00"].until == paris("2026-11-21 22:30")
    assert not calendar.standing(rules, paris("2026-11-22 08:00")).active


def test_a_step_that_begins_before_a_late_sunset_is_not_undone_by_the_sunset_step() -> None:
    rules = program(Active(clock(20), clock(6)), step(Moment("sunset", 0)), step(clock(21)))
    assert chalon().standing(rules, paris("2026-06-20 22:00")).step == 1


@given(calendars, programs, instants)
def test_the_next_change_is_later_and_nothing_changes_before_it(calendar: Calendar, rules: Program, at: int) -> None:
    standing = calendar.standing(rules, at)
    assert standing.until > at
    for between in (at + 1, (at + standing.until) // 2, standing.until - 1):
        again = calendar.standing(rules, max(at, between))
        assert (again.active, again.step) == (standing.active, standing.step)
    then = calendar.standing(rules, standing.until)
    nothing_for_days = standing.until - at > 3 * 24 * HOUR
    assert nothing_for_days or (then.active, then.step) != (standing.active, standing.step)


@given(calendars, programs, instants)
def test_lamps_may_be_lit_exactly_within_the_spans_of_the_nights(calendar: Calendar, rules: Program, at: int) -> None:
    day = datetime.fromtimestamp(at / SECOND, UTC).date()
    spans = [calendar.span(rules.active, day + timedelta(days=shift)) for shift in range(-3, 4)]
    lit = any(span is not None and span[0] <= at < span[1] for span in spans)
    assert calendar.standing(rules, at).active == lit


@given(calendars, instants)
def test_from_sunset_to_sunrise_no_civil_night_is_dark_anywhere(calendar: Calendar, at: int) -> None:
    day = datetime.fromtimestamp(at / SECOND, UTC).date()
    nights = [calendar.night(day + timedelta(days=shift)) for shift in (-2, -1, 0, 1, 2)]
    if any(night is not None and night[0] <= at < night[1] for night in nights):
        assert calendar.standing(program(SUN_TO_SUN), at).active


@given(instants)
def test_a_calendar_asked_in_any_order_says_the_same(at: int) -> None:
    rules = program(SUN_TO_SUN, step(Moment("sunset", 0)), step(clock(23)))
    used = chalon()
    used.standing(rules, at + 90 * 24 * HOUR)
    used.standing(rules, at - HOUR)
    assert used.standing(rules, at) == chalon().standing(rules, at)


def test_under_the_midnight_sun_nothing_is_lit_and_nothing_fails() -> None:
    svalbard = Calendar(78.2232, 15.6267, "Arctic/Longyearbyen")
    assert svalbard.span(SUN_TO_SUN, date(2026, 6, 21)) is None
    assert svalbard.night(date(2026, 6, 21)) is None


def test_a_polar_night_is_lit_without_a_gap_from_day_to_day() -> None:
    svalbard = Calendar(78.2232, 15.6267, "Arctic/Longyearbyen")
    first, second = (svalbard.span(SUN_TO_SUN, date(2026, 12, day)) or (0, 0) for day in (20, 21))
    assert first[1] == second[0]
    assert svalbard.night(date(2026, 12, 20)) == first


@pytest.mark.parametrize(
    ("active", "first", "last"),
    [
        # 29 March 2026: 02:00 becomes 03:00, so 02:30 is never on the clock.
        (Active(Moment("sunset", 0), clock(2, 30)), "2026-03-29 01:59", "2026-03-29T01:29:00+00:00"),
        (Active(clock(2, 30), Moment("sunrise", 0)), "2026-03-29T00:59:59+00:00", "2026-03-29 07:00"),
        # 25 October 2026: 03:00 becomes 02:00, so 02:30 is there twice.
        (Active(Moment("sunset", 0), clock(2, 30)), "2026-10-25T00:30:00+00:00", "2026-10-25T01:29:00+00:00"),
        (Active(clock(2, 30), Moment("sunrise", 0)), "2026-10-25T00:30:00+00:00", "2026-10-25 07:00"),
    ],
)
def test_a_clock_time_that_is_missing_or_there_twice_costs_no_light(active: Active, first: str, last: str) -> None:
    calendar = chalon()
    for text in (first, last):
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=PARIS)
        assert calendar.standing(program(active), int(moment.timestamp()) * SECOND).active


@pytest.mark.parametrize(("owed", "twice"), [("P5", "2026-10-25T01:30:00+00:00"), ("P3", "2026-10-25T00:30:00+00:00")])
def test_of_a_time_that_is_there_twice_the_brighter_step_gets_the_hour(owed: str, twice: str) -> None:
    rules = program(SUN_TO_SUN, step(Moment("sunset", 0), "P4", "P4"), step(clock(2, 30), owed, owed))
    change = int(datetime.fromisoformat(twice).timestamp()) * SECOND
    assert chalon().standing(rules, change - SECOND).step == 0
    assert chalon().standing(rules, change).step == 1


def test_a_period_that_ends_before_it_begins_is_empty() -> None:
    assert chalon().span(Active(clock(23), clock(22)), date(2026, 11, 21)) is None


def test_from_noon_to_noon_is_always() -> None:
    always = Active(clock(12), clock(12))
    assert chalon().span(always, date(2026, 11, 21)) == (paris("2026-11-21 12:00"), paris("2026-11-22 12:00"))
