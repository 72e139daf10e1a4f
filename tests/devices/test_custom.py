"""Custom: any JSON, number or word, by the operator's own mapping."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.conventions.custom.path import at_path, path_of
from devices.message import SECOND
from devices.reading import Quality, Reading
from gateway.configuration.reads import places
from gateway.configuration.units import Unreadable
from tests.devices.speech import NOON, heard, refused, said, sensor


def device(mapping: Any, **options: object) -> Any:
    read = places(mapping)
    return sensor("custom", "door", reads=read.quantities, reads_time=read.time, **options)


def test_places_are_read_with_their_factors_channels_and_periods() -> None:
    mapping = {
        "pedestrians": [
            {"path": "data.count[0]", "channel": "in", "period": "1min"},
            {"path": "data.count[-1]", "channel": "out"},
        ],
        "illuminance": {"path": "$['light level']", "factor": 0.1},
        "presence": {"path": "who", "on": ["somebody"], "off": ["nobody"]},
    }
    payload = '{"data":{"count":[3,0,1]},"light level":120,"who":"somebody"}'
    items = heard(device(mapping), "door", payload)
    expected = {("pedestrians", "in", 3), ("pedestrians", "out", 1), ("illuminance", "", 12), ("presence", "", 1)}
    assert said(items) == expected
    assert isinstance(items[0], Reading)
    assert items[0].period == 60 * SECOND


@pytest.mark.parametrize(
    ("payload", "expected"), [("12", {("pedestrians_total", "", 12)}), ("", set()), ("None", set())]
)
def test_a_payload_may_be_one_number(payload: str, expected: set[object]) -> None:
    assert said(heard(device({"pedestrians_total": "$"}), "door", payload)) == expected


def test_its_own_time_is_taken() -> None:
    payload = f'{{"n":1,"t":{NOON // SECOND - 100}}}'
    (reading,) = heard(device({"pedestrians": "n", "time": "t"}), "door", payload)
    assert isinstance(reading, Reading)
    assert (reading.time, reading.quality) == (NOON - 100 * SECOND, Quality.HISTORICAL)


def test_what_is_not_there_changes_nothing_and_what_is_wrong_is_refused() -> None:
    counter = device({"pedestrians": "n", "presence": {"path": "p", "on": ["y"], "off": ["n"]}})
    assert heard(counter, "door", '{"other":1}') == []
    assert refused(heard(counter, "door", '{"n":-1,"p":"y"}')) == ["n: pedestrians from 0 to 10000, found -1"]
    assert refused(heard(counter, "door", '{"p":"perhaps"}')) == ["p: one of y, n, found perhaps"]
    assert refused(heard(counter, "elsewhere", "{}"))


@pytest.mark.parametrize(
    ("mapping", "found"),
    [
        ({}, "no quantities"),
        ({"pedestrian": "n"}, '"pedestrian" is no quantity'),
        ({"presence": {"pth": "n"}}, '"pth" is not known'),
        ({"presence": {"on": ["y"]}}, "where presence stands is missing"),
        ({"presence": "a..b"}, "no path"),
        ({"presence": {"path": "a", "factor": 0}}, "no sensible factor"),
        ({"time": "t"}, "a time alone"),
    ],
)
def test_a_mapping_that_cannot_be_understood_says_why(mapping: Any, found: str) -> None:
    with pytest.raises(Unreadable) as error:
        places(mapping)
    assert found in error.value.found


names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=5)


@given(steps=st.lists(names | st.integers(0, 5), max_size=6))
def test_a_path_finds_what_stands_there(steps: list[str | int]) -> None:
    value: Any = "found"
    for step in reversed(steps):
        value = {step: value} if isinstance(step, str) else [*[None] * step, value]
    written = "$" + "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)
    assert at_path(value, path_of(written)) == "found"


@given(text=st.text(max_size=30))
def test_any_text_is_a_path_or_says_that_it_is_none(text: str) -> None:
    try:
        path = path_of(text)
    except ValueError:
        return
    assert at_path({}, path) is None or not path
