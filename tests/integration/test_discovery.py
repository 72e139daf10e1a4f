"""What announces itself by Home Assistant's discovery: subscribed to at once, and again at the next start."""

import asyncio
import json
import os
import signal
from pathlib import Path

import aiomqtt
import pytest

from devices.convention import Announcement, Rejected
from devices.light import LightState
from devices.reading import Availability, Quantity, Reading
from gateway.clock import SECOND, ScaledClock
from gateway.record.reader import Reader
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import EVENING, evening
from tests.links.inbox import PATIENCE
from tests.servers import Server

HOUR = 3600 * SECOND
PIR = {"~": "yard", "dev": {"ids": ["yard-1"]}, "dev_cla": "motion", "stat_t": "~/pir", "avty_t": "~/lwt"}
LAMP = {"schema": "json", "cmd_t": "bulb/set", "stat_t": "bulb", "avty_t": "bulb/lwt", "brightness": True}
STRANGER = {**PIR, "dev": {"ids": ["stranger"]}, "stat_t": "elsewhere", "avty_t": None}
DEVICES = """\
  pir:
    {zone: street, at: 30 m, sees: 9 m, convention: homeassistant, address: yard-1, measures: presence, heartbeat: 1h}
luminaires:
  bulb: {zone: street, at: 30 m, convention: homeassistant, address: light/bulb, type: led}
"""


def heard(record: Reader) -> list[object]:
    return [item for entry in record.entries(0) for item in entry.learned]


def count(record: Reader, value: float, device: str = "pir") -> int:
    return sum(
        isinstance(item, Reading) and (item.device, item.quantity, item.value) == (device, Quantity.PRESENCE, value)
        for item in heard(record)
    )


def came(record: Reader) -> set[str]:
    return {item.device for item in heard(record) if isinstance(item, Availability) and item.online}


@pytest.fixture
def described(site: Path) -> Path:
    """The small street with a sensor and a lamp that describe themselves."""
    _add(site, DEVICES)
    return site


def _add(site: Path, devices: str) -> None:
    file = site / "devices.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("luminaires:\n", devices), encoding="utf-8")


async def test_a_device_that_describes_itself_is_heard_told_and_known_after_a_restart(
    mosquitto: Server, described: Path
) -> None:
    gateway = GatewayProcess(described, evening())
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as maker, radio(mosquitto.port) as street:
        await maker.subscribe("bulb/set", qos=1)
        async with living(gateway):
            await street.until_health("online")
            await maker.publish("yard/lwt", b"online", qos=1, retain=True)
            await maker.publish("bulb/lwt", b"online", qos=1, retain=True)
            for path, config in (
                ("binary_sensor/yard/pir", PIR),
                ("light/bulb", LAMP),
                ("binary_sensor/new", STRANGER),
            ):
                topic = f"homeassistant/{path}/config"
                await maker.publish(topic, json.dumps(config), qos=1, retain=True)
            await until_recorded(described, lambda record: came(record) >= {"pir", "bulb"}, "both are subscribed to")
            await maker.publish("yard/pir", b"ON", qos=1)
            await until_recorded(described, lambda record: count(record, 1.0), "somebody is there")
            async with asyncio.timeout(PATIENCE):
                order = await anext(aiter(maker.messages))
            assert isinstance(order.payload, bytes)
            told = json.loads(order.payload)
            assert told["state"] == "ON"
            await maker.publish("bulb", json.dumps({"state": "ON", "brightness": told["brightness"]}), qos=1)
            await until_recorded(
                described,
                lambda record: any(isinstance(item, LightState) for item in heard(record)),
                "the lamp's answer",
            )
            await asyncio.to_thread(gateway.stop)
            await street.until_health("offline")
            await maker.publish("yard/pir", b"OFF", qos=1)  # queued: it comes before the broker repeats descriptions
            await asyncio.to_thread(gateway.start)
            await street.until_health("online")
            await until_recorded(described, lambda record: count(record, 0.0), "who went while the gateway was away")
            await maker.publish("yard/pir", b"ON", qos=1)
            await until_recorded(described, lambda record: count(record, 1.0) == 2, "somebody is there again")
            await until_recorded(described, lambda record: _strangers(record) == {"stranger"}, "the stranger waits")


LATER = {**PIR, "dev": {"ids": ["later"]}, "stat_t": "gate/pir", "avty_t": "gate/lwt"}
APPROVED = """\
  later:
    {zone: street, at: 60 m, sees: 9 m, convention: homeassistant, address: later, measures: presence, heartbeat: 1h}
luminaires:
"""


async def test_what_was_approved_and_who_was_there_when_the_gateway_ended_is_known_to_the_next(
    mosquitto: Server, described: Path
) -> None:
    before, after = (GatewayProcess(described, clock) for clock in (evening(), ScaledClock(EVENING + 2 * HOUR, 1.0)))
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as maker:
        for name, config in (("yard/pir", {**PIR, "off_delay": 3600}), ("gate/pir", LATER)):
            await maker.publish(f"{name.split('/')[0]}/lwt", b"online", qos=1, retain=True)
            await maker.publish(f"homeassistant/binary_sensor/{name}/config", json.dumps(config), qos=1, retain=True)
        async with living(before):
            await until_recorded(described, lambda record: came(record) == {"pir"}, "the sensor is subscribed to")
            await until_recorded(described, lambda record: _strangers(record) == {"later"}, "the other one waits")
            await maker.publish("yard/pir", b"ON", qos=1)
            await until_recorded(described, lambda record: count(record, 1.0), "somebody is there")
            await asyncio.to_thread(_add, described, APPROVED)
            os.kill(before.pid, signal.SIGHUP)
            await until_recorded(described, lambda record: came(record) == {"pir", "later"}, "both are subscribed to")
        await maker.publish("gate/pir", b"ON", qos=1)  # queued: it comes before the broker repeats descriptions
        assert not await asyncio.to_thread(read, described, lambda record: count(record, 0.0))
        async with living(after):
            await until_recorded(described, lambda record: count(record, 0.0) == 1, "nobody is there any more")
            await until_recorded(described, lambda record: count(record, 1.0, "later"), "what was queued is understood")
            assert await asyncio.to_thread(read, described, _strangers) == {"later"}


def _strangers(record: Reader) -> set[str]:
    assert not [item for item in heard(record) if isinstance(item, Rejected)]
    return {item.address for item in heard(record) if isinstance(item, Announcement)}
