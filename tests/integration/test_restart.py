"""The real daemon comes and goes: no lamp is told anything else because of it, and everybody knows how it is."""

import asyncio
from pathlib import Path

import pytest

from gateway.broker import free_port
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.recorded import until_spoke
from tests.integration.small_site import EMPTY, FULL, LAMPS, evening, write_site
from tests.servers import Mosquitto, Server


async def settle(street: Radio, folder: Path, *, somebody: bool) -> set[tuple[str, int]]:
    """Every sensor says who is there; wait until that is recorded, and say what the lamps are to show then."""
    await street.until_health("online")
    await street.sense("motion-1", presence=False)
    await street.sense("motion-2", presence=somebody)
    expected = {("lamp-1", EMPTY), ("lamp-2", FULL if somebody else EMPTY), ("lamp-3", FULL)}
    for lamp, level in expected:
        await street.until(lamp, level)
    await until_spoke(folder, "motion-2")
    return expected


@pytest.mark.parametrize("how", ["stop", "kill"])
@pytest.mark.parametrize("somebody", [True, False])
async def test_a_restart_is_no_flash(mosquitto: Server, site: Path, how: str, *, somebody: bool) -> None:
    gateway = GatewayProcess(site, evening())
    async with radio(mosquitto.port) as street, living(gateway):
        expected = await settle(street, gateway.folder, somebody=somebody)
        await asyncio.to_thread(getattr(gateway, how))
        await street.until_health("offline")
        street.heard.clear()
        await asyncio.to_thread(gateway.start)
        for lamp, level in expected:
            await street.until(lamp, level)
        # It lives: the next walker is seen. Up to there no lamp was told another level than before.
        told = set(street.orders())
        await street.sense("motion-1", presence=True)
        await street.until("lamp-1", FULL)
    assert told == expected


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_whoever_asks_hears_whether_the_gateway_is_there(mosquitto: Server, site: Path, how: str) -> None:
    gateway = GatewayProcess(site, evening())
    async with living(gateway):
        async with radio(mosquitto.port, "gateway/health") as early:
            await early.until_health("online")
        async with radio(mosquitto.port, "gateway/health") as late:
            await late.until_health("online")
            assert late.heard[0].retain
            status = await asyncio.to_thread(getattr(gateway, how))
            await late.until_health("offline")
        async with radio(mosquitto.port, "gateway/health") as later:
            await later.until_health("offline")
            assert later.heard[0].retain
    assert status == {"stop": 0, "kill": -9}[how]


async def test_it_tells_the_service_manager_that_it_is_ready_and_that_it_stops(site: Path) -> None:
    gateway = GatewayProcess(site)
    async with living(gateway):
        assert "READY=1" in gateway.said
    assert gateway.said[-1] == "STOPPING=1"
    assert "WATCHDOG=1" in gateway.said


async def test_a_broker_that_is_away_at_the_start_is_no_error(tmp_path: Path) -> None:
    server = Mosquitto(tmp_path / "mosquitto")
    gateway = GatewayProcess(await asyncio.to_thread(write_site, tmp_path / "site", server.port), evening())
    async with living(gateway):
        assert await asyncio.to_thread(gateway.events, "running")
        await asyncio.to_thread(server.start)
        try:
            async with radio(server.port) as street:
                for lamp in LAMPS:
                    await street.until(lamp, FULL)
        finally:
            await asyncio.to_thread(server.stop)


async def test_orders_are_sent_again_when_the_broker_comes_back(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening())
    async with radio(mosquitto.port) as street, living(gateway):
        expected = await settle(street, gateway.folder, somebody=True)
        await asyncio.to_thread(mosquitto.kill)
        await asyncio.to_thread(mosquitto.start)
        async with radio(mosquitto.port) as again:
            for lamp, level in expected:
                await again.until(lamp, level)
            assert set(again.orders()) == expected


@pytest.mark.parametrize("retained", [True, False])
async def test_a_lamp_that_is_born_gets_its_order_at_once(mosquitto: Server, site: Path, *, retained: bool) -> None:
    # Street time runs a tenth as fast here: the refresh is ten minutes away and the next order for want of an answer
    # two, so an order that comes at all is the answer to the birth.
    gateway = GatewayProcess(site, evening(0.1))
    async with radio(mosquitto.port) as street, living(gateway):
        for lamp in LAMPS:
            await street.until(lamp, FULL)
        street.heard.clear()
        await street.say("lamp/lamp-2/availability", "online", retain=retained)
        await street.until("lamp-2", FULL)
        assert street.orders() == [("lamp-2", FULL)]


async def test_a_second_gateway_on_the_same_record_is_refused_in_words(tmp_path: Path) -> None:
    folder = await asyncio.to_thread(write_site, tmp_path / "site", free_port())
    first, second = GatewayProcess(folder), GatewayProcess(folder)
    async with living(first):
        await asyncio.to_thread(second.begin)
        assert await asyncio.to_thread(second.wait) == 1
        assert "Traceback" not in await asyncio.to_thread(second.log.read_text)
