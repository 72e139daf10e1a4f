"""`reverbere serial list`: the serial ports, what is configured on them, and why one may be silent."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from devices.convention import RADARS
from gateway.cli.show import as_json, console, errors, table
from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.site import ModbusSettings, SerialSettings, Site
from gateway.links.delivery import LinkDown
from gateway.links.listening import Spoken, listen
from gateway.links.ports import Machine, Port, User

WHY_NOT = "it is not there: is the sensor plugged in, and is this the name that it has now?"
NO_HEADER = (
    "The header of this Raspberry Pi has no serial port: sudo raspi-config, Interface Options, Serial Port: no shell, "
    "hardware on."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A port as it is shown: `configured` are the sensors and how they are read, `silent` the reasons for silence.

    `speaks` is what was heard there, in words; "" where nobody listened.
    """

    port: str
    node: str
    at: str
    configured: tuple[str, ...]
    silent: tuple[str, ...]
    speaks: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether a sensor is waited for that may not be heard."""
        return bool(self.configured and self.silent)


def show(folder: Path, machine: Machine, user: User, seconds: float | None = None) -> int:
    """Print it for people; 1 if a port that is configured may be silent, else 0.

    With `seconds`, each port that nobody holds is listened to for so long at each speed.
    """
    lines = _heard(examine(machine, user, _site(folder)), seconds)
    if lines:
        rows = [(line.port, line.node, line.at, "; ".join(line.configured) or "nothing") for line in lines]
        table(("port", "node", "where", "configured"), rows)
    else:
        console.print("No serial port is here.", markup=False)
    for line in lines:
        if line.speaks:
            console.print(f"\n{line.port} speaks:\n  {line.speaks}", markup=False)
        for why in line.silent:
            console.print(f"\n{line.port} may be silent:\n  {why}", markup=False)
    if machine.lacks_header_port():
        console.print(f"\n{NO_HEADER}", markup=False)
    return int(any(line.is_bad for line in lines))


def show_json(folder: Path, machine: Machine, user: User, seconds: float | None = None) -> int:
    """Print a JSON array for programs; 1 if a port that is configured may be silent, else 0."""
    lines = _heard(examine(machine, user, _site(folder)), seconds)
    as_json([asdict(line) for line in lines])
    return int(any(line.is_bad for line in lines))


def examine(machine: Machine, user: User, site: Site | None) -> list[Line]:
    """Say of each port, and of each line of the site without one, what is there."""
    return list(_lines(machine, user, _Sensors(site)))


def _heard(lines: list[Line], seconds: float | None) -> list[Line]:
    if seconds is None:
        return lines
    heard = listened([line.port for line in lines if line.at != "missing"], seconds)
    return [replace(line, speaks=in_words(heard[line.port]) if line.port in heard else "") for line in lines]


def listened(ports: Sequence[str], seconds: float) -> dict[str, Spoken | LinkDown]:
    """What speaks on each of some ports, or why one cannot be listened to; all at the same time. Blocks."""
    with ThreadPoolExecutor(max_workers=max(1, len(ports))) as pool:
        return dict(zip(ports, pool.map(lambda port: _spoken(port, seconds), ports), strict=True))


def _spoken(port: str, seconds: float) -> Spoken | LinkDown:
    try:
        return listen(port, seconds)
    except LinkDown as down:
        return down


def in_words(spoken: Spoken | LinkDown) -> str:
    """What speaks on a port, for people."""
    if isinstance(spoken, LinkDown):
        return f"it cannot be listened to, most likely because a program holds it: {spoken}"
    found = spoken.guess
    if found.framing:
        how = f"{found.framing} at {spoken.baud} baud: {found.good} good frames, {found.bad} bad"
        return f"{how}; write  {', '.join(f'{key}: {value}' for key, value in keys_of(spoken).items())}"
    if found.text:
        return f'text that is no JSON, at {spoken.baud} baud: "{found.text}"'
    if spoken.bytes:
        return f"{spoken.bytes} bytes that no framing fits: another speed, an inverted line, or a make of its own"
    return "nothing: it is silent, or asks to be asked (Modbus), or its TX is not on our RX"


def keys_of(spoken: Spoken) -> dict[str, str]:
    """The keys by which a sensor is read as it speaks; none where no framing fits."""
    framing = spoken.guess.framing
    if not framing:
        return {}
    how = {"convention": framing} if framing in RADARS else {"convention": "native", "framing": framing}
    return {**how, "baud": f"{spoken.baud}"}


class _Sensors:
    """The sensors of a site by their lines."""

    def __init__(self, site: Site | None) -> None:
        self.lines: tuple[SerialSettings | ModbusSettings, ...] = () if site is None else site.serials + site.modbus
        self._devices = {} if site is None else {device.link: device for device in site.devices}

    def on(self, line: SerialSettings | ModbusSettings) -> str:
        """The sensor on a line, or the units that are asked there, and how it is read."""
        if isinstance(line, ModbusSettings):
            numbers = sorted(unit.number for unit in line.units)
            return (
                f"modbus, {'unit' if len(numbers) == 1 else 'units'} {', '.join(map(str, numbers))}, {line.baud} baud"
            )
        device = self._devices[line.name]
        spoken = dict.fromkeys((device.convention, line.framing))
        return f"{device.id} ({', '.join(spoken)}, {line.baud} baud)"


def _lines(machine: Machine, user: User, sensors: _Sensors) -> Iterator[Line]:
    nodes = {line: machine.node(line.port) for line in sensors.lines}
    for port in machine.ports(tuple(filter(None, nodes.values()))):
        here = tuple(sensors.on(line) for line, node in nodes.items() if node == port.node)
        yield Line(port.name, port.node, port.at, here, tuple(_silence(machine, user, port, here)))
    for line, node in nodes.items():
        if not line.port.startswith("/"):
            yield Line(line.port, "", "network", (sensors.on(line),), ())
        elif not node:
            yield Line(line.port, "", "missing", (sensors.on(line),), (WHY_NOT,))


def _silence(machine: Machine, user: User, port: Port, configured: tuple[str, ...]) -> Iterator[str]:
    yield from machine.silence(port, user)
    if len(configured) > 1:
        yield "two lines are configured on it, by two of its names: each takes bytes of the other"


def _site(folder: Path) -> Site | None:
    """The site, if there is one: ports can be listed without."""
    try:
        return load(folder)
    except ConfigurationError:
        errors.print(f"No good site in {folder}/ (reverbere check): what is configured is not known.", markup=False)
        return None
