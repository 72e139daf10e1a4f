"""Whatever comes, hearing it never raises: a message that ends the gateway would end it again at every start."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.convention import NAMES, Convention, Rejected, find, hear
from devices.device import Device, DeviceId, Kind
from devices.message import Message

ROOT = "reverbere/lab"
SENSORS = (Device(DeviceId("counter"), Kind.SENSOR, "mqtt", "native", "counter"),)
LAMPS = (Device(DeviceId("lamp"), Kind.LUMINAIRE, "mqtt", "native", "lamp"),)
RADAR = Device(
    DeviceId("radar"), Kind.SENSOR, "serial:/dev/x", "ld2450", "/dev/x", "", {"count_line": 2.0, "heartbeat": 5 * 10**9}
)
TOPICS = [f"{ROOT}/sensor/counter", f"{ROOT}/sensor/new", f"{ROOT}/sensor/counter/availability"]
TOPICS += [f"{ROOT}/lamp/lamp/state", f"{ROOT}/lamp/new/state", f"{ROOT}/lamp/lamp/availability", "/dev/x", "", "a/b"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
KEYS = [
    "v",
    "boot",
    "seq",
    "time",
    "period",
    "pedestrians",
    "presence",
    "level",
    "id",
    "faults",
    "battery",
    "in",
    "out",
]
objects = st.dictionaries(st.sampled_from(KEYS), json_values | st.just(1), max_size=8).map(
    lambda said: json.dumps(said).encode()
)
payloads = st.one_of(st.binary(max_size=200), objects, json_values.map(lambda said: json.dumps(said).encode()))
frames = st.binary(max_size=40) | st.binary(min_size=24, max_size=24).map(
    lambda body: b"\xaa\xff\x03\x00%b\x55\xcc" % body
)


def convention(name: str, devices: Sequence[Device]) -> Convention:
    return find(name)("lab", devices)


@given(topic=st.sampled_from(TOPICS), payload=payloads, retained=st.booleans())
@settings(max_examples=400, deadline=None)
def test_native_hears_anything(topic: str, payload: bytes, retained: bool) -> None:  # noqa: FBT001 - drawn by name
    native = convention("native", SENSORS + LAMPS)
    heard = hear(native, Message(topic, payload, 1_795_300_000 * 10**9, retained))
    assert heard, "no message may vanish: what means nothing is rejected"


@given(sent=st.lists(frames, max_size=30))
@settings(max_examples=200, deadline=None)
def test_ld2450_hears_any_frames(sent: list[bytes]) -> None:
    radar = convention("ld2450", [RADAR])
    for number, frame in enumerate(sent):
        heard = hear(radar, Message("/dev/x", frame, 1_795_300_000 * 10**9 + number * 10**8))
        well_formed = len(frame) == 30 and frame[:4] == b"\xaa\xff\x03\x00" and frame[-2:] == b"\x55\xcc"
        assert well_formed or any(isinstance(item, Rejected) for item in heard)


@pytest.mark.parametrize("name", NAMES)
def test_every_convention_that_is_named_can_be_found(name: str) -> None:
    assert callable(find(name))
