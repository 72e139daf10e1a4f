"""Messages that mean nothing: counted, kept with the reason, shown, acknowledged, and in nobody's way."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware_sims.radar_frame import Target, frame
from firmware_sims.terminal import Terminal
from gateway.record import schema
from gateway.record.reader import Kept, Reader
from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.integration.recorded import read, until_recorded, until_spoke
from tests.integration.small_site import ROOT, SITE, evening
from tests.links.inbox import PATIENCE
from tests.servers import Server

COUNTER = "sensor/counter-01"
BAD: dict[str, tuple[bytes, str]] = {
    "a wrong payload": (b'{"v": 1, "pedestrians": "many"}', "pedestrians"),
    "an empty payload": (b"", "JSON"),
    "invalid UTF-8": (b'{"v": 1, "pedestrians": \xff\xfe}', "JSON"),
    "a megabyte": (b"x" * 1_000_000, "4096"),
}
"""What comes, and a word of the reason."""

SOMEBODY = frame([Target(x=200, y=1500, speed=-10, resolution=320)])


def rejections(record: Reader) -> list[Kept]:
    return list(record.rejected())


def client_id(folder: Path) -> str:
    """What the gateway of a folder calls itself at the broker: its session belongs to its record."""
    with closing(schema.open_to_read(folder / "state")) as database:
        assert isinstance(database, sqlite3.Connection)
        return f"reverbere-{SITE}-{schema.identity(database)}"


async def left_for_us(port: int, folder: Path) -> list[bytes]:
    """What the broker still holds for the session of the gateway that ended. Empties it."""
    stay = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho left this one out
    stay.SessionExpiryInterval = 3600
    identity = await asyncio.to_thread(client_id, folder)
    us = aiomqtt.Client(
        "127.0.0.1", port, identifier=identity, protocol=aiomqtt.ProtocolVersion.V5, clean_start=False, properties=stay
    )
    held: list[bytes] = []
    async with us, asyncio.timeout(PATIENCE):
        # The session is subscribed to this topic, and what waited comes before what comes now.
        await us.publish(f"{ROOT}/{COUNTER}/availability", b"the end", qos=1)
        async for message in us.messages:
            assert isinstance(message.payload, bytes)
            if message.payload == b"the end":
                break
            held.append(message.payload)
    return held


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_message_is_kept_shown_and_acknowledged_and_the_next_good_one_is_handled(
    mosquitto: Server, site: Path, what: str
) -> None:
    payload, word = BAD[what]
    gateway = GatewayProcess(site, evening())
    async with living(gateway), radio(mosquitto.port) as street:
        await street.until_health("online")
        await street.say(COUNTER, payload)
        await street.sense("counter-01", pedestrians=3, period=60)
        await until_spoke(site, "counter-01")
        (kept,) = await asyncio.to_thread(read, site, rejections)
        assert kept.rejected.message.topic == f"{ROOT}/{COUNTER}"
        assert kept.rejected.message.payload == payload[:4096]
        assert word in f"{kept.rejected.expected} {kept.rejected.found} {kept.rejected.where}"
        await asyncio.to_thread(gateway.stop)
        assert await left_for_us(mosquitto.port, site) == []
        shown = await asyncio.to_thread(reverbere, "tail", "--rejected", "--config", site)
        assert shown.returncode == 0
        assert f"rejected {ROOT}/{COUNTER}: expected" in shown.stdout
        assert word in shown.stdout
        before = await asyncio.to_thread(read, site, Reader.last_seq)
        await asyncio.to_thread(gateway.start)
        await street.sense("counter-02", pedestrians=1, period=60)
        await until_spoke(site, "counter-02")
        again = await asyncio.to_thread(read, site, lambda record: list(record.entries(before)))
        assert [entry.origin is not None and entry.origin.packet is not None for entry in again].count(True) == 1


async def test_more_bad_messages_than_the_broker_may_have_open_do_not_stop_the_good_one_behind_them(
    mosquitto: Server, site: Path
) -> None:
    gateway = GatewayProcess(site, evening())
    async with living(gateway), radio(mosquitto.port) as street:
        await street.until_health("online")
        for number in range(1200):
            await street.say(COUNTER, f"nonsense {number}")
        await street.sense("counter-01", pedestrians=3, period=60)
        await until_spoke(site, "counter-01")
        kept = await asyncio.to_thread(read, site, rejections)
        assert [item.rejected.message.payload for item in kept] == [b"nonsense %d" % number for number in range(1200)]
        await asyncio.to_thread(gateway.kill)
        assert await left_for_us(mosquitto.port, site) == []


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Terminal]:
    """The radar's serial line."""
    (tmp_path / "site").mkdir(exist_ok=True)
    terminal = Terminal(tmp_path / "site" / "radar")
    terminal.open()
    yield terminal
    terminal.close()


async def test_a_radar_frame_of_a_bad_length_is_kept_as_rejected_and_the_next_good_one_is_handled(
    mosquitto: Server, site: Path, cable: Terminal
) -> None:
    gateway = GatewayProcess(site, evening())
    async with living(gateway), radio(mosquitto.port) as street:
        await street.until_health("online")
        assert cable.send(SOMEBODY[:20] + SOMEBODY + SOMEBODY)
        await until_spoke(site, "radar")
        await until_recorded(site, rejections, "the bad frame")
        (kept,) = await asyncio.to_thread(read, site, rejections)
        assert kept.rejected.message.payload == SOMEBODY[:20]
        assert "20 bytes" in kept.rejected.found
        await asyncio.to_thread(gateway.stop)
    shown = await asyncio.to_thread(reverbere, "tail", "--rejected", "--json", "--config", site)
    (told,) = (json.loads(line) for line in shown.stdout.splitlines())
    assert told["rejected"] == str(cable.link)
    assert "20 bytes" in told["found"]
