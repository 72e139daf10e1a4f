"""A wall clock that cannot be right: the street is lit, what is said is marked, and put right once the clock is set."""

import asyncio
from pathlib import Path

import pytest

from devices.reading import Quality, Quantity, Reading
from gateway.clock import SECOND, ScaledClock
from gateway.record.reader import Reader
from tests.integration.gateway_process import living
from tests.integration.radio import radio
from tests.integration.recorded import until_recorded
from tests.integration.small_site import EMPTY
from tests.servers import Server, ServerMissing
from tests.soak.servers import SteppedGateway
from tests.soak.wall import Wall

NOON = 1_795_262_400 * SECOND
"""2026-11-21 12:00 UTC."""

HOUR = 3600 * SECOND
YEARS = 5 * 365 * 86_400


@pytest.fixture
def wall(tmp_path: Path) -> Wall:
    return Wall(tmp_path)


@pytest.fixture
def gateway(site: Path, wall: Wall) -> SteppedGateway:
    """A gateway that lives by that wall clock."""
    made = SteppedGateway(site, ScaledClock(NOON, 1.0))
    try:
        made.environment |= wall.environment()
    except ServerMissing as missing:
        pytest.skip(str(missing))
    return made


def counts(record: Reader) -> list[Reading]:
    return list(record.series(Quantity.PEDESTRIANS))


def unsure(record: Reader) -> list[bool]:
    return [bool(reading.quality & Quality.CLOCK_UNCERTAIN) for reading in counts(record)]


async def test_by_a_clock_that_cannot_be_right_it_is_night_and_times_are_put_right_when_it_is_set(
    mosquitto: Server, site: Path, wall: Wall, gateway: SteppedGateway
) -> None:
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until("lamp-1", 0)
        await street.sense("counter-01", pedestrians=1)
        await until_recorded(site, lambda record: unsure(record) == [False], "a count at noon")
        # The battery of the clock dies with the power: the gateway comes back five years ago.
        await asyncio.to_thread(gateway.kill)
        await asyncio.to_thread(wall.step, -YEARS)
        street.heard.clear()
        await asyncio.to_thread(gateway.start)
        for sensor in ("motion-1", "motion-2"):
            await street.sense(sensor, presence=False)
        await street.until("lamp-1", EMPTY)
        await street.sense("counter-01", pedestrians=2)
        await until_recorded(site, lambda record: unsure(record) == [True, False], "a count of nobody knows when")
        # The network says what time it is: noon has passed, it is day, and every count has its time.
        await asyncio.to_thread(wall.step, YEARS)
        await street.until("lamp-1", 0)
        await until_recorded(site, lambda record: [item.value for item in counts(record)] == [1, 2], "both counts")
        await until_recorded(site, lambda record: 0 < counts(record)[-1].time - NOON < HOUR, "its time")
