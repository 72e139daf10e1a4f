"""A key switch on the header, in the real daemon: light with the network gone, over restarts, and as what it is."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

from gateway.control.ask import ask
from gateway.control.words import ReloadRequest, StatusRequest
from gateway.record.reader import Reader
from gateway.study.orders import orders
from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.keyed_gateway import KeyedGateway
from tests.integration.radio import radio
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import evening, write_site
from tests.links.inbox import PATIENCE
from tests.servers import Server

OWNER = "key switch armoire"


def with_key(folder: Path, key: str = "{pin: GPIO22}") -> Path:
    """Give a site a key switch."""
    path = folder / "devices.yaml"
    path.write_text(f"{path.read_text().split('keys:')[0]}keys:\n  armoire: {key}\n")
    return folder


def owners(record: Reader) -> list[tuple[str, str, int]] | None:
    """Whose orders stand; None where no plan was adopted yet."""
    if not record.adoptions():
        return None
    return sorted((order.owner, order.target, order.level) for order in orders(record, record.last_at()))


def ids(record: Reader) -> list[str]:
    return [order.id for order in orders(record, record.last_at())]


FULL = [(OWNER, "quay", 100), (OWNER, "street", 100)]


async def until_ordered(folder: Path, expected: list[tuple[str, str, int]], what: str) -> None:
    await until_recorded(folder, lambda record: owners(record) == expected, what)


async def test_a_turned_key_lights_the_street_survives_a_kill_and_says_whose_light_it_is(
    mosquitto: Server, site: Path
) -> None:
    await asyncio.to_thread(with_key, site)
    gateway = KeyedGateway(site)
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until_health("online")
        gateway.turn(on=True)
        await until_ordered(site, FULL, "an order for each zone")
        before = await asyncio.to_thread(read, site, ids)
        await street.until("lamp-1", 100)
        why = await asyncio.to_thread(reverbere, "explain", "lamp-1", "--config", site)
        assert f"{OWNER}: the key is turned (GPIO22)" in " ".join(why.stdout.split())
        await asyncio.to_thread(gateway.kill)
        await asyncio.to_thread(gateway.start)
        await until_turned(site)
        assert await asyncio.to_thread(read, site, ids) == before, "the order that stood was left as it was"
        # Turned back while the gateway is dead: the next start takes its light back.
        await asyncio.to_thread(gateway.kill)
        gateway.turn(on=False)
        await asyncio.to_thread(gateway.start)
        await until_ordered(site, [], "no order")
        said = await asyncio.to_thread(reverbere, "audit", "--config", site)
        assert f"by {OWNER}: the key is turned (GPIO22)" in said.stdout
        assert f"taken back by {OWNER}" in said.stdout


async def test_a_key_works_with_the_network_gone(tmp_path: Path) -> None:
    site = await asyncio.to_thread(write_site, tmp_path, 1)
    gateway = KeyedGateway(await asyncio.to_thread(with_key, site, "{pin: GPIO22, zones: [street]}"))
    async with living(gateway):
        gateway.turn(on=True)
        await until_ordered(site, [(OWNER, "street", 100)], "an order for the street")
        gateway.turn(on=False)
        await until_ordered(site, [], "no order")


async def test_a_reload_follows_another_contact_and_takes_back_what_a_key_that_went_had_ordered(site: Path) -> None:
    """Nobody wires the mock header of the library: on it each wire is cut."""
    await asyncio.to_thread(with_key, site)
    gateway = GatewayProcess(site)
    gateway.environment = {"GPIOZERO_PIN_FACTORY": "mock"}
    async with living(gateway):
        await until_ordered(site, FULL, "a cut wire reads as a turned key")
        await asyncio.to_thread(with_key, site, "{pin: GPIO22, contact: normally-open}")
        told = await ask(site / "state", ReloadRequest())
        assert told["changes"] == ["key switch armoire: it is read anew"]
        await until_ordered(site, [], "a contact that closes when the key is turned is not closed")
        await asyncio.to_thread(with_key, site, "{pin: GPIO23}")
        await ask(site / "state", ReloadRequest())
        await until_ordered(site, FULL, "the other pin's wire is cut, too")
        devices = site / "devices.yaml"
        await asyncio.to_thread(devices.write_text, (await asyncio.to_thread(devices.read_text)).split("keys:")[0])
        await ask(site / "state", ReloadRequest())
        await until_ordered(site, [], "no key, no order")


async def test_off_a_pi_the_street_is_lit_and_the_doctor_says_that_the_key_does_nothing(
    mosquitto: Server, site: Path
) -> None:
    await asyncio.to_thread(with_key, site)
    gateway = GatewayProcess(site, evening())
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until("lamp-1", 100)
        async with asyncio.timeout(PATIENCE):
            while not await gpio_trouble(site):  # noqa: ASYNC110 - a gateway tells nobody
                await asyncio.sleep(0.05)
        told = await asyncio.to_thread(reverbere, "doctor", "--config", site)
        words = " ".join(told.stdout.split())
        assert (
            "FAIL keys 1 key switch, none turned turning armoire does nothing: expected GPIO22 of a Raspberry" in words
        )
        assert told.returncode == 1


async def until_turned(folder: Path) -> None:
    """Wait until the gateway says that it has read the key as turned."""
    async with asyncio.timeout(PATIENCE):
        while (await status(folder))["keys"][0]["turned"] is not True:  # noqa: ASYNC110 - a gateway tells nobody
            await asyncio.sleep(0.05)


async def status(folder: Path) -> dict[str, Any]:
    return dict(await ask(folder / "state", StatusRequest()))


async def gpio_trouble(folder: Path) -> str:
    return str((await status(folder))["links"]["gpio"]["trouble"])


def test_a_gateway_without_keys_does_not_pay_for_the_library() -> None:
    asked = "import sys, gateway.daemon.service; print('gpiozero' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
