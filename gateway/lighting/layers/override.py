"""The first reason for light: a person's order, until it expires."""

from collections.abc import Iterable
from dataclasses import astuple, replace
from typing import Any

from devices.device import DeviceId
from devices.message import SECOND
from gateway.lighting.decision import Ask, Cause, Rank
from gateway.lighting.facts import Cancel, Override
from gateway.lighting.health import NEVER
from gateway.lighting.plan import ZoneId

MEANINGLESS = 86_400 * SECOND
"""A wall clock that is set by more than this was no clock: moments that were said by it keep what they had left."""


class OverrideLayer:
    """Orders that cover a zone or one of its lamps; the newest that covers a lamp holds.

    Newest is who began last and, of those that began in one moment, who was learned last.
    """

    def __init__(self, zone: ZoneId, lamps: Iterable[DeviceId]) -> None:
        self._zone = zone
        self._targets = {zone, *lamps}
        self._orders: list[Override] = []
        self._ask: Ask | None = None
        self.due = NEVER

    @property
    def orders(self) -> tuple[Override, ...]:
        """Those that hold and those to come, as of the last `settle`; who begins first comes first."""
        return tuple(self._orders)

    def observe(self, fact: Override | Cancel, at: int) -> bool:
        """Learn an order or its end; say whether it concerns this zone. An order replaces one of the same id."""
        name = fact.id if isinstance(fact, Override) else fact.override
        before = len(self._orders)
        self._orders = [order for order in self._orders if order.id != name]
        concerned = len(self._orders) != before
        if isinstance(fact, Override) and fact.target in self._targets and fact.expires > at:
            self._orders = sorted((*self._orders, fact), key=_start)
            self.due = min(self.due, max(at, fact.start), fact.expires)
            concerned = True
        if concerned:
            self._ask = None
        return concerned

    def settle(self, at: int) -> None:
        """Forget what has expired, and let begin what is due to begin."""
        if at < self.due and self._ask is not None:
            return
        self._orders = [order for order in self._orders if order.expires > at]
        coming = (order.start for order in self._orders if order.start > at)
        self.due = min((*coming, *(order.expires for order in self._orders)), default=NEVER)
        self._ask = self._asked(at)

    def ask(self, at: int) -> Ask:
        """The newest order for the zone, and for each lamp whose newest is its own: one value until it changes."""
        if self._ask is None or at >= self.due:
            return self._asked(at)
        return self._ask

    def _asked(self, at: int) -> Ask:
        whole: Override | None = None
        lamps: dict[DeviceId, Override] = {}
        for order in self._orders:
            if not order.start <= at < order.expires:
                continue
            if order.target == self._zone:
                whole = order
                lamps.clear()
            else:
                lamps[DeviceId(order.target)] = order
        causes = {lamp: _cause(order) for lamp, order in lamps.items()}
        return Ask(None if whole is None else _cause(whole), causes)

    def shift(self, by: int, at: int) -> None:
        """Street time jumps by `by` from `at`: a length of time keeps what was left, the wall clock's moments stay."""
        self._orders = sorted((_moved(order, by, at) for order in self._orders), key=_start)
        self._ask = None
        self.due = min(self.due, 0)

    def state(self) -> list[list[object]]:
        """All of it as JSON."""
        return [list(astuple(order)) for order in self._orders]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken, as far as its targets are still there."""
        orders = (Override(*fields) for fields in state)
        self._orders = [order for order in orders if order.target in self._targets]
        self._ask = None
        self.due = 0


def _start(order: Override) -> int:
    return order.start


def _moved(order: Override, by: int, at: int) -> Override:
    """One order after the clock was set by `by` at `at`. What has begun has begun, whatever the clock shows now."""
    if abs(by) > MEANINGLESS:
        return replace(order, start=order.start + by, expires=order.expires + by)
    if order.start > at:
        return order
    return replace(order, start=order.start + by, expires=order.expires if order.by_clock else order.expires + by)


def _cause(order: Override) -> Cause:
    note = f"{order.owner}: {order.reason}" if order.reason else order.owner
    return Cause(Rank.OVERRIDE, order.level, because=(order,), note=note, key=order.id)
