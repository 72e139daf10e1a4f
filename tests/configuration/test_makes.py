"""devices.yaml with sensors and lamps of many makes: what is understood, and what is a mistake."""

from pathlib import Path

import pytest

from devices.conventions.custom import Read
from devices.message import SECOND
from devices.reading import Quantity
from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from tests.configuration.files import EXAMPLE

SENSOR = "  extra: {zone: quai, at: 10 m, sees: 8 m, measures: presence, heartbeat: 5min, "
LAMP = "  lamp-extra: {zone: quai, at: 10 m, type: led-28w, "


def site(folder: Path, sensor: str = "", lamp: str = "") -> Path:
    """The example site with one sensor or lamp more."""
    for name in ("site.yaml", "lighting.yaml", "devices.yaml"):
        text = (EXAMPLE / name).read_text(encoding="utf-8")
        if name == "devices.yaml":
            text = text.replace("sensors:\n", f"sensors:\n{SENSOR}{sensor}}}\n" if sensor else "sensors:\n")
            text = text.replace("luminaires:\n", f"luminaires:\n{LAMP}{lamp}}}\n" if lamp else "luminaires:\n")
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_options_reach_the_convention(tmp_path: Path) -> None:
    written = "convention: custom, topic: shop/door, reads: {presence: motion, time: t}"
    (device,) = (each for each in load(site(tmp_path, written)).devices if each.id == "extra")
    assert device.options["topic"] == "shop/door"
    assert device.options["reads"] == (Read(Quantity.PRESENCE, ("motion",)),)
    assert device.options["reads_time"] == ("t",)
    assert device.options["measures"] == ("presence",)


@pytest.mark.parametrize(
    ("sensor", "line"),
    [
        ("convention: native, serial: /dev/ttyUSB7", (115_200, "lines")),
        ("convention: native, serial: /dev/ttyUSB7, framing: cobs, baud: 57600", (57_600, "cobs")),
        ("convention: ld2410, serial: /dev/ttyUSB7", (256_000, "ld2410")),
    ],
)
def test_a_line_has_the_speed_and_the_framing_of_its_sensor(tmp_path: Path, sensor: str, line: tuple[int, str]) -> None:
    folder = site(tmp_path, sensor)
    if "ld2410" in sensor:
        file = folder / "devices.yaml"
        file.write_text(
            file.read_text("utf-8").replace("measures: presence, heartbeat: 5min, ", "heartbeat: 5s, "), "utf-8"
        )
    made = load(folder)
    (found,) = [each for each in made.serials if each.port == "/dev/ttyUSB7"]
    assert (found.baud, found.framing) == line
    if "ld2410" in sensor:
        assert [each.options for each in made.devices if each.id == "extra"] == [{"heartbeat": 5 * SECOND}]


def test_a_friendly_name_may_have_levels(tmp_path: Path) -> None:
    written = "convention: zigbee2mqtt, address: atelier/porte, base: zigbee"
    (device,) = (each for each in load(site(tmp_path, written)).devices if each.id == "extra")
    assert (device.address, device.options["base"]) == ("atelier/porte", "zigbee")


@pytest.mark.parametrize(
    "lamp",
    [
        *("convention: tasmota", "convention: esphome, address: n/light/l", "convention: shelly, address: s/light:0"),
        *("convention: homie4, address: lamp/light, base: town", "convention: homie5"),
        "convention: sparkplug, address: 'street/node-1/box//Lamp 2'",
        "convention: homeassistant, address: light/kitchen, base: ha",
    ],
)
def test_lamps_of_other_makes_are_lamps(tmp_path: Path, lamp: str) -> None:
    assert "lamp-extra" in {device.id for device in load(site(tmp_path, lamp=lamp)).devices}


@pytest.mark.parametrize(
    ("sensor", "lamp", "found"),
    [
        ("convention: tasmota, base: x", "", "tasmota has no base topic"),
        ("convention: zigbee2mqtt, base: '#'", "", "a base is the beginning of a topic"),
        ("convention: zigbee2mqtt, address: 'a/#'", "", "an address is a part of a topic"),
        ("convention: native, address: a/b", "", "an address is one level of a topic"),
        ("convention: zigbee2mqtt, topic: a/b", "", "zigbee2mqtt knows its topics from the address"),
        ("convention: senml, topic: 'a/+'", "", "this is no single topic"),
        ("convention: custom", "", '"reads" is missing'),
        ("convention: native, reads: {presence: p}", "", "native knows what it reads"),
        ("convention: custom, reads: {presance: p}", "", '"presance" is no quantity'),
        ("convention: tasmota, serial: /dev/ttyUSB0", "", "tasmota is not spoken on a serial line"),
        ("convention: ld2410, serial: /dev/ttyUSB0", "", "an ld2410 is not told what it measures"),
        ("convention: ld2410, serial: /dev/ttyUSB0, count_line: 2 m", "", "only an ld2450 has a count_line"),
        ("convention: ld2410", "", '"serial" is missing'),
        ("convention: ld2410, serial: /dev/ttyUSB0, framing: slip", "", "an ld2410 has frames of its own"),
        ("convention: native, framing: slip", "", '"framing" belongs to a serial line'),
        ("convention: native, serial: /dev/ttyUSB0, framing: ld2410", "", '"ld2410"'),
        ("", "convention: frigate", "no lamp speaks frigate"),
        ("", "convention: esphome, address: node", "a lamp of esphome names its component"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, sensor: str, lamp: str, found: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load(site(tmp_path, sensor, lamp))
    assert found in str(error.value)
