"""Each of TALQ's lamp faults from a scenario: it begins once, is over once, and no healthy lamp has any."""

import pytest

from devices.device import DeviceId
from devices.light import LightState
from gateway.lighting.facts import Maintenance
from gateway.lighting.lamps.faults import CYCLES, CYCLING_WINDOW, RELEASE, Fault, Verdicts, limit, symptoms
from gateway.lighting.lamps.power import watts
from tests.lighting.lamps.testbed import Draws, Testbed
from tests.lighting.street import HOUR, LED, MINUTE, SECOND

LAMP = DeviceId("lamp-1")


def night(bed: Testbed) -> None:
    """Dusk, people come and go, dawn."""
    for level in (0, 60, 100, 60, 80, 60, 0):
        bed.decide(level)
        bed.run(7 * MINUTE)


def only(draws: Draws) -> Testbed:
    bed = Testbed(["lamp-1", "lamp-2"])
    bed.bulbs[LAMP].draws = draws
    return bed


def test_healthy_lamps_have_no_fault_from_day_to_day() -> None:
    bed = Testbed(["lamp-1", "lamp-2"])
    for _ in range(3):
        night(bed)
    assert bed.faults() == []


TABLE: dict[Fault, Draws] = {
    Fault.LAMP_FAILURE: lambda _at, _level: 0.5,
    Fault.DIMMING_FAILURE: lambda _at, level: 28.0 if level else 0.5,
    Fault.UNEXPECTED_ON: lambda _at, level: watts(LED, level or 60),
}


@pytest.mark.parametrize("fault", TABLE)
def test_a_fault_begins_once_in_a_night_and_is_over_once_when_it_is_mended(fault: Fault) -> None:
    bed = only(TABLE[fault])
    night(bed)
    night(bed)
    assert bed.faults() == [("lamp-1", fault, True)]
    bed.bulbs[LAMP].draws = lambda _at, level: watts(LED, level)
    night(bed)
    assert bed.faults() == [("lamp-1", fault, True), ("lamp-1", fault, False)]


@pytest.mark.parametrize("fault", TABLE)
def test_a_restart_neither_repeats_nor_forgets_a_fault(fault: Fault) -> None:
    bed = only(TABLE[fault])
    night(bed)
    bed.restart()
    night(bed)
    assert bed.faults() == [("lamp-1", fault, True)]
    bed.restart()
    bed.bulbs[LAMP].draws = lambda _at, level: watts(LED, level)
    night(bed)
    assert bed.faults()[1:] == [("lamp-1", fault, False)]


def test_a_single_odd_word_is_no_fault() -> None:
    bed = only(lambda at, level: 0.5 if at % (5 * MINUTE) == 0 else watts(LED, level))
    bed.decide(60)
    bed.run(12 * MINUTE)
    assert bed.faults() == []


def test_a_lamp_that_does_not_answer_has_its_fault_after_three_refreshes_and_loses_it_with_its_first_answer() -> None:
    bed = Testbed(["lamp-1", "lamp-2"])
    bed.decide(60)
    bed.run(MINUTE)
    bed.mute.add(LAMP)
    bed.run(3 * MINUTE)
    assert bed.faults() == []
    bed.run(90 * SECOND)
    assert bed.faults() == [("lamp-1", Fault.COMMUNICATION, True)]
    bed.run(20 * MINUTE)
    bed.mute.clear()
    bed.run(2 * MINUTE)
    assert bed.faults()[1:] == [("lamp-1", Fault.COMMUNICATION, False)]


def test_nobody_is_blamed_while_the_way_to_the_lamps_is_cut() -> None:
    bed = Testbed(["lamp-1", "lamp-2"])
    bed.decide(60)
    bed.run(MINUTE)
    bed.mute |= set(bed.bulbs)
    bed.lamps.cut = frozenset({"mqtt"})
    bed.run(HOUR)
    bed.mute.clear()
    bed.lamps.cut = frozenset()
    bed.lamps.resend(bed.now)
    bed.run(5 * MINUTE)
    assert bed.faults() == []


