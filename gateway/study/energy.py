"""What lamps used, day by day: what their meters say, and what their orders come to. The two are never added up."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from math import fsum
from typing import TypeAlias

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity
from gateway.lighting.decision import Decision
from gateway.lighting.lamps.power import Held, watt_hours
from gateway.lighting.plan import LampType, Zone
from gateway.record.journal import decided_before
from gateway.record.reader import Reader
from gateway.record.search import seq_at

Span: TypeAlias = tuple[int, int]
"""(start, end] in nanoseconds."""

Day: TypeAlias = tuple[date, int, int]
"""A day by the local clock, from when until when (ns)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Used:
    """The energy of one zone on one day, in watt-hours.

    `measured` is what the meters of `metered` lamps grew by, `expected` what the orders of these very lamps come to.
    `estimated` is what the orders of the other lamps come to, `unmetered` of them. A lamp is metered on a day on which
    its running total was read twice.
    """

    day: date
    zone: str
    measured: float
    metered: int
    expected: float
    estimated: float
    unmetered: int


def energy(reader: Reader, zones: Sequence[Zone], span: Span, timezone: tzinfo) -> Iterator[Used]:
    """Each day of a stretch (the first and the last as far as it goes), zone by zone. Blocks; raises `RecordError`."""
    days = _days(span, timezone)
    measured = _measured(reader, days)
    told = _told(reader, [lamp.id for zone in zones for lamp in zone.luminaires], span)
    for zone in zones:
        estimated = {lamp.id: _estimated(lamp.type, told[lamp.id], days) for lamp in zone.luminaires}
        for number, (day, _, _) in enumerate(days):
            meters = {lamp: measured[lamp, day] for lamp in estimated if (lamp, day) in measured}
            orders = {lamp: hours[number] for lamp, hours in estimated.items()}
            yield Used(
                day,
                zone.id,
                measured=fsum(meters.values()),
                metered=len(meters),
                expected=fsum(orders[lamp] for lamp in meters),
                estimated=fsum(used for lamp, used in orders.items() if lamp not in meters),
                unmetered=len(orders) - len(meters),
            )


def midnight(at: int, timezone: tzinfo, days_before: int = 0) -> int:
    """The local midnight that begins the day of an instant (ns), or one some days before."""
    day = datetime.fromtimestamp(at // SECOND, timezone).date() - timedelta(days=days_before)
    return _instant(day, timezone)


def _instant(day: date, timezone: tzinfo) -> int:
    return (datetime.combine(day, time(), timezone) - _EPOCH) // timedelta(microseconds=1) * 1000


def _days(span: Span, timezone: tzinfo) -> list[Day]:
    """The days of a stretch by the local clock, each with its beginning and end within it."""
    start, end = span
    found = []
    while start < end:
        day = datetime.fromtimestamp(start // SECOND, timezone).date()
        until = min(end, _instant(day + timedelta(days=1), timezone))
        found.append((day, start, until))
        start = until
    return found


def _measured(reader: Reader, days: Sequence[Day]) -> Mapping[tuple[DeviceId, date], float]:
    """By how much each meter grew on each day: where its total was read, and read before."""
    found: dict[tuple[DeviceId, date], float] = {}
    for day, start, end in days:
        for part in reader.used(Quantity.ENERGY, None, start, end, every=end - start):
            found[part.device, day] = found.get((part.device, day), 0.0) + part.total
    return found


def _told(reader: Reader, lamps: Iterable[DeviceId], span: Span) -> Mapping[DeviceId, list[Held]]:
    """What each lamp was told in a stretch, and the last two words before it: a ramp begins where the first led to."""
    start, end = span
    seq = seq_at(reader, start)
    told = {lamp: [_held(each) for each in islice(decided_before(reader, lamp, seq), 2)][::-1] for lamp in lamps}
    for decision in reader.decisions(None, start, end):
        if decision.lamp in told:
            told[decision.lamp].append(_held(decision))
    return told


def _estimated(kind: LampType, told: Sequence[Held], days: Sequence[Day]) -> list[float]:
    """What the orders of a lamp come to on each day. A ramp over midnight is on both days as far as it goes there."""
    found = []
    for _, start, end in days:
        first = max(0, bisect_right(told, start, key=_at) - 2)
        words = told[first : bisect_right(told, end, key=_at)]
        found.append(watt_hours(kind, words, end) - watt_hours(kind, words, start))
    return found


def _at(word: Held) -> int:
    return word.at


def _held(decision: Decision) -> Held:
    return Held(decision.time, decision.level, decision.ramp)
