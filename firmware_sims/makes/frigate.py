"""Frigate: how many persons a camera sees. Source: docs.frigate.video, "MQTT"."""

from collections.abc import Sequence

from firmware_sims.makes.make import Node, SensorMake
from firmware_sims.said import Said
from firmware_sims.sight import Sight


class Camera(SensorMake):
    """One camera of an installation."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._base = node.base or "frigate"

    def will(self) -> Said:
        """Frigate is away."""
        return Said(f"{self._base}/available", b"offline", retain=True)

    def births(self, clock: int) -> Sequence[Said]:
        """Frigate runs."""
        del clock
        return (Said(f"{self._base}/available", b"online", retain=True),)

    def farewell(self, clock: int) -> Said:
        """Frigate stops."""
        del clock
        return Said(f"{self._base}/available", b"stopped", retain=True)

    def say(self, sight: Sight, clock: int) -> Sequence[Said]:
        """Persons in the picture."""
        del clock
        return (Said(f"{self._base}/{self.node.address}/person", str(sight.near).encode()),)
