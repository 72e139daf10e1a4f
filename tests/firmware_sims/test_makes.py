"""Simulated devices of every make: what they say is understood by the convention of that make as the street was.

Neither knows the other: both were written from the make's specification.
"""

import pytest

from devices.convention import NAMES
from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage
from firmware_sims.catalogue import COUNTERS, LAMPS, WATCHERS, WIRED
from gateway.clock import SECOND
from tests.firmware_sims.understood import (
    COUNTING,
    HOUR,
    START,
    UNSURE,
    WATCHING,
    Listener,
    configured,
    part,
    passed,
    played,
    truth,
)

END = START + HOUR + 17 * SECOND


def test_every_convention_is_spoken_by_some_simulated_device() -> None:
    spoken = {make.removesuffix("-gen1").removesuffix("-cbor") for make in (*COUNTERS, *WATCHERS, *LAMPS)}
    assert spoken == set(NAMES) - WIRED


@pytest.mark.parametrize("make", COUNTING)
def test_everybody_who_passes_a_counter_is_counted_once(make: str) -> None:
    listener = Listener(configured(make, counts=True))
    people = played(part(make, counts=True), listener, END)
    assert listener.rejected == []
    assert listener.people == people == passed(END) > 50


@pytest.mark.parametrize("make", WATCHING)
def test_somebody_is_there_when_somebody_is(make: str) -> None:
    listener = Listener(configured(make, counts=False))
    played(part(make, counts=False), listener, END)
    assert listener.rejected == []
    told, was = listener.presence(), truth(END)
    assert [change.present for change in told] == [change.present for change in was]
    # Some makes say whole seconds.
    assert all(abs(one.at - other.at) < SECOND for one, other in zip(told, was, strict=True))
    assert len(was) > 50


TOTALS = [make for make in COUNTING if COUNTERS[make].totals]
FROM = START + 600 * SECOND


def broken(ailment: Ailment, *, from_: int = 600, to: int | None = None) -> tuple[Breakage[Ailment], ...]:
    """Something is wrong ten minutes after the start, and maybe mended later."""
    mended = () if to is None else (Breakage(Ailment.NONE, to * SECOND),)
    return (Breakage(ailment, from_ * SECOND), *mended)


@pytest.mark.parametrize(
    ("make", "counts"), [*((make, True) for make in COUNTING), *((make, False) for make in WATCHING)]
)
def test_a_silent_sensor_says_nothing(make: str, *, counts: bool) -> None:
    listener = Listener(configured(make, counts=counts))
    played(part(make, counts=counts, breakages=broken(Ailment.SILENT)), listener, END)
    assert listener.readings
    assert max(reading.time for reading in listener.readings) <= FROM


@pytest.mark.parametrize("make", COUNTING)
def test_a_counter_that_was_silent_makes_up_for_it_only_by_a_running_total(make: str) -> None:
    listener = Listener(configured(make, counts=True))
    made = part(make, counts=True, breakages=broken(Ailment.SILENT, to=1800))
    assert listener.people == 0
    people = played(made, listener, END)
    assert listener.people == people
    assert (people == passed(END)) is (make in TOTALS)


@pytest.mark.parametrize("make", COUNTING)
def test_a_stuck_counter_counts_nobody(make: str) -> None:
    listener = Listener(configured(make, counts=True))
    people = played(part(make, counts=True, breakages=broken(Ailment.STUCK)), listener, END)
    assert listener.people == people == passed(FROM)
    if make != "esphome":  # it says nothing but events
        assert max(reading.time for reading in listener.readings) > END - 120 * SECOND


@pytest.mark.parametrize("make", WATCHING)
def test_a_stuck_sensor_goes_on_saying_what_it_saw(make: str) -> None:
    listener = Listener(configured(make, counts=False))
    played(part(make, counts=False, breakages=broken(Ailment.STUCK)), listener, END)
    assert [change.present for change in listener.presence()] == [change.present for change in truth(FROM)]
    assert max(reading.time for reading in listener.readings) > END - 300 * SECOND


@pytest.mark.parametrize("make", COUNTING)
def test_a_counter_with_a_bouncing_contact_counts_everybody_three_times(make: str) -> None:
    listener = Listener(configured(make, counts=True))
    people = played(part(make, counts=True, breakages=broken(Ailment.FLAPPING, from_=0)), listener, END)
    assert listener.people == people == 3 * passed(END)


@pytest.mark.parametrize("make", WATCHING)
def test_a_flapping_sensor_says_every_other_second_that_somebody_comes_or_goes(make: str) -> None:
    listener = Listener(configured(make, counts=False))
    played(part(make, counts=False, breakages=broken(Ailment.FLAPPING)), listener, START + 700 * SECOND)
    assert len(listener.presence()) >= len(truth(FROM)) + 40


@pytest.mark.parametrize("make", COUNTING)
def test_a_mutilated_message_is_refused_and_nobody_is_counted_by_it(make: str) -> None:
    listener = Listener(configured(make, counts=True))
    people = played(part(make, counts=True, breakages=broken(Ailment.NOISY)), listener, END)
    assert len(listener.rejected) > 10
    assert listener.people == people <= passed(END)
    assert people > passed(FROM)


@pytest.mark.parametrize("make", WATCHING)
def test_a_mutilated_message_is_no_presence(make: str) -> None:
    listener = Listener(configured(make, counts=False))
    played(part(make, counts=False, breakages=broken(Ailment.NOISY)), listener, END)
    assert len(listener.rejected) > 10
    was = {change.at // SECOND: change.present for change in truth(END)}
    told = [change for change in listener.presence() if change.at // SECOND in was]
    assert all(was[change.at // SECOND] is change.present for change in told)


@pytest.mark.parametrize("make", COUNTING)
def test_a_counter_that_starts_anew_again_and_again_loses_at_most_what_it_had_not_said(make: str) -> None:
    listener = Listener(configured(make, counts=True))
    people = played(part(make, counts=True, breakages=broken(Ailment.RESTARTING)), listener, END)
    assert listener.rejected == []
    assert listener.people == people <= passed(END)
    assert people >= passed(FROM)


CLOCKS = ("native", "tasmota", "senml", "sparkplug", "custom")
"""Makes whose counters say when it was."""


@pytest.mark.parametrize("ailment", [Ailment.LONG_AGO, Ailment.AHEAD])
@pytest.mark.parametrize("make", COUNTING)
def test_a_counter_with_a_wrong_clock_counts_everybody_all_the_same(make: str, ailment: Ailment) -> None:
    listener = Listener(configured(make, counts=True))
    people = played(part(make, counts=True, breakages=broken(ailment, from_=0)), listener, END)
    assert listener.people == people == passed(END)
    marked = [reading for reading in listener.readings if UNSURE in reading.quality]
    assert bool(marked) is (make in CLOCKS)
    assert all(START - 5 * SECOND <= reading.time <= END + HOUR for reading in listener.readings)


@pytest.mark.parametrize("ailment", [Ailment.LONG_AGO, Ailment.AHEAD])
@pytest.mark.parametrize("make", WATCHING)
def test_a_wrong_clock_is_not_believed(make: str, ailment: Ailment) -> None:
    listener = Listener(configured(make, counts=False))
    played(part(make, counts=False, breakages=broken(ailment, from_=0)), listener, END)
    assert [change.present for change in listener.presence()] == [change.present for change in truth(END)]
    assert all(START - 5 * SECOND <= reading.time <= END + HOUR for reading in listener.readings)
