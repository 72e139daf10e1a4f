"""The parts of an uplink that every network server has, and how they are understood."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from devices.convention import Heard, Malformed
from devices.device import Device
from devices.hearing import Hearing
from devices.lorawan.cayenne import fields, hear_fields
from devices.lorawan.decoded import hear_decoded
from devices.message import Message
from devices.payload import Tree, shown
from devices.reading import Quantity


@dataclass(frozen=True, slots=True)
class Uplink:
    """When it was received, its bytes in base64, what a decoder made of them, and how well gateways heard it."""

    time: Tree
    data: Tree
    decoded: Tree
    gateways: Tree


def hear_uplink(message: Message, device: Device, uplink: Uplink) -> Iterator[Heard]:
    """Say what an uplink means: what its decoder made of it, else its bytes as Cayenne LPP.

    Raises `Malformed` after the good parts, also for bytes that are neither decoded nor Cayenne LPP.
    """
    hearing = Hearing(message, device, uplink.time if isinstance(uplink.time, str) else None)
    if isinstance(uplink.decoded, dict) and uplink.decoded:
        hear_decoded(hearing, uplink.decoded)
    elif isinstance(uplink.data, str) and uplink.data:
        _bytes(hearing, uplink.data, device)
    levels = [level for level in _levels(uplink.gateways) if level < 0]
    if levels:
        hearing.say(Quantity.RSSI, max(levels), "rssi")
    yield from hearing.heard()


def _bytes(hearing: Hearing, data: str, device: Device) -> None:
    measures = device.options.get("measures", ())
    try:
        payload = fields(b64decode(data, validate=True))
    except ValueError:
        expected = (
            "an uplink with a decoded object, or bytes of Cayenne LPP; set a decoder for it in the network server"
        )
        hearing.complain(Malformed(expected, f"bytes that are neither: {shown(data)}"), "payload")
        return
    hear_fields(hearing, payload, frozenset(measures) if isinstance(measures, tuple) else frozenset())


def _levels(gateways: Tree) -> Iterator[float]:
    for gateway in gateways if isinstance(gateways, list) else ():
        level = gateway.get("rssi") if isinstance(gateway, Mapping) else None
        if isinstance(level, int | float) and not isinstance(level, bool):
            yield level
