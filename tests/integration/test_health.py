"""What the living gateway says of itself: on its topic, on its port, and to nobody who did not ask for it."""

import asyncio
import http.client
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from gateway.broker import free_port
from tests.ground.pages import page, tables
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.recorded import until_spoke
from tests.integration.small_site import ROOT, evening
from tests.links.inbox import PATIENCE
from tests.servers import Server, program

TOPIC = f"{ROOT}/gateway/health"
PAGE = tables(page("docs/health.md"))


@pytest.fixture
def port(site: Path) -> int:
    """The port that the site serves metrics on."""
    found = free_port()
    with (site / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(f"metrics: {{port: {found}}}\n")
    return found


def get(port: int, path: str) -> tuple[int, bytes]:
    """What a scraper gets."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def promtool(metrics: bytes) -> tuple[int, bytes, bytes]:
    """What Prometheus' own tool says of metrics."""
    checked = subprocess.run([program("promtool"), "check", "metrics"], input=metrics, capture_output=True, check=False)
    return checked.returncode, checked.stdout, checked.stderr


async def figures(port: int) -> dict[str, Any]:
    """What is retained on the health topic, once it has figures."""
    async with asyncio.timeout(PATIENCE), aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe(TOPIC, qos=1)
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            said: dict[str, Any] = json.loads(message.payload)
            if "record" in said:
                return said
    raise AssertionError("the broker said nothing")


async def counted(street: Radio, site: Path) -> None:
    """A counter says that three people passed, and the record has it."""
    await street.until_health("online")
    await street.sense("counter-01", pedestrians=3, period=60)
    await until_spoke(site, "counter-01")


async def test_a_scraper_gets_metrics_in_which_promtool_finds_nothing_wrong(
    mosquitto: Server, site: Path, port: int
) -> None:
    gateway = GatewayProcess(site, evening())
    async with living(gateway), radio(mosquitto.port) as street:
        await counted(street, site)
        status, metrics = await asyncio.to_thread(get, port, "/metrics")
        assert status == 200
        assert await asyncio.to_thread(get, port, "/healthz") == (200, b"ok\n")
        lines = metrics.decode().splitlines()
        assert 'reverbere_link_connected{link="mqtt"} 1.0' in lines
        assert "reverbere_sensors_believed 1.0" in lines
        found = {line.split("{")[0].split(" ")[0] for line in lines if line[:1] != "#"}
        gauges = {name for name, (kind, labels, _) in PAGE["Prometheus"].items() if (kind, labels) == ("gauge", "")}
        assert gauges - found <= {"reverbere_temperature_celsius"}  # a machine without a thermometer
    assert await asyncio.to_thread(promtool, metrics) == (0, b"", b"")


async def test_the_health_topic_has_the_figures_of_the_page_as_soon_as_the_broker_is_there(
    mosquitto: Server, site: Path
) -> None:
    gateway = GatewayProcess(site, evening())
    async with living(gateway):
        said = await figures(mosquitto.port)
        assert said.keys() == PAGE["The health topic"].keys()
        for key in ("record", "light", "clock", "machine", "files"):
            assert said[key].keys() == PAGE[key].keys(), key
        assert said["links"]["mqtt"]["connected"] is True
        assert (said["light"]["lamps"], said["light"]["sensors"], said["light"]["sensors_believed"]) == (3, 5, 0)
        assert said["machine"]["pid"] == gateway.pid


async def test_a_port_that_is_taken_is_told_and_the_street_is_lit_all_the_same(
    mosquitto: Server, site: Path, port: int
) -> None:
    other = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    gateway = GatewayProcess(site, evening())
    async with living(gateway):
        assert (await figures(mosquitto.port))["light"]["lamps"] == 3
    other.close()
    (told,) = await asyncio.to_thread(gateway.events, "nobody can ask for the metrics")
    assert str(port) in told["why"]


def test_a_site_without_metrics_does_not_pay_for_their_library() -> None:
    asked = "import sys, gateway.daemon.service; print('prometheus_client' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
