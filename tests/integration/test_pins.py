"""A motion sensor and a lamp on the header, in the real daemon: no broker, no network."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from devices.light import LightState
from devices.reading import Quantity, Reading
from gateway.control.ask import ask
from gateway.control.words import ReloadRequest, StatusRequest
from gateway.record.reader import Reader
from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.pinned_gateway import PinnedGateway
from tests.integration.recorded import until_recorded
from tests.integration.small_site import EMPTY, FULL, SITE, evening

DEVICES = """\
version: 1
sensors:
  pir-shed: {zone: yard, at: 18 m, sees: 7 m, convention: gpio, pin: GPIO17, debounce: 50ms, silence: trusted}
luminaires:
  yard-strip: {zone: yard, at: 18 m, convention: gpio, pin: GPIO18, type: led-9w}
types:
  led-9w: {full: 9 W, dimmed: 2 W at 10%, standby: 0.4 W}
"""


@pytest.fixture
def yard(tmp_path: Path) -> Path:
    """A yard whose sensor and lamp hang on the header."""
    place = f"id: {SITE}, latitude: 46.7806, longitude: 4.8528, time_zone: Europe/Paris"
    (tmp_path / "site.yaml").write_text(f"version: 1\nsite: {{{place}}}\n")
    (tmp_path / "devices.yaml").write_text(DEVICES)
    (tmp_path / "lighting.yaml").write_text("""\
version: 1
zones:
  yard: {length: 30 m, class: P4, design: 5.0 lx, program: quiet}
programs:
  quiet:
    active: {from: sunset, to: sunrise}
    failsafe: 100%
    presence: {level: 100%, hold: 1s}
    ramp: {up: 0s, down: 200ms}
    steps:
      - {from: sunset, class: P4, empty: P5}
""")
    return tmp_path


def shown(record: Reader) -> list[float]:
    """The levels that were written to the lamp's pin, each once."""
    said = [item.level for entry in record.entries() for item in entry.learned if isinstance(item, LightState)]
    arrived = [level for level in said if level in (EMPTY, FULL)]
    return [level for at, level in enumerate(arrived) if at == 0 or arrived[at - 1] != level]


async def links_of(folder: Path) -> dict[str, Any]:
    status: dict[str, Any] = dict(await ask(folder / "state", StatusRequest()))
    links: dict[str, Any] = status["links"]
    return links


async def until_shown(folder: Path, levels: list[float], what: str) -> None:
    await until_recorded(folder, lambda record: shown(record) == levels, what)


async def test_somebody_before_a_motion_sensor_lights_the_lamp_and_so_does_a_cut_wire(yard: Path) -> None:
    gateway = PinnedGateway(yard)
    async with living(gateway):
        await until_shown(yard, [EMPTY], "nobody is there")
        gateway.come()
        await until_shown(yard, [EMPTY, FULL], "somebody is there")
        why = await asyncio.to_thread(reverbere, "explain", "yard-strip", "--config", yard)
        assert "pir-shed" in why.stdout
        gateway.go()
        await until_shown(yard, [EMPTY, FULL, EMPTY], "they have gone")
        gateway.cut()
        await until_shown(yard, [EMPTY, FULL, EMPTY, FULL], "the wire is cut")
        links = await links_of(yard)
        assert {name: link["connected"] for name, link in links.items()} == {"gpio:GPIO17": True, "gpio:GPIO18": True}


async def test_a_reload_moves_one_pin_and_leaves_the_other_as_it_is(yard: Path) -> None:
    gateway = PinnedGateway(yard)
    async with living(gateway):
        await until_shown(yard, [EMPTY], "nobody is there")
        moved = DEVICES.replace("GPIO17", "GPIO27")
        await asyncio.to_thread((yard / "devices.yaml").write_text, moved)
        told = await ask(yard / "state", ReloadRequest())
        assert told["changes"] == ["device pir-shed changed", "pin GPIO27 added", "pin GPIO17 removed"]
        await until_shown(yard, [EMPTY, FULL], "to GPIO27 nothing is wired, as if it were cut")
        links = await links_of(yard)
        assert links.keys() == {"gpio:GPIO18", "gpio:GPIO27"}
        assert links["gpio:GPIO18"]["opened"] == 1


def offline(record: Reader) -> bool:
    """Whether the sensor is not believed because it went."""
    made = (item for entry in record.entries() for item in entry.made if isinstance(item, Reading))
    return any(item.quantity is Quantity.TRUST and item.channel == "offline" for item in made)


async def test_off_a_pi_the_sensor_is_not_believed_though_its_silence_is_trusted_and_the_doctor_says_why(
    yard: Path,
) -> None:
    gateway = GatewayProcess(yard, evening())
    async with living(gateway):
        await until_recorded(yard, offline, "the sensor is offline")
        why = await asyncio.to_thread(reverbere, "explain", "yard-strip", "--config", yard)
        assert "100 %" in why.stdout
        told = await asyncio.to_thread(reverbere, "doctor", "--config", yard)
        words = " ".join(told.stdout.split())
        assert "FAIL pins 0 of 2 pins held yard-strip takes no orders, its wiring decides what it does" in words
        assert "pir-shed is not believed, its lamps are on failsafe: expected GPIO17 of a Raspberry Pi" in words
        assert told.returncode == 1
