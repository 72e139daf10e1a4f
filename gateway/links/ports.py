"""The serial ports of a machine, and why one of them may be silent although something is wired to it."""

import grp
import os
import pwd
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

REAL = ("ttyUSB*", "ttyACM*", "ttyAMA*")
"""Nodes that are only there with their hardware; a ttyS0 may have none, and counts where a name points to it."""

NAMES = ("serial/by-id/*", "serial/by-path/*", "serial0", "serial1")
"""Names that stay when nodes change, the best first (udev; Raspberry Pi OS: serial0 is on the header's pins)."""

GETTY = ("etc/systemd/system/getty.target.wants", "run/systemd/generator/getty.target.wants")
"""Where systemd keeps the login consoles that were enabled, and those that it made of the kernel's console."""

HEADER, BLUETOOTH, DEBUG, USB, ELSEWHERE = "header pins 8 and 10", "Bluetooth", "debug connector", "USB", "board"
MINI_UART, FULL_UART, DEBUG_UART = "ttyS0", "ttyAMA0", "ttyAMA10"
READ_WRITE = 0o6


@dataclass(frozen=True, slots=True)
class User:
    """Who wants to read: user and groups by their numbers."""

    uid: int
    groups: frozenset[int]


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port: its node such as /dev/ttyUSB0, the names that point to it, the best first, and where it is."""

    node: str
    names: tuple[str, ...]
    at: str

    @property
    def name(self) -> str:
        """How to write it into a file: a name that stays if there is one."""
        return self.names[0] if self.names else self.node


class Machine:
    """A machine's files under `root`, which is / unless a test made a tree of its own."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root.resolve()
        self._pi = "Raspberry Pi" in self._text("proc/device-tree/model")

    def ports(self, known: Sequence[str] = ()) -> list[Port]:
        """List the ports that there are, those with a name that stays first, and last the nodes `known` beside them."""
        named: dict[str, list[str]] = {}
        for pattern in NAMES:
            for link in sorted((self._root / "dev").glob(pattern)):
                if node := self.node(self._shown(link)):
                    named.setdefault(node, []).append(self._shown(link))
        for pattern in REAL:
            for path in sorted((self._root / "dev").glob(pattern)):
                named.setdefault(self._shown(path), [])
        named |= {node: [] for node in known if node not in named}
        return [Port(node, tuple(names), self._at(node, names)) for node, names in named.items()]

    def node(self, port: str) -> str:
        """Say which node a port's name points to; "" if it points nowhere."""
        path = (self._root / port.lstrip("/")).resolve()
        return self._shown(path) if path.exists() and path.is_relative_to(self._root) else ""

    def lacks_header_port(self) -> bool:
        """Whether this is a Raspberry Pi whose header has no serial port, because nobody switched it on."""
        return self._pi and all(port.at != HEADER for port in self.ports())

    def silence(self, port: Port, user: User) -> Iterator[str]:
        """Say why a port may be silent, and what to do: not ours to read, a login console, a UART that drifts."""
        yield from self._forbidden(port, user)
        if self._is_console(port):
            yield (
                "a login console is on it, which takes what comes and answers: sudo raspi-config, Interface Options, "
                f"Serial Port: no shell, hardware on; elsewhere take console= out of the kernel's command line and "
                f"sudo systemctl disable --now serial-getty@{Path(port.node).name}"
            )
        if self._pi and port.node == f"/dev/{MINI_UART}" and port.at != BLUETOOTH:
            yield (
                "it is the mini-UART, whose speed follows the core clock: dtoverlay=disable-bt in "
                "/boot/firmware/config.txt, restart, and the pins have the full one"
            )
        if port.at == DEBUG:
            yield "on a Pi 5 the pins of the header are another port: dtparam=uart0=on, restart, then /dev/ttyAMA0"

    def _forbidden(self, port: Port, user: User) -> Iterator[str]:
        try:
            found = (self._root / port.node.lstrip("/")).stat()
        except OSError as error:
            yield f"it cannot be looked at: {error.strerror}"
            return
        ours = 6 if user.uid == found.st_uid else 3 if found.st_gid in user.groups else 0
        if user.uid == 0 or found.st_mode >> ours & READ_WRITE == READ_WRITE:
            return
        name, group = _user_name(user.uid), _group_name(found.st_gid)
        if found.st_mode >> 3 & READ_WRITE == READ_WRITE and found.st_gid != 0:
            yield f"{name} is not in its group {group}: sudo usermod -aG {group} {name}, then log in anew"
        else:
            yield f"{name} may not read and write it, nor may its group {group}: ls -l {port.node}"

    def _is_console(self, port: Port) -> bool:
        """Whether the kernel writes there, or somebody may log in there."""
        names = {Path(name).name for name in (port.node, *port.names)}
        words = self._text("proc/cmdline").split()
        consoles = {word.removeprefix("console=").split(",")[0] for word in words if word.startswith("console=")}
        getty = (self._root / folder / f"serial-getty@{name}.service" for folder in GETTY for name in names)
        return bool(names & consoles) or any(map(os.path.lexists, getty))

    def _at(self, node: str, names: list[str]) -> str:
        if node.startswith(("/dev/ttyUSB", "/dev/ttyACM")):
            return USB
        if self._pi and node == f"/dev/{DEBUG_UART}":
            return DEBUG
        if "/dev/serial0" in names or (self._pi and node == f"/dev/{FULL_UART}" and "/dev/serial1" not in names):
            return HEADER
        return BLUETOOTH if "/dev/serial1" in names else ELSEWHERE

    def _shown(self, path: Path) -> str:
        return f"/{path.relative_to(self._root)}"

    def _text(self, path: str) -> str:
        """The text of a file of the kernel; "" where there is none."""
        try:
            return (self._root / path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def myself() -> User:
    """Who asks."""
    return User(os.geteuid(), frozenset((os.getegid(), *os.getgroups())))


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
