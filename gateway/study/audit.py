"""Who or what moved the light: the orders of a stretch of time, in the order in which they were learned."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from devices.device import DeviceId
from gateway.lighting.decision import Decision
from gateway.lighting.facts import Cancel, Maintenance, Override
from gateway.lighting.plan import Plan, ZoneId
from gateway.record.entry import Adopted, Entry
from gateway.record.journal import decided_before, given, holding, orders
from gateway.record.reader import Reader
from gateway.record.search import seq_at
from gateway.study.forecast import Change

Act: TypeAlias = Change | Override | Cancel | Maintenance | Adopted
"""A lamp's new level, or what a person ordered."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an audit: when it was learned (ns), in which entry, and what it was."""

    at: int
    seq: int
    act: Act


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the record: start < at <= end (ns), of some lamps and the zones they hang in; None for all."""

    start: int
    end: int
    lamps: frozenset[DeviceId] | None = None
    targets: frozenset[str] | None = None


def about(plan: Plan, name: str) -> tuple[frozenset[DeviceId], frozenset[str]]:
    """The lamps of a zone, or one lamp, and everything an order may name to move them. Raises `KeyError`."""
    for zone in plan.zones:
        lamps = frozenset(lamp.id for lamp in zone.luminaires)
        if zone.id == ZoneId(name):
            return lamps, frozenset({*lamps, name})
        if name in lamps:
            return frozenset({DeviceId(name)}), frozenset({name, zone.id})
    raise KeyError(name)


def audit(reader: Reader, question: Question) -> Iterator[Item]:
    """The changes of level, the orders of persons and the adopted plans, a page of the record at a time.

    A decision that changes but the cause moves no light and is left out, as is a cancel of an order for other lamps. A
    restart on the plan that held is no adoption. Raises `RecordError`.
    """
    standing: dict[DeviceId, Decision | None] = {}
    begin = seq_at(reader, question.start)
    held = holding(reader, begin)
    digest = "" if held is None else held.plan.digest
    for entry in orders(reader, question.start, question.end):
        for item in entry.learned:
            if isinstance(item, Adopted):
                if item.plan.digest != digest:
                    yield Item(entry.at, entry.seq, item)
                digest = item.plan.digest
            elif isinstance(item, (Override, Cancel, Maintenance)) and _concerns(reader, item, question, entry.seq):
                yield Item(entry.at, entry.seq, item)
        for change in _changes(reader, entry, standing, begin):
            if question.lamps is None or change.decision.lamp in question.lamps:
                yield Item(entry.at, entry.seq, change)


def _concerns(reader: Reader, act: Override | Cancel | Maintenance, question: Question, seq: int) -> bool:
    """Whether an order is for what is asked about; a cancel has the id of an order only."""
    if question.targets is None:
        return True
    order = given(reader, act.override, seq) if isinstance(act, Cancel) else act
    if order is None:
        return False
    return (order.target if isinstance(order, Override) else order.lamp) in question.targets


def _changes(reader: Reader, entry: Entry, standing: dict[DeviceId, Decision | None], begin: int) -> Iterable[Change]:
    """The changes of level in an entry; what held before the stretch is looked up once a lamp."""
    for item in entry.made:
        if not isinstance(item, Decision):
            continue
        if item.lamp not in standing:
            standing[item.lamp] = next(decided_before(reader, item.lamp, begin), None)
        over = standing[item.lamp]
        standing[item.lamp] = item
        before = 0 if over is None else over.level
        if before != item.level:
            yield Change(before, item, over)
