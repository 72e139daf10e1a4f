"""A sensor that is silent, stuck or flaps: what its lamps do, what the others do, and what the record makes of it.

Failsafe is brighter here than presence, so that it is seen which of the two lights a lamp.
"""

import asyncio
import csv
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path

import pytest

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.record.reader import Reader
from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import evening
from tests.integration.test_reload import edit
from tests.links.inbox import PATIENCE
from tests.servers import Server

SPEED = 1200.0
EMPTY, WALKER, FAILSAFE = 30, 70, 90
SENSOR, LAMP, OTHER = DeviceId("motion-1"), "lamp-1", "lamp-2"
PAIR = "  motion-1..2:\n    {zone: street, at: 20 m, every: 40 m, sees: 20 m,"
SENSORS = (
    "  motion-1..2: {zone: street, at: 20 m, every: 40 m, sees: 20 m, convention: native, measures: presence}\n"
    "  motion-1: {heartbeat: 1h, stuck_after: 30min, flaps: 20/h}\n"
    "  motion-2: {silence: trusted}\n"
    "  motion-3: {zone: street, at: 90 m, sees: 5 m,"
)
"""One that is judged within seconds, and one that is believed whatever it does not say."""


async def prepare(site: Path) -> None:
    await edit(site, "lighting.yaml", "design: 5.0 lx", "design: 10.0 lx")
    await edit(site, "lighting.yaml", "failsafe: 100%", f"failsafe: {FAILSAFE}%")
    await edit(site, "lighting.yaml", "{level: 100%, hold", f"{{level: {WALKER}%, hold")
    await edit(site, "devices.yaml", PAIR, SENSORS)


async def quiet(street: Radio) -> None:
    """Both sensors were heard; nobody is there."""
    await street.until_health("online")
    for sensor, lamp in (("motion-1", LAMP), ("motion-2", OTHER)):
        await street.sense(sensor, presence=False)
        await street.until(lamp, EMPTY)
    street.heard.clear()


def verdicts(record: Reader) -> list[Reading]:
    return list(record.series(Quantity.TRUST, SENSOR))


def said(record: Reader) -> list[float]:
    return [reading.value for reading in record.series(Quantity.PRESENCE, SENSOR)]


def doubted(cause: str) -> Callable[[Reader], bool]:
    return lambda record: any(verdict.channel == cause and not verdict.value for verdict in verdicts(record))


def believed(record: Reader) -> bool:
    return [verdict.value for verdict in verdicts(record)][-1:] == [1]


async def silent(street: Radio, site: Path) -> list[float]:
    """It says nothing more."""
    del street
    await until_recorded(site, doubted("stale"), "the silence to be noticed")
    return []


async def stuck(street: Radio, site: Path) -> list[float]:
    """Somebody has been there without a break, again and again."""
    words = [1.0]
    await street.sense(SENSOR, presence=True)
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(read, site, doubted("stuck")):
            await street.sense(SENSOR, presence=True)
            words.append(1.0)
    return words


async def flapping(street: Radio, site: Path) -> list[float]:
    """It changes faster than people walk."""
    words = [1.0, 0.0] * 11
    for word in words:
        await street.sense(SENSOR, presence=bool(word))
    await until_recorded(site, doubted("flapping"), "the changes to be noticed")
    return words


async def export(site: Path) -> list[dict[str, str]]:
    """What a researcher gets of the sensor."""
    done = await asyncio.to_thread(reverbere, "export", "--device", SENSOR, "--quantity", "presence", "--config", site)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(StringIO(done.stdout)))


@pytest.mark.parametrize("broken", [silent, stuck, flapping])
async def test_lamps_that_only_a_broken_sensor_watched_go_to_failsafe_and_what_it_said_is_kept_and_marked(
    mosquitto: Server, site: Path, broken: Callable[[Radio, Path], Awaitable[list[float]]]
) -> None:
    await prepare(site)
    async with radio(mosquitto.port) as street, living(GatewayProcess(site, evening(SPEED))):
        await quiet(street)
        words = await broken(street, site)
        await street.until(LAMP, FAILSAFE)
        assert {level for lamp, level in street.orders() if lamp == OTHER} <= {EMPTY}
        street.heard.clear()
        # Every word is there, and those that are not to be believed are marked, also what came before the verdict.
        await until_recorded(site, lambda record: said(record) == [0.0, *words], "every word")
        marks = ["distrusted" in row["quality"] for row in await export(site)]
        assert marks == [False] + [True] * len(words)
        # It behaves, and after a while it is believed again: the lamps follow it as before.
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(read, site, believed):
                if broken is stuck:
                    await street.sense(SENSOR, presence=True)
                await street.sense(SENSOR, presence=False)
        await street.until(LAMP, EMPTY)
