"""A device that nobody configured: discovered at a real broker, approved, and counted by the gateway from then on."""

import asyncio
import json
from pathlib import Path

import aiomqtt

from gateway.cli.looking import Account, Look, broker_of
from gateway.configuration.build import load
from gateway.record.reader import Reader
from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.integration.recorded import read, until_spoke
from tests.integration.small_site import evening
from tests.links.inbox import until
from tests.servers import Server

PIR = {"friendly_name": "Hall PIR", "definition": {"exposes": [{"property": "occupancy"}]}}
SOMEBODY = b'{"occupancy":true}'


def seen(record: Reader) -> bool:
    return "hall-pir" in record.last_seen()


async def test_a_device_is_discovered_approved_and_heard_by_the_running_gateway(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    before = await asyncio.to_thread((site / "devices.yaml").read_text)
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as maker, radio(mosquitto.port) as street, living(gateway):
        await street.until_health("online")
        await maker.publish("zigbee2mqtt/bridge/devices", json.dumps([PIR]), qos=1, retain=True)
        look, over = await asyncio.to_thread(lambda: Look(load(site))), asyncio.Event()

        async def wave() -> None:
            await until(look.proposals, "who is described waits")
            await maker.publish("zigbee2mqtt/Hall PIR", SOMEBODY, qos=1)
            await until(lambda: look.proposals()[0].moved, "who waves has moved")
            over.set()

        await look.listen(broker_of(look.site, Account()), ("#",), over.wait, wave)
        (proposal,) = look.proposals()
        assert (proposal.id, proposal.measures, proposal.read) == ("hall-pir", ("presence",), 1)
        # What was said before its approval is nobody's reading.
        await street.sense("counter-01", pedestrians=1, period=60)
        await until_spoke(site, "counter-01")
        assert not await asyncio.to_thread(read, site, seen)
        ended = await asyncio.to_thread(
            reverbere, "devices", "approve", "hall-pir", "--zone", "street", "--at", "30m", "--json", "--config", site
        )
        assert ended.returncode == 0, ended.stderr
        said = json.loads(ended.stdout)
        assert said["reload"]["changes"] == ["zone street: presence sensor hall-pir added", "device hall-pir added"]
        kept, written = await asyncio.to_thread(
            lambda: [(site / f).read_text() for f in (said["kept"], "devices.yaml")]
        )
        assert kept == before
        assert [line for line in written.splitlines() if line not in before.splitlines()] == said["lines"]
        assert not await asyncio.to_thread(read, site, seen)
        await maker.publish("zigbee2mqtt/Hall PIR", SOMEBODY, qos=1)
        await until_spoke(site, "hall-pir")
    again = await asyncio.to_thread(lambda: Look(load(site)))
    assert again.proposals() == []
