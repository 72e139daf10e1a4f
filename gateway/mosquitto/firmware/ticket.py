"""What a device must know to reach the broker."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from devices.device import Device, Kind

ALIVE = 3
"""Orders that a lamp may miss before it takes its own failure level."""


class _Marked(Template):
    """Templates whose marks no language of a device has: @NAME@ would be one, so `@{NAME}`."""

    delimiter = "@"


@dataclass(frozen=True, slots=True)
class Ticket:
    """An account with its password, where the broker is, and by which certificate it is known ("" without TLS).

    `silence` is how many seconds without an order a lamp bears, `level` what it then takes, in whole per cent.
    """

    site: str
    account: str
    password: str
    host: str
    port: int
    authority: str
    device: Device
    silence: int = 180
    level: int = 100

    @property
    def lamp(self) -> bool:
        """Whether the device gives light."""
        return self.device.kind is Kind.LUMINAIRE

    @property
    def counts(self) -> bool:
        """Whether the device counts people."""
        measures = self.device.options.get("measures", ())
        return isinstance(measures, tuple) and any(str(each).startswith("pedestrians") for each in measures)


def filled(template: str, marks: Mapping[str, object]) -> str:
    """A template of this package, filled. Raises `KeyError` for a mark without a value."""
    text = files("gateway.mosquitto.firmware").joinpath(template).read_text(encoding="utf-8")
    return _Marked(text).substitute(marks)


def marks(ticket: Ticket) -> dict[str, object]:
    """What the templates of native devices are filled with."""
    kind = "lamp" if ticket.lamp else "sensor"
    return {
        "ACCOUNT": ticket.account,
        "ID": ticket.device.id,
        "PASSWORD": ticket.password,
        "HOST": ticket.host,
        "PORT": ticket.port,
        "TOPIC": f"reverbere/{ticket.site}/{kind}/{ticket.device.address}",
        "FAILURE": ticket.level,
        "SILENCE": ticket.silence,
    }
