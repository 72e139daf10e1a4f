"""All that was described, found by topic and by address."""

from collections.abc import Iterable, Iterator
from typing import Final

from devices.convention import Malformed
from devices.conventions.homeassistant.entity import Entity

MOST: Final = 10_000
"""Entities that are remembered; a hundred of each of a hundred devices."""


class Registry:
    """Entities by the topic that described them, by the topics that concern them, and by their names."""

    def __init__(self) -> None:
        self._described: dict[str, tuple[Entity, ...]] = {}
        self._speaking: dict[str, dict[str, Entity]] = {}
        self._called: dict[str, dict[str, Entity]] = {}
        self._count = 0

    def put(self, topic: str, entities: tuple[Entity, ...]) -> None:
        """Take a description for the one before on its topic. Raises `Malformed` where there are too many."""
        before = self._described.pop(topic, ())
        self._count -= len(before)
        for entity in before:
            _remove(self._speaking, entity.topics | entity.commands, entity.path)
            _remove(self._called, _names(entity), entity.path)
        if self._count + len(entities) > MOST:
            raise Malformed(f"at most {MOST} described entities", "more", "config")
        self._count += len(entities)
        if entities:
            self._described[topic] = entities
        for entity in entities:
            for spoken in entity.topics | entity.commands:
                self._speaking.setdefault(spoken, {})[entity.path] = entity
            for name in _names(entity):
                self._called.setdefault(name, {})[entity.path] = entity

    def before(self, topic: str) -> tuple[Entity, ...]:
        """What the last description on a topic was."""
        return self._described.get(topic, ())

    def speaking(self, topic: str) -> Iterator[Entity]:
        """The entities that a topic concerns, those too that are told something there, in the order of their paths."""
        found = self._speaking.get(topic, {})
        return (found[path] for path in sorted(found))

    def called(self, address: str) -> list[Entity]:
        """The entities that an address means, in the order of their paths."""
        found = self._called.get(address, {})
        return [found[path] for path in sorted(found)]


def _names(entity: Entity) -> set[str]:
    return {entity.path, entity.own, *entity.names}


def _remove(index: dict[str, dict[str, Entity]], keys: Iterable[str], path: str) -> None:
    for key in keys:
        index.get(key, {}).pop(path, None)
        if not index.get(key, True):
            del index[key]
