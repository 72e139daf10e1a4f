"""A people counter on an RS-485 line, from its registers to the record: nobody is lost between two questions."""

import asyncio
from pathlib import Path

from devices.device import DeviceId
from devices.reading import Quantity
from firmware_sims.modbus import Bus, Mode, Unit, serve
from gateway.record.reader import Reader
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.recorded import until_recorded
from tests.integration.small_site import evening, write_site
from tests.links.cable import Cable
from tests.servers import Server

DOOR = DeviceId("door")


def people(record: Reader) -> float:
    return sum(reading.value for reading in record.series(Quantity.PEDESTRIANS, DOOR))


def write(folder: Path, port: int) -> Path:
    write_site(folder, port)
    file = folder / "devices.yaml"
    door = (
        f"  door: {{zone: street, at: 0 m, convention: modbus, serial: {folder}/rs485, unit: 3, poll: 50ms, "
        "heartbeat: 1h, measures: pedestrians, registers: {pedestrians_total: {at: 0, table: input, type: uint32}}}\n"
    )
    file.write_text(file.read_text().replace("sensors:\n", f"sensors:\n{door}"))
    return folder


async def test_a_total_that_is_asked_for_counts_everybody_over_silence_and_a_restart(
    mosquitto: Server, tmp_path: Path
) -> None:
    site = await asyncio.to_thread(write, tmp_path / "site", mosquitto.port)
    cable = Cable(site / "rs485")
    await asyncio.to_thread(cable.plug)
    unit = Unit(3)
    unit.hold("input", 0, 65_530, 2)
    line = asyncio.create_task(serve(cable.near, Bus({3: unit})), name="line")
    gateway = GatewayProcess(site, evening())
    try:
        async with living(gateway):
            await until_recorded(site, lambda record: DOOR in record.last_seen(), "a first answer")
            unit.hold("input", 0, 65_540, 2)  # over the end of its lower register
            await until_recorded(site, lambda record: people(record) == 10, "ten people")
            unit.mode = Mode.SILENT
            unit.hold("input", 0, 65_547, 2)
            await asyncio.to_thread(gateway.restart)
            unit.mode = Mode.WELL
            await until_recorded(site, lambda record: people(record) == 17, "seven more")
    finally:
        line.cancel()
        await asyncio.wait([line])
        await asyncio.to_thread(cable.unplug)
