"""Lamps on a DALI line under the real daemon, without any broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.device import DeviceId
from devices.reading import Quantity
from firmware_sims.dali_gear import GearPart
from firmware_sims.dali_line import DaliLine
from gateway.control.ask import ask
from gateway.control.words import OverrideRequest, ReloadRequest
from gateway.record.reader import Reader
from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import evening
from tests.integration.test_unrecorded import ReadOnlyDisk
from tests.links.inbox import until
from tests.record.mounts import forbidden

LOGARITHMIC, LINEAR, MISTAKEN = 0, 1, 2
"""Gear: on the standard curve and with meters, on the linear one, and on that although the file says otherwise."""

PARTS = (GearPart(LOGARITHMIC, metered=True), GearPart(LINEAR, linear=True), GearPart(MISTAKEN, linear=True))


def write_site(folder: Path, port: int) -> Path:
    """A street of three lamps that are at 60 % all night."""
    folder.mkdir()
    (folder / "site.yaml").write_text("""\
version: 1
site: {id: chalon, latitude: 46.7806, longitude: 4.8528, time_zone: Europe/Paris}
refresh: 1s
""")
    lamp = f'zone: street, convention: dali, line: "daliserver://127.0.0.1:{port}", type: led, failure_level: 80%'
    (folder / "devices.yaml").write_text(f"""\
version: 1
luminaires:
  lamp-1: {{{lamp}, at: 10 m, address: {LOGARITHMIC}}}
  lamp-2: {{{lamp}, at: 40 m, address: {LINEAR}, dimming_curve: linear}}
  lamp-3: {{{lamp}, at: 70 m, address: {MISTAKEN}, dimming_curve: logarithmic}}
types:
  led: {{full: 28 W, dimmed: 5.5 W at 10%, standby: 0.5 W}}
""")
    (folder / "lighting.yaml").write_text("""\
version: 1
zones:
  street: {length: 100 m, class: P5, design: 5.0 lx, program: steady}
programs:
  steady:
    active: {from: sunset, to: sunrise}
    failsafe: 60%
    ramp: {up: 1s, down: 1s}
    steps:
      - {from: sunset, class: P5, default: 60%}
