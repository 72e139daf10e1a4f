"""What was ordered and by whom: decisions of a lamp around a moment, adopted plans, and all orders of a stretch."""

from collections.abc import Iterator
from typing import Final

from devices.device import DeviceId
from gateway.lighting.decision import Decision, Snapshot
from gateway.lighting.facts import Maintenance, Override
from gateway.record.codec import decode
from gateway.record.entry import Adopted, Entry
from gateway.record.reader import Adoption, Reader
from gateway.record.search import seq_at

_FEW: Final = 20
"""Rows of a statement where somebody wants more than the first."""
_PAGE: Final = 500
_ORDERED: Final = tuple(f'["{tag}",'.encode() for tag in "ocm")
"""How the items of a body begin that are orders of persons (codec); in a text the quotes would have backslashes."""


def decided_before(reader: Reader, lamp: DeviceId, seq: int, after: int = 0) -> Iterator[Decision]:
    """The decisions for a lamp in the entries up to one and behind another, newest first.

    As far back as decisions are kept. The first is looked for alone: mostly nobody wants a second one.
    """
    size = 1
    while rows := reader.rows(
        "SELECT seq, body FROM ledger NOT INDEXED WHERE holds & 1 AND seq <= ? AND seq > ? AND instr(body, ?) "
        "ORDER BY seq DESC LIMIT ?",
        *(seq, after, _named(lamp), size),
    ):
        for _, body in rows:
            yield from reversed(list(_of(lamp, body)))
        seq, size = rows[-1][0] - 1, _FEW


def decided_after(reader: Reader, lamp: DeviceId, seq: int) -> Iterator[Decision]:
    """The decisions for a lamp in the entries behind one, in order."""
    while rows := reader.rows(
        "SELECT seq, body FROM ledger NOT INDEXED WHERE holds & 1 AND seq > ? AND instr(body, ?) ORDER BY seq LIMIT 1",
        *(seq, _named(lamp)),
    ):
        seq, body = rows[0]
        yield from _of(lamp, body)


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
        "SELECT body FROM ledger NOT INDEXED WHERE seq <= ? AND (instr(body, ?) OR instr(body, ?)) "
        "ORDER BY seq DESC LIMIT 1",
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
    """The entries with decisions, adopted plans and orders of persons learned at start < at <= end (nanoseconds).

    In the order in which they were learned: where the clock was set back the times go back, too. Of entries that are
    older than readings are kept, those are left that decided something or adopted a plan.
    """
    after = seq_at(reader, start)
    while rows := reader.rows(
        "SELECT seq, at, body FROM ledger NOT INDEXED WHERE seq > ? AND at > ? AND at <= ? "
        "AND (holds & 9 OR instr(body, ?) OR instr(body, ?) OR instr(body, ?)) ORDER BY seq LIMIT ?",
        *(after, start, end, *_ORDERED, _PAGE),
    ):
        after = rows[-1][0]
        for seq, at, body in rows:
            yield Entry(at, *decode(body), seq=seq)


def trimmed(reader: Reader) -> int | None:
    """Up to when (ns) only decisions and plans are kept; None where everything still is."""
    rows = reader.rows(
        "SELECT at FROM ledger WHERE seq > (SELECT value FROM meta WHERE key = 'trimmed') ORDER BY seq LIMIT 1"
    )
    return next((int(at) for (at,) in rows), None)


def _named(lamp: DeviceId) -> bytes:
    """How a body names a device: an identifier is a slug, so that JSON writes it as it is."""
    return f'"{lamp}"'.encode()


def _of(lamp: DeviceId, body: bytes) -> Iterator[Decision]:
    yield from (item for item in decode(body)[1] if isinstance(item, Decision) and item.lamp == lamp)
