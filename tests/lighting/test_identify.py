"""A lamp that is asked to shows which one it is, and goes back to where it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.light import LightCommand, LightState
from devices.reading import Availability
from gateway.lighting.decision import Decision
from gateway.lighting.lamps.lamp import FLASH, FLASHES
from gateway.lighting.lamps.supervisor import Lamps
from tests.lighting.street import MINUTE, SECOND

LAMP, OTHER = DeviceId("lamp-1"), DeviceId("lamp-2")
RAMP = 45 * SECOND


def supervised(level: int) -> Lamps:
    lamps = Lamps(MINUTE)
    lamps.advance(0, [Decision(0, name, level, RAMP, ()) for name in (LAMP, OTHER)])
    return lamps


def told(lamps: Lamps, until: int, start: int) -> list[tuple[int, LightCommand]]:
    """What the lamp is told as time passes, if it confirms each order at once."""
    said: list[tuple[int, LightCommand]] = []
    orders, now = lamps.identify(LAMP, start), start
    while True:
        for order in orders:
            if order.lamp == LAMP:
                said.append((now, order))
            lamps.advance(now, [LightState(order.lamp, order.level, now, confirms=order.id)])
        due = lamps.next_change()
        if due is None or due > until:
            return said
        now, orders = due, lamps.advance(due)


@pytest.mark.parametrize("level", [0, 10, 60, 100])
def test_it_flashes_and_is_then_told_its_level_again_quickly(level: int) -> None:
    said = told(supervised(level), 20 * SECOND, SECOND)
    assert [order.level for _, order in said][: len(FLASHES)] == list(FLASHES)
    assert [at for at, _ in said][: len(FLASHES)] == [SECOND + n * FLASH for n in range(len(FLASHES))]
    rest = said[len(FLASHES) :]
    assert [order.level for _, order in rest] == ([] if level == FLASHES[-1] else [level])
    assert all(order.ramp <= FLASH for _, order in said)


def test_nobody_else_flashes() -> None:
    lamps = supervised(60)
    orders = [lamps.identify(LAMP, SECOND), *(lamps.advance(SECOND + n * FLASH) for n in range(1, 10))]
    assert {order.lamp for batch in orders for order in batch} == {LAMP}


def test_what_is_decided_meanwhile_is_what_it_goes_back_to() -> None:
    lamps = supervised(60)
    lamps.identify(LAMP, SECOND)
    lamps.advance(2 * SECOND, [Decision(2 * SECOND, LAMP, 80, RAMP, ())])
    levels = [order.level for n in range(2, 12) for order in lamps.advance(SECOND + n * FLASH)]
    assert levels[-1] == 80
    assert 60 not in levels


def test_a_lamp_that_is_born_meanwhile_gets_its_level_at_once() -> None:
    lamps = supervised(60)
    lamps.identify(LAMP, SECOND)
    orders = lamps.advance(SECOND + FLASH // 2, [Availability(LAMP, online=True, time=SECOND)])
    assert [(order.lamp, order.level) for order in orders] == [(LAMP, 60)]


def test_a_lamp_for_which_nothing_was_decided_does_not_flash() -> None:
    with pytest.raises(KeyError):
        Lamps(MINUTE).identify(LAMP, 0)


@given(
    level=st.integers(0, 100),
    asked=st.lists(st.integers(0, 12 * SECOND), min_size=1, max_size=4),
    confirmed=st.booleans(),
)
def test_however_often_it_is_asked_it_ends_at_its_level(level: int, asked: list[int], *, confirmed: bool) -> None:
    lamps = supervised(level)
    last: LightCommand | None = None
    now = SECOND
    for at in [*sorted(SECOND + each for each in asked), 5 * MINUTE]:
        while (due := lamps.next_change()) is not None and due <= at:
            now = max(now, due)
            for order in lamps.advance(now):
                last = order if order.lamp == LAMP else last
                if confirmed:
                    lamps.advance(now, [LightState(order.lamp, order.level, now, confirms=order.id)])
        now = at
        if at < 5 * MINUTE:
            for order in lamps.identify(LAMP, at):
                last = order if order.lamp == LAMP else last
    assert last is not None
    assert last.level == level
