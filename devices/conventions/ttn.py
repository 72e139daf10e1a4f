"""The Things Stack, version 3: uplinks of LoRaWAN sensors over its MQTT server.

A device's address is its device id. One pedestrian: one that a people counter counted, by the names that its decoder
gives them: `total` and `count` by direction are running totals, `period` and `people` by direction are those since the
last uplink; a number of people without a direction is occupancy. PIR, motion and occupancy as a word or a truth are
presence. What it cannot see: how long a period was, since uplinks get lost; lamps, which nobody can tell in time over
LoRaWAN; bytes without a decoder that are not Cayenne LPP. A field that is 0 or false may be left out by the server.

Source: The Things Industries, "MQTT Server" and "Data Formats".
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.device import Device
from devices.hearing import announce
from devices.light import LightCommand
from devices.lorawan.uplink import Uplink, hear_uplink
from devices.message import Message
from devices.payload import an_object, shown

NAME = "ttn"


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - a network server knows no site
    """Build the convention for the devices of the applications behind one broker."""
    return TheThingsStack(devices)


class TheThingsStack:
    """Knows devices by their device ids."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = {device.address: device for device in devices}

    def topics(self) -> frozenset[str]:
        """Give the topics of the devices' uplinks, in whichever application they are."""
        return frozenset(f"v3/+/devices/{address}/up" for address in self._devices)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what an uplink means. Raises `Malformed` after the good parts."""
        match message.topic.split("/"):
            case ["v3", _, "devices", address, "up"]:
                yield from self._hear(message, address)
            case ["v3", _, "devices", _, *_]:
                return
            case _:
                raise Malformed("v3/APPLICATION/devices/DEVICE/up", shown(message.topic), "topic")

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: no lamp is told over LoRaWAN."""
        raise KeyError(command.lamp)

    def _hear(self, message: Message, address: str) -> Iterator[Heard]:
        said = an_object(message.payload)
        inner = said.get("uplink_message")
        if not isinstance(inner, dict):
            raise Malformed('an "uplink_message"', shown(said))
        time = inner.get("received_at", said.get("received_at"))
        uplink = Uplink(time, inner.get("frm_payload"), inner.get("decoded_payload"), inner.get("rx_metadata"))
        device = self._devices.get(address)
        if device is None:
            yield from announce(NAME, address, lambda stand_in: hear_uplink(message, stand_in, uplink))
        else:
            yield from hear_uplink(message, device, uplink)
