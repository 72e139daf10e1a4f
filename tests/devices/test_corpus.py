"""Real messages of other projects mean what those projects say they mean.

The messages are not part of this repository: they are looked for beside it, in ../shared/corpus, or in the folder that
REVERBERE_CORPUS names.
"""

import json
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from devices.convention import Rejected
from devices.framing.ld2410 import Ld2410Frames
from devices.message import Message
from gateway.cli.decode import Asked, understand
from tests.devices.speech import NOON, said

CORPUS = Path(os.environ.get("REVERBERE_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")

ELSEWHERE = {
    "ble-hci-event": "whole Bluetooth events: what is spoken here are service data of BTHome, as gateways pass them on",
    "cloudevent-json": "CloudEvents are an envelope of cloud services",
    "ngsi-ld-normalized": "entities of NGSI are what we export, not what sensors say",
    "ngsi-ld-keyvalues": "entities of NGSI are what we export, not what sensors say",
    "ngsi-v2-normalized": "entities of NGSI are what we export, not what sensors say",
    "uart-ld2410s": "another frame than the LD2410's",
    "uart-ascii-ld1115h": "another radar",
    "senml-hex-encoded": "SenML in XML",
    "sparkplug-json-rendering": "only how its specification prints payloads, which are protobuf",
}
"""Kinds without a convention here, and why."""

DISCOVERED = re.compile(r"test-topic|availability-topic|test_light_rgb(/set)?|homeassistant/.*")
"""Topics of Home Assistant's own tests."""

EXCEPTIONS: dict[str, str] = {
    "transcribed_mqtt-0033": "a byte that a template of Home Assistant unpacks: ours name values, and do no more",
}
"""Rows that are decoded otherwise than their project says, each with the reason; at most one in a hundred."""

Meaning = set[tuple[str, float]]


class Row(NamedTuple):
    """A message, the convention that it is heard by, and what it means by its own project."""

    id: str
    convention: str
    topic: str
    payload: bytes
    means: Meaning | None
    """None: it must be refused."""
    before: tuple[tuple[str, bytes], ...] = ()


# ------------------------------------------------------------------------------ what each project's words mean as ours
PLAIN = {"battery": ("battery", 1), "temperature": ("temperature", 1), "voltage": ("voltage", 1000)}
"""What no project disputes, and some leave out of what they expect: the key, our quantity, and how many make one."""


def zigbee2mqtt(topic: str, expected: dict[str, Any], payload: bytes) -> Meaning:
    if topic.endswith(("/set", "/get", "/availability")) or "/bridge/" in topic:
        return set()
    means: Meaning = set()
    state, brightness = expected.get("state"), expected.get("brightness")
    if state == "OFF":
        means.add(("level", 0))
    elif brightness is not None:
        means.add(("level", min(round(brightness * 100 / 254, 1), 100)))
    elif state == "ON":
        means.add(("level", 100))
    for key, quantity in (("presence", "presence"), ("lux", "illuminance")):
        if key in expected:
            means.add((quantity, float(expected[key])))
    said_ = json.loads(payload) if payload else {}
    means |= {(quantity, said_[key] / unit) for key, (quantity, unit) in PLAIN.items() if key in said_}
    if "lux" not in expected and "illuminance" in said_:
        means.add(("illuminance", said_["illuminance"]))
    return means


def tasmota(topic: str, expected: dict[str, Any]) -> Meaning:
    if topic.startswith("cmnd/"):
        return set()
    return set(_tasmota(expected.get("StatusSNS", expected)))


def _tasmota(said_: dict[str, Any]) -> Iterator[tuple[str, float]]:
    measured = ("Illuminance", "Temperature", "Humidity")
    for part in said_.values():
        if isinstance(part, dict):
            yield from ((key.lower(), part[key]) for key in measured if key in part)
    yield from _tasmota_light(said_)
    yield from _tasmota_radar(said_)
    if "Switch1" in said_:
        yield "presence", float(said_["Switch1"] == "ON")
    if "Vcc" in said_:
        yield "voltage", said_["Vcc"]
    if "Signal" in said_.get("Wifi", {}):
        yield "rssi", said_["Wifi"]["Signal"]


def _tasmota_radar(said_: dict[str, Any]) -> Iterator[tuple[str, float]]:
    if "LD2410S" in said_:
        yield "presence", float(said_["LD2410S"]["People"] >= 2)
        if said_["LD2410S"]["Distance"]:
            yield "distance", said_["LD2410S"]["Distance"] / 100
    if "Distance" in said_.get("LD2410", {}):
        yield from (("presence", 1), ("distance", said_["LD2410"]["Distance"][2] / 100))
    if "Out_pin" in said_.get("LD2410", {}):
        yield "presence", said_["LD2410"]["Out_pin"]


def _tasmota_light(said_: dict[str, Any]) -> Iterator[tuple[str, float]]:
    words = {"ON": 100.0, "1": 100.0, "OFF": 0.0, "0": 0.0}
    powers = {key: words[value] for key, value in said_.items() if key.startswith("POWER") and value in words}
    if powers:
        last = powers[max(powers)] if "Dimmer" in said_ else powers[min(powers)]
        yield "level", last * said_.get("Dimmer", 100) / 100
    for zigbee in ("ZbInfo", "ZbReceived", "ZbLight"):
        for lamp in said_.get(zigbee, {}).values():
            yield "level", 0.0 if lamp.get("Power") == 0 else round(lamp["Dimmer"] * 100 / 254, 1)


DECODED = {
    **dict.fromkeys(("sensorTemperature", "temperature", "Ambient_Temperature", "Temperature(°C)"), "temperature"),
    **dict.fromkeys(("relativeHumidity", "humidity", "humi", "Relative_Humidity_(%RH)"), "humidity"),
    **dict.fromkeys(("lux", "illuminance", "illumination", "luminosity", "Luminosity(lux)"), "illuminance"),
    **dict.fromkeys(("batteryVoltage", "battery_volt", "Storage_Voltage"), "voltage"),
    **dict.fromkeys(("battery", "batteryLevel"), "battery"),
    **dict.fromkeys(("pir", "occupied", "PIR_Status", "occupancy"), "presence"),
    **dict.fromkeys(("presence", "roomPresence", "PresenceReport"), "presence"),
    **dict.fromkeys(("people_in", "people_out", "period_in", "period_out"), "pedestrians"),
    **dict.fromkeys(("count_in", "count_out", "total_in", "total_out"), "pedestrians_total"),
    "people_counter_all": "occupancy",
    "wifi": "occupancy",
}
TRUE = (True, 1, "trigger", "occupied", "presence")
FALSE = (False, 0, "vacant", "absent")


def decoded(_: str, expected: dict[str, Any]) -> Meaning:
    return set(_decoded(expected))


def _decoded(expected: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for key, value in expected.items():
        if isinstance(value, dict):
            inner = {key: value["value"]} if not isinstance(value.get("value", {}), dict) else value
            yield from _decoded(inner)
            continue
        if isinstance(value, list):
            yield from _lines(key, value)
            continue
        name = re.sub(r"^line_\d_", "", key)
        quantity = "presence" if re.fullmatch(r"region_\d+(_occupancy)?", key) else DECODED.get(name)
        if quantity == "presence" and value in (*TRUE, *FALSE):
            yield quantity, float(value in TRUE)
        elif quantity not in (None, "presence") and isinstance(value, int | float):
            yield quantity, round(value, 9)


def _lines(key: str, lines: list[Any]) -> Iterator[tuple[str, float]]:
    for line in lines:
        if key == "samples":
            yield from _decoded({re.sub(r"_1$", "", line["variable"]): line["value"]})
        elif key in ("history", "timeseries"):
            yield from _decoded(line)


# ------------------------------------------------------------------------------------------------------------ the rows
def rows() -> Iterator[Row]:
    for file in sorted(CORPUS.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            yield from _row(json.loads(line))


def _row(row: dict[str, Any]) -> Iterator[Row]:
    kind, topic, expected = row["kind"], row.get("topic") or "", row["expected"]
    payload = row["payload_text"].encode() if "payload_text" in row else bytes.fromhex(row["payload_hex"])
    if kind in ELSEWHERE:
        return
    if kind == "lorawan-uplink":
        yield from _uplinks(row["id"], row["payload_hex"], expected)
    elif kind == "uart-ld2450":
        yield Row(row["id"], "ld2450", "/dev/radar", payload, {("occupancy", float(len(expected["targets"])))})
    elif kind.startswith("uart-ld2410"):
        yield from _radar(row["id"], payload, expected)
    elif kind == "senml-json":
        yield Row(row["id"], "senml", "a/b", payload, _senml(payload))
    elif kind == "bthome-service-data":
        yield Row(row["id"], "bthome", "a/b", payload, _bthome(expected))
    elif DISCOVERED.fullmatch(topic):
        yield Row(row["id"], "homeassistant", topic, payload, _discovered(expected), _described(expected))
    else:
        name, means = _broker(topic, expected, payload)
        yield Row(row["id"], name, topic, payload, means)


def _broker(topic: str, expected: dict[str, Any], payload: bytes) -> tuple[str, Meaning | None]:
    if topic.startswith("zigbee2mqtt/"):
        return "zigbee2mqtt", zigbee2mqtt(topic, expected, payload)
    if topic.startswith("frigate/"):
        return "frigate", {("occupancy", float(expected["count"]))} if "count" in expected else set()
    if topic.startswith("v3/"):
        return "ttn", {("occupancy", float(expected["count"]))} if "count" in expected else None
    if topic.startswith("application/"):
        return "chirpstack", {("battery", 88.3)} if "status" in topic else set()
    return "tasmota", tasmota(topic, expected)


def _discovered(expected: dict[str, Any]) -> Meaning | None:
    if expected.get("state", "").startswith("rejected"):
        return None
    if "on" in expected:
        return {("level", 100.0 * expected["on"])}
    return {("presence", float(expected["state"] == "on"))} if expected.get("state") in ("on", "off") else set()


def _described(expected: dict[str, Any]) -> tuple[tuple[str, bytes], ...]:
    """What those tests configure before: a sensor, a light, and by which word they are there."""
    here = {"payload_available": "good"} if "custom" in expected.get("availability", "") else {}
    motion = {"state_topic": "test-topic", "device_class": "motion", "availability_topic": "availability-topic", **here}
    light = {"schema": "json", "state_topic": "test_light_rgb", "command_topic": "test_light_rgb/set"}
    described = (("binary_sensor", motion), ("light", light))
    return tuple((f"homeassistant/{kind}/test/config", json.dumps(config).encode()) for kind, config in described)


def _uplinks(id_: str, data: str, expected: dict[str, Any]) -> Iterator[Row]:
    written = b64encode(bytes.fromhex(data)).decode()
    stack = {"uplink_message": {"frm_payload": written, "decoded_payload": expected}}
    yield Row(f"{id_} (ttn)", "ttn", "v3/app@ttn/devices/d/up", json.dumps(stack).encode(), decoded("", expected))
    chirp = {"deduplicationId": "x", "data": written, "object": expected}
    topic = "application/1/device/0101010101010101/event/up"
    yield Row(f"{id_} (chirpstack)", "chirpstack", topic, json.dumps(chirp).encode(), decoded("", expected))


def _radar(id_: str, stream: bytes, expected: dict[str, Any]) -> Iterator[Row]:
    """The one frame in a stream of an LD2410."""
    framer = Ld2410Frames()
    (frame,) = framer.feed(stream) + framer.end()
    means: Meaning | None = None if "error" in expected else set()
    if "presence" not in expected and means is not None:
        means = {("presence", float(expected.get("present", expected.get("state") != "none")))}
        # The projects have all distances of a frame; ours are of who is there.
        moving, still, detected = (int.from_bytes(frame[at : at + 2], "little") / 100 for at in (9, 12, 15))
        state = frame[8]
        means |= {
            ("distance", cm)
            for cm, said_ in ((moving, state & 1), (still, state & 2), (detected, state))
            if said_ and cm
        }
    yield Row(id_, "ld2410", "/dev/radar", frame, means)


def _senml(payload: bytes) -> Meaning:
    return {("temperature", record["v"]) for record in json.loads(payload) if "v" in record}


def _bthome(expected: dict[str, Any]) -> Meaning:
    value = float(expected["native_values"][0].rstrip(")"))
    meanings: dict[str, Meaning] = {
        "test_bthome_count": {("pedestrians_total", value)},
        "test_bthome_illuminance": {("illuminance", value)},
        "test_bthome_count_signed_2_bytes": set(),
    }
    return meanings[expected["test"]]


def judged(row: Row) -> str:
    """How a row is decoded otherwise than it means; "" if it is right."""
    before = [Message(topic, payload, NOON) for topic, payload in row.before]
    items = list(understand(Asked(row.convention, row.topic), before, [Message(row.topic, row.payload, NOON)]))
    found = {(quantity, value) for quantity, _, value in said(items)}
    if row.means is None:
        return "" if not found and any(isinstance(item, Rejected) for item in items) else f"not refused: {found}"
    return "" if found == row.means else f"{found} instead of {row.means}: {row.payload[:200]!r}"


def test_real_messages_mean_what_their_projects_say() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"no messages at {CORPUS}: put them there, or name their folder in REVERBERE_CORPUS")
    all_rows = list(rows())
    wrong = {row.id: complaint for row in all_rows if (complaint := judged(row))}
    assert len(all_rows) > 150
    assert len(EXCEPTIONS) * 100 <= len(all_rows)
    assert wrong.keys() == EXCEPTIONS.keys(), "\n".join(f"{id_}: {complaint}" for id_, complaint in wrong.items())
