"""A real day of four streets through real servers: every person exactly once, every level as the rules say."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.clock import SECOND
from gateway.configuration.build import load
from gateway.configuration.site import Site
from tests.integration import day as a
from tests.integration.day import Day
from tests.integration.gateway_process import GatewayProcess
from tests.servers import Server

SERIAL = a.counter_of(len(a.STREETS) - 1)


@contextmanager
def played(folder: Path, broker: Server) -> Iterator[tuple[Day, Site, GatewayProcess]]:
    """The streets and a gateway that lives in their time."""
    day = Day.begin(folder, broker.port)
    try:
        with GatewayProcess(folder, day.clock) as gateway:
            yield day, load(folder), gateway
    finally:
        day.end()


@pytest.mark.timeout(300)
def test_people_of_each_hour_are_in_both_databases_and_lamps_follow_the_rules(
    tmp_path: Path, mosquitto: Server, influxdb: Server, victoria_metrics: Server
) -> None:
    a.make_database(influxdb.url, "street")
    (tmp_path / "token").write_text("none")
    targets = [
        {"name": "one", "version": 1, "url": influxdb.url, "database": "street"},
        {"name": "two", "version": 2, "url": victoria_metrics.url, "org": "o", "bucket": "b", "token_file": "token"},
    ]
    a.write_site(tmp_path, f"mqtt://127.0.0.1:{mosquitto.port}", "mosquitto", targets)
    with played(tmp_path, mosquitto) as (day, site, _):
        asyncio.run(whole_day(day, site))
        walked, sensed = day.walked(), day.sensed()
    for where in (
        a.in_record(site),
        a.in_influxdb(influxdb.url, "street"),
        a.in_victoria_metrics(victoria_metrics.url),
    ):
        assert a.in_the_day(where) == walked
        assert a.totals(where) == sensed
    assert [level for level in a.levels(site) if level.decided != level.modelled] == []
    assert len({level.decided for level in a.levels(site)}) > 3


async def whole_day(day: Day, site: Site) -> None:
    """Play from before midnight to after the next, then wait until everything has arrived everywhere."""
    async with asyncio.TaskGroup() as tasks:
        playing = [tasks.create_task(cast.run(), name="cast") for cast in day.casts]
        await day.until(24 + a.AFTER / a.HOUR)
        await day.drained(site)
        await a.forwarded(site)
        for task in playing:
            task.cancel()


@pytest.mark.timeout(300)
def test_restarts_of_the_broker_and_kills_of_the_gateway_change_no_sum(
    tmp_path: Path, mosquitto: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    a.write_site(tmp_path, f"mqtt://127.0.0.1:{mosquitto.port}", "mosquitto")
    with played(tmp_path, mosquitto) as (day, site, gateway):
        killed = asyncio.run(troubled_day(day, site, mosquitto, gateway))
        walked, sensed = day.walked(), day.sensed()
        boot, seq = next(c.truth().last_numbers[SERIAL] for c in day.casts if SERIAL in c.truth().last_numbers)
    held = a.in_record(site)
    by_mqtt = [a.counter_of(number) for number in range(len(a.STREETS) - 1)]
    assert {counter: a.totals(held)[counter] for counter in by_mqtt} == {
        counter: sensed[counter] for counter in by_mqtt
    }
    assert {counter: a.in_the_day(held)[counter] for counter in by_mqtt} == {
        counter: walked[counter] for counter in by_mqtt
    }
    lost = a.lost_numbers(site, SERIAL, boot, seq)
    with capsys.disabled():
        sys.stdout.write(f"\nserial line: {len(lost)} of {seq + 1} lines lost, while the gateway was away\n")
    in_flight = sum(-(-(up - down) // a.PERIOD) + 1 for down, up in killed)
    assert len(lost) <= in_flight, f"{len(lost)} lines lost of {seq + 1}, at most {in_flight} were in flight"
    assert [level for level in a.levels(site) if level.decided != level.modelled] == []


async def troubled_day(day: Day, site: Site, broker: Server, gateway: GatewayProcess) -> list[tuple[int, int]]:
    """Restart the broker twice and kill the gateway twice; say from when to when (street time) the gateway was away."""
    away: list[tuple[int, int]] = []
    async with asyncio.TaskGroup() as tasks:
        playing = [tasks.create_task(cast.run(), name="cast") for cast in day.casts]
        for hour in (4, 12):
            await day.until(hour)
            await asyncio.to_thread(broker.restart)
            await day.until(hour + 4)
            down = day.clock.now().time
            await asyncio.to_thread(gateway.kill)
            lines = len(gateway.events("link up"))
            await asyncio.to_thread(gateway.start)
            await serial_open(gateway, lines)
            away.append((down, day.clock.now().time + SECOND))
        await day.until(24 + a.AFTER / a.HOUR)
        await day.drained(site)
        for task in playing:
            task.cancel()
    return away


async def serial_open(gateway: GatewayProcess, before: int) -> None:
    """Wait until a gateway that was started again reads its serial line."""
    await a.happens(lambda: any("serial" in event["link"] for event in gateway.events("link up")[before:]))
