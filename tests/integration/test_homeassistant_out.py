"""The street in Home Assistant: what it is told by discovery over a real broker, and what it may order."""

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.control.ask import ask
from gateway.control.words import OverrideRequest, ReloadRequest
from tests.conftest import running
from tests.integration.assistant import GATEWAY, HOME, STRANGER, WORD, Assistant, Guarded, ask_for_home, assistant
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.small_site import EMPTY, FULL, LAMPS, ROOT, evening, write_site
from tests.links.inbox import PATIENCE
from tests.servers import Server, program

pytestmark = pytest.mark.server

STREET = "reverbere_chalon_zone_street"
LAMP = "reverbere_chalon_lamp_lamp-2"
CONFIG = f"homeassistant/device/{LAMP}/config"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Server]:
    with running(lambda: Guarded(tmp_path / "mosquitto")) as server:
        yield server


@pytest.fixture
def home(guarded: Server, tmp_path: Path) -> Path:
    """The small street, whose broker knows its accounts and which tells Home Assistant."""
    folder = write_site(tmp_path / "site", guarded.port)
    ask_for_home(folder)
    return folder


@contextlib.asynccontextmanager
async def sensing(port: int) -> AsyncIterator[Assistant]:
    """A client that may speak as sensors do."""
    async with assistant(port, GATEWAY) as here:
        yield here


async def nobody(here: Assistant, port: int) -> None:
    """Every motion sensor of the street was heard, and sees nobody."""
    await here.until(lambda here: f"{ROOT}/lamp/lamp-1/set" in here.held, "a gateway that listens")
    async with sensing(port) as sensors:
        for sensor in ("motion-1", "motion-2"):
            await sensors.say(f"{ROOT}/sensor/{sensor}", json.dumps({"v": 1, "presence": False}))
    await shows(here, "street", EMPTY)


async def shows(here: Assistant, zone: str, level: int) -> None:
    """Wait until a zone is shown at a level."""
    await here.until(lambda here: here.state("zone", zone).get("level") == level, f"{zone} at {level} %")


async def refused(here: Assistant, times: int) -> None:
    """Wait until so many orders were refused."""
    await here.until(lambda here: here.state("gateway").get("refused") == times, f"{times} refused orders")


