"""The broker is away: lamps hold, then help themselves, and are told the level of now when it is back."""

import asyncio
from pathlib import Path

from devices.reading import Quantity
from firmware_sims.luminaire import LuminairePart
from gateway.control.ask import ask
from gateway.control.words import OverrideRequest
from gateway.record.reader import Reader
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.integration.recorded import until_recorded
from tests.integration.shining import eventually, shining, shown
from tests.integration.small_site import EMPTY, FULL, evening
from tests.integration.test_restart import settle
from tests.servers import Server

SPEED = 60.0
FAILURE, ORDERED = 80.0, 90.0
PEOPLE = [3, 5, 7]


def people(record: Reader) -> list[float]:
    return sorted(reading.value for reading in record.series(Quantity.PEDESTRIANS))


async def test_lamps_hold_then_help_themselves_and_hear_the_level_of_now_when_the_broker_is_back(
    mosquitto: Server, site: Path
) -> None:
    clock = evening(SPEED)
    parts = [LuminairePart(name, failure_level=FAILURE) for name in ("lamp-1", "lamp-2")]
    async with living(GatewayProcess(site, clock)), shining(clock, mosquitto.port, *parts) as lamps:
        async with radio(mosquitto.port) as street:
            await settle(street, site, somebody=True)
            await eventually(lambda: lamps["lamp-1"].light == EMPTY and lamps["lamp-2"].light == FULL, "the levels")
            await street.sense("counter-01", pedestrians=PEOPLE[0])
            gone = clock.now().time
            await asyncio.to_thread(mosquitto.kill)
        await eventually(lambda: {lamp.light for lamp in lamps.values()} == {FAILURE}, "the lamps to help themselves")
        # Up to then each held its level: on the way to the failure level it went nowhere else.
        rising, falling = shown(lamps["lamp-1"], gone), shown(lamps["lamp-2"], gone)
        assert (rising, falling) == (sorted(rising), sorted(falling, reverse=True))
        assert (rising[0], falling[0]) == (EMPTY, FULL)
        # Meanwhile the gateway goes on: what a person orders now is what the lamps hear later.
        await ask(site / "state", OverrideRequest(target="lamp-1", level=int(ORDERED), lasts="4h", reason="a test"))
        assert lamps["lamp-1"].light == FAILURE
        await asyncio.to_thread(mosquitto.start)
        await eventually(lambda: lamps["lamp-1"].light == ORDERED, "the level of now")
        async with radio(mosquitto.port) as street:
            for number in PEOPLE[1:]:
                await street.sense("counter-01", pedestrians=number)
            await until_recorded(site, lambda record: people(record) == PEOPLE, "everybody, each once")


async def test_what_sensors_say_while_the_gateway_is_away_waits_at_the_broker_over_its_restart(
    mosquitto: Server, site: Path
) -> None:
    gateway = GatewayProcess(site, evening())
    async with living(gateway):
        async with radio(mosquitto.port) as street:
            await street.until_health("online")
            await street.sense("counter-01", pedestrians=PEOPLE[0])
            await until_recorded(site, lambda record: people(record) == PEOPLE[:1], "the first")
            await asyncio.to_thread(gateway.kill)
            for number in PEOPLE[1:]:
                await street.sense("counter-01", pedestrians=number)
        await asyncio.to_thread(mosquitto.restart)
        await asyncio.to_thread(gateway.start)
        await until_recorded(site, lambda record: people(record) == PEOPLE, "everybody, each once")
