"""What simulated devices know to be true: the figures that a gateway's record is held against."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Testimony:
    """What one device knows of itself.

    `people` are those it reported; for a radar, `estimated` is how many passed its counting line, whatever a gateway
    makes of its frames. `messages` were made (of a radar: frames written, whole), `unacknowledged` wait for the broker,
    `lost` did not fit into the outbox or the serial line. `boot` and `seq` are those of the last message.
    """

    device: str
    people: int | None = None
    estimated: int | None = None
    messages: int = 0
    damaged: int = 0
    unacknowledged: int = 0
    lost: int = 0
    people_lost: int = 0
    boot: str = ""
    seq: int = -1
    energy_wh: float | None = None
    always_on_wh: float | None = None
    commands: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Truth:
    """What all devices know together."""

    testimonies: tuple[Testimony, ...] = field(default=())

    @property
    def people_sensed(self) -> dict[str, int]:
        """People reported by each counter, by its id."""
        return {each.device: each.people for each in self.testimonies if each.people is not None}

    @property
    def people_estimated(self) -> dict[str, int]:
        """People who passed the counting line of each radar, by its id."""
        return {each.device: each.estimated for each in self.testimonies if each.estimated is not None}

    @property
    def messages_sent(self) -> int:
        """Messages, lines and frames made by all devices."""
        return sum(each.messages for each in self.testimonies)

    @property
    def last_numbers(self) -> dict[str, tuple[str, int]]:
        """The last (boot, seq) of each device that numbers its messages, by its id."""
        return {each.device: (each.boot, each.seq) for each in self.testimonies if each.seq >= 0}

    @property
    def energy_wh(self) -> float:
        """Sum of the lamps' meters."""
        return _total(each.energy_wh for each in self.testimonies)

    @property
    def always_on_wh(self) -> float:
        """Sum of what the lamps' meters would show had they been at 100 % whenever they were to be lit."""
        return _total(each.always_on_wh for each in self.testimonies)

    @property
    def commands_received(self) -> int:
        """Orders that the lamps received, understood or not."""
        return sum(each.commands for each in self.testimonies)

    def of(self, device: str) -> Testimony:
        """The testimony of one device. Raises `KeyError` if it does not play."""
        for each in self.testimonies:
            if each.device == device:
                return each
        raise KeyError(device)


def _total(values: Iterable[float | None]) -> float:
    return sum(value for value in values if value is not None)
