"""The command line of simulated firmware."""

from pathlib import Path

import pytest

from firmware_sims.__main__ import cast_parts, parser
from firmware_sims.counter import CounterPart
from firmware_sims.ld2450 import RadarPart
from firmware_sims.post import Broker
from firmware_sims.presence import PresencePart
from gateway.clock import SECOND


def test_each_device_can_be_asked_for_alone() -> None:
    given = parser().parse_args(["counter", "--broker", "mqtt://ana:secret@10.0.0.7:1884", "--id", "counter-west"])
    assert given.broker == Broker("10.0.0.7", 1884, "ana", "secret")
    assert cast_parts(given) == [CounterPart("counter-west", 0.0, 60 * SECOND)]
    given = parser().parse_args(["presence", "--id", "motion-01", "--at", "30", "--sees", "15"])
    assert cast_parts(given) == [PresencePart("motion-01", 15.0, 45.0)]
    given = parser().parse_args(["ld2450", "--id", "radar-yard", "--link", "radar"])
    assert cast_parts(given) == [RadarPart("radar-yard", 0.0, Path("radar"))]


def test_a_whole_street_has_lamps_sensors_and_counters_of_different_names() -> None:
    parts = cast_parts(parser().parse_args(["street"]))
    assert len({part.id for part in parts}) == len(parts) == 32


def test_an_address_that_is_none_is_refused_with_what_was_expected(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["street", "--broker", "http://localhost"])
    assert "expected mqtt://HOST:PORT, found 'http://localhost'" in capsys.readouterr().err
