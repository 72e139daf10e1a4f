"""`reverbere serial list`: what is configured on which port, and what may keep it silent."""

import json
from pathlib import Path

import pytest

from gateway.cli.plugged import plugged
from gateway.cli.ports import show, show_json
from gateway.configuration.build import load
from gateway.links.ports import Machine, User
from tests.cli.command import reverbere
from tests.configuration.files import EXAMPLE, example
from tests.configuration.test_modbus_file import COUNTER as COUNTER_ON_A_LINE
from tests.configuration.test_modbus_file import site as modbus_site
from tests.links.test_ports import Tree

RADAR = "serial/by-id/usb-Silicon_Labs_CP2102N_4f1a-if00-port0"
COUNTER = "serial/by-id/usb-Espressif_USB_JTAG_serial_debug_unit_34B7-if00"
COUNTER_OF_SEVERAL = COUNTER_ON_A_LINE.replace("unit: 3", "unit: 2").replace("/dev/rs485", "PORT")
ROOT_USER = User(0, frozenset({0}))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "machine").mkdir()
    return Tree(tmp_path / "machine")


def test_ports_are_told_with_the_sensors_that_are_configured_on_them(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.node("ttyUSB0").link(RADAR, "ttyUSB0").node("ttyACM0").link(COUNTER, "ttyACM0").node("ttyUSB1")
    assert show(EXAMPLE, tree.machine(), ROOT_USER) == 0
    printed = capsys.readouterr().out
    rows = {line.split()[0]: line for line in printed.splitlines()}
    assert "radar-quai (ld2450, 256000 baud)" in rows[f"/dev/{RADAR}"]
    assert "native, lines, 115200 baud" in rows[f"/dev/{COUNTER}"]
    assert rows["/dev/ttyUSB1"].endswith("nothing")
    assert "may be silent" not in printed


def test_a_modbus_line_is_told_with_its_units(tree: Tree, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree.node("ttyUSB0").node("ttyUSB1")
    here, gone = (COUNTER_OF_SEVERAL.replace("PORT", port) for port in ("/dev/ttyUSB0", "/dev/ttyUSB7"))
    folder = modbus_site(tmp_path, door=here, gate=here.replace("unit: 2", "unit: 1"), yard=gone)
    assert show(folder, tree.machine(), ROOT_USER) == 1
    printed = capsys.readouterr().out
    rows = {line.split()[0]: line for line in printed.splitlines()[:5] if line}
    assert rows["/dev/ttyUSB0"].endswith("modbus, units 1, 2, 9600 baud")
    assert rows["/dev/ttyUSB1"].endswith("nothing")
    assert rows["/dev/ttyUSB7"].endswith("modbus, unit 2, 9600 baud")
    assert "/dev/ttyUSB7 may be silent" in printed
    assert [port.port for port in plugged(tree.machine(), load(folder))] == ["/dev/ttyUSB1"]


def test_a_sensor_whose_port_is_not_there_is_bad(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.node("ttyACM0").link(COUNTER, "ttyACM0")
    assert show(EXAMPLE, tree.machine(), ROOT_USER) == 1
    assert f"/dev/{RADAR} may be silent:\n  it is not there" in capsys.readouterr().out


def test_two_sensors_on_one_port_by_two_names_are_bad(tree: Tree, tmp_path: Path) -> None:
    tree.node("ttyUSB0").link(RADAR, "ttyUSB0")
    folder = example(tmp_path, (f"/dev/{COUNTER}", "/dev/ttyUSB0"), file="devices.yaml")
    assert show(folder, tree.machine(), ROOT_USER) == 1


def test_the_same_as_json(tree: Tree, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree.pi().node("ttyS0").link("serial0", "ttyS0")
    folder = example(
        tmp_path, (f"/dev/{RADAR}", "/dev/serial0"), (f"/dev/{COUNTER}", "socket://10.0.0.9:4001"), file="devices.yaml"
    )
    assert show_json(folder, tree.machine(), ROOT_USER) == 1
    header, network = json.loads(capsys.readouterr().out)
    assert (header["port"], header["node"], header["at"]) == ("/dev/serial0", "/dev/ttyS0", "header pins 8 and 10")
    assert "mini-UART" in header["silent"][0]
    assert (network["port"], network["at"], network["silent"]) == ("socket://10.0.0.9:4001", "network", [])


def test_without_a_site_ports_are_listed_all_the_same(
    tree: Tree, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(tmp_path, tree.machine(), ROOT_USER) == 0
    assert show(tmp_path, tree.pi().node("ttyUSB0").machine(), User(54_321, frozenset())) == 0
    printed = capsys.readouterr()
    assert "No serial port is here." in printed.out
    assert "/dev/ttyUSB0 may be silent" in printed.out
    assert "The header of this Raspberry Pi has no serial port" in printed.out
    assert "what is configured is not known" in printed.err


def test_the_verb_lists_the_ports_of_this_machine(tmp_path: Path) -> None:
    ended = reverbere("serial", "list", "--json", "--config", tmp_path)
    assert ended.returncode == 0
    assert {line["port"] for line in json.loads(ended.stdout)} == {port.name for port in Machine().ports()}
