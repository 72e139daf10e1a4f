"""Whether a device is there, of the words on one topic or several."""

from collections.abc import Sequence

from devices.conventions.homeassistant.entity import Entity
from devices.conventions.homeassistant.registry import MOST
from devices.conventions.homeassistant.template import Said
from devices.message import Message


class Whereabouts:
    """What each topic of availability said last, of each entity."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], bool] = {}

    def hear(self, message: Message, said: Said, its: Sequence[Entity]) -> bool | None:
        """Learn a word; whether the device is there by it, None if that is still open. Raises `Malformed`.

        A device is there while one of its entities is, and gone when all are.
        """
        answers = [self._hear(message, said, entity) for entity in its if entity.availability]
        return None if not answers or (None in answers and True not in answers) else any(answers)

    def _hear(self, message: Message, said: Said, entity: Entity) -> bool | None:
        latest: bool | None = None
        for presence in entity.availability:
            if presence.topic == message.topic:
                online = presence.online(said)
                if online is not None:
                    if len(self._said) >= MOST:
                        self._said.clear()
                    self._said[entity.path, presence.topic] = latest = online
        words = [self._said.get((entity.path, presence.topic)) for presence in entity.availability]
        if entity.mode == "latest":
            return latest if latest is not None else next((word for word in words if word is not None), None)
        decisive = entity.mode == "any"
        if decisive in words:
            return decisive
        return None if None in words else not decisive
