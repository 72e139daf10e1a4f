"""Lamps on a simulated DALI line as the devices of a street: their meters, and what can be wrong with them."""

import asyncio

import pytest

from firmware_sims import truth
from firmware_sims.breakage import Breakage, Fault
from firmware_sims.dali_gear import Gear, GearPart
from firmware_sims.dali_lamp import DaliLamp, DaliLampPart, LampLine, Metered
from gateway.broker import free_port
from gateway.clock import SECOND, ScaledClock

START = 1_790_000_000 * SECOND
STATUS = 0x90
"""QUERY STATUS, which all gear answers."""


def test_a_meter_adds_what_is_drawn_and_what_full_light_would_draw() -> None:
    metered = Metered(START)
    metered.advance(START + 1800 * SECOND, 28.0, 28.0)
    metered.advance(START + 3600 * SECOND, 14.0, 28.0)
    assert (metered.energy, metered.always_on) == (24.5, 28.0)
    assert metered.lived == 3600 * SECOND


async def lived(fault: Fault) -> truth.Testimony:
    """What a lamp at full light knows that had this from its beginning on, and half a minute of street time."""
    clock = ScaledClock(START, 600.0)
    part = DaliLampPart("lamp", await asyncio.to_thread(free_port), GearPart(0), (Breakage(fault),))
    line = LampLine(part.port, [part])
    lamp = DaliLamp(part, clock, line)
    await asyncio.to_thread(line.open)
    playing = asyncio.create_task(lamp.run(), name="lamp")
    await clock.sleep_until(clock.now().time + 30 * SECOND)
    lamp.stop()
    await asyncio.wait([playing])
    await asyncio.to_thread(line.close)
    return lamp.testify()


@pytest.mark.parametrize(
    ("fault", "share"), [(Fault.NONE, 1.0), (Fault.BURNT_OUT, 0.5 / 28), (Fault.CYCLING, 0.5 / 28), (Fault.MUTE, 1.0)]
)
async def test_a_lamp_without_light_draws_what_it_draws_when_it_is_off(fault: Fault, share: float) -> None:
    known = await lived(fault)
    assert known.energy_wh is not None
    assert known.always_on_wh is not None
    assert known.always_on_wh > 0
    assert known.energy_wh / known.always_on_wh == pytest.approx(share, rel=0.01)


async def test_a_lamp_without_mains_draws_nothing() -> None:
    known = await lived(Fault.UNPOWERED)
    assert (known.energy_wh, known.always_on_wh) == pytest.approx((0.0, 0.0), abs=1e-3)


def test_mute_gear_follows_and_answers_nothing() -> None:
    gear = Gear(GearPart(0), mute=True)
    gear.hear(0x00, 0, 0.0)
    assert gear.light == 0
    assert gear.hear(0x01, STATUS, 1.0) is None


def test_of_noisy_gear_every_second_answer_is_garbled() -> None:
    gear = Gear(GearPart(0), noisy=True)
    assert [gear.hear(0x01, STATUS, 0.0) for _ in range(4)] == [0x84, -1, 0x84, -1]


def test_gear_that_is_stuck_or_mistaken_shines_otherwise_than_it_says() -> None:
    stuck, mistaken = Gear(GearPart(0), stuck_at=100.0), Gear(GearPart(0, linear=True), mistaken=True)
    for gear in (stuck, mistaken):
        gear.hear(0x00, 127, 0.0)
    assert stuck.light == 100.0
    assert mistaken.light == pytest.approx(3.12, abs=0.01)