def test_a_lamp_that_goes_out_and_comes_back_is_cycling_and_not_dead() -> None:
    bed = only(lambda at, level: 0.5 if at // MINUTE % 10 < 4 and level else watts(LED, level))
    bed.decide(60)
    bed.run(45 * MINUTE)
    named = [fault for _, fault, _ in bed.faults()]
    assert named.count(Fault.CYCLING) == 1
    assert bed.faults()[-1] == ("lamp-1", Fault.CYCLING, True)
    before = len(bed.found)
    bed.run(2 * HOUR)
    assert len(bed.found) == before
    bed.bulbs[LAMP].draws = lambda _at, level: watts(LED, level)
    bed.run(CYCLING_WINDOW + 15 * MINUTE)
    assert (LAMP, Fault.CYCLING, False) in bed.faults()[before:]


def test_being_switched_off_and_on_by_the_rules_is_no_cycling() -> None:
    bed = Testbed(["lamp-1"])
    for _ in range(2 * CYCLES):
        night(bed)
    assert bed.faults() == []


@pytest.mark.parametrize(("stays", "faults"), [(5, []), (8, [("lamp-1", Fault.UNEXPECTED_ON, True)])])
def test_a_relay_that_stays_on_for_its_time_is_no_fault_and_one_that_stays_longer_is(
    stays: int, faults: list[tuple[str, str, bool]]
) -> None:
    bed = Testbed(["lamp-1"], min_on=5 * MINUTE)
    bed.decide(100)
    bed.run(MINUTE)
    off = bed.now + stays * MINUTE
    bed.bulbs[LAMP].draws = lambda at, level: watts(LED, level or (100 if at < off else 0))
    bed.decide(0)
    bed.run(7 * MINUTE + 45 * SECOND)
    assert bed.faults() == faults


def test_what_a_lamp_says_of_itself_is_a_fault_until_it_says_it_no_more() -> None:
    bed = Testbed(["lamp-1"])
    bed.decide(60)
    bed.mute.add(LAMP)
    for faults in (("relayFailure",), ("relayFailure", "lampFailure"), ("relayFailure",), ()):
        said = LightState(LAMP, 60, bed.now, watts(LED, 60), target=60, faults=frozenset(faults))
        bed._advance([said])
        bed.run(MINUTE // 2)
    begun = [(fault, begins) for _, fault, begins in bed.faults()]
    assert begun == [
        ("relayFailure", True),
        ("lampFailure", True),
        ("lampFailure", False),
        ("relayFailure", False),
    ]


def test_a_lamp_that_says_only_its_level_is_judged_by_it() -> None:
    bed = Testbed(["lamp-1"])
    bed.mute.add(LAMP)
    bed.decide(60)
    for _ in range(4):
        bed.run(20 * SECOND)
        bed._advance([LightState(LAMP, 0, bed.now)])
    assert bed.faults() == [("lamp-1", Fault.LAMP_FAILURE, True)]


def test_maintenance_silences_orders_and_alarms_and_ends_with_the_present_level() -> None:
    bed = only(TABLE[Fault.LAMP_FAILURE])
    bed.decide(60)
    bed.run(10 * SECOND)
    work = Maintenance("m-1", LAMP, bed.now, bed.now + HOUR, "ana", "new driver")
    bed.lamps.maintain([work], bed.now)
    bed.sent.clear()
    bed.run(30 * MINUTE)
    bed.decide(80)
    bed.run(29 * MINUTE)
    assert not [order for _, order in bed.sent if order.lamp == LAMP]
    assert bed.faults() == []
    bed.run(2 * MINUTE)
    first = next((at, order.level) for at, order in bed.sent if order.lamp == LAMP)
    assert first == (work.expires, 80)
    bed.run(3 * MINUTE)
    assert bed.faults() == [("lamp-1", Fault.LAMP_FAILURE, True)]


def test_maintenance_that_is_taken_back_ends_at_once() -> None:
    bed = Testbed(["lamp-1"])
    bed.decide(60)
    bed.lamps.maintain([Maintenance("m-1", LAMP, bed.now, bed.now + HOUR, "ana", "")], bed.now)
    bed.run(10 * MINUTE)
    assert [order.level for order in bed.lamps.maintain([], bed.now)] == [60]


# ------------------------------------------------------------------------------------------------------ feeds
FEED = "c1-l2"


def fed() -> Testbed:
    bed = Testbed(["lamp-1", "lamp-2", "lamp-3"], feed=FEED)
    bed.decide(0)
    bed.run(5 * MINUTE)
    return bed


def test_lamps_on_a_feed_that_is_switched_off_by_day_are_no_alarm_and_get_their_level_when_power_is_back() -> None:
    bed = fed()
    bed.switch(on=False)
    bed.run(8 * HOUR)
    assert bed.faults() == []
    assert bed.lamps.feeds_off().keys() == {FEED}
    bed.decide(60)
    bed.run(10 * MINUTE)
    bed.sent.clear()
    bed.switch(on=True)
    assert [order.level for _, order in bed.sent] == [60, 60, 60]
    bed.run(HOUR)
    assert bed.faults() == []
    assert bed.lamps.feeds_off() == {}


def test_a_feed_that_does_not_come_back_at_dusk_is_one_alarm() -> None:
    bed = fed()
    bed.switch(on=False)
    bed.run(HOUR)
    bed.decide(60)
    bed.run(HOUR)
    assert bed.faults() == [(FEED, Fault.SUPPLY_LOSS, True)]


def test_a_feed_that_falls_by_night_is_one_alarm_and_over_once_power_is_back() -> None:
    bed = fed()
    bed.decide(60)
    bed.run(10 * MINUTE)
    bed.switch(on=False)
    bed.run(6 * MINUTE)
    assert bed.faults() == [(FEED, Fault.SUPPLY_LOSS, True)]
    bed.restart()
    bed.decide(60)
    bed.run(HOUR)
    assert len(bed.found) == 1
    bed.switch(on=True)
    bed.run(10 * MINUTE)
    assert bed.faults()[1:] == [(FEED, Fault.SUPPLY_LOSS, False)]


def test_one_dead_lamp_of_a_feed_is_its_own_alarm() -> None:
    bed = fed()
    bed.mute.add(LAMP)
    bed.deaf.add(LAMP)
    bed.run(10 * MINUTE)
    assert bed.faults() == [("lamp-1", Fault.COMMUNICATION, True)]


# --------------------------------------------------------------------------------------------------- the table
@pytest.mark.parametrize(
    ("level", "power", "expected"),
    [
        (0, 0.5, {Fault.UNEXPECTED_ON: False}),
        (0, 4.0, {Fault.UNEXPECTED_ON: True}),
        (10, 4.0, {Fault.LAMP_FAILURE: False, Fault.DIMMING_FAILURE: False}),
        (10, 0.6, {Fault.LAMP_FAILURE: True}),
        (10, 5.5, {Fault.LAMP_FAILURE: False, Fault.DIMMING_FAILURE: True}),
        (80, 22.6, {Fault.LAMP_FAILURE: False, Fault.DIMMING_FAILURE: False}),
        (80, 28.0, {Fault.LAMP_FAILURE: False, Fault.DIMMING_FAILURE: True}),
        (80, 17.0, {Fault.LAMP_FAILURE: False, Fault.DIMMING_FAILURE: True}),
        (100, 28.0, {Fault.LAMP_FAILURE: False, Fault.DIMMING_FAILURE: False}),
    ],
)
def test_what_power_says_of_a_level(level: int, power: float, expected: dict[Fault, bool]) -> None:
    assert symptoms(LED, level, power) == expected


def test_a_dimming_failure_is_harder_to_be_rid_of_than_to_get() -> None:
    edge = watts(LED, 80) * (1 + LED.tolerance / 100 * (RELEASE + 1) / 2)
    assert not symptoms(LED, 80, edge)[Fault.DIMMING_FAILURE]
    assert symptoms(LED, 80, edge, {Fault.DIMMING_FAILURE})[Fault.DIMMING_FAILURE]


def test_a_lamp_that_is_stuck_is_not_mended_by_the_level_at_which_it_is_stuck() -> None:
    bed = only(lambda _at, level: 28.0 if level else 0.5)
    bed.decide(60)
    bed.run(5 * MINUTE)
    bed.decide(100)
    bed.run(HOUR)
    assert bed.faults() == [("lamp-1", Fault.DIMMING_FAILURE, True)]


def test_the_limit_of_shining_lies_between_standby_and_the_lowest_light() -> None:
    assert LED.standby < limit(LED) < LED.minimum


def test_what_was_about_to_be_believed_is_forgotten_when_a_ramp_begins() -> None:
    verdicts = Verdicts()
    assert verdicts.judge(LED, 60, 0.5, 0) == []
    verdicts.unsettle()
    assert verdicts.judge(LED, 60, 0.5, MINUTE) == []
    assert verdicts.judge(LED, 60, 0.5, 2 * MINUTE) != []
