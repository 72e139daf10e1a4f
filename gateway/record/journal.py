"""What was ordered and by whom: decisions of a lamp around a moment, adopted plans, and all orders of a stretch."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from devices.device import DeviceId
from gateway.lighting.decision import Decision, Snapshot
from gateway.lighting.facts import Maintenance, Override
from gateway.record.codec import decode
from gateway.record.entry import Adopted, Entry
from gateway.record.reader import Adoption, Reader
from gateway.record.search import seq_at
from gateway.record.turns import ENDLESS, stretches

_FEW: Final = 20
"""Rows of a statement where somebody wants more than the first."""
_PAGE: Final = 500


def decided_before(reader: Reader, lamp: DeviceId, seq: int, after: int = 0) -> Iterator[Decision]:
    """The decisions for a lamp in the entries up to one and behind another, newest first.

    As far back as decisions are kept. The first is looked for alone: mostly nobody wants a second one.
    """
    size = 1
    for stretch in reversed(stretches(reader.rows, after + 1, seq)):
        first, last = stretch
        while rows := reader.rows(
            "SELECT seq, body FROM main.ledger INDEXED BY decisions WHERE holds & 1 AND seq BETWEEN ? AND ? "
            "AND at <= (SELECT at FROM ledger WHERE seq <= ? ORDER BY seq DESC LIMIT 1) AND instr(body, ?) "
            "ORDER BY at DESC, seq DESC LIMIT ?",
            *(first, last, last, _named(lamp), size),
        ):
            for _, body in rows:
                yield from reversed(list(_of(lamp, body)))
            last, size = rows[-1][0] - 1, _FEW


def decided_late(reader: Reader, lamp: DeviceId, seq: int, at: int) -> Iterator[Decision]:
    """The decisions for a lamp that were due before `at` (nanoseconds) and written behind an entry, in order.

    A moment later mostly, or when a gateway came back. All entries behind that one were learned after `at`; an engine
    that has decided something later has left nothing undone.
    """
    for stretch in stretches(reader.rows, seq + 1, ENDLESS):
        first, last = stretch
        while rows := reader.rows(
            "SELECT seq, body FROM main.ledger INDEXED BY decisions WHERE holds & 1 AND seq BETWEEN ? AND ? AND at > ? "
            "ORDER BY at, seq LIMIT ?",
            *(first, last, at, _FEW),
        ):
            for _, body in rows:
                made = [item for item in decode(body)[1] if isinstance(item, Decision)]
                yield from (item for item in made if item.lamp == lamp and item.time < at)
                if any(item.time >= at for item in made):
                    return
            first = rows[-1][0] + 1


def written(reader: Reader, decision: Decision) -> int | None:
    """The entry that a decision is in; None where it is not found by its time, because the clock was set since."""
    rows = reader.rows(
        "SELECT seq, body FROM main.ledger INDEXED BY decisions WHERE holds & 1 AND at >= ? AND instr(body, ?) "
        "ORDER BY at, seq LIMIT 1",
        *(decision.time, _named(decision.lamp)),
    )
    return next((seq for seq, body in rows for item in _of(decision.lamp, body) if item.time == decision.time), None)


def adoption(reader: Reader, seq: int, digest: str) -> Adoption | None:
    """How the plan with a digest, which held at an entry, came to hold. A restart on the same plan is no adoption."""
    mark = f'"digest":"{digest}"'.encode()
    ((other,),) = reader.rows(
        "SELECT coalesce(max(seq), 0) FROM ledger WHERE holds & 8 AND seq <= ? AND NOT instr(body, ?)", seq, mark
    )
    rows = reader.rows(
        "SELECT seq, at, body FROM ledger WHERE holds & 8 AND seq > ? AND seq <= ? ORDER BY seq LIMIT 1", other, seq
    )
    for found, at, body in rows:
        return next((Adoption(found, at, item) for item in decode(body)[0] if isinstance(item, Adopted)), None)
    return None


def given(reader: Reader, number: str, seq: int) -> Override | Maintenance | None:
    """The order of a person with an id, given up to an entry; None if it is not kept."""
    rows = reader.rows(
        f"SELECT body FROM ledger WHERE {_orders(reader)} AND seq <= ? AND (instr(body, ?) OR instr(body, ?)) "  # noqa: S608 - words of ours
        "ORDER BY seq LIMIT 1",  # decisions behind it name it among their causes
        *(seq, *(f'["{tag}","{number}",'.encode() for tag in "om")),
    )
    orders = (item for (body,) in rows for item in decode(body)[0] if isinstance(item, (Override, Maintenance)))
    return next((order for order in orders if order.id == number), None)


def holding(reader: Reader, seq: int) -> Adopted | None:
    """The plan that held at an entry; None before the first."""
    rows = reader.rows("SELECT body FROM ledger WHERE holds & 8 AND seq <= ? ORDER BY seq DESC LIMIT 1", seq)
    return next((item for (body,) in rows for item in decode(body)[0] if isinstance(item, Adopted)), None)


def engine_of(reader: Reader, seq: int) -> str | None:
    """The version of the engine that decided at an entry, as its last snapshot before says; None without one."""
    rows = reader.rows("SELECT body FROM ledger WHERE holds & 4 AND seq <= ? ORDER BY seq DESC LIMIT 1", seq)
    taken = (item for (body,) in rows for item in decode(body)[1] if isinstance(item, Snapshot))
    return next((snapshot.version for snapshot in taken), None)


def orders(reader: Reader, start: int, end: int) -> Iterator[Entry]:
    """The entries with decisions, plans, and what persons ordered or tried, learned at start < at <= end (nanoseconds).

    In the order in which they were learned: where the clock was set back the times go back, too.
    """
    after = seq_at(reader, start)
    while rows := reader.rows(
        f"SELECT seq, at, body FROM main.ledger NOT INDEXED WHERE seq > ? AND at > ? AND at <= ? "  # noqa: S608 - words of ours
        f"AND (holds & 9 OR {_orders(reader)}) ORDER BY seq LIMIT ?",
        *(after, start, end, _PAGE),
    ):
        after = rows[-1][0]
        yield from _entries(rows)


def of_people(reader: Reader, start: int, end: int) -> Iterator[Entry]:
    """As `orders`, of the entries with plans, and what persons ordered or tried: few, whatever else there is."""
    after = seq_at(reader, start)
    while rows := reader.rows(
        f"SELECT seq, at, body FROM ledger WHERE seq IN (SELECT seq FROM ledger WHERE {_orders(reader)} AND seq > ? "  # noqa: S608 - words of ours
        "UNION SELECT seq FROM ledger WHERE holds & 8 AND seq > ?) AND at > ? AND at <= ? ORDER BY seq LIMIT ?",
        *(after, after, start, end, _PAGE),
    ):
        after = rows[-1][0]
        yield from _entries(rows)


def _entries(rows: Iterable[tuple[Any, ...]]) -> Iterator[Entry]:
    return (Entry(at, *decode(body), seq=seq) for seq, at, body in rows)


def _orders(reader: Reader) -> str:
    """What is true of an entry with an order of a person, in SQL; older versions looked into the bodies (codec)."""
    known = reader.rows("SELECT 1 FROM sqlite_master WHERE name = 'orders'")
    return "holds & 16" if known else "(" + " OR ".join(f"instr(body, '[\"{tag}\",')" for tag in "ocm") + ")"


def _named(lamp: DeviceId) -> bytes:
    """How a body names a device: an identifier is a slug, so that JSON writes it as it is."""
    return f'"{lamp}"'.encode()


def _of(lamp: DeviceId, body: bytes) -> Iterator[Decision]:
    yield from (item for item in decode(body)[1] if isinstance(item, Decision) and item.lamp == lamp)
