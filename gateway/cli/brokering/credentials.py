"""`reverbere devices credentials`: a new password for a device, and what to flash."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from math import ceil
from pathlib import Path
from typing import Final

import typer

from devices.device import Device, DeviceId, Kind
from gateway.cli.brokering.certificates import COPY, server_names
from gateway.cli.brokering.grounds import Grounds, grounds, set_up
from gateway.cli.brokering.placing import changed, place, present
from gateway.cli.brokering.revocation import account_of
from gateway.cli.brokering.running import around, read_again
from gateway.cli.hints import of_broker
from gateway.cli.show import console, errors
from gateway.clock import SECOND
from gateway.mosquitto import passwords
from gateway.mosquitto.accounts import Account
from gateway.mosquitto.authority import kind_of
from gateway.mosquitto.errors import BrokerError
from gateway.mosquitto.existing import Listener, Text, told
from gateway.mosquitto.firmware import arduino, esphome, micropython, tasmota, words
from gateway.mosquitto.firmware.ticket import ALIVE, Ticket

WRITERS: Final[Mapping[str, Callable[[Ticket], str]]] = {
    "arduino": arduino.written,
    "micropython": micropython.written,
    "esphome": esphome.written,
    "tasmota": tasmota.written,
    "plain": words.written,
}
SPEAK: Final[Mapping[str, tuple[str, ...]]] = {
    "native": ("arduino", "micropython"),
    "esphome": ("esphome",),
    "tasmota": ("tasmota",),
}
"""Firmware that speaks a convention; for others there is `plain`."""


class UnknownFirmwareError(ValueError):
    """A firmware that there are no words for, or that does not speak the device's convention."""


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom, in the words of which firmware ("" for the usual one), by which name of the broker ("" for ours)."""

    name: str
    firmware: str
    server: str
    mosquitto: Path


def give(folder: Path, asked: Asked, *, ask: bool) -> None:
    """Give an account a new password, let mosquitto know, and print what to flash; all else is said on stderr.

    A bridge's account gets one only by its own name: a device behind it has none, and nothing is done.
    The password is kept nowhere but in the device: mosquitto has only its hash. Raises `ConfigurationError`,
    `UnknownNameError`, `UnknownFirmwareError`, and `BrokerError` where the broker was not set up.
    """
    found = grounds(folder, asked.mosquitto)
    kept, account = set_up(found), account_of(found, asked.name)
    if asked.name != account.name and account.name not in account.devices:
        _tell_bridge(found, asked.name, account)
        return
    device = _device(found, account, asked.name)
    firmware = _firmware(device, asked.firmware)
    password = passwords.drawn()
    text = WRITERS[firmware](_ticket(found, account, device, _reached(found, firmware, asked.server), password))
    if ask and account.name in kept:
        typer.confirm(f"{account.name} has a password; a new one shuts it out until it is flashed. Go on?", abort=True)
    suffix = place(changed(found.doors({**kept, account.name: passwords.hashed(password)}, "")))
    errors.print(f"{account.name} has a new password; the old files are kept as .{suffix}.", markup=False)
    errors.print(
        f"{read_again(around(found.files)).words}. The password is shown this once and kept nowhere:", markup=False
    )
    sys.stdout.write(text)


def _tell_bridge(found: Grounds, name: str, account: Account) -> None:
    """Say whose password it is: another one would shut all out that are behind the bridge."""
    console.print(f"{name} is behind {account.name}, which has its account: nothing to flash.", markup=False)
    new = of_broker(f"reverbere devices credentials {account.name}", found.folder, found.files.folder)
    console.print(f"A new password for {account.name}, and all behind it:  {new}", markup=False)


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a device finds the broker, and by which certificate it knows it ("" without TLS)."""

    host: str
    port: int
    authority: str


def _ticket(found: Grounds, account: Account, device: Device, where: Reached, password: str) -> Ticket:
    level = device.options.get("failure_level")
    return Ticket(
        found.site.id,
        account.name,
        password,
        where.host,
        where.port,
        where.authority,
        device,
        max(ALIVE * found.site.refresh // SECOND, 1),
        ceil(level) if isinstance(level, int | float) else 100,
    )


def _device(found: Grounds, account: Account, name: str) -> Device:
    """The device that was named; of a bridge's account the first, and of a program's, which has none, itself."""
    if not account.devices:
        return Device(DeviceId(account.name), Kind.SENSOR, found.mqtt.name, "", account.name)
    named = found.site.device(name)
    if named is not None and named.id in account.devices:
        return named
    return next(device for device in found.site.devices if device.id == account.devices[0])


def _firmware(device: Device, wished: str) -> str:
    offered = (*SPEAK.get(device.convention, ()), "plain")
    if wished and wished not in offered:
        raise UnknownFirmwareError(
            f'expected {" or ".join(offered)} for {device.id}, which speaks {device.convention}, found "{wished}"'
        )
    return wished or offered[0]


def _reached(found: Grounds, firmware: str, server: str) -> Reached:
    """The listener for a firmware: the one without TLS where there is one and the firmware is Tasmota's."""
    setup = of_broker("reverbere broker setup", found.folder, found.files.folder)
    text = (present(found.files.settings) or b"").decode(errors="replace")
    ours = [each for each in told([Text("reverbere.conf", text)]).listeners if "acl_file" in each.says]
    secure = next((each for each in ours if "certfile" in each.says), None)
    plain = next((each for each in ours if "certfile" not in each.says), None)
    if secure is None:
        raise BrokerError(f"expected a listener with TLS in {found.files.settings}, found none: {setup}")
    names = server_names(found.files)
    if firmware == "tasmota" and plain is not None:
        here = _usual(names) if plain.where.everywhere else plain.where.address
        return Reached(server or here, plain.where.port, "")
    if server and server not in names:
        raise BrokerError(
            f"expected a name that the broker's certificate has ({', '.join(names)}), found {server}: "
            f"{setup} --name {server} --name ..."
        )
    if firmware == "tasmota" and kind_of(present(found.files.key) or b"") != "rsa":
        raise BrokerError(
            f"expected an RSA key, the only one that Tasmota's TLS knows, found another in {found.files.key}: "
            f"{setup} --rsa, or --plain ADDRESS:PORT for a listener without TLS"
        )
    return Reached(server or _host(secure, names), secure.where.port, (present(found.folder / COPY) or b"").decode())


def _host(listener: Listener, names: tuple[str, ...]) -> str:
    return listener.where.address if listener.where.address in names else _usual(names)


def _usual(names: tuple[str, ...]) -> str:
    """The name that most devices understand: an address on the network, else a name of it."""
    return min(names, key=_rank)


def _rank(name: str) -> int:
    try:
        address = ip_address(name)
    except ValueError:
        return 1 if name.endswith(".local") else 3 if name == "localhost" else 2
    return 4 if address.is_loopback else 0
