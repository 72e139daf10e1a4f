"""Rows of the ledger: one entry each, or neighbours together. Pure.

A commit writes whole pages, and readings resemble each other: those that one commit brings are packed into few rows. A
row of many has the number and the time of its last entry. What is looked for by an index or by words in a body stays in
rows of its own, and so does what was learned by a clock that was not believed.
"""

import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

from devices.convention import Numbered
from devices.device import DeviceId
from devices.light import LightState
from devices.message import SECOND
from devices.reading import Availability, Reading
from gateway.links.delivery import Origin
from gateway.record.codec import DIGEST, Body, items, parse
from gateway.record.entry import Entry
from gateway.record.errors import DamagedError

MANY: Final = 128
"""Entries of one row at most: whoever wants one of them reads them all."""
FEW: Final = 4
"""Entries that are worth a row of many."""
SPAN: Final = 60 * SECOND
"""Nanoseconds from the first entry of a row to its last at most: so far before its time a row may begin."""
COLUMNS: Final = "seq, at, link, packet, digest, body, entries"
"""Of the ledger, as `entries` takes them."""

_LEVEL: Final = 1
"""Of zlib's nine the quickest: the others save two bytes more of a hundred and cost three times as much."""
_HIGHEST: Final = 65_535
"""Of packet ids, which have two bytes."""
_PLAIN: Final = (Reading, Numbered, LightState, Availability)


class Row(NamedTuple):
    """A row of the ledger, as its table has it: `seq` and `at` of its last entry, and how many `entries` there are.

    `packet` and `digest` are how a message came; in a row of many the digests stand one behind the other.
    """

    seq: int
    at: int
    holds: int
    link: str | None
    packet: int | None
    digest: bytes | None
    body: bytes
    entries: int = 1


def plain(entry: Entry) -> bool:
    """Whether an entry may share a row: it says of devices what they said, and was no reason for anything."""
    return all(type(item) in _PLAIN for item in entry.learned) and all(type(item) is Reading for item in entry.made)


def rows(singles: Iterable[tuple[Row, bool]]) -> Iterator[Row]:
    """Put neighbours together that came the same way; each row comes with whether it may share one."""
    for kind, found in groupby(singles, key=_kind):
        same = [row for row, _ in found]
        if kind is None:
            yield from same
            continue
        for few in _cut(same):
            yield from few if len(few) < FEW else (_together(few),)


def _kind(single: tuple[Row, bool]) -> tuple[object, ...] | None:
    """What entries of one row have in common; None of those that have one of their own."""
    row, may_share = single
    digest = None if row.digest is None else len(row.digest)
    return (row.link, row.packet is None, digest) if may_share and digest in {None, DIGEST} else None


def _cut(same: Sequence[Row]) -> Iterator[list[Row]]:
    """Parts of what is alike, none of them too many or too long; time that stepped back begins another."""
    part: list[Row] = []
    for row in same:
        if part and not (len(part) < MANY and part[-1].at <= row.at <= part[0].at + SPAN):
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _together(part: Sequence[Row]) -> Row:
    last = part[-1]
    packets = [] if last.packet is None else _steps([row.packet or 0 for row in part])
    times = _steps([row.at for row in part])
    said = b"[" + to_json(packets) + b"," + to_json(times) + b"," + b",".join(row.body for row in part) + b"]"
    digest = None if last.digest is None else b"".join(row.digest or b"" for row in part)
    return last._replace(digest=digest, body=zlib.compress(said, _LEVEL), entries=len(part))


def _steps(values: Sequence[int]) -> list[int]:
    """The first, and of each other how much it is more than the one before."""
    return [values[0], *(after - before for before, after in pairwise(values))]


class Packed(NamedTuple):
    """An entry whose items are not made yet: most of them are not what somebody looks for."""

    seq: int
    at: int
    origin: Origin | None
    body: Body

    def entry(self, tags: Container[str] | None = None, device: DeviceId | None = None) -> Entry:
        """All of it, or the items of some tags, of one device. Raises `RecordError`."""
        return Entry(self.at, *items(self.body, tags, device), self.origin, self.seq)


def packed(row: Sequence[Any]) -> Iterator[Packed]:
    """The entries of a row of `COLUMNS`, in order. Raises `DamagedError` for what no version wrote."""
    seq, at, link, packet, digest, body, many = row
    if many == 1:
        yield Packed(seq, at, _origin(link, packet, digest), parse(body))
        return
    try:
        packets, times, *bodies = parse(zlib.decompress(body))
    except (zlib.error, ValueError, TypeError) as error:
        raise _damaged(body, many) from error
    if not len(times) == len(bodies) == many or len(packets) not in {0, many}:
        raise _damaged(body, many)
    came = accumulate(packets) if packets else [None] * many
    for index, (learned_at, number, said) in enumerate(zip(accumulate(times), came, bodies, strict=True)):
        mark = None if digest is None else digest[DIGEST * index : DIGEST * (index + 1)]
        yield Packed(seq - many + 1 + index, learned_at, _origin(link, number, mark), said)


def packets(digest: bytes, body: bytes, many: int) -> list[tuple[int, bytes]]:
    """The packet ids and digests of a row of many, in order. Raises `DamagedError` for what no version wrote."""
    try:
        head, end, _ = zlib.decompress(body).partition(b"]")  # all of it: the checksum stands at its end
        came = list(accumulate(parse(head[1:] + end)))
    except (zlib.error, ValueError, TypeError) as error:
        raise _damaged(body, many) from error
    if len(came) != many or not all(type(packet) is int and 0 <= packet <= _HIGHEST for packet in came):
        raise _damaged(body, many)
    digests = (digest[DIGEST * index : DIGEST * (index + 1)] for index in range(many))
    return list(zip(came, digests, strict=True))


def _damaged(body: bytes, many: int) -> DamagedError:
    return DamagedError(f"expected {many} entries, found {body[:80]!r}")


def entries(row: Sequence[Any]) -> Iterator[Entry]:
    """The entries of a row of `COLUMNS`, in order. Raises `RecordError`, `DamagedError` for what no version wrote."""
    return (found.entry() for found in packed(row))


def _origin(link: str | None, packet: int | None, digest: bytes | None) -> Origin | None:
    return None if link is None else Origin(link, 0, packet, redelivered=False, digest=digest or b"")
