"""What stands around a record: a broker that sends again what was not acknowledged, and a server that gets a copy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from devices.convention import Numbered
from devices.reading import Reading
from gateway.export import rows
from gateway.export.rows import Line
from gateway.export.verdict import RefusedLine, Verdict
from gateway.links.delivery import Origin, Outcome
from gateway.links.publish import Publish
from gateway.record.entry import Entry
from gateway.record.store import Append

CYCLE = 40
"""Packet ids until they come round."""
INFLIGHT = 4
"""Messages that a broker sends before it waits for an acknowledgement."""


@dataclass(frozen=True)
class Sent:
    """A message of a sensor; its reading's value is its name here. Without a reading it says nothing new."""

    reading: Reading | None
    numbered: Numbered | None = None
    content: str = "same"
    subscription: int = 0

    def entry(self, at: int, packet: int | None = None, *, again: bool = False) -> Entry:
        """The entry of one of its deliveries."""
        learned = tuple(item for item in (self.numbered, self.reading) if item is not None)
        mark = self.subscription.to_bytes(2, "big")
        digest = Publish("street", self.content.encode(), packet, again, retained=False, subscriptions=mark).digest()
        return Entry(at, learned, (), Origin("mqtt", 1, packet, again, digest))


@dataclass
class Broker:
    """One session of QoS 1: packet ids count up, what is not acknowledged comes again, in its order, marked as such.

    A message carries the identifier of the subscription that brought it into the session.
    """

    open: dict[int, Sent] = field(default_factory=dict)
    acknowledged: list[Sent] = field(default_factory=list)
    _last: int = 0
    _generation: int = 0
    _subscription: int = 0

    @property
    def full(self) -> bool:
        """Whether it waits for an acknowledgement."""
        return len(self.open) >= INFLIGHT

    def publish(self, sent: Sent, at: int) -> Append:
        """Deliver a message for the first time."""
        self._last = self._last % CYCLE + 1
        while self._last in self.open:
            self._last = self._last % CYCLE + 1
        self.open[self._last] = replace(sent, subscription=self._subscription)
        return self._delivery(self._last, at, again=False)

    def reconnect(self, at: int) -> Iterator[Append]:
        """A new connection: deliver again what is open. Acknowledgements of the one before do not count any more."""
        self._generation += 1
        for packet in self.open:
            at += 1
            yield self._delivery(packet, at, again=True)

    def subscribe(self) -> None:
        """Take a subscription, in the place of the one before: none has the identifier of another."""
        self._subscription += 1

    def lose_session(self) -> None:
        """Forget everything; packet ids start anew. The gateway subscribes anew."""
        self.subscribe()
        self._generation += 1
        self._last = 0
        self.open.clear()

    def _delivery(self, packet: int, at: int, *, again: bool) -> Append:
        return Append(self.open[packet].entry(at, packet, again=again), partial(self._settle, self._generation, packet))

    def _settle(self, generation: int, packet: int, outcome: Outcome) -> None:
        if generation == self._generation and outcome is Outcome.ACCEPTED:
            self.acknowledged.append(self.open.pop(packet))


class Server:
    """A database that refuses every fifth message and fails as it is told to.

    `points` are what it has: the name of the message by series and time.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.points: dict[tuple[str, str], int] = {}
        self.places: dict[int, tuple[str, str]] = {}
        self.refused: set[int] = set()
        self.takes = 1.0
        """The share of a batch that it writes before it fails; 1 and no failure, above 1 all and then a failure."""

    def write(self, entries: Sequence[Entry], site: str) -> Verdict:
        """Write a batch, or as much of it as it comes to."""
        return self.write_again([line for entry in entries for line in rows.lines(entry, site)])

    def write_again(self, lines: Sequence[Line]) -> Verdict:
        """Write points that are made already."""
        rejected = [reject for line in lines[: int(self.takes * len(lines))] if (reject := self._take(line))]
        if self.takes != 1:
            return Verdict(trouble="something broke")
        return Verdict(len(lines) - len(rejected), tuple(rejected))

    def close(self) -> None:
        """There is nothing to close."""

    def _take(self, line: Line) -> RefusedLine | None:
        series, fields, time = line.text.split(" ")
        message = int(float(fields.split(",")[0].removeprefix("value=")))
        place = (series, time)
        assert self.places.setdefault(message, place) == place, "a message written again is at another place"
        if message % 5 == 0:
            self.refused.add(message)
            return RefusedLine(line, "a fifth one")
        assert self.points.setdefault(place, message) == message, "two messages are at one place"
        return None
