"""BTHome v2: small Bluetooth sensors, as a gateway for Bluetooth passes them on.

An advertisement is sent several times, and the gateway passes on each that it hears: here two. Source: bthome.io,
"Format"; theengs.io for the object around it.
"""

from collections.abc import Sequence

from firmware_sims.makes.make import Node, SensorMake, written
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight

VERSION_2 = 0x40
PACKET, BATTERY, MOTION, COUNT = 0x00, 0x01, 0x21, 0x3E
HEARD = 2
"""How often an advertisement is heard."""


class _Beacon(SensorMake):
    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._packet = 0

    def _advertised(self, measured: bytes) -> Sequence[Said]:
        """Objects stand in the order of their ids."""
        self._packet = (self._packet + 1) % 256
        data = bytes([VERSION_2, PACKET, self._packet, BATTERY, 93]) + measured
        said = {
            "id": "A4:C1:38:00:00:01",
            "name": self.node.id,
            "rssi": -72,
            "servicedata": data.hex(),
            "servicedatauuid": "0000fcd2-0000-1000-8000-00805f9b34fb",
        }
        return (Said(self.node.address, written(said)),) * HEARD


class Counter(_Beacon):
    """A count that runs on."""

    habit = Habit.ROUNDS
    totals = True

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """The count in four bytes."""
        del clock
        return self._advertised(bytes([COUNT]) + (sight.total_in + sight.total_out).to_bytes(4, "little"))


class Motion(_Beacon):
    """A PIR."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Motion or none."""
        del clock
        return self._advertised(bytes([MOTION, int(sight.near > 0)]))
