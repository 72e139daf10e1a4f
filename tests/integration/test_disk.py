"""The real daemon on a disk that is full for a while."""

import asyncio
import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.gateway_process import ROOT, GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.small_site import EMPTY, FULL, evening
from tests.links.inbox import PATIENCE
from tests.record.mounts import forbidden, inside, seen_by, small
from tests.servers import Server

pytestmark = pytest.mark.skipif(bool(forbidden()), reason=forbidden())

LONG = 180.0
"""Seconds: while the disk was full the link tried again and again, and its pauses grew."""

READ = """
import sys
from pathlib import Path
from devices.reading import Quantity
from gateway.record.reader import Reader
for reading in Reader(Path(sys.argv[1])).series(Quantity.PEDESTRIANS):
    print(reading.value)
"""


class SmallDisk(GatewayProcess):
    """A gateway whose state folder is a file system of 4 MB, which nobody else sees."""

    def _command(self) -> list[str]:
        (self.folder / "state").mkdir(exist_ok=True)
        return [*small(self.folder / "state", "4m"), *super()._command()]

    @property
    def state(self) -> Path:
        """Where the record is, from here."""
        return seen_by(self.pid, self.folder / "state")

    def fill(self) -> None:
        """Leave no byte on its disk."""
        with contextlib.suppress(OSError), (self.state / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def people(self) -> list[float]:
        """The counts that are in the record, read where it can be seen."""
        command = [*inside(self.pid), sys.executable, "-c", READ, str(self.folder / "state")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        return sorted(float(line) for line in done.stdout.splitlines())

    async def until_trouble(self, word: str) -> None:
        """Wait until the log speaks of a trouble."""
        async with asyncio.timeout(PATIENCE):
            while word not in await asyncio.to_thread(self.log.read_text):  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)


async def until_counted(gateway: SmallDisk, people: list[float]) -> None:
    async with asyncio.timeout(LONG):
        while await asyncio.to_thread(gateway.people) != people:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.05)


async def come_and_go(street: Radio) -> None:
    """Somebody comes under lamp-1, and it is told so."""
    street.heard.clear()
    await street.sense("motion-1", presence=True)
    await street.until("lamp-1", FULL)


async def test_a_full_disk_keeps_no_lamp_dark_and_costs_no_count(mosquitto: Server, site: Path) -> None:
    gateway = SmallDisk(site, evening())
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until_health("online")
        await street.sense("counter-01", pedestrians=1)
        await street.sense("motion-1", presence=False)
        await street.until("lamp-1", EMPTY)
        await until_counted(gateway, [1])
        await asyncio.to_thread(gateway.fill)
        numbers = [float(number) for number in range(2, 60)]
        for number in numbers:
            await street.sense("counter-01", pedestrians=int(number), period=60, humidity=50.0)
        await come_and_go(street)
        await gateway.until_trouble("cannot be written")
        assert await asyncio.to_thread(gateway.people) != [1, *numbers]
        await asyncio.to_thread((gateway.state / "filler").unlink)
        await until_counted(gateway, [1, *numbers])
