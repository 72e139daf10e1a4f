"""Devices on a Modbus line as they are written, and mistakes told where they stand."""

from pathlib import Path

import pytest

from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.site import ModbusUnit
from tests.integration.small_site import write_site

COUNTER = (
    "{zone: street, at: 0 m, convention: modbus, serial: /dev/rs485, unit: 3, measures: pedestrians, heartbeat: 30s, "
    "registers: {pedestrians_total: [{at: 0, table: input, type: uint32, channel: in}, "
    "{at: 2, table: input, type: uint32, channel: out}], illuminance: {at: 16, factor: 0.1}}}"
)


def site(folder: Path, **devices: str) -> Path:
    write_site(folder, 1883)
    file = folder / "devices.yaml"
    block = "".join(f"  {name}: {written}\n" for name, written in devices.items())
    file.write_text(file.read_text().replace("sensors:\n", f"sensors:\n{block}"))
    return folder


def complaint(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(folder)
    return str(refused.value)


def test_two_devices_of_a_line_are_asked_in_turn(tmp_path: Path) -> None:
    meter = COUNTER.replace("unit: 3", "unit: 7, poll: 10s").replace(
        "measures: pedestrians", "measures: presence, sees: 9 m"
    )
    (line,) = load(site(tmp_path, door=COUNTER, meter=meter)).modbus
    assert (line.name, line.baud, line.parity) == ("modbus:/dev/rs485", 9600, "none")
    assert [(unit.number, unit.poll) for unit in line.units] == [(3, 2_000_000_000), (7, 10_000_000_000)]
    assert line.units[0].wanted == (("input", 0, 2), ("input", 2, 2), ("holding", 16, 1))
    assert isinstance(line.units[0], ModbusUnit)


@pytest.mark.parametrize(
    ("was", "wrong", "found"),
    [
        ("unit: 3, ", "", "unit"),
        ("unit: 3", "unit: 300", "there is no unit 300"),
        ("at: 0,", "at: 70000,", "there is no register 70000"),
        ("type: uint32, channel: in", "type: uint23, channel: in", "uint32"),
        ("table: input", "table: inputs", "input"),
        ("heartbeat: 30s", "heartbeat: 2s", "too short"),
        ("heartbeat: 30s", "silence: trusted", "a fault"),
        ("pedestrians_total:", "pedestrains_total:", "pedestrians_total"),
        ("convention: modbus", "convention: native", "belongs to a Modbus device"),
        ("/dev/rs485", '"socket://192.168.1.9:80200"', "there is no port 80200"),
        ("/dev/rs485", '"socket://192.168.1.9"', "expected socket://host:port"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, was: str, wrong: str, found: str) -> None:
    assert was in COUNTER
    assert found in complaint(site(tmp_path, door=COUNTER.replace(was, wrong, 1)))


def test_two_devices_with_one_number_or_unlike_speeds_are_refused(tmp_path: Path) -> None:
    assert "door is unit 3 of this line too" in complaint(site(tmp_path / "a", door=COUNTER, gate=COUNTER))
    fast = COUNTER.replace("unit: 3", "unit: 4, baud: 19200")
    assert "door on this line has  baud: 9600" in complaint(site(tmp_path / "b", door=COUNTER, gate=fast))


def test_a_line_that_somebody_speaks_on_unasked_is_refused(tmp_path: Path) -> None:
    native = "{zone: street, at: 0 m, convention: native, serial: /dev/rs485, measures: pedestrians, heartbeat: 30s}"
    assert "speaks by itself" in complaint(site(tmp_path, door=COUNTER, gate=native))
