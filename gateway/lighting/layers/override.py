"""The first reason for light: a person's order, until it expires."""

from collections.abc import Iterable
from typing import Any

from devices.device import DeviceId
from gateway.lighting.decision import Ask, Cause, Rank
from gateway.lighting.facts import Cancel, Override
from gateway.lighting.health import NEVER
from gateway.lighting.plan import ZoneId


class OverrideLayer:
    """Orders that cover a zone or one of its lamps; the newest that covers a lamp holds."""

    def __init__(self, zone: ZoneId, lamps: Iterable[DeviceId]) -> None:
        self._zone = zone
        self._targets = {zone, *lamps}
        self._orders: list[Override] = []
        self.due = NEVER

    def observe(self, fact: Override | Cancel, at: int) -> bool:
        """Learn an order or its end; say whether it concerns this zone."""
        if isinstance(fact, Override):
            if fact.target not in self._targets or fact.expires <= at:
                return False
            self._orders = sorted((*self._orders, fact), key=lambda order: (order.start, order.id))
            self.due = min(self.due, max(at, fact.start), fact.expires)
            return True
        before = len(self._orders)
        self._orders = [order for order in self._orders if order.id != fact.override]
        return len(self._orders) != before

    def settle(self, at: int) -> None:
        """Forget what has expired."""
        self._orders = [order for order in self._orders if order.expires > at]
        coming = (order.start for order in self._orders if order.start > at)
        self.due = min((*coming, *(order.expires for order in self._orders)), default=NEVER)

    def ask(self, at: int) -> Ask:
        """The newest order for the zone, and for each lamp whose newest order is its own."""
        newest: dict[DeviceId | ZoneId, Override] = {}
        for order in self._orders:
            if order.start <= at:
                newest[order.target] = order
        whole = newest.pop(self._zone, None)
        lamps = {
            DeviceId(target): _cause(order)
            for target, order in newest.items()
            if whole is None or (order.start, order.id) > (whole.start, whole.id)
        }
        return Ask(None if whole is None else _cause(whole), lamps)

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        self._orders = [_moved(order, by) for order in self._orders]
        self.due = min(self.due, 0)

    def state(self) -> list[list[object]]:
        """All of it as JSON."""
        return [
            [order.id, order.target, order.level, order.start, order.expires, order.owner, order.reason, order.force]
            for order in self._orders
        ]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken."""
        self._orders = [Override(*fields) for fields in state]
        self.due = 0


def _moved(order: Override, by: int) -> Override:
    return Override(
        order.id,
        order.target,
        order.level,
        order.start + by,
        order.expires + by,
        order.owner,
        order.reason,
        order.force,
    )


def _cause(order: Override) -> Cause:
    return Cause(Rank.OVERRIDE, order.level, because=(order,), note=f"{order.owner}: {order.reason}", key=order.id)