""")
    return folder


@asynccontextmanager
async def street(folder: Path) -> AsyncIterator[tuple[DaliLine, Path]]:
    """A line, and a site whose lamps are on it."""
    line = DaliLine(PARTS)
    async with line.served() as port:
        yield line, await asyncio.to_thread(write_site, folder / "site", port)


async def shining(line: DaliLine, *lights: float) -> None:
    """Wait until the lamps give as much light, within half a per cent, and fade no more."""

    def so() -> bool:
        found = [line.light(at) for at in (LOGARITHMIC, LINEAR, MISTAKEN)]
        return all(light <= seen < light + 1.7 for light, seen in zip(lights, found, strict=True))

    await until(so, f"light of {lights} per cent")


def said(record: Reader, quantity: Quantity, device: str, channel: str = "") -> list[float]:
    series = record.series(quantity, DeviceId(device))
    return [reading.value for reading in series if reading.channel == channel]


async def test_lamps_of_both_curves_shine_as_ordered_and_a_curve_that_is_not_the_declared_one_is_a_fault(
    tmp_path: Path,
) -> None:
    async with street(tmp_path) as (line, site), living(GatewayProcess(site, evening())):
        await shining(line, 60.0, 60.0, 92.9)
        await until_recorded(
            site,
            lambda record: (
                [set(said(record, Quantity.DIMMING_CURVE, f"lamp-{at}")) for at in (1, 2, 3)] == [{0}, {1}, {1}]
            ),
            "the curve of each",
        )
        await until_recorded(
            site, lambda record: said(record, Quantity.FAULT, "lamp-3", "wrongDimmingCurve") == [1.0], "the fault"
        )
        await until(
            lambda: [gear.failure_level for gear in line.gear.values()] == [246, 204, 246], "80 % on the curve of each"
        )
        told = await asyncio.to_thread(reverbere, "doctor", "--config", site)
        words = " ".join(told.stdout.split())
        assert "dali 1 of 1 line reached; 3 gear, 2 on a linear curve" in words
        assert "lamp-3 wrongDimmingCurve since" in words
        assert "another curve than dimming_curve says" in words
        await ask(site / "state", OverrideRequest(target="street", level=100, lasts="1h", reason="a feast"))
        await shining(line, 100.0, 100.0, 100.0)


async def test_what_gear_says_of_itself_is_on_record(tmp_path: Path) -> None:
    async with street(tmp_path) as (line, site), living(GatewayProcess(site, evening())):
        line.gear[LOGARITHMIC].energy, line.gear[LOGARITHMIC].operating_time = 1234, 3600
        await until_recorded(
            site,
            lambda record: said(record, Quantity.ENERGY, "lamp-1") and said(record, Quantity.POWER, "lamp-1"),
            "its meters",
        )
        record = await asyncio.to_thread(read, site, lambda record: said(record, Quantity.OPERATING_TIME, "lamp-1"))
        assert record == [3600.0]
        line.gear[LINEAR].failed = True
        await until_recorded(
            site, lambda record: said(record, Quantity.FAULT, "lamp-2", "lampFailure") == [1.0], "the lamp's failure"
        )
        line.gear[LINEAR].failed = False
        await until_recorded(
            site, lambda record: said(record, Quantity.FAULT, "lamp-2", "lampFailure") == [1.0, 0.0], "its end"
        )
        line.gear[LOGARITHMIC].silent = True
        await until_recorded(
            site,
            lambda record: said(record, Quantity.FAULT, "lamp-1", "controlGearCommFailure") == [1.0],
            "the silence of a gear",
        )


async def test_gear_that_lost_its_power_and_a_line_that_went_are_told_their_level_again(tmp_path: Path) -> None:
    async with street(tmp_path) as (line, site), living(GatewayProcess(site, evening())):
        await shining(line, 60.0, 60.0, 92.9)
        await until(lambda: line.gear[LINEAR].power_on_level == 204, "80 % after a loss of power")
        for gear in line.gear.values():
            gear.restart(line.now)
        assert line.gear[LINEAR].light > 80
        await shining(line, 60.0, 60.0, 92.9)
        line.drop()
        line.gear[LINEAR].restart(line.now)
        await shining(line, 60.0, 60.0, 92.9)


async def test_a_restart_is_no_flash_on_linear_gear(tmp_path: Path) -> None:
    async with street(tmp_path) as (line, site):
        gateway = GatewayProcess(site, evening())
        async with living(gateway):
            await shining(line, 60.0, 60.0, 92.9)
            await asyncio.to_thread(gateway.kill)
            line.gear[LINEAR].heard.clear()
            await asyncio.to_thread(gateway.start)
            await until(lambda: line.gear[LINEAR].heard, "an order")
            await ask(site / "state", OverrideRequest(target="lamp-2", level=70, lasts="1h", reason="a feast"))
            await until(lambda: 178 in line.gear[LINEAR].heard, "another")
        assert set(line.gear[LINEAR].heard) == {153, 178}, "60 % and 70 %, on its own curve from the first order on"


async def test_a_reload_that_mends_the_declared_curve_ends_the_fault(tmp_path: Path) -> None:
    async with street(tmp_path) as (line, site), living(GatewayProcess(site, evening())):
        await until_recorded(
            site, lambda record: said(record, Quantity.FAULT, "lamp-3", "wrongDimmingCurve") == [1.0], "the fault"
        )
        devices = site / "devices.yaml"
        mended = (await asyncio.to_thread(devices.read_text)).replace("dimming_curve: logarithmic", "")
        await asyncio.to_thread(devices.write_text, mended.replace(", }", "}"))
        told = await ask(site / "state", ReloadRequest())
        assert told["changes"] == ["device lamp-3 changed"]
        await shining(line, 60.0, 60.0, 60.0)
        await until_recorded(
            site, lambda record: said(record, Quantity.FAULT, "lamp-3", "wrongDimmingCurve") == [1.0, 0.0], "its end"
        )


@pytest.mark.skipif(bool(forbidden()), reason=forbidden())
async def test_a_street_on_a_line_is_lit_where_nothing_can_be_written(tmp_path: Path) -> None:
    async with street(tmp_path) as (line, site):
        await asyncio.to_thread((site / "state").mkdir)
        for gear in line.gear.values():
            gear.hear(0xFE, 0, line.now)
        async with living(ReadOnlyDisk(site, evening())):
            await shining(line, 60.0, 60.0, 92.9)
