"""The database is away: the street does not know it, and when it is back it gets everything that it missed, once."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.cli.command import reverbere
from tests.integration.day import make_database
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import EMPTY, FULL, evening
from tests.integration.test_ladder_broker import people
from tests.links.inbox import PATIENCE
from tests.servers import Server

DATABASE = "street"


def copied(url: str) -> list[float]:
    """The counts that the database has."""
    query = urlencode({"db": DATABASE, "q": "SELECT value FROM pedestrians"})
    with urlopen(f"{url}/query?{query}") as answer:  # noqa: S310 - a server of this test
        (result,) = json.load(answer)["results"]
    return sorted(value for series in result.get("series", []) for _, value in series["values"])


async def until_copied(url: str, counts: list[float]) -> None:
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(copied, url) != counts:  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(0.05)


def copy_to(url: str, folder: Path) -> None:
    with (folder / "site.yaml").open("a") as file:
        file.write(f'influxdb: [{{name: lab, version: "1", url: "{url}", database: {DATABASE}}}]\n')


async def walk(street: Radio) -> None:
    """Somebody comes below lamp-1 and goes again."""
    for presence, level in ((True, FULL), (False, EMPTY)):
        street.heard.clear()
        await street.sense("motion-1", presence=presence)
        await street.until("lamp-1", level)


async def test_a_database_that_is_away_changes_no_light_and_gets_what_it_missed(
    mosquitto: Server, influxdb: Server, site: Path
) -> None:
    await asyncio.to_thread(make_database, influxdb.url, DATABASE)
    await asyncio.to_thread(copy_to, influxdb.url, site)
    async with radio(mosquitto.port) as street, living(GatewayProcess(site, evening(30))):
        await street.until_health("online")
        await street.sense("counter-01", pedestrians=1)
        await until_copied(influxdb.url, [1])
        await asyncio.to_thread(influxdb.kill)
        for number in range(2, 30):
            await street.sense("counter-01", pedestrians=number)
        await walk(street)
        await until_recorded(site, lambda record: people(record) == list(range(1, 30)), "every count")
        waiting = await asyncio.to_thread(read, site, lambda record: record.last_seq() - record.cursor("lab"))
        assert waiting >= len(range(2, 30))
        doctor = await asyncio.to_thread(reverbere, "doctor", "--config", site)
        assert "cannot be reached" in doctor.stdout
        await asyncio.to_thread(influxdb.start)
        await until_copied(influxdb.url, [float(number) for number in range(1, 30)])
        await walk(street)
