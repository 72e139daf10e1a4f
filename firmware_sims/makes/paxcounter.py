"""ESP32-Paxcounter: how many telephones are near. Everybody carries one here, with Wi-Fi on.

Source: cyberman54/ESP32-Paxcounter, README, "Payload format" (port 1, packed).
"""

from collections.abc import Sequence

from firmware_sims.makes.make import SensorMake
from firmware_sims.said import Said
from firmware_sims.sight import Sight

COUNTS = b"1/"
"""The port of the counts, before the bytes."""


class Paxcounter(SensorMake):
    """One that listens to Wi-Fi only."""

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """A number of two bytes, the low one first."""
        del clock
        return (Said(self.node.address, COUNTS + sight.near.to_bytes(2, "little")),)
