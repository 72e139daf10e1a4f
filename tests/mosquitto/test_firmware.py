"""What is printed for devices: read by the languages it is written in, and by the gateway's own conventions."""

import ast
import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from devices.convention import find
from devices.device import Device, DeviceId, Kind
from devices.light import LightCommand, LightState
from devices.message import Message
from devices.reading import Reading
from gateway.mosquitto import authority
from gateway.mosquitto.firmware import arduino, esphome, micropython, tasmota, words
from gateway.mosquitto.firmware.ticket import Ticket

CA = authority.found("chalon", datetime.now(UTC)).certificate.decode()
STUBS = Path(__file__).parent / "arduino"
WRITERS: Mapping[str, Callable[[Ticket], str]] = {
    "arduino": arduino.written,
    "micropython": micropython.written,
    "esphome": esphome.written,
    "tasmota": tasmota.written,
    "plain": words.written,
}


def lamp(convention: str = "native", address: str = "lamp-07") -> Device:
    return Device(DeviceId("lamp-07"), Kind.LUMINAIRE, "mqtt", convention, address)


def sensor(*measures: str, convention: str = "native", address: str = "west") -> Device:
    return Device(DeviceId("west"), Kind.SENSOR, "mqtt", convention, address, options={"measures": measures})


COUNTER, PIR = sensor("pedestrians"), sensor("presence")


def ticket(device: Device, *, ca: str = CA, level: int = 60, port: int = 8883) -> Ticket:
    return Ticket("chalon", device.id, "S3cretS3cretS3cretS3cret", "192.168.1.10", port, ca, device, 180, level)


@pytest.mark.parametrize("device", [lamp(), COUNTER, PIR])
@pytest.mark.parametrize("ca", [CA, ""])
@pytest.mark.parametrize("firmware", ["arduino", "micropython", "plain"])
def test_all_of_it_is_filled_in(firmware: str, ca: str, device: Device) -> None:
    text = WRITERS[firmware](ticket(device, ca=ca))
    assert "@{" not in text
    for word in ("S3cretS3cretS3cretS3cret", "192.168.1.10", "8883", device.id):
        assert word in text
    assert ("-----BEGIN CERTIFICATE-----" in text or "a2b_base64" in text) == bool(ca)


