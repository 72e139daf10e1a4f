"""`reverbere demo --street mixed`: every make at once, whole and broken."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.convention import LAMPS, NAMES
from devices.device import Kind
from devices.framing import FRAMINGS
from devices.reading import Quantity
from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage, Fault
from firmware_sims.catalogue import WIRED
from gateway.cli.example import copy_for_demo, street
from gateway.cli.stage import script
from gateway.configuration import dali
from gateway.configuration.build import load
from gateway.record.reader import Reader
from tests.cli.command import reverbere
from tests.servers import ServerMissing, program


def played(*options: str) -> dict[str, Any]:
    """The figures of a short demo of the mixed street, sixty times as fast."""
    try:
        program("nats-server")
    except ServerMissing as missing:
        pytest.skip(str(missing))
    ended = reverbere("demo", "--street", "mixed", "--start", "21:00", "--for", "7s", "--json", *options, patience=90)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    figures: dict[str, Any] = json.loads(ended.stdout)
    return figures


def test_every_make_and_every_framing_hangs_on_it() -> None:
    site = load(street("mixed"))
    assert {device.convention for device in site.devices} == set(NAMES)
    assert {device.convention for device in site.devices if device.kind is Kind.LUMINAIRE} == set(LAMPS)
    assert {line.framing for line in site.serials} == set(FRAMINGS)


@pytest.mark.server
def test_of_every_make_everybody_who_was_sensed_is_recorded_and_every_device_was_heard(tmp_path: Path) -> None:
    figures = played("--keep", str(tmp_path / "kept"))
    counters = figures["by_counter"]
    assert len(counters) == 18
    assert {name: each["sensed"] for name, each in counters.items()} == {
        name: each["recorded"] for name, each in counters.items()
    }
    assert figures["people_sensed"] == figures["people_recorded"] > 0
    assert figures["duplicates"] == 0
    assert figures["commands_sent"] >= 10
    site = load(tmp_path / "kept")
    record = Reader(site.state)
    readings = list(record.series())
    record.close()
    assert {reading.device for reading in readings} == {device.id for device in site.devices}
    wired = {device.id for device in site.devices if device.convention in WIRED}
    assert not [each for each in readings if each.quantity is Quantity.FAULT and each.value and each.device in wired]


@pytest.mark.server
def test_also_of_those_that_break_everybody_is_recorded_of_whom_they_told() -> None:
    broken = {
        "counter-native": "restarting",
        "counter-tasmota": "restarting",
        "counter-senml": "noisy",
        "counter-cobs": "noisy",
        "counter-homie5": "1970",
        "counter-custom": "ahead",
        "counter-ttn": "stuck",
        "counter-chirpstack": "silent@100",
        "counter-bthome": "flapping",
        "counter-modbus": "noisy",
        "see-gpio": "flapping",
        "lamp-gpio": "cycling",
        "lamp-dali": "restarting",
        "lamp-dali-linear": "noisy",
        "see-shelly": "flapping",
        "see-ld2410": "restarting",
        "lamp-zigbee2mqtt": "noisy",
        "lamp-tasmota": "restarting",
    }
    figures = played(*(word for device, fault in broken.items() for word in ("--fault", f"{device}:{fault}")))
    counters = figures["by_counter"]
    assert figures["people_sensed"] == figures["people_recorded"]
    assert counters["counter-ttn"]["recorded"] == 0
    assert counters["counter-bthome"]["recorded"] % 3 == 0
    assert figures["rejected"] > 5


def test_faults_are_told_apart_by_whom_they_befall() -> None:
    site = load(street("mixed"))
    told = script(site, ["lamp-shelly:stuck@5", "see-frigate:stuck", "see-frigate:ok@9"])
    assert told.lamps == {"lamp-shelly": [Breakage(Fault.STUCK, 5_000_000_000)]}
    assert told.sensors == {"see-frigate": [Breakage(Ailment.STUCK), Breakage(Ailment.NONE, 9_000_000_000)]}


def test_every_line_of_it_is_a_simulated_one_in_the_demo(tmp_path: Path) -> None:
    site = copy_for_demo(street("mixed"), tmp_path / "copy", 1883)
    links = {device.link for device in site.devices if device.link.startswith(("serial:", "modbus:"))}
    assert links
    assert all(link.partition(":")[2].startswith(str(tmp_path / "copy" / "lines")) for link in links)
    lines = {device.link for device in site.devices if device.convention == "dali"}
    assert len(lines) == 1
    assert not lines & {device.link for device in load(street("mixed")).devices}


def test_without_what_speaks_dali_its_lamps_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = copy_for_demo(street("mixed"), tmp_path / "whole", 1883)
    monkeypatch.setattr(dali, "find_spec", lambda _: None)
    without = copy_for_demo(street("mixed"), tmp_path / "without", 1883)
    left_out = {device.id for device in whole.devices} - {device.id for device in without.devices}
    assert left_out == {"lamp-dali", "lamp-dali-linear"}


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--street", "narrow", "quiet or mixed"),
        ("--fault", "nobody:stuck", "a device of this street"),
        ("--fault", "lamp-07:tired", "KIND one of ok, unpowered"),
        ("--fault", "counter-west:tired", "KIND one of ok, silent"),
    ],
)
def test_what_cannot_be_played_is_said_with_status_2(option: str, value: str, words: str) -> None:
    refused = reverbere("demo", option, value)
    assert refused.returncode == 2
    assert words in " ".join(refused.stderr.replace("│", " ").split())
    assert "Traceback" not in refused.stderr
