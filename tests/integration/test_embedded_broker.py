"""nats-server, the broker of a first run, is killed in the middle: nobody who was counted is lost or counted twice."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from devices.device import DeviceId
from devices.reading import Quantity
from firmware_sims.cast import Cast
from firmware_sims.counter import CounterPart
from firmware_sims.post import Broker
from firmware_sims.profile import steady
from firmware_sims.street import HOUR, Street
from gateway.broker import EmbeddedBroker, configuration, free_port
from gateway.clock import SECOND
from gateway.record.reader import Reader
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import EVENING, SITE, evening, write_site
from tests.servers import Server

COUNTERS = ("counter-01", "counter-02")


@pytest.fixture
def site(nats: Server, tmp_path: Path) -> Path:
    """The files of the small street, whose broker is nats-server."""
    return write_site(tmp_path / "site", nats.port, broker="nats")


def people(record: Reader) -> Counter[str]:
    """Everybody who was counted, by counter."""
    sums = Counter[str]()
    for reading in record.series(Quantity.PEDESTRIANS):
        sums[reading.device] += int(reading.value)
    return sums


def reports(number: int) -> Callable[[Reader], bool]:
    """A look at the record: whether it has so many reports of each counter."""
    return lambda record: all(
        sum(reading.channel == "in" for reading in record.series(Quantity.PEDESTRIANS, DeviceId(name))) >= number
        for name in COUNTERS
    )


def numbered(device: str, boot: str, last: int) -> Callable[[Reader], bool]:
    """A look at the record: whether it has a device's last message."""
    return lambda record: record.last_numbered(DeviceId(device), boot) == last


@pytest.fixture
def street() -> Street:
    """Many walkers. It reads its time zone, so it is made before there is a loop to block."""
    return Street(100.0, steady(600.0), "Europe/Paris", seed=7, start=EVENING - HOUR)


async def test_a_killed_server_comes_back_with_its_sessions_and_every_counters_sum_is_exact(
    nats: Server, site: Path, street: Street
) -> None:
    clock = evening(60.0)
    gateway = GatewayProcess(site, clock)
    parts = [CounterPart(name, 10.0 * place, 30 * SECOND) for place, name in enumerate(COUNTERS)]
    cast = Cast(clock, Broker("127.0.0.1", nats.port), SITE, street, parts)
    async with living(gateway):
        playing = asyncio.create_task(cast.run(), name="cast")
        await until_recorded(site, reports(4), "some reports before the kill")
        await asyncio.to_thread(nats.kill)
        await asyncio.to_thread(nats.start)
        await until_recorded(site, reports(10), "some reports after the kill")
        cast.stop()
        await cast.drained()
        for device, (boot, last) in cast.truth().last_numbers.items():
            await until_recorded(site, numbered(device, boot, last), f"the last message of {device}")
        playing.cancel()
        await asyncio.wait([playing])
    assert await asyncio.to_thread(read, site, people) == cast.truth().people_sensed
    assert sum(cast.truth().people_sensed.values()) > 50
    ups = [event for event in await asyncio.to_thread(gateway.events, "link up") if event["link"] == "mqtt"]
    assert [event["session"] for event in ups] == [False, True]


async def test_it_listens_on_this_machine_alone_and_stops_with_the_block(tmp_path: Path) -> None:
    port = free_port()
    async with EmbeddedBroker(tmp_path / "broker", port) as broker:
        assert (broker.host, broker.port) == ("127.0.0.1", port)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    assert f'listen: "127.0.0.1:{port}"' in configuration(tmp_path, port)