@pytest.mark.parametrize(("device", "ca"), [(lamp(), CA), (COUNTER, CA), (PIR, "")])
def test_a_compiler_takes_the_sketch(device: Device, ca: str, tmp_path: Path) -> None:
    compiler = shutil.which("g++")
    if compiler is None:
        if os.environ.get("CI") == "true":
            pytest.fail("g++ is not installed")
        pytest.skip("g++ is not installed")
    sketch = tmp_path / "sketch.cpp"
    sketch.write_text(arduino.written(ticket(device, ca=ca)), encoding="utf-8")
    options = [
        "-std=c++17",
        "-fsyntax-only",
        "-Wall",
        "-Wextra",
        "-Wno-unused-function",
        "-Wno-unused-variable",
        "-Werror",
    ]
    ended = subprocess.run(
        [compiler, *options, "-I", str(STUBS), str(sketch)], check=False, timeout=60, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(("device", "quantity"), [(COUNTER, "pedestrians"), (PIR, "presence")])
def test_what_a_sketch_says_is_understood_with_its_number(device: Device, quantity: str) -> None:
    sketch = arduino.written(ticket(device))
    assert f"#define COUNTS {int(device is COUNTER)} " in sketch
    texts = re.findall(r'"(\{\\"v\\":1,(?:[^"\\]|\\.)*)"', sketch)
    (text,) = (each.replace('\\"', '"') for each in texts if quantity in each)
    values = iter(("true", "9f3a", "7") if device is PIR else ("3", "60.0", "9f3a", "7"))
    said = re.sub(r"%\.?\d*[usf]", lambda _: next(values), text) + "}"
    (topic,) = re.findall(r'TOPIC = "(.*)"', sketch)
    numbered, reading = find("native")("chalon", [device]).decode(Message(topic, said.encode(), 1_795_000_000 * 10**9))
    assert isinstance(reading, Reading)
    assert reading.quantity.value == quantity
    assert (getattr(numbered, "boot", ""), getattr(numbered, "seq", -1)) == ("9f3a", 7)


def test_a_lamps_sketch_hears_the_order_and_says_a_state() -> None:
    sketch, native = arduino.written(ticket(lamp())), find("native")("chalon", [lamp()])
    (order,) = native.encode(LightCommand(DeviceId("lamp-07"), 40, 2 * 10**9, "c-1", 180 * 10**9))
    assert f'SET = "{order.topic}"' in sketch
    for key in json.loads(order.payload):
        assert f'(text, "{key}"' in sketch
        assert f'"{key}":'.encode() in order.payload  # the sketch looks for it without a space
    (text,) = re.findall(r'"(\{\\"v\\":1,(?:[^"\\]|\\.)*)"', sketch)
    values = iter(("c-1", "40.0", "40.0"))
    said = re.sub(r"%\.?\d*[sf]", lambda _: next(values), text.replace('\\"', '"'))
    (topic,) = re.findall(r'STATE = "(.*)"', sketch)
    (state,) = native.decode(Message(topic, said.encode(), 1))
    assert isinstance(state, LightState)
    assert (state.level, state.confirms) == (40, "c-1")
    assert "FAILURE = 60;" in sketch
    assert "SILENCE = 180 * 1000u;" in sketch


@pytest.mark.parametrize("device", [lamp(), COUNTER, PIR])
@pytest.mark.parametrize("ca", [CA, ""])
def test_python_takes_the_program(device: Device, ca: str) -> None:
    text = micropython.written(ticket(device, ca=ca))
    names = {
        target.id: node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    kind = "lamp/lamp-07" if device.kind is Kind.LUMINAIRE else "sensor/west"
    assert ast.literal_eval(names["TOPIC"]) == f"reverbere/chalon/{kind}".encode()
    if device.kind is Kind.SENSOR:
        assert ast.literal_eval(names["COUNTS"]) == (device is COUNTER)
        assert '"boot": BOOT, "seq": state["seq"]' in text
    else:
        assert ast.literal_eval(names["FAILURE"]) == 60


def test_the_authority_in_a_program_is_the_one_of_the_site() -> None:
    text = micropython.written(ticket(COUNTER))
    (lines,) = re.findall(r"a2b_base64\((.*?)\n\)", text, re.DOTALL)
    assert base64.b64decode("".join(re.findall(r'"(.*)"', lines))) == authority.der(CA.encode())


@pytest.mark.parametrize(
    ("address", "level"), [("node/light/strip", 60), ("node/switch/relay", 100), ("node/light/a", 0)]
)
def test_the_package_for_esphome_is_yaml_and_takes_the_lamp_to_its_failure_level(address: str, level: int) -> None:
    said = YAML(typ="safe").load(esphome.written(ticket(lamp("esphome", address), level=level)))
    mqtt = said["mqtt"]
    assert (mqtt["broker"], mqtt["port"], mqtt["topic_prefix"]) == ("192.168.1.10", 8883, "node")
    assert (mqtt["username"], mqtt["password"]) == ("lamp-07", "S3cretS3cretS3cretS3cret")
    assert mqtt["certificate_authority"].strip() == CA.strip()
    assert (mqtt["discovery"], mqtt["discover_ip"]) == (False, False)
    (script,) = said["script"]
    (heard,) = mqtt["on_message"]
    (order,) = find("esphome")("x", [lamp("esphome", address)]).encode(
        LightCommand(DeviceId("lamp-07"), 40, 0, "c", 10**9)
    )
    assert heard == {"topic": order.topic, "then": [{"script.execute": script["id"]}]}
    kind, name = address.split("/")[1:]
    action = f"{kind}.turn_{'on' if level else 'off'}"
    brightness = {"brightness": f"{level}%"} if kind == "light" and level else {}
    assert script["mode"] == "restart"
    assert script["then"] == [{"delay": "180s"}, {action: {"id": name, **brightness}}]
    assert said["esphome"]["on_boot"] == [{"then": [{"script.execute": script["id"]}]}]


def test_a_sensors_node_needs_no_script() -> None:
    said = YAML(typ="safe").load(
        esphome.written(ticket(sensor(convention="esphome", address="node"), ca="", port=1883))
    )
    assert said.keys() == {"mqtt"}
    assert said["mqtt"]["topic_prefix"] == "node"


@pytest.mark.parametrize(
    ("address", "failure"), [("yard", "Dimmer 60"), ("box/POWER2", "Power2 1"), ("a/b", "Dimmer 60")]
)
def test_a_rule_takes_a_tasmota_to_its_failure_level_when_orders_stop(address: str, failure: str) -> None:
    text = tasmota.written(ticket(lamp("tasmota", address), ca="", port=1883))
    (rule,) = (line for line in text.splitlines() if line.startswith("Rule3 ON"))
    rules = dict(re.findall(r"ON (\S+) DO (.*?) ENDON", rule))
    assert rules == {
        "System#Boot": "RuleTimer8 180",
        "Event#reverbere": "RuleTimer8 180",
        "Rules#Timer=8": failure,
    }
    (order,) = find("tasmota")("x", [lamp("tasmota", address)]).encode(
        LightCommand(DeviceId("lamp-07"), 40, 0, "c", 10**9)
    )
    assert b"Event reverbere;" in order.payload
    assert text.splitlines()[-1] == "Rule3 1"


def test_a_tasmota_is_told_where_the_broker_is_and_not_to_describe_itself() -> None:
    text = tasmota.written(ticket(sensor(convention="tasmota", address="radar"), ca="", port=1883))
    backlog = next(line for line in text.splitlines() if line.startswith("Backlog "))
    said = dict(command.split(" ", 1) for command in backlog.removeprefix("Backlog ").split("; "))
    assert said == {
        "MqttHost": "192.168.1.10",
        "MqttPort": "1883",
        "MqttUser": "west",
        "MqttPassword": "S3cretS3cretS3cretS3cret",
        "Topic": "radar",
        "FullTopic": "%prefix%/%topic%/",
        "SetOption19": "1",
        "SetOption3": "1",
        "SetOption103": "0",
    }
    assert "Rule" not in text
    assert "SetOption132 1; MqttFingerprint1 00 00" in tasmota.written(ticket(lamp("tasmota", "yard")))
