"""What every verb about the broker begins with: the site, its accounts, and the files that are there."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.cli.brokering.placing import GROUP, Draft, present
from gateway.cli.hints import of_broker
from gateway.configuration.build import load
from gateway.configuration.site import MqttSettings, Site
from gateway.mosquitto import acl, passwords
from gateway.mosquitto.accounts import Account, accounts, gateway
from gateway.mosquitto.errors import BrokerError
from gateway.mosquitto.settings import Files

READER = "mosquitto"
"""The group that mosquitto belongs to."""

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""What every machine calls itself."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """A site whose broker is a mosquitto of this machine, and the accounts of its devices."""

    folder: Path
    site: Site
    mqtt: MqttSettings
    files: Files
    accounts: tuple[Account, ...]

    def kept(self) -> dict[str, str]:
        """The password file as it is; empty before there is one."""
        return passwords.read((present(self.files.passwords) or b"").decode())

    def doors(self, kept: Mapping[str, str], told: str) -> list[Draft]:
        """The password file with these accounts, and the access file that belongs to it."""
        local = (present(self.files.local) or b"").decode()
        access = acl.written(gateway(self.site, self.accounts), self.accounts, kept, local)
        return [
            Draft(self.files.passwords, passwords.written(kept).encode(), GROUP, READER, told),
            Draft(self.files.access, access.encode(), GROUP, READER),
        ]


def grounds(folder: Path, mosquitto: Path) -> Grounds:
    """Read the site. Raises `ConfigurationError`, and `BrokerError` if its broker is not for us to set up."""
    site = load(folder)
    if site.mqtt is None:
        raise BrokerError(
            "expected a block  mqtt:  in site.yaml, found none: write  mqtt: {url: mqtt://127.0.0.1:1883}"
        )
    if site.mqtt.broker != "mosquitto":
        raise BrokerError(f"expected a mosquitto, found  broker: {site.mqtt.broker}  in site.yaml")
    return Grounds(folder, site, site.mqtt, Files(mosquitto.resolve()), accounts(site))


def set_up(found: Grounds) -> dict[str, str]:
    """The accounts of a broker that was set up. Raises `BrokerError` if it was not."""
    kept = found.kept()
    if not kept:
        setup = of_broker("reverbere broker setup", found.folder, found.files.folder)
        raise BrokerError(f"expected accounts in {found.files.passwords}, found none: {setup}")
    return kept


def names_of_this_machine() -> tuple[str, ...]:
    """The names and addresses by which devices and the gateway may call this machine."""
    host = socket.gethostname().partition(".")[0]
    found = [host, f"{host}.local", *LOOPBACK]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: it says which address the way out begins with
            found.append(probe.getsockname()[0])
        except OSError:
            pass  # no network yet: names must do
    return tuple(dict.fromkeys(found))
