"""Homie 5: devices that describe themselves in one JSON object."""

from collections.abc import Sequence

from firmware_sims.makes import homie
from firmware_sims.makes.make import written
from firmware_sims.said import Said


class _Five(homie.HomieDevice):
    """The description of version 5."""

    between = "5/"

    def description(self) -> Sequence[Said]:
        """One object, `$description`."""
        nodes = {
            node: {"name": name, "properties": {key: _described(known) for key, known in properties.items()}}
            for node, (name, properties) in self.nodes.items()
        }
        whole = {"homie": "5.0", "version": 7, "name": self.node.id, "nodes": nodes}
        return (Said(f"{self._own}/$description", written(whole), retain=True),)


def _described(known: homie.Property) -> dict[str, object]:
    said: dict[str, object] = {"name": known.name, "datatype": known.datatype}
    if known.unit:
        said["unit"] = known.unit
    if known.format:
        said["format"] = known.format
    if known.settable:
        said["settable"] = True
    return said


class Counter(_Five, homie.Counter):
    """A people counter."""


class Motion(_Five, homie.Motion):
    """A motion sensor."""


class Light(_Five, homie.Light):
    """A lamp."""
