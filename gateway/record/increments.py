"""What running totals come to: counts of people, made where a message becomes durable and in that order.

The total itself stays in the ledger as it came, beside its sender's number; the count is `made` of it in the same
entry. Where each total stands is kept in the same transaction, so that nothing that is stored twice, released or lost
on the way to the disk can count anybody twice.
"""

import sqlite3
from collections.abc import Iterable, Mapping, MutableMapping
from typing import TypeAlias

from pydantic_core import from_json, to_json

from devices import totals
from devices.device import DeviceId
from devices.reading import Quantity, Reading
from devices.totals import Standing
from gateway.lighting.facts import ClockSet
from gateway.record.entry import Adopted, Learned
from gateway.record.errors import DamagedError
from gateway.record.history import Series, holdable, name

Standings: TypeAlias = MutableMapping[Series, Standing]
"""Where the total of each series stands."""

WRITE = "INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?)"
"""Takes what `rows` gives."""


def increments(
    learned: Iterable[Learned], standings: Standings, wraps: MutableMapping[DeviceId, int]
) -> tuple[Reading, ...]:
    """The counts that the totals of one entry make. Notes in `standings` where these stand now.

    `wraps` are the values after which counters show 0: an adopted plan says them.
    """
    made = []
    for item in learned:
        if type(item) is Reading and item.quantity is Quantity.PEDESTRIANS_TOTAL and holdable(item):
            series, before = name(item), standings.get(name(item))
            now, people = totals.count(before, item, learned, wraps.get(item.device))
            if now is not None and now is not before:
                standings[series] = now
            if people is not None:
                made.append(people)
        elif type(item) is ClockSet and item.shift < 0:
            for series, standing in list(standings.items()):
                standings[series] = totals.set_back(standing, item.shift)
        elif type(item) is Adopted:
            counters = [counter for zone in item.plan.zones for counter in zone.counters]
            wraps.clear()
            wraps.update({counter.sensor: counter.wraps_at for counter in counters if counter.wraps_at is not None})
    return tuple(made)


def rows(standings: Mapping[Series, Standing]) -> list[tuple[str, str, str, str]]:
    """Where totals stand, as `WRITE` takes it."""
    return [(*series, to_json(totals.packed(standing)).decode()) for series, standing in standings.items()]


def stored(database: sqlite3.Connection) -> dict[Series, Standing]:
    """Where each total of a record stands. Raises `sqlite3.Error`, and `DamagedError` for what is no standing."""
    found = database.execute("SELECT device, quantity, channel, standing FROM totals").fetchall()
    try:
        return {(row[0], row[1], row[2]): totals.unpacked(from_json(row[3])) for row in found}
    except (ValueError, TypeError) as error:
        raise DamagedError(f"expected where a running total stands: {error}") from error
