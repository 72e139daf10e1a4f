"""Who listens to a topic, of many with many filters: found by the topic's levels, not one filter after the other."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from paho.mqtt.matcher import MQTTMatcher

T = TypeVar("T")


class Filters(Generic[T]):
    """Filters, and whose they are."""

    def __init__(self) -> None:
        self._of: dict[str, list[T]] = {}
        self._tree = MQTTMatcher()  # type: ignore[no-untyped-call]  # paho left this one out

    def add(self, whose: T, filters: Iterable[str]) -> None:
        """Take somebody's filters."""
        for each in filters:
            if each not in self._of:
                self._of[each] = []
                self._tree[each] = self._of[each]
            self._of[each].append(whose)

    def on(self, topic: str) -> Iterator[T]:
        """Whoever listens to a topic; twice who does by two filters."""
        for listening in self._tree.iter_match(topic):  # type: ignore[no-untyped-call]  # and this one
            yield from listening
