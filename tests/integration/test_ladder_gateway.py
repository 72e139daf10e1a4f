"""The gateway dies in the middle of an evening: lamps show no flash, and nothing that was kept is lost."""

import asyncio
from functools import partial
from pathlib import Path

from devices.reading import Quantity
from firmware_sims.luminaire import LuminairePart
from gateway.record.reader import Reader
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.integration.recorded import until_recorded
from tests.integration.shining import eventually, shining, shown
from tests.integration.small_site import EMPTY, FULL, evening
from tests.integration.test_reload import edit
from tests.integration.test_restart import settle
from tests.servers import Server

SPEED = 60.0


def people(record: Reader) -> list[float]:
    return sorted(reading.value for reading in record.series(Quantity.PEDESTRIANS))


def counted(number: int, record: Reader) -> bool:
    return len(people(record)) == number


async def test_a_gateway_that_is_killed_again_and_again_is_never_seen_in_the_light(
    mosquitto: Server, site: Path
) -> None:
    clock = evening(SPEED)
    gateway = GatewayProcess(site, clock)
    # A start may be slow; what a lamp does that waits for too long is another test.
    await asyncio.to_thread(patient, site)
    await edit(site, "lighting.yaml", "hold: 45s", "hold: 45s, max_on: 4h")
    async with (
        living(gateway),
        shining(clock, mosquitto.port, LuminairePart("lamp-1"), LuminairePart("lamp-2")) as lamps,
    ):
        async with radio(mosquitto.port) as street:
            await settle(street, site, somebody=True)
            await eventually(lambda: lamps["lamp-1"].light == EMPTY and lamps["lamp-2"].light == FULL, "the levels")
            since = clock.now().time
            for number in range(1, 4):
                # The tail of the tape behind the last snapshot: what was said after it.
                await street.sense("counter-01", pedestrians=number)
                await until_recorded(site, partial(counted, number), "a count")
                await asyncio.to_thread(gateway.kill)
                street.heard.clear()
                await asyncio.to_thread(gateway.start)
                for lamp, level in (("lamp-1", EMPTY), ("lamp-2", FULL)):
                    await street.until(lamp, level)
        assert set(shown(lamps["lamp-1"], since)) == {EMPTY}
        assert set(shown(lamps["lamp-2"], since)) == {FULL}
        await until_recorded(site, lambda record: people(record) == [1, 2, 3], "every count, each once")


def patient(folder: Path) -> None:
    """Let lamps wait an hour for the gateway before they help themselves."""
    with (folder / "site.yaml").open("a") as file:
        file.write("refresh: 20min\n")
