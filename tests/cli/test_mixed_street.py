"""`reverbere demo --street mixed`: every make at once, whole and broken."""

import json
from typing import Any

import pytest

from devices.convention import LAMPS, NAMES
from devices.device import Kind
from devices.framing import FRAMINGS
from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage, Fault
from gateway.cli.example import street
from gateway.cli.stage import script
from gateway.configuration.build import load
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
def test_of_every_make_everybody_who_was_sensed_is_recorded() -> None:
    figures = played()
    counters = figures["by_counter"]
    assert len(counters) == 17
    assert {name: each["sensed"] for name, each in counters.items()} == {
        name: each["recorded"] for name, each in counters.items()
    }
    assert figures["people_sensed"] == figures["people_recorded"] > 0
    assert figures["duplicates"] == 0
    assert figures["commands_sent"] >= 10


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