def forge(port: int, topic: str, said: str) -> None:
    """Publish as an account that may not: mosquitto 2.0.11 hangs up on it, later ones only say no."""
    who = ("-u", STRANGER, "-P", WORD, "-q", "1", "-t", topic, "-m", said)
    command = [program("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(port), *who]
    subprocess.run(command, check=False, timeout=PATIENCE)


def _edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def _without_lamp(folder: Path) -> None:
    _edit(folder, "devices.yaml", "  lamp-2: {zone: street, at: 50 m, convention: native, type: led}\n", "")


async def test_zones_sensors_lamps_and_the_gateway_are_described_and_shown(guarded: Server, home: Path) -> None:
    available = f"{ROOT}/homeassistant/available"
    async with assistant(guarded.port) as here:
        async with living(GatewayProcess(home, evening())):
            await nobody(here, guarded.port)
            described = here.described()
            kinds = {name.split("_")[2] for name in described if name != "reverbere_chalon"}
            assert kinds == {"zone", "sensor", "lamp"}
            assert len(described) == 1 + 2 + 5 + len(LAMPS)
            light = described[STREET]["components"]["light"]
            assert light["command_topic"] == f"{ROOT}/order/{HOME}/street/set"
            assert here.state("zone", "street")["reason"].startswith("floor")
            await here.until(lambda here: here.state("sensor", "motion-1").get("presence"), "a sensor's state")
            motion = here.state("sensor", "motion-1")
            assert (motion["presence"], motion["distrusted"]) == ("OFF", "OFF")
            assert "presence" in here.described()["reverbere_chalon_sensor_motion-1"]["components"]
            assert here.state("sensor", "counter-01")["distrusted"] == "ON"
            assert here.state("gateway")["says"] == "all is well"
            named = [
                item["state_topic"]
                for one in here.described().values()
                for item in one["components"].values()
                if "state_topic" in item
            ]
            await here.until(lambda here: set(named) <= set(here.held), "a word on every topic that is named")
            # Home Assistant starts later, or again: the broker tells it all.
            async with assistant(guarded.port) as later:
                await later.until(lambda later: later.described() == here.described(), "the descriptions")
                await shows(later, "street", EMPTY)
            assert here.held[available] == b"online"
            said = [str(message.topic) for message in here.heard].count(CONFIG)
            await here.say("homeassistant/status", "online")
            await here.until(
                lambda here: [str(message.topic) for message in here.heard].count(CONFIG) > said, "all of it again"
            )
        await here.until(lambda here: here.held[available] == b"offline", "that the gateway went")


async def test_an_order_lights_the_zone_and_ends_by_itself(guarded: Server, home: Path) -> None:
    await asyncio.to_thread(_edit, home, "site.yaml", "lasts: 2h", "lasts: 30s")
    async with assistant(guarded.port) as here, living(GatewayProcess(home, evening(10.0))):
        await nobody(here, guarded.port)
        await here.order("street", {"state": "ON", "brightness": 80})
        await shows(here, "street", 80)
        assert f"ordered by homeassistant:{HOME}" in here.state("zone", "street")["reason"]
        await here.until(lambda here: here.state("zone", "street", "orders").get("orders"), "its order")
        orders = here.state("zone", "street", "orders")["orders"]
        assert [(order["owner"], order["level"]) for order in orders] == [(f"homeassistant:{HOME}", 80)]
        assert here.state("zone", "street", "orders")["expires"] == orders[0]["expires"]
        await shows(here, "street", EMPTY)
        await here.until(lambda here: here.state("zone", "street", "orders")["expires"] is None, "no order")


async def test_a_newer_order_takes_the_place_of_the_last_and_off_takes_back_only_ones_own(
    guarded: Server, home: Path
) -> None:
    async with assistant(guarded.port) as here, living(GatewayProcess(home, evening())):
        await nobody(here, guarded.port)
        await ask(home / "state", OverrideRequest(target="street", level=70, reason="market"))
        await shows(here, "street", 70)
        for level in (80, 90, 90):
            await here.order("street", {"state": "ON", "brightness": level})
            await shows(here, "street", level)
        owners = [order["owner"] for order in here.state("zone", "street", "orders")["orders"]]
        await here.until(lambda here: len(here.state("zone", "street", "orders")["orders"]) == 2, f"two, not {owners}")
        await here.order("street", {"state": "OFF"})
        await shows(here, "street", 70)
        await here.order("street", {"state": "ON"})
        await shows(here, "street", FULL)
        await here.say(f"{ROOT}/order/{HOME}/street/cancel", "PRESS")
        await shows(here, "street", 70)


async def test_orders_of_others_are_refused(guarded: Server, home: Path) -> None:
    async with (
        assistant(guarded.port) as here,
        assistant(guarded.port, STRANGER) as stranger,
        living(GatewayProcess(home, evening())),
    ):
        await nobody(here, guarded.port)
        bright = {"state": "ON", "brightness": 80}
        await asyncio.to_thread(forge, guarded.port, f"{ROOT}/order/{HOME}/street/set", json.dumps(bright))
        await stranger.order("street", bright, account=STRANGER)
        await refused(here, 1)
        await here.order("street", bright, retain=True)
        await refused(here, 2)
        await here.order("nowhere", bright)
        await refused(here, 3)
        await here.order("street", {"state": "ON", "brightness": 256})
        await refused(here, 4)
        assert here.state("zone", "street")["level"] == EMPTY
        assert here.state("zone", "street", "orders")["orders"] == []
        await here.order("street", bright)
        await shows(here, "street", 80)
    log = await asyncio.to_thread((home / "gateway.log").read_text)
    assert f"{STRANGER} may not order here" in log
    assert "the order is retained" in log


async def test_what_a_reload_removes_goes_and_so_does_all_when_it_is_asked_for_no_more(
    guarded: Server, home: Path
) -> None:
    async with assistant(guarded.port) as here, living(GatewayProcess(home, evening())):
        await here.until(lambda here: here.state("lamp", "lamp-2"), "the lamp")
        await asyncio.to_thread(_without_lamp, home)
        await ask(home / "state", ReloadRequest())
        await here.until(lambda here: LAMP not in here.described() and not here.state("lamp", "lamp-2"), "no lamp-2")
        assert STREET in here.described()
        text = await asyncio.to_thread((home / "site.yaml").read_text)
        await asyncio.to_thread(_edit, home, "site.yaml", text[text.index("homeassistant:") :], "")
        reply = await ask(home / "state", ReloadRequest())
        assert reply["changes"] == ["Home Assistant: told no more"]
        states = f"{ROOT}/homeassistant/"
        await here.until(
            lambda here: not here.described() and not any("zone" in topic for topic in here.held if states in topic),
            "nothing of ours",
        )
        await asyncio.to_thread((home / "site.yaml").write_text, text)
        await ask(home / "state", ReloadRequest())
        await here.until(lambda here: STREET in here.described() and here.state("zone", "street"), "the street again")


async def test_what_was_removed_while_the_gateway_was_away_goes_when_it_comes_back(guarded: Server, home: Path) -> None:
    gateway = GatewayProcess(home, evening())
    async with assistant(guarded.port) as here:
        async with living(gateway):
            await nobody(here, guarded.port)
            motion = await here.until(
                lambda here: here.described()["reverbere_chalon_sensor_motion-1"]["components"].get("presence"),
                "presence described",
            )
        await asyncio.to_thread(_without_lamp, home)
        # Another gateway's descriptions, and another maker's, are none of ours.
        others = ["homeassistant/device/reverbere_chalon-2_lamp_lamp-2/config", "homeassistant/device/kettle/config"]
        async with sensing(guarded.port) as other:
            for topic in others:
                await other.say(topic, b"{}", retain=True)
        async with living(gateway):
            await here.until(lambda here: LAMP not in here.described(), "no lamp-2")
            await here.until(lambda here: not here.state("lamp", "lamp-2"), "no state of it")
            assert set(others) <= set(here.held)
            # What a sensor said before is still described, though it has said nothing since.
            components = here.described()["reverbere_chalon_sensor_motion-1"]["components"]
            assert components["presence"] == motion


async def test_nothing_is_said_where_nobody_asked_for_it(mosquitto: Server, site: Path) -> None:
    async with assistant(mosquitto.port, None) as here, living(GatewayProcess(site, evening())):
        await here.until(lambda here: f"{ROOT}/lamp/lamp-1/set" in here.held, "an order to a lamp")
        await here.say(f"{ROOT}/order/{HOME}/street/set", json.dumps({"state": "ON"}))
        reload = await ask(site / "state", ReloadRequest())
        assert reload["adopted"] is False
        assert not [topic for topic in here.held if "homeassistant" in topic]
