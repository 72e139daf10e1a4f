"""Delivery -> heard -> learned -> entry -> settled."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias

from devices.convention import Asker, Heard, Malformed, Rejected, hear, reject
from devices.device import DeviceId
from devices.message import Message
from devices.reading import Quality, Reading
from gateway.daemon.lamplighter import Lamplighter
from gateway.daemon.routes import Routes
from gateway.links.delivery import Delivery, Incoming, Outcome, SessionEnded
from gateway.record.entry import Entry
from gateway.record.window import Seen


class Ledger(Protocol):
    """What the intake asks of the record."""

    def append(self, entry: Entry, settle: Callable[[Outcome], None] | None = None) -> None:
        """Keep an entry; settle it after its commit."""

    def end_session(self, link: str) -> None:
        """Forget the packet ids of a link, in order with its messages."""

    def describe(self, link: str, topic: str, payload: bytes) -> None:
        """Remember a description for the next start, before what is appended after it; b"" forgets the topic's."""


Listen: TypeAlias = Callable[[str, frozenset[str]], None]
"""Lets a link listen to these topics."""


def _to_no_more(_link: str, _topics: frozenset[str]) -> None:
    """Leave a link as it is: nobody subscribes where messages are only replayed."""


class Intake:
    """Takes what links deliver, on the loop, without a queue of its own until the disk.

    `seen` is the observed half of the duplicate window: what came again is handed to the record all the same, which
    alone knows what is durable, but the lights do not learn it twice. `listen` is asked when descriptions name topics.
    """

    def __init__(
        self, routes: Routes, lamplighter: Lamplighter, record: Ledger, seen: Seen, listen: Listen = _to_no_more
    ) -> None:
        self._routes = routes
        self._lamplighter = lamplighter
        self._record = record
        self._seen = seen
        self._listen = listen
        self._described: dict[tuple[str, str], bytes] = {}
        self.listeners: list[Callable[[Sequence[Heard]], None]] = []
        """Who is told what was heard for the first time, after the lights."""
        self.messages = 0
        self.duplicates = 0
        self.rejected = 0

    def receive(self, incoming: Incoming) -> None:
        """Take one delivery or the news that a broker lost our session. Bad messages are kept as rejected."""
        if isinstance(incoming, SessionEnded):
            self._seen.end(incoming.link)
            self._record.end_session(incoming.link)
            return
        self.messages += 1
        message, origin = incoming.message, incoming.origin
        self.lapse(message.time)
        heard = self._hear(incoming)
        if not heard:
            self._nothing(incoming)
            return
        duplicate = self._seen.take(origin, heard)
        self.duplicates += duplicate
        made = () if duplicate else tuple(self._lamplighter.learn(message.time, heard))
        self._record.append(Entry(message.time, tuple(heard), made, origin), incoming.settle)
        if not duplicate:
            self._tell(heard)

    @property
    def lapsing(self) -> frozenset[DeviceId]:
        """The devices of which something may end of which no message will tell."""
        return self._routes.lapsing

    def due(self) -> int | None:
        """When something may end next of which no message will tell."""
        return self._routes.due()

    def lapse(self, now: int) -> None:
        """Take what has ended by now."""
        heard = self._sure(self._routes.lapsed(now))
        if heard:
            self._record.append(Entry(now, tuple(heard), tuple(self._lamplighter.learn(now, heard))))
            self._tell(heard)

    def recall(self, described: Iterable[tuple[str, str, bytes]], now: int) -> None:
        """Know what devices said of themselves before this process began; forget what is of nobody any more."""
        for link, topic, payload in described:
            if self._routes.recall(link, Message(topic, payload, now, retained=True)):
                self._described[link, topic] = payload
            else:
                self._record.describe(link, topic, b"")

    def resume(self, latest: Sequence[Reading]) -> None:
        """Let go on what holds for a time of what devices said last before this process began, once `recall` is done.

        The times are those of the clock with which the record ends.
        """
        self._routes.resume(latest)

    def restate(self) -> None:
        """Let a fresh record remember the descriptions too."""
        for (link, topic), payload in self._described.items():
            self._record.describe(link, topic, payload)

    def adopt(self, routes: Routes) -> None:
        """Understand from now on what these routes do; remember how those described themselves who were approved."""
        self._routes = routes
        for link, descriptions in routes.outstanding():
            self._remember(link, descriptions)

    def _hear(self, delivery: Delivery) -> list[Heard]:
        message = delivery.message
        convention = self._routes.convention(delivery.origin.link, message.topic)
        if convention is not None:
            heard = hear(convention, message)
            self._remember(delivery.origin.link, self._routes.descriptions(delivery.origin.link, message.topic))
            if self._routes.grown(delivery.origin.link):
                self._listen(delivery.origin.link, self._routes.topics(delivery.origin.link))
        else:
            heard = [reject(message, Malformed("a topic that a configured device uses", f'"{message.topic}"'))]
        refused = sum(type(item) is Rejected for item in heard)
        self.rejected += refused
        if refused and isinstance(convention, Asker):
            for question in convention.questions():
                self._lamplighter.ask(delivery.origin.link, question)
        return self._sure(heard)

    def _tell(self, heard: Sequence[Heard]) -> None:
        for listener in self.listeners:
            listener(heard)

    def _sure(self, heard: list[Heard]) -> list[Heard]:
        return heard if self._lamplighter.sure else list(map(_doubted, heard))

    def _remember(self, link: str, descriptions: Iterable[Message]) -> None:
        """Keep what was described and is other than before: a broker repeats descriptions to each process."""
        for said in descriptions:
            if self._described.get((link, said.topic), b"") == said.payload:
                continue
            self._record.describe(link, said.topic, said.payload)
            if said.payload:
                self._described[link, said.topic] = said.payload
            else:
                del self._described[link, said.topic]

    def _nothing(self, delivery: Delivery) -> None:
        """A message that says nothing new, such as most radar frames: there is nothing to keep but the way back."""
        if delivery.origin.packet is None:
            delivery.settle(Outcome.ACCEPTED)
        else:
            self._record.append(Entry(delivery.message.time), delivery.settle)


def _doubted(item: Heard) -> Heard:
    """Mark what was heard while the wall clock was not believed."""
    if isinstance(item, Reading):
        return replace(item, quality=item.quality | Quality.CLOCK_UNCERTAIN)
    return item
