"""What a simulated counter of running totals shows, held against those who walked by."""

import json

import pytest

from devices.convention import find, hear
from devices.device import Device, DeviceId, Kind
from devices.message import Message
from devices.reading import Quality, Quantity, Reading
from devices.totals import Standing, count
from firmware_sims.__main__ import cast_parts, parser
from firmware_sims.odometer import Odometer, OdometerPart
from firmware_sims.profile import steady
from firmware_sims.street import HOUR, Street
from gateway.clock import SECOND

START = 1_795_302_000 * SECOND
MINUTE = 60 * SECOND
TOPIC = "reverbere/chalon/sensor/counter-west"


def street() -> Street:
    return Street(600.0, steady(300.0), "Europe/Paris", seed=3, start=START - HOUR)


def heard(payload: bytes) -> list[object]:
    """What the gateway understands of it, at once."""
    at = json.loads(payload)["time"] * SECOND
    counter = Device(DeviceId("counter-west"), Kind.SENSOR, "mqtt", "native", "counter-west")
    return list(hear(find("native")("chalon", [counter]), Message(TOPIC, payload, round(at))))


@pytest.mark.parametrize(("again", "mark"), [((0, 0), Quality.RESET), (None, Quality.WRAP)])
def test_what_the_gateway_makes_of_its_totals_is_who_walked_by(again: tuple[int, int] | None, mark: Quality) -> None:
    """It goes round at 2^16 soon after its start; then it is started anew, and keeps what it showed or loses it."""
    first = Odometer(street(), 200.0, MINUTE, "a", (65_500, 65_500), 2**16)
    first.begin(START)
    reports = first.due(START + HOUR)
    second = Odometer(street(), 200.0, MINUTE, "b", again or first.shows, 2**16)
    second.begin(START + HOUR)
    reports += second.due(START + 2 * HOUR)
    standings: dict[str, Standing | None] = {}
    people, marks = 0.0, Quality.GOOD
    for report in reports:
        beside = heard(report.payload)
        for total in beside:
            if isinstance(total, Reading):
                assert total.quantity is Quantity.PEDESTRIANS_TOTAL
                standings[total.channel], found = count(standings.get(total.channel), total, beside)
                people += found.value if found else 0
                marks |= found.quality if found else Quality.GOOD
    assert mark in marks
    assert people == first.people + second.people - reports[0].people


def test_it_says_totals_by_direction_and_no_period() -> None:
    counter = Odometer(Street(600.0, steady(0.0), "UTC", seed=1, start=0), 0.0, MINUTE, "9f3a", (7, 8), 10)
    counter.begin(START)
    (report,) = counter.due(START + MINUTE)
    said = json.loads(report.payload)
    assert said == {
        "v": 1,
        "pedestrians_total": {"in": 7, "out": 8},
        "time": 1_795_302_060.0,
        "boot": "9f3a",
        "seq": 0,
    }


def test_it_cannot_show_what_it_has_no_digits_for() -> None:
    with pytest.raises(ValueError, match="below 10"):
        Odometer(street(), 0.0, MINUTE, "b", (7, 10), 10)


def test_the_command_line_starts_one() -> None:
    given = parser().parse_args(["odometer", "--id", "counter-west", "--shows", "5", "--wraps-at", "1000"])
    (part,) = cast_parts(given)
    assert part == OdometerPart("counter-west", 0.0, MINUTE, shows=(5, 5), wraps_at=1000)
    assert isinstance(part, OdometerPart)
    assert part.tally(street(), "b").shows == (5, 5)
