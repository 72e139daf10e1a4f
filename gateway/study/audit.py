"""Who or what moved the light: the orders of a stretch of time, in the order in which they were learned."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from devices.device import DeviceId
from gateway.lighting.decision import Decision
from gateway.lighting.facts import Cancel, Maintenance, Override, Proof
from gateway.lighting.plan import Plan, ZoneId
from gateway.record.entry import Adopted, Declined, Entry
from gateway.record.journal import decided_before, given, holding, of_people, orders
from gateway.record.reader import Reader
from gateway.record.search import seq_at
from gateway.study.forecast import Change

Act: TypeAlias = Change | Override | Cancel | Maintenance | Proof | Adopted | Declined
"""A lamp's new level, or what a person ordered, tried or measured."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an audit: when it was learned (ns), in which entry, and what it was.

    `of` is the order that a cancel takes back, where it is kept.
    """

    at: int
    seq: int
    act: Act
    of: Override | Maintenance | None = None


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
    """The changes of level, what persons ordered or tried, and the plans that were adopted, a page at a time.

    A decision that changes but the cause moves no light and is left out, as is a cancel of an order for other lamps. A
    restart on the plan that held is no adoption. Raises `RecordError`.
    """
    standing: dict[DeviceId, Decision | None] = {}
    begin = seq_at(reader, question.start)
    adopted = _holding(reader, begin)
    for entry in orders(reader, question.start, question.end):
        yield from _acts(reader, question, entry, adopted)
        yield from _moved(question, entry, _changes(reader, entry, standing, begin))


def by_people(reader: Reader, question: Question) -> Iterator[Item]:
    """Of these what persons ordered or tried, and the changes of level at that very moment. Raises `RecordError`.

    An order's line says until when it holds. However long the stretch is, this is soon done.
    """
    adopted = _holding(reader, seq_at(reader, question.start))
    for entry in of_people(reader, question.start, question.end):
        acts = list(_acts(reader, question, entry, adopted))
        yield from acts
        if acts:
            yield from _moved(question, entry, _changes(reader, entry, {}, entry.seq - 1))


def _holding(reader: Reader, seq: int) -> list[str]:
    """The digest of the plan that held at an entry, last in a list that goes on with those adopted since."""
    held = holding(reader, seq)
    return ["" if held is None else held.plan.digest]


def _acts(reader: Reader, question: Question, entry: Entry, adopted: list[str]) -> Iterator[Item]:
    """What an entry has of persons."""
    for item in entry.learned:
        if isinstance(item, Adopted):
            if item.plan.digest != adopted[-1]:
                yield Item(entry.at, entry.seq, item)
            adopted[-1] = item.plan.digest
        elif isinstance(item, Declined):
            yield Item(entry.at, entry.seq, item)
        elif isinstance(item, Cancel):
            order = given(reader, item.override, entry.seq)
            if _concerns(order, question):
                yield Item(entry.at, entry.seq, item, order)
        elif isinstance(item, Proof) and not item.owner:
            continue  # a lamp's own watts: no person did it
        elif isinstance(item, (Override, Maintenance, Proof)) and _concerns(item, question):
            yield Item(entry.at, entry.seq, item)


def _moved(question: Question, entry: Entry, changes: Iterable[Change]) -> Iterator[Item]:
    """The changes of the lamps that are asked about."""
    for change in changes:
        if question.lamps is None or change.decision.lamp in question.lamps:
            yield Item(entry.at, entry.seq, change)


def _concerns(order: Override | Maintenance | Proof | None, question: Question) -> bool:
    """Whether an order is for what is asked about; of a cancel the order may not be known any more."""
    if question.targets is None:
        return True
    if order is None:
        return False
    return (order.lamp if isinstance(order, Maintenance) else order.target) in question.targets


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
