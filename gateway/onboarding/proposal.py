"""What is known of a device that waits for approval."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from devices.device import Kind
from devices.reading import Quantity

MOST_EXAMPLES = 3
"""Messages that are kept of a device that waits, to be shown."""

LONGEST_EXAMPLE = 300
"""Characters of such a message."""

LONGEST_NAME = 256
"""Characters of a topic or an address that is heeded."""

MOST_TOPICS = 16
"""Topics of one device that are kept."""

PEOPLE = frozenset({Quantity.PEDESTRIANS.value, Quantity.PEDESTRIANS_TOTAL.value})
SOMEBODY = frozenset({Quantity.PRESENCE.value, Quantity.OCCUPANCY.value})
"""Quantities that move a lamp: those of a counter, and those of a sensor of presence."""


class Sure(Enum):
    """How sure it is what a device is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Example:
    """A message as it came: its text, or its bytes in hexadecimal where it is none, cut to `LONGEST_EXAMPLE`."""

    topic: str
    payload: str
    time: int
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """What was said last of a quantity on a channel, in the quantity's unit, and when (nanoseconds UTC)."""

    quantity: str
    channel: str
    value: float
    time: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A device that waits: what it seems to be, why, and what it said. Nothing of this is a reading of the record.

    `id` is what it would be called; `convention`, `address`, `base` and `reads` are what `devices.yaml` needs to hear
    it, with `topics` as it then listens. `offers` are quantities by name. `read` counts its messages of which something
    was understood, `refused` those of which nothing was, for the reason `trouble`. Times are nanoseconds UTC; `moved`
    is when somebody was last seen or counted, `gap` the longest silence between two messages, in nanoseconds. `retains`
    says that it lets the broker retain its states, `behind` by how much its clock is (nanoseconds) where that makes old
    all that it says. `also` are the conventions that understand it too, and worse.
    """

    id: str
    kind: Kind
    convention: str
    address: str
    sure: Sure
    why: str
    first: int
    last: int
    base: str | None = None
    reads: Mapping[str, str | list[dict[str, str]]] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    examples: tuple[Example, ...] = ()
    moved: int | None = None
    read: int = 0
    refused: int = 0
    trouble: str = ""
    gap: int = 0
    retains: bool = False
    behind: int = 0
    also: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is known by from one time to the next."""
        return self.kind.value, self.convention, self.base or "", self.address

    @property
    def measures(self) -> tuple[str, ...]:
        """What it can be said to measure so that it moves a lamp."""
        offered = set(self.offers)
        counts = ("pedestrians",) if offered & PEOPLE else ()
        return (*counts, "presence") if offered & SOMEBODY else counts

    @property
    def useful(self) -> bool:
        """Whether it is a lamp, or says something by which lamps are dimmed."""
        return self.kind is Kind.LUMINAIRE or bool(self.measures)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A topic of which nothing was understood: its newest message, how many came and why it means nothing."""

    example: Example
    count: int
    why: str = ""


def newest_first(proposals: list[Proposal]) -> list[Proposal]:
    """Whoever moved last comes first ("wave at it now"), then lamps and sensors by their last word, the rest behind."""
    return sorted(proposals, key=lambda each: (each.useful, each.moved or 0, each.last, each.id), reverse=True)
