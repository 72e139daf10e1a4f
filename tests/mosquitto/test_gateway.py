"""The gateway itself at a broker that was set up for it: encrypted, by its account, within its rights."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.device import DeviceId
from devices.light import LightCommand
from gateway.clock import SystemClock
from gateway.configuration.build import load
from gateway.daemon import wiring
from gateway.daemon.routes import Routes
from gateway.links.mqtt import MqttLink
from tests.conftest import running
from tests.links.inbox import Inbox, living, until
from tests.mosquitto.mixed import Guarded, Home, home
from tests.mosquitto.talker import Talker

pytestmark = pytest.mark.server


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Home, dict[str, str]]]:
    at = home(tmp_path)
    at.set_up()
    words = at.enrol()
    with running(lambda: Guarded(tmp_path / "run", at)):
        yield at, words


async def test_the_gateway_hears_every_make_and_gives_every_lamp_its_orders(
    served: tuple[Home, dict[str, str]],
) -> None:
    at, words = served
    site = await asyncio.to_thread(load, at.config)
    found = await asyncio.to_thread(at.grounds)
    routes = await asyncio.to_thread(Routes, site)
    spec = (await asyncio.to_thread(wiring.links, site, "test"))["mqtt"]
    link = wiring.link("mqtt", spec, site, routes, SystemClock(), lambda: None)
    assert isinstance(link, MqttLink)
    said = {"counter-west": "{}", "pir-gate": "{}", "radar-1": "{}", "node-1": "ON", "lora-1": "{}", "senml-2": "[]"}
    topics = {
        "counter-west": "reverbere/chalon/sensor/counter-west",
        "pir-gate": "zigbee2mqtt/pir-gate",
        "radar-1": "tele/radar/SENSOR",
        "node-1": "yard-node/binary_sensor/pir/state",
        "lora-1": "v3/app/devices/people-1/up",
        "senml-2": "lab/senml",
    }
    inbox = Inbox()
    async with living(link, inbox):
        await until(lambda: link.status()["connected"] and link._subscribed, "subscriptions are granted")
        for device, payload in said.items():
            account = next(each.name for each in found.accounts if device in each.devices)
            await asyncio.to_thread(_say, at, account, words[account], topics[device], payload)
        heard = await inbox.until(len(said))
        assert {delivery.message.topic for delivery in heard} == set(topics.values())
        for lamp in ("lamp-07", "yard-dimmer", "plug", "strip", "bulb"):
            account = next(each.name for each in found.accounts if lamp in each.devices)
            convention, _ = routes.lamp(DeviceId(lamp))
            (order,) = convention.encode(LightCommand(DeviceId(lamp), 40, 0, "c-1", 180 * 10**9))
            listening = asyncio.create_task(asyncio.to_thread(_hear, at, account, words[account], order.topic))
            while not listening.done():
                link.send(order)
                await asyncio.wait([listening], timeout=0.1)
            assert await listening == order.payload
        assert link.status()["connected"]


def _say(at: Home, account: str, word: str, topic: str, payload: str) -> None:
    with Talker(at.plain, account, word) as client:
        assert client.publish(topic, payload.encode()) == 0


def _hear(at: Home, account: str, word: str, topic: str) -> bytes:
    with Talker(at.plain, account, word) as client:
        client.subscribe(topic)
        client.until(lambda: bool(client.heard))
        return client.heard[0][1]
