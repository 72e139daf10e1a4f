"""The simulated DALI line, as python-dali's own client, queries and memory values read it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from dali.address import GearShort
from dali.driver.daliserver import DaliServer
from dali.gear import general, led
from dali.memory.diagnostics import ControlGearOperatingTime
from dali.memory.energy import BANK_202, ActiveEnergy, ActivePower

from firmware_sims.dali_gear import Gear, GearPart
from firmware_sims.dali_line import DaliLine

ONE = GearShort(1)


def played(client: DaliServer, sequence: Any) -> Any:
    """The result of a sequence of commands."""
    answer = None
    while True:
        try:
            command = sequence.send(answer)
        except StopIteration as end:
            return end.value
        answer = client.send(command)


async def asked(line: DaliLine, question: Callable[[DaliServer], Any]) -> Any:
    """What python-dali's client makes of a line."""

    def ask(port: int) -> Any:
        with DaliServer("127.0.0.1", port, multiple_frames_per_connection=True) as client:
            return question(client)

    async with line.served() as port:
        return await asyncio.to_thread(ask, port)


async def test_queries_are_answered() -> None:
    line = DaliLine((GearPart(1, minimum=85, maximum=250),))
    queries = (general.QueryMinLevel, general.QueryMaxLevel, general.QueryActualLevel)
    assert await asked(line, lambda client: [client.send(query(ONE)).value for query in queries]) == [85, 250, 254]
    assert await asked(line, lambda client: client.send(general.QueryControlGearPresent(GearShort(2))).value) is False


async def test_only_led_gear_knows_its_curve_and_only_when_its_type_was_called() -> None:
    line = DaliLine((GearPart(1, linear=True), GearPart(2, led=False)))

    def curves(client: DaliServer) -> list[Any]:
        found = []
        for address in (1, 2):
            client.send(general.EnableDeviceType(6))
            found.append(client.send(led.QueryDimmingCurve(GearShort(address))).raw_value)
        return [*found, client.send(led.QueryDimmingCurve(ONE)).raw_value]

    linear, old, uncalled = await asked(line, curves)
    assert (linear.as_integer, old, uncalled) == (1, None, None)


async def test_meters_are_those_of_d4i() -> None:
    line = DaliLine((GearPart(1, metered=True),))
    line.gear[1].energy, line.gear[1].operating_time = 1234, 86_400
    values = await asked(line, lambda client: played(client, BANK_202.read_all(ONE)))
    assert (float(values[ActivePower]), float(values[ActiveEnergy])) == (28.0, 123.4)
    assert await asked(line, lambda client: played(client, ControlGearOperatingTime.read(ONE))) == 86_400


@pytest.mark.parametrize(("arc", "linear", "light"), [(126, False, 3.04), (127, True, 50.0), (254, False, 100.0)])
def test_light_is_by_the_curve(arc: int, light: float, *, linear: bool) -> None:
    gear = Gear(GearPart(1, linear=linear))
    gear.hear(0x02, arc, 0.0)
    assert gear.light == pytest.approx(light, abs=0.01)


def test_a_fade_takes_its_time_and_is_not_touched_by_a_new_fade_time() -> None:
    gear = Gear(GearPart(1))
    for now in (0.0, 0.01):
        gear.hear(0xA3, 6, now)  # DTR0: 4.0 s
    for now in (0.02, 0.03):
        gear.hear(0x03, 0x2E, now)
    gear.hear(0x02, 154, 1.0)
    gear.advance(3.0)
    assert gear.level == pytest.approx(204)
    gear.hear(0xA3, 1, 3.0)
    for now in (3.0, 3.05):
        gear.hear(0x03, 0x2E, now)
    gear.advance(4.0)
    assert gear.fading
    assert gear.level == pytest.approx(179)
    gear.advance(5.0)
    assert (gear.level, gear.fading) == (154, False)


def test_what_changes_gear_must_be_said_twice_within_a_tenth_of_a_second() -> None:
    gear = Gear(GearPart(1))
    gear.hear(0xA3, 100, 0.0)
    for now in (0.0, 0.2):
        gear.hear(0x03, 0x2C, now)
    assert gear.failure_level == 254
    gear.hear(0x03, 0x2C, 0.25)
    assert gear.failure_level == 100


def test_gear_comes_back_at_its_power_on_level_and_says_so_until_it_is_told_a_level() -> None:
    gear = Gear(GearPart(1), power_on_level=200)
    gear.hear(0x02, 10, 0.0)
    assert gear.hear(0x03, 0x90, 1.0) == 0x04
    gear.restart(2.0)
    assert (gear.level, gear.hear(0x03, 0x90, 3.0)) == (200, 0x84)
    gear.hear(0x02, 10, 4.0)
    assert gear.hear(0x03, 0x90, 5.0) == 0x04
