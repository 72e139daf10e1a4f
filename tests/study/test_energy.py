"""What lamps used, day by day: meters and estimates beside each other."""

import contextlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.light import LightState
from gateway.lighting.decision import Cause, Decision, Rank
from gateway.lighting.lamps.power import watts
from gateway.record.entry import Adopted, Entry
from gateway.record.reader import Reader
from gateway.record.schema import open_to_write
from gateway.record.store import Append, Store
from gateway.study.energy import Used, energy, midnight
from tests.daemon.house import LAMPS
from tests.lighting.street import DUSK, HOUR, LED, MINUTE, SECOND, plan

PARIS = ZoneInfo("Europe/Paris")
MIDNIGHT = DUSK + 7 * HOUR
"""Between 21 and 22 November in Chalon."""


def told(at: int, level: int, ramp: int = 0) -> Entry:
    """All three lamps are told a level."""
    cause = Cause(Rank.DEFAULT, level)
    return Entry(at, (), tuple(Decision(at, lamp, level, ramp, (cause,)) for lamp in LAMPS))


def read(folder: Path, entries: Sequence[Entry], start: int, end: int) -> list[Used]:
    store = Store(open_to_write(folder, "chalon"))
    store.write(
        [Append(Entry(DUSK - HOUR, (Adopted(plan(), "0.1"),)), None), *(Append(each, None) for each in entries)]
    )
    store.fold()
    store.close()
    with contextlib.closing(Reader(folder)) as reader:
        return list(energy(reader, plan().zones, (start, end), PARIS))


def test_what_meters_say_is_beside_what_orders_come_to_and_never_in_one_sum(tmp_path: Path) -> None:
    hours = [DUSK + hour * HOUR + MINUTE for hour in range(11)]
    states = [LightState(LAMPS[0], 100, at, energy=1000 + 30 * number) for number, at in enumerate(hours)]
    metered = [Entry(state.time, (state,)) for state in states]
    first, second = read(tmp_path, [told(DUSK, 100), *metered], DUSK, DUSK + 10 * HOUR)
    assert (first.day, second.day) == (date(2026, 11, 21), date(2026, 11, 22))
    assert (first.measured, first.metered, first.unmetered) == (180, 1, 2)
    assert (second.measured, second.metered) == (90, 1)
    assert first.expected == pytest.approx(7 * 28)
    assert first.estimated == pytest.approx(2 * 7 * 28)
    assert second.estimated == pytest.approx(2 * 3 * 28)


def test_a_level_that_was_told_before_the_stretch_counts_and_so_does_standby(tmp_path: Path) -> None:
    entries = [told(DUSK, 50), told(DUSK + 2 * HOUR, 0)]
    (used,) = read(tmp_path, entries, DUSK + HOUR, DUSK + 4 * HOUR)
    assert used.estimated == pytest.approx(3 * (watts(LED, 50) + 2 * LED.standby))
    assert (used.measured, used.metered, used.expected) == (0, 0, 0)


def test_a_ramp_over_midnight_is_on_both_days_as_far_as_it_goes_there(tmp_path: Path) -> None:
    entries = [told(DUSK, 100), told(MIDNIGHT - MINUTE, 10, 2 * MINUTE)]
    first, second = read(tmp_path, entries, MIDNIGHT - MINUTE, MIDNIGHT + MINUTE)
    whole = 3 * (28 + 4) / 2 * 2 / 60
    assert first.estimated + second.estimated == pytest.approx(whole)
    assert first.estimated > second.estimated
    assert first.estimated == pytest.approx(3 * (28 + watts(LED, 55)) / 2 / 60)


def test_a_meter_that_was_read_once_says_nothing_yet(tmp_path: Path) -> None:
    once = Entry(DUSK + HOUR, (LightState(LAMPS[0], 100, DUSK + HOUR, energy=48_000.0),))
    (used,) = read(tmp_path, [told(DUSK, 100), once], DUSK, DUSK + 2 * HOUR)
    assert (used.metered, used.unmetered) == (0, 3)


def test_days_are_those_of_the_local_clock_also_when_it_is_set() -> None:
    spring = 1_806_195_600 * SECOND  # 2027-03-28 01:00 UTC: the clock is set from 2:00 to 3:00
    assert midnight(spring, PARIS) == spring - 2 * HOUR
    assert midnight(spring + 20 * HOUR + 59 * MINUTE, PARIS) == spring - 2 * HOUR
    assert midnight(spring + 21 * HOUR, PARIS) == spring + 21 * HOUR, "that day has 23 hours"
    assert midnight(spring + 21 * HOUR, PARIS, days_before=1) == spring - 2 * HOUR
