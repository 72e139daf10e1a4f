"""Key switches: a turned key is an order of full light, until it is turned back or its time is over."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import structlog

from devices.message import SECOND
from gateway.clock import Clock
from gateway.configuration.site import KeySettings, Site
from gateway.daemon.health import KeyHealth
from gateway.daemon.lamplighter import Lamplighter
from gateway.lighting.facts import Cancel, Override
from gateway.links.delivery import Delivery, Incoming, Outcome
from gateway.links.gpio import CLOSED, GPIO

_OWNER = "key switch "
_MARK = "k-"

log = structlog.get_logger(__name__)


class Keys:
    """Puts and takes back the orders of keys as their contacts change.

    One turn is one order for each of the key's zones: it ends when the key is turned back, when its time is over, or
    when a person cancels it, and comes again when the key is turned again. How a key stands is read at every start: an
    order that stands is left as it is, one that is missing is given, one of a key that was turned back meanwhile is
    taken back. `number` gives numbers that no order of the record has, one for each entry: a turn is one.
    """

    def __init__(self, site: Site, clock: Clock, lamplighter: Lamplighter, number: Callable[[], int]) -> None:
        self._keys = {key.pin: key for key in site.keys}
        self._clock = clock
        self._lamplighter = lamplighter
        self._number = number
        self._closed: dict[str, bool] = {}
        self._since: dict[str, int] = {}

    def begin(self) -> None:
        """Take back the orders of keys that the site has no more."""
        owners = {owner(key) for key in self._keys.values()}
        self._obey(_taken_back(order for order in self._lamplighter.engine.orders() if _orphan(order, owners)))

    def adopt(self, site: Site) -> None:
        """Follow the keys of another site: of a changed one, what it asks for now is asked anew."""
        before, self._keys = self._keys, {key.pin: key for key in site.keys}
        self._closed = {pin: closed for pin, closed in self._closed.items() if pin in self._keys}
        self.begin()
        for pin, key in self._keys.items():
            if before.get(pin) != key and pin in self._closed:
                self._settle(key)

    def hears(self, incoming: Incoming) -> bool:
        """Take a message of a key's contact; say whether it was one."""
        if not isinstance(incoming, Delivery) or incoming.origin.link != GPIO:
            return False
        incoming.settle(Outcome.ACCEPTED)
        message = incoming.message
        key, closed = self._keys.get(message.topic), message.payload == CLOSED
        if key is not None and self._closed.get(key.pin) is not closed:
            self._closed[key.pin], self._since[key.pin] = closed, message.time
            self._settle(key)
        return True

    def health(self) -> tuple[KeyHealth, ...]:
        """How each key stands, and what its order comes to."""
        return tuple(self._health(key) for key in self._keys.values())

    def _turned(self, key: KeySettings) -> bool | None:
        """Whether a key is turned; None while its contact has not been read."""
        closed = self._closed.get(key.pin)
        return None if closed is None else closed is not key.normally_closed

    def _health(self, key: KeySettings) -> KeyHealth:
        turned = self._turned(key)
        ends = [order.expires for order in self._orders(key)]
        return KeyHealth(
            key=key.id,
            pin=key.pin,
            turned=turned,
            turned_time_seconds=self._since[key.pin] / SECOND if turned else None,
            level=key.level,
            zones=tuple(key.zones),
            until_time_seconds=max(ends) / SECOND if ends else None,
        )

    def _orders(self, key: KeySettings) -> list[Override]:
        return [order for order in self._lamplighter.engine.orders() if _ours(order) and order.owner == owner(key)]

    def _settle(self, key: KeySettings) -> None:
        """Let what stands be what the key asks for."""
        turned, start = self._turned(key) is True, self._clock.now().time
        log.info("a key switch is turned" if turned else "a key switch is not turned", key=key.id, pin=key.pin)
        self._obey(due(key, self._orders(key), start, self._number, turned=turned))

    def _obey(self, orders: Iterable[Override | Cancel]) -> None:
        if given := list(orders):
            self._lamplighter.obey(given)


def owner(key: KeySettings) -> str:
    """In whose name a key orders."""
    return f"{_OWNER}{key.id}"


def due(
    key: KeySettings, standing: Sequence[Override], start: int, number: Callable[[], int], *, turned: bool
) -> Iterator[Override | Cancel]:
    """What is ordered and taken back at `start` (ns), so that what the key asks for stands and nothing else.

    `standing` are its orders so far: those that ask for the same are left as they are, with their end.
    """
    asked = set(key.zones) if turned else set()
    kept = [order for order in standing if order.target in asked and order.level == key.level]
    given = {order.target for order in kept}
    if missing := [zone for zone in key.zones if turned and zone not in given]:
        reason, turn = f"the key is turned ({key.pin})", f"{_MARK}{number()}"
        for zone in missing:
            yield Override(f"{turn}-{zone}", zone, key.level, start, start + key.at_most, owner(key), reason)
    yield from _taken_back(order for order in standing if order not in kept)


def _taken_back(orders: Iterable[Override]) -> Iterator[Cancel]:
    """A cancel for each order, in the name of its own key."""
    yield from (Cancel(order.id, order.owner) for order in orders)


def _ours(order: Override) -> bool:
    """Whether a key gave it: people's orders have other numbers, whatever their owner is called."""
    return order.id.startswith(_MARK)


def _orphan(order: Override, owners: set[str]) -> bool:
    return _ours(order) and order.owner not in owners
