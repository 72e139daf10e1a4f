import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Numbered
from devices.light import LightState
from devices.reading import Quality, Quantity, Reading
from gateway.export.rows import escape, lines
from gateway.record.entry import Entry
from tests.record import builders
from tests.record.builders import LAMP, SECOND, START, WEST, count, decision

MS = START // 1_000_000


def texts(*items: Reading | LightState) -> list[str]:
    return [line.text for line in lines(Entry(START, items), "chalon")]


def test_a_count_says_its_period() -> None:
    assert texts(count(3, START)) == [f"pedestrians,device=counter-west,site=chalon value=3.0,period_s=60.0 {MS}"]


def test_what_speaks_against_a_reading_is_said() -> None:
    odd = replace(count(3, START), channel="in", quality=Quality.RETAINED | Quality.ESTIMATED)
    assert texts(odd) == [
        f"pedestrians,channel=in,device=counter-west,site=chalon value=3.0,period_s=60.0,quality=9i {MS}"
    ]


def test_a_count_over_a_reset_or_a_wrap_says_so() -> None:
    marks = [Quality.ESTIMATED | Quality.RESET, Quality.ESTIMATED | Quality.WRAP]
    written = [texts(replace(count(3, START), quality=mark))[0] for mark in marks]
    assert [line.split("quality=")[1].split()[0] for line in written] == ["24i", "40i"]


def test_a_verdict_on_a_sensor_goes_to_servers_with_how_far_it_looks_back() -> None:
    late = Reading(WEST, Quantity.TRUST, 0, START, "zeros", period=5 * SECOND)
    again = Reading(WEST, Quantity.TRUST, 1, START + SECOND)
    written = [line.text for line in lines(Entry(START, (), (late, again)), "chalon")]
    assert written == [
        f"trust,channel=zeros,device=counter-west,site=chalon value=0.0,period_s=5.0 {MS}",
        f"trust,device=counter-west,site=chalon value=1.0 {MS + 1000}",
    ]


def test_a_lamps_state_is_level_power_and_energy() -> None:
    assert texts(LightState(LAMP, 61.5, START, power=18.9, energy=48211.07)) == [
        f"level,device=lamp-1,site=chalon value=61.5 {MS}",
        f"power,device=lamp-1,site=chalon value=18.9 {MS}",
        f"energy,device=lamp-1,site=chalon value=48211.07 {MS}",
    ]


def test_a_decision_says_which_rank_decided() -> None:
    entry = Entry(START, (Numbered(WEST, "a", 1),), (decision(START + 1, 64),), seq=9)
    assert list(lines(entry, "chalon")) == [
        (9, f"decision,device=lamp-1,rank=default,site=chalon level=64.0,ramp_s=2.0 {MS + 1}")
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_no_server_can_hold_is_left_out(value: float) -> None:
    assert texts(count(value, START)) == []


def parse(line: str) -> tuple[str, dict[str, str], dict[str, str], int]:
    """Read a line by the rules of InfluxDB's reference, written anew for this test."""
    head, fields, time = re.split(r"(?<!\\) ", line)
    measurement, *tags = re.split(r"(?<!\\),", head)
    pairs = (re.split(r"(?<!\\)=", tag) for tag in tags)
    return (
        measurement,
        {key: re.sub(r"\\([,= ])", r"\1", value) for key, value in pairs},
        dict(field.split("=") for field in fields.split(",")),
        int(time),
    )


@given(builders.readings.filter(lambda reading: reading.channel.isprintable()), st.text(min_size=1, max_size=12))
def test_every_reading_is_read_back_by_the_rules_of_line_protocol(reading: Reading, site: str) -> None:
    for text in texts_of(reading, site):
        measurement, tags, fields, time = parse(text)
        assert "\n" not in text
        assert measurement == reading.quantity.value
        assert tags["device"] == reading.device
        assert tags.get("channel", "") == reading.channel.replace("\\", "/")
        assert float(fields["value"]) == reading.value
        assert int(fields.get("quality", "0i")[:-1]) == reading.quality.value
        assert 0 <= time * 1_000_000 - reading.time < 1_000_000


def texts_of(reading: Reading, site: str) -> list[str]:
    return [line.text for line in lines(Entry(START, (reading,)), site)]


@given(st.text())
def test_an_escaped_tag_never_ends_before_its_end(value: str) -> None:
    escaped = escape(value)
    assert not re.search(r"(?<!\\)[,= ]", escaped)
    assert not escaped.endswith("\\")
    assert escaped.isprintable() or not value.isprintable()


def test_values_are_always_floats_so_that_types_never_conflict() -> None:
    whole = Reading(WEST, Quantity.PRESENCE, True, START)  # noqa: FBT003 - a device may well say so
    assert texts(whole) == [f"presence,device=counter-west,site=chalon value=1.0 {MS}"]


def test_the_time_of_a_reading_is_in_milliseconds_and_never_before_it() -> None:
    assert texts(count(1, START + SECOND + 1))[0].endswith(f" {MS + 1001}")
