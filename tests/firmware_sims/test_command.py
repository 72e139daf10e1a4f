"""The command line of simulated firmware."""

from pathlib import Path

import pytest

from firmware_sims.__main__ import cast_parts, parser
from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage, Fault
from firmware_sims.counter import CounterPart
from firmware_sims.ld2410 import Ld2410Part
from firmware_sims.ld2450 import RadarPart
from firmware_sims.luminaire import LuminairePart
from firmware_sims.post import Broker
from firmware_sims.presence import PresencePart
from firmware_sims.sensor import MakePart
from firmware_sims.serial_counter import SerialCounterPart
from gateway.clock import SECOND


def test_each_device_can_be_asked_for_alone() -> None:
    given = parser().parse_args(["counter", "--broker", "mqtt://ana:secret@10.0.0.7:1884", "--id", "counter-west"])
    assert given.broker == Broker("10.0.0.7", 1884, "ana", "secret")
    assert cast_parts(given) == [CounterPart("counter-west", 0.0, 60 * SECOND)]
    given = parser().parse_args(["presence", "--id", "motion-01", "--at", "30", "--sees", "15"])
    assert cast_parts(given) == [PresencePart("motion-01", 15.0, 45.0)]
    given = parser().parse_args(["ld2450", "--id", "radar-yard", "--link", "radar"])
    assert cast_parts(given) == [RadarPart("radar-yard", 0.0, Path("radar"))]


def test_a_device_of_any_make_can_be_asked_for_with_its_faults() -> None:
    asked = [
        "sensor",
        "--id",
        "beam-1",
        "--counts",
        "tasmota",
        "--address",
        "beam",
        "--at",
        "12",
        "--fault",
        "noisy@60",
    ]
    (part,) = cast_parts(parser().parse_args(asked))
    assert isinstance(part, MakePart)
    assert (part.make, part.address, part.at) == ("tasmota", "beam", 12.0)
    assert part.breakages == (Breakage(Ailment.NOISY, 60 * SECOND),)
    asked = ["sensor", "--id", "pir-1", "--watches", "zigbee2mqtt", "--at", "30", "--sees", "7"]
    (part,) = cast_parts(parser().parse_args(asked))
    assert isinstance(part, MakePart)
    assert (part.at, part.start, part.end, part.address) == (None, 23.0, 37.0, "pir-1")
    (lamp,) = cast_parts(parser().parse_args(["luminaire", "--id", "lamp-1", "--make", "shelly", "--fault", "silent"]))
    assert isinstance(lamp, LuminairePart)
    assert (lamp.make, lamp.breakages) == ("shelly", (Breakage(Fault.MUTE),))


def test_lines_have_framings_and_faults_too() -> None:
    asked = ["serial-counter", "--id", "c", "--link", "line", "--framing", "cobs", "--fault", "restarting"]
    assert cast_parts(parser().parse_args(asked)) == [
        SerialCounterPart("c", 0.0, Path("line"), framing="cobs", breakages=(Breakage(Ailment.RESTARTING),))
    ]
    asked = ["ld2410", "--id", "r", "--link", "line", "--at", "10", "--fault", "stuck@5"]
    assert cast_parts(parser().parse_args(asked)) == [
        Ld2410Part("r", 5.0, 15.0, Path("line"), (Breakage(Ailment.STUCK, 5 * SECOND),))
    ]


def test_a_whole_street_has_lamps_sensors_and_counters_of_different_names() -> None:
    parts = cast_parts(parser().parse_args(["street"]))
    assert len({part.id for part in parts}) == len(parts) == 32


def test_an_address_that_is_none_is_refused_with_what_was_expected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["street", "--broker", "http://localhost"])
    assert "expected mqtt://HOST:PORT, found 'http://localhost'" in capsys.readouterr().err
