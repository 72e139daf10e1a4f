"""Homie 4.0: devices that describe themselves attribute by attribute."""

from collections.abc import Iterator, Sequence

from firmware_sims.makes import homie
from firmware_sims.said import Said


class _Four(homie.HomieDevice):
    """The description of version 4."""

    def description(self) -> Sequence[Said]:
        """One topic an attribute: of the device, of its nodes, of their properties."""
        return tuple(self._attribute(name, said) for name, said in self._attributes())

    def _attributes(self) -> Iterator[tuple[str, str]]:
        yield from (("$homie", "4.0.0"), ("$name", self.node.id), ("$extensions", ""))
        yield "$nodes", ",".join(self.nodes)
        for node, (name, properties) in self.nodes.items():
            yield from ((f"{node}/$name", name), (f"{node}/$type", node))
            yield f"{node}/$properties", ",".join(properties)
            for key, known in properties.items():
                yield from ((f"{node}/{key}/$name", known.name), (f"{node}/{key}/$datatype", known.datatype))
                if known.unit:
                    yield f"{node}/{key}/$unit", known.unit
                if known.format:
                    yield f"{node}/{key}/$format", known.format
                if known.settable:
                    yield f"{node}/{key}/$settable", "true"


class Counter(_Four, homie.Counter):
    """A people counter."""


class Motion(_Four, homie.Motion):
    """A motion sensor."""


class Light(_Four, homie.Light):
    """A lamp."""
