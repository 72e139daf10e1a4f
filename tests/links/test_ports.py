"""The serial ports of machines that are trees of files, and why each may be silent."""

import os
from pathlib import Path

import pytest

from gateway.links.ports import Machine, Port, User, myself

ROOT_USER = User(0, frozenset({0}))
STRANGER = User(54_321, frozenset())
DIALOUT = 20
"""Its number on Debian."""


class Tree:
    """A machine made of files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.node("null")

    def node(self, name: str, mode: int = 0o660) -> "Tree":
        (self.root / "dev").mkdir(exist_ok=True)
        file = self.root / "dev" / name
        file.touch()
        file.chmod(mode)
        return self

    def link(self, name: str, target: str) -> "Tree":
        path = self.root / "dev" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(os.path.relpath(self.root / "dev" / target, path.parent))
        return self

    def file(self, name: str, text: str = "") -> "Tree":
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return self

    def pi(self, model: str = "Raspberry Pi 4 Model B Rev 1.4\0") -> "Tree":
        return self.file("proc/device-tree/model", model)

    def port(self) -> Port:
        (port,) = self.machine().ports()
        return port

    def machine(self) -> Machine:
        return Machine(self.root)

    def silence(self, user: User = ROOT_USER) -> list[str]:
        return list(self.machine().silence(self.port(), user))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_a_port_is_named_by_its_id_then_by_its_path_then_by_its_node(tree: Tree) -> None:
    tree.node("ttyUSB0").link("serial/by-id/usb-X-port0", "ttyUSB0").link("serial/by-path/pci-1", "ttyUSB0")
    tree.node("ttyUSB1").link("serial/by-path/pci-2", "ttyUSB1").node("ttyACM0").node("tty1")
    assert [(port.name, port.node, port.at) for port in tree.machine().ports()] == [
        ("/dev/serial/by-id/usb-X-port0", "/dev/ttyUSB0", "USB"),
        ("/dev/serial/by-path/pci-2", "/dev/ttyUSB1", "USB"),
        ("/dev/ttyACM0", "/dev/ttyACM0", "USB"),
    ]


def test_a_name_that_points_nowhere_is_no_port(tree: Tree) -> None:
    tree.link("serial/by-id/usb-gone", "ttyUSB7")
    assert tree.machine().ports() == []
    assert tree.machine().node("/dev/serial/by-id/usb-gone") == ""


def test_a_node_that_nobody_lists_is_told_where_it_is_configured(tree: Tree) -> None:
    tree.node("ttyS1")
    assert tree.machine().ports() == []
    assert [port.name for port in tree.machine().ports(["/dev/ttyS1"])] == ["/dev/ttyS1"]


@pytest.mark.parametrize(
    ("links", "at"),
    [
        ({"serial0": "ttyS0", "serial1": "ttyAMA0"}, {"ttyS0": "header pins 8 and 10", "ttyAMA0": "Bluetooth"}),
        ({"serial0": "ttyAMA0"}, {"ttyAMA0": "header pins 8 and 10"}),
        ({"serial0": "ttyAMA10"}, {"ttyAMA10": "debug connector", "ttyAMA0": "header pins 8 and 10"}),
    ],
)
def test_the_pins_of_the_header_are_found_on_each_model(tree: Tree, links: dict[str, str], at: dict[str, str]) -> None:
    tree.pi()
    for node in at:
        tree.node(node)
    for name, target in links.items():
        tree.link(name, target)
    assert {port.node.removeprefix("/dev/"): port.at for port in tree.machine().ports()} == at
    assert not tree.machine().lacks_header_port()


def test_a_header_without_a_port_is_told_on_a_pi_only(tree: Tree) -> None:
    assert not tree.machine().lacks_header_port()
    assert tree.pi().machine().lacks_header_port()


# --------------------------------------------------------------------------------------------------- why it is silent
def test_a_port_of_a_group_that_one_is_not_in_says_how_to_join(tree: Tree) -> None:
    file = tree.node("ttyUSB0").root / "dev/ttyUSB0"
    if os.geteuid() == 0:
        os.chown(file, STRANGER.uid + 1, DIALOUT)
    found = file.stat()
    (why,) = tree.silence(STRANGER)
    assert "sudo usermod -aG" in why
    assert tree.silence(User(STRANGER.uid, frozenset({found.st_gid}))) == []
    assert tree.silence(User(found.st_uid, frozenset())) == []
    assert tree.silence(ROOT_USER) == tree.silence(myself()) == []
    file.chmod(0o060)
    assert tree.silence(User(found.st_uid, frozenset())) or found.st_uid == 0


def test_a_port_that_only_its_owner_may_read_says_so(tree: Tree) -> None:
    tree.node("ttyUSB0", 0o600)
    (why,) = tree.silence(User(54_321, frozenset({os.getgid()})))
    assert "ls -l /dev/ttyUSB0" in why


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("proc/cmdline", "root=/dev/mmcblk0p2 console=serial0,115200 console=tty1"),
        ("proc/cmdline", "console=ttyAMA0\n"),
        ("etc/systemd/system/getty.target.wants/serial-getty@ttyAMA0.service", ""),
        ("run/systemd/generator/getty.target.wants/serial-getty@serial0.service", ""),
    ],
)
def test_a_login_console_on_a_port_is_found(tree: Tree, file: str, text: str) -> None:
    tree.node("ttyAMA0").link("serial0", "ttyAMA0")
    tree.file("proc/cmdline", "console=tty1 quiet consoleblank=0")
    assert tree.silence() == []
    tree.file(file, text)
    (why,) = tree.silence()
    assert "a login console is on it" in why
    assert "serial-getty@ttyAMA0" in why


def test_the_mini_uart_of_a_pi_is_told_and_the_same_node_of_a_pc_is_not(tree: Tree) -> None:
    tree.node("ttyS0").link("serial0", "ttyS0")
    assert tree.silence() == []
    tree.pi()
    (why,) = tree.silence()
    assert "dtoverlay=disable-bt" in why


def test_the_debug_connector_of_a_pi_5_is_not_the_header(tree: Tree) -> None:
    tree.pi("Raspberry Pi 5 Model B Rev 1.0\0").node("ttyAMA10").link("serial0", "ttyAMA10")
    (why,) = tree.silence()
    assert "/dev/ttyAMA0" in why
    assert tree.machine().lacks_header_port()


def test_a_port_that_was_unplugged_meanwhile_is_told(tree: Tree) -> None:
    machine, port = tree.node("ttyUSB0").machine(), tree.port()
    (tree.root / "dev/ttyUSB0").unlink()
    (why,) = machine.silence(port, ROOT_USER)
    assert "cannot be looked at" in why
