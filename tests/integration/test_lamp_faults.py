"""Simulated luminaires that are broken in different ways, at a real broker, under the real daemon."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from devices.device import DeviceId
from devices.reading import Quantity
from firmware_sims.lamp import LampType
from firmware_sims.luminaire import Luminaire, LuminairePart
from firmware_sims.post import Broker
from gateway.clock import ScaledClock
from gateway.control.ask import ask
from gateway.control.words import StatusRequest
from gateway.lighting.lamps.faults import Fault
from gateway.record.reader import Reader
from gateway.study.faults import open_faults
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import SITE
from tests.lighting.street import DUSK, HOUR
from tests.servers import Server

SPEED = 60.0
HEALTHY = LampType(28.0, 4.0, 10.0, 0.5)
DEAD = LampType(0.5, 0.5, 10.0, 0.5)
HALF = LampType(14.0, 4.0, 10.0, 0.5)


def named(record: Reader) -> set[tuple[str, str]]:
    """(device, fault) of the faults that stand."""
    return {(fault.device, fault.channel) for fault in open_faults(record)}


def begun(record: Reader, device: str) -> list[float]:
    """1 for each time that a fault of a lamp began, 0 for each time that one was over."""
    return [said.value for said in record.series(Quantity.FAULT, DeviceId(device))]


async def shine(clock: ScaledClock, port: int, parts: Sequence[LuminairePart]) -> None:
    """Let luminaires live until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        for part in parts:
            lamp = Luminaire(part, clock, SITE, Broker("127.0.0.1", port))
            tasks.create_task(lamp.run(), name=part.id)


async def test_each_broken_lamp_has_its_own_fault_and_a_restart_repeats_none(mosquitto: Server, site: Path) -> None:
    clock = ScaledClock(DUSK + 3 * HOUR, SPEED)
    gateway = GatewayProcess(site, clock)
    lamps = [LuminairePart("lamp-1", type=DEAD), LuminairePart("lamp-2", type=HALF)]
    expected = {("lamp-1", Fault.LAMP_FAILURE), ("lamp-2", Fault.DIMMING_FAILURE), ("lamp-3", Fault.COMMUNICATION)}
    async with living(gateway):
        street = asyncio.create_task(shine(clock, mosquitto.port, lamps), name="street")
        try:
            await until_recorded(site, lambda record: named(record) == expected, "the three faults")
            await asyncio.to_thread(gateway.stop)
            await asyncio.to_thread(gateway.start)
            mended = [*lamps, LuminairePart("lamp-3", type=HEALTHY)]
            street.cancel()
            await asyncio.wait([street])
            street = asyncio.create_task(shine(clock, mosquitto.port, mended), name="street")
            await until_recorded(
                site, lambda record: ("lamp-3", Fault.COMMUNICATION) not in named(record), "the answer of lamp-3"
            )
            said: Any = await ask(site / "state", StatusRequest())
            assert {(fault["device"], fault["fault"]) for fault in said["faults"]} == {
                each for each in expected if each[0] != "lamp-3"
            }
            for lamp, words in (("lamp-1", [1.0]), ("lamp-2", [1.0]), ("lamp-3", [1.0, 0.0])):
                assert await asyncio.to_thread(read, site, partial(begun, device=lamp)) == words
        finally:
            street.cancel()
            await asyncio.wait([street])
