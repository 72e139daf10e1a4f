"""Lamps on a switched feed lose their power by day: no alarm at dawn, no flash at dusk, and one feed that is off."""

import asyncio
from pathlib import Path

from devices.reading import Quantity
from firmware_sims.breakage import Breakage, Fault
from firmware_sims.luminaire import LuminairePart
from gateway.clock import SECOND, ScaledClock
from gateway.record.reader import Reader
from gateway.study.survey import survey
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.recorded import read
from tests.integration.shining import eventually, shining, shown
from tests.integration.small_site import EMPTY
from tests.integration.test_reload import edit
from tests.servers import Server

MINUTE = 60 * SECOND
SPEED = 300.0
SUNRISE, SUNSET = 1_795_243_912 * SECOND, 1_795_276_834 * SECOND
"""2026-11-21 06:51:52 and 16:00:34 UTC (astral)."""

REFRESH = 3 * MINUTE
SILENT = 3 * REFRESH
"""After so long without an answer a lamp that is not on a feed has a fault."""


def alarms(record: Reader) -> list[tuple[str, str]]:
    """Every fault that was ever found on the feed and its lamps."""
    found = [(item.device, item.channel) for item in record.series(Quantity.FAULT)]
    return [(device, fault) for device, fault in found if device in {"C1-L2", "lamp-1", "lamp-2"}]


async def prepare(site: Path) -> None:
    """Two lamps on one feed, whose sensors need say nothing."""
    await asyncio.to_thread(append, site / "site.yaml", f"refresh: {REFRESH // MINUTE}min\n")
    await edit(site, "devices.yaml", "PL 0001}", "PL 0001, feed: C1-L2}")
    await edit(site, "devices.yaml", "lamp-2: {zone: street,", "lamp-2: {zone: street, feed: C1-L2,")
    await edit(site, "devices.yaml", "sees: 20 m, convention: native, measures: presence, heartbeat: 1h", TRUSTED)


TRUSTED = "sees: 20 m, convention: native, measures: presence, silence: trusted"


def append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write(text)


def parts(*breakages: Breakage[Fault]) -> list[LuminairePart]:
    return [LuminairePart(name, breakages=breakages, patience=60 * MINUTE) for name in ("lamp-1", "lamp-2")]


def when(clock: ScaledClock, at: int, fault: Fault) -> Breakage[Fault]:
    """Break lamps that start now at an instant."""
    return Breakage(fault, max(0, at - clock.now().time))


async def test_a_feed_that_is_switched_off_after_dawn_is_no_alarm_and_shown_as_one(
    mosquitto: Server, site: Path
) -> None:
    await prepare(site)
    clock = ScaledClock(SUNRISE - 40 * MINUTE, SPEED)
    async with living(GatewayProcess(site, clock)):
        off = SUNRISE + 3 * MINUTE
        async with shining(clock, mosquitto.port, *parts(when(clock, off, Fault.UNPOWERED))) as lamps:
            await eventually(lambda: all(EMPTY in shown(lamp, 0) for lamp in lamps.values()), "the night")
            await eventually(lambda: {lamp.light for lamp in lamps.values()} == {0}, "the day")
            await clock.sleep_until(off + 3 * SILENT)
            assert await asyncio.to_thread(read, site, alarms) == []
            # What doctor shows is read off the record.
            found = await asyncio.to_thread(read, site, lambda record: survey(record, clock.now().time, ()))
            assert (found.feeds_off, found.silent) == ({"C1-L2": 2}, ("lamp-3",))


async def test_a_feed_that_is_switched_on_at_dusk_is_no_alarm_and_its_lamps_only_go_up(
    mosquitto: Server, site: Path
) -> None:
    await prepare(site)
    start = SUNSET - 45 * MINUTE
    clock = ScaledClock(start, SPEED)
    async with living(GatewayProcess(site, clock)):
        off = when(clock, SUNSET - 30 * MINUTE, Fault.UNPOWERED)
        on = when(clock, SUNSET + 2 * MINUTE, Fault.NONE)
        async with shining(clock, mosquitto.port, *parts(off, on)) as lamps:
            await eventually(lambda: {lamp.light for lamp in lamps.values()} == {EMPTY}, "the level of the evening")
            for lamp in lamps.values():
                light = shown(lamp, start)
                assert light == sorted(light)
                assert max(light) == EMPTY
            assert await asyncio.to_thread(read, site, alarms) == []
