"""The real daemon where the record cannot be written when it starts: a disk that can only be read, or a full one."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from devices.reading import Reading
from gateway.control.ask import ask
from gateway.control.words import OverrideRequest
from gateway.record.reader import Reader
from tests.cli.command import PLAIN, REVERBERE
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.recorded import until_recorded
from tests.integration.small_site import EMPTY, FULL, evening
from tests.integration.test_disk import SmallDisk
from tests.integration.test_overrides import lenient
from tests.record.mounts import forbidden, inside, read_only
from tests.servers import Server

pytestmark = pytest.mark.skipif(bool(forbidden()), reason=forbidden())

FILLED = 'dd if=/dev/zero of="$0/filler" bs=4096 2>/dev/null; exec "$@"'


class ReadOnlyDisk(GatewayProcess):
    """A gateway that can only read in its state folder."""

    def _command(self) -> list[str]:
        return [*read_only(self.folder / "state"), *super()._command()]

    def files(self) -> list[str]:
        """What is in its state folder."""
        return [file.name for file in (self.folder / "state").iterdir()]

    def make_room(self) -> None:
        """Let it write there."""
        mount = ["mount", "-o", "remount,bind,rw", str(self.folder / "state")]
        subprocess.run([*inside(self.pid), *mount], check=True)

    def doctor(self) -> dict[str, Any]:
        """What `reverbere doctor` says where the gateway is."""
        command = [*inside(self.pid), REVERBERE, "doctor", "--json", "--config", str(self.folder)]
        said = subprocess.run(command, capture_output=True, text=True, check=False, env=PLAIN).stdout
        found: dict[str, Any] = json.loads(said)
        return found


class FullDisk(SmallDisk):
    """A gateway whose state folder is a file system without room for another byte."""

    def _command(self) -> list[str]:
        mounted = super()._command()
        own = mounted.index("4m") + 1
        return [*mounted[:own], "sh", "-c", FILLED, str(self.folder / "state"), *mounted[own:]]

    def files(self) -> list[str]:
        """What is in its state folder."""
        return [file.name for file in self.state.iterdir()]

    def make_room(self) -> None:
        """Let it write there."""
        (self.state / "filler").unlink()


def people(reader: Reader) -> list[float]:
    """Every count that is in the record."""
    return [
        item.value for entry in reader.entries() for item in entry.learned if isinstance(item, Reading) and item.period
    ]


async def a_quiet_evening(street: Radio, site: Path) -> None:
    """Nobody is at the first lamp; the third is at 77 % by a person's order."""
    await street.until_health("online")
    for lamp in ("lamp-1", "lamp-2"):
        await street.until(lamp, FULL)
    for sensor in ("motion-1", "motion-2"):
        await street.sense(sensor, presence=False)
    await street.until("lamp-1", EMPTY)
    await ask(site / "state", OverrideRequest(target="lamp-3", level=77, lasts="2h", force=True))


async def test_where_nothing_can_be_written_lamps_are_on_failsafe_and_counts_wait_at_the_broker(
    mosquitto: Server, site: Path
) -> None:
    await asyncio.to_thread(lenient, site)
    clock = evening()
    async with radio(mosquitto.port) as street:
        async with living(before := GatewayProcess(site, clock)):
            await a_quiet_evening(street, site)
            await asyncio.to_thread(before.kill)
        street.heard.clear()
        gateway = ReadOnlyDisk(site, clock)
        async with living(gateway):
            await street.until_health("unrecorded")
            await street.until("lamp-1", FULL)
            await street.until("lamp-3", 77)
            assert ("lamp-1", EMPTY) not in street.orders()
            for number in range(1, 40):
                await street.sense("counter-01", pedestrians=number, period=60)
            await street.sense("motion-1", presence=False)
            found = await asyncio.to_thread(gateway.doctor)
            words = {
                finding["subject"]: finding["words"] + " ".join(finding["details"]) for finding in found["findings"]
            }
            assert "runs without a record" in words["gateway"]
            assert "can only be read" in words["record"]
            assert [word for word in gateway.said if word.startswith("STATUS=no record, lamps on failsafe")]
            await asyncio.to_thread(gateway.make_room)
            await street.until_health("online")
            await street.until("lamp-1", EMPTY)
            await until_recorded(site, lambda record: people(record) == list(range(1, 40)), "every count once")
            assert {level for lamp, level in street.orders() if lamp == "lamp-3"} == {77}
        assert await asyncio.to_thread(gateway.stop) == 0


@pytest.mark.parametrize("disk", [ReadOnlyDisk, FullDisk])
async def test_a_first_start_where_nothing_can_be_written_lights_the_street_and_waits(
    mosquitto: Server, site: Path, disk: type[ReadOnlyDisk | FullDisk]
) -> None:
    await asyncio.to_thread((site / "state").mkdir)
    gateway = disk(site, evening())
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until_health("unrecorded")
        await street.until("lamp-3", FULL)
        await asyncio.to_thread(gateway.make_room)
        await street.until_health("online")
        await street.sense("motion-1", presence=False)
        await street.sense("motion-2", presence=False)
        await street.until("lamp-1", EMPTY)
        there = await asyncio.to_thread(gateway.files)
        assert not [name for name in there if "damaged" in name]
