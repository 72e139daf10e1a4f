"""Values with their units, and the sentences for those who write them as they would elsewhere."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.message import SECOND
from gateway.configuration import units
from gateway.configuration.units import Unreadable
from gateway.lighting.plan import Moment


@given(st.integers(1, 999 * 86_400_000))
def test_a_duration_is_read_as_it_is_said(milliseconds: int) -> None:
    duration = milliseconds * 1_000_000
    assert units.duration(units.say_duration(duration)) == duration


@given(st.integers(0, 24 * 60 - 1))
def test_a_time_of_day_is_read_as_it_is_said(minutes: int) -> None:
    moment = Moment("clock", minutes * 60 * SECOND)
    assert units.moment(units.say_moment(moment)) == moment


@given(st.sampled_from(["sunset", "sunrise"]), st.integers(-360, 360), st.sampled_from(["", " "]))
def test_an_offset_from_the_sun_is_read_with_and_without_spaces(event: str, minutes: int, space: str) -> None:
    sign = "-" if minutes < 0 else "+"
    moment = units.moment(f"{event}{space}{sign}{space}{abs(minutes)}min")
    assert (moment.event, moment.offset) == (event, minutes * 60 * SECOND)
    assert units.moment(units.say_moment(moment)) == moment


@given(st.decimals(0, 100, places=2), st.sampled_from(["", " "]))
def test_a_number_means_the_same_with_and_without_a_space_before_its_unit(number: object, space: str) -> None:
    assert units.percent(f"{number}{space}%") == units.metres(f"{number}{space}m") == float(str(number))


@given(st.one_of(st.text(), st.none(), st.lists(st.text()), st.dictionaries(st.text(), st.text())))
def test_whatever_is_written_is_understood_or_refused_in_words(value: object) -> None:
    readers: list[Callable[[object], object]] = [
        units.duration,
        units.duration_or_nothing,
        units.metres,
        units.signed_metres,
        units.percent,
        units.lux,
        units.flow,
        units.watts,
        units.watts_at_level,
        units.moment,
        units.degrees,
        units.whole,
    ]
    for reader in readers:
        said = refusal(reader, value)
        assert said is None or all(said)


def refusal(reader: Callable[[object], object], value: object) -> tuple[str, str] | None:
    """What was found and what was expected; None where the value is understood."""
    try:
        reader(value)
    except Unreadable as unreadable:
        return unreadable.found, unreadable.expected
    return None


@pytest.mark.parametrize(
    ("reader", "written", "value"),
    [
        (units.duration, "1h 30min", 5400 * SECOND),
        (units.duration, "0.5s", SECOND // 2),
        (units.duration_or_nothing, "0s", 0),
        (units.metres, "1.2 km", 1200.0),
        (units.signed_metres, "-0.5 m", -0.5),
        (units.flow, "2/min", 120.0),
        (units.lux, "5.0 lx", 5.0),
        (units.watts_at_level, "4 W at 10%", (4.0, 10.0)),
        (units.moment, "5:30", Moment("clock", 19_800 * SECOND)),
    ],
)
def test_units_are_taken_as_written(reader: Callable[[object], object], written: str, value: object) -> None:
    assert reader(written) == value


@pytest.mark.parametrize(
    ("reader", "written", "said"),
    [
        (units.metres, "30", "Write the unit. Metres with their unit: 30 m Did you mean  30 m ?"),
        (units.duration, "45", "Write the unit"),
        (units.percent, "60", "Did you mean  60% ?"),
        (units.lux, "0,6 lx", "Write  0.6 lx"),
        (units.lux, "0 lx", "no light at all"),
        (units.duration, "10m", "Did you mean  10min ?"),
        (units.duration, "0s", "above 0"),
        (units.percent, "130%", "more than all the light"),
        (units.metres, "-3 m", "below 0"),
        (units.moment, "22h30", "Write  22:30"),
        (units.moment, "22.30", "Write  22:30"),
        (units.moment, "24:00", "midnight is 00:00"),
        (units.moment, "sunset + 7h", "more than 6 h from the sun"),
        (units.degrees, "46,78", "Write  46.78"),
        (units.watts_at_level, "4 W", "at which level"),
        (units.whole, "2.5", "not a whole number"),
    ],
)
def test_what_is_written_otherwise_gets_its_own_sentence(
    reader: Callable[[object], object], written: str, said: str
) -> None:
    with pytest.raises(Unreadable) as caught:
        reader(written)
    refusal = caught.value
    assert re.search(re.escape(said), f"{refusal.found} {refusal.expected} {refusal.hint}")


def test_a_lamp_that_draws_more_when_dimmed_is_refused() -> None:
    with pytest.raises(Unreadable, match="do not rise"):
        units.lamp_type(28, (30, 10), 0.5)
