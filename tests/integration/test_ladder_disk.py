"""The disk is full for longer than the broker's window lasts: unknown is not empty, so the lamps go to failsafe."""

import asyncio
from pathlib import Path

import pytest

from tests.integration.gateway_process import living
from tests.integration.radio import radio
from tests.integration.small_site import EMPTY, FULL, evening
from tests.integration.test_disk import LONG, SmallDisk, until_counted
from tests.integration.test_reload import edit
from tests.links.inbox import PATIENCE
from tests.record.mounts import forbidden
from tests.servers import Server

pytestmark = pytest.mark.skipif(bool(forbidden()), reason=forbidden())

SPEED = 120.0
WINDOW = 20
"""Messages that may be unacknowledged at a time."""


async def test_a_disk_that_stays_full_makes_sensors_seem_silent_and_their_lamps_go_to_failsafe(
    mosquitto: Server, site: Path
) -> None:
    await edit(site, "site.yaml", "broker: mosquitto", f"broker: mosquitto, receive_maximum: {WINDOW}")
    await edit(site, "devices.yaml", "measures: presence, heartbeat: 1h", "measures: presence, heartbeat: 10min")
    gateway = SmallDisk(site, evening(SPEED))
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until_health("online")
        await street.sense("motion-1", presence=False)
        await street.until("lamp-1", EMPTY)
        await asyncio.to_thread(gateway.fill)
        counts = 0.0
        async with asyncio.timeout(PATIENCE):
            while "cannot be written" not in await asyncio.to_thread(gateway.log.read_text):
                counts += 1
                await street.sense("counter-01", pedestrians=int(counts), period=60, humidity=50.0)
        for _ in range(3 * WINDOW):
            counts += 1
            await street.sense("counter-01", pedestrians=int(counts), period=60, humidity=50.0)
        # Nobody comes, and the sensor says so all the time; behind a window that is full nobody hears it.
        # The link tries again and again, with growing pauses, and in one of them lamps are told nothing either.
        street.heard.clear()
        async with asyncio.timeout(LONG):
            while ("lamp-1", FULL) not in street.orders():
                await street.sense("motion-1", presence=False)
                await asyncio.sleep(0.2)
        await asyncio.to_thread((gateway.state / "filler").unlink)
        await until_counted(gateway, [float(number) for number in range(1, int(counts) + 1)])
        street.heard.clear()
        await street.sense("motion-1", presence=False)
        await street.until("lamp-1", EMPTY)
