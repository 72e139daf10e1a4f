"""A counter that says a running total, through kills and restarts of everything: each person once, in every copy."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from devices.reading import Quality, Quantity, Reading
from gateway.clock import SECOND
from gateway.record.reader import Reader
from tests.integration.day import make_database
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import EVENING, evening, write_site
from tests.links.inbox import PATIENCE
from tests.servers import Server

COUNTER = "counter-01"


def counts(record: Reader) -> list[Reading]:
    return list(record.series(Quantity.PEDESTRIANS))


def totals(record: Reader) -> list[float]:
    return sorted(reading.value for reading in record.series(Quantity.PEDESTRIANS_TOTAL))


def write_files(folder: Path, port: int, database: str) -> Path:
    """The files of the small street, with a server that gets a copy."""
    write_site(folder, port)
    with (folder / "site.yaml").open("a") as file:
        file.write(f'influxdb:\n  - {{name: lab, version: 1, url: "{database}", database: street}}\n')
    return folder


def in_database(url: str) -> float:
    """The sum of all counts, as InfluxDB has it."""
    query = urlencode({"db": "street", "q": "SELECT sum(value) FROM pedestrians"})
    with urlopen(f"{url}/query?{query}") as answer:  # noqa: S310 - a server of this test
        (result,) = json.load(answer)["results"]
    return float(result["series"][0]["values"][0][1]) if "series" in result else 0.0


async def say(port: int, *said: tuple[str, int, int]) -> None:
    """Speak as the counter's outbox does: boot, number and total; with a clock of its own."""
    async with radio(port) as street:
        for boot, seq, people in said:
            shown = {"in": people, "out": 2 * people}
            time = EVENING / SECOND + seq / 100 + (boot == "b")
            await street.sense(COUNTER, pedestrians_total=shown, boot=boot, seq=seq, time=time)


async def test_a_total_counts_everybody_once_through_kills_and_restarts_of_gateway_broker_and_counter(
    tmp_path: Path, mosquitto: Server, influxdb: Server
) -> None:
    await asyncio.to_thread(make_database, influxdb.url, "street")
    folder = await asyncio.to_thread(write_files, tmp_path / "site", mosquitto.port, influxdb.url)
    gateway = GatewayProcess(folder, evening())
    first = [("a", 0, 100), ("a", 1, 103)]
    async with living(gateway):
        async with radio(mosquitto.port) as street:
            await street.until_health("online")
        await say(mosquitto.port, *first)
        await until_recorded(folder, lambda record: len(totals(record)) == 4, "the first totals")
        await asyncio.to_thread(gateway.kill)
        # Nobody hears what the counter says now, and one of its messages is lost on the way.
        await say(mosquitto.port, ("a", 3, 110))
        await asyncio.to_thread(mosquitto.restart)
        await say(mosquitto.port, *first, ("a", 3, 110), ("a", 2, 106))
        await asyncio.to_thread(gateway.start)
        await say(mosquitto.port, ("a", 4, 111), ("a", 3, 110))
        await until_recorded(folder, lambda record: 222 in totals(record), "the totals after the kill")
        await asyncio.to_thread(gateway.restart)
        # It lost its total when it was started anew.
        await say(mosquitto.port, ("b", 0, 4), ("b", 1, 9), ("b", 0, 4))
        await until_recorded(folder, lambda record: 18 in totals(record), "the totals after the counter's restart")
        found = await asyncio.to_thread(read, folder, counts)
        async with asyncio.timeout(PATIENCE):
            while await asyncio.to_thread(in_database, influxdb.url) != 60.0:  # noqa: ASYNC110 - a server tells nobody
                await asyncio.sleep(0.01)
    assert {way: sum(item.value for item in found if item.channel == way) for way in ("in", "out")} == {
        "in": 20,
        "out": 40,
    }
    assert [item.value for item in found if Quality.RESET in item.quality] == [4, 8]
