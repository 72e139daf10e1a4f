"""Entries as compact JSON: what a row of the ledger holds, packed where it holds several (bundle.py).

A body is `[learned, made]`, two arrays of items. An item is an array that begins with a one-letter tag; what follows
are the fields of its type in order, mostly those that differ from their defaults. Payloads are base64.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Container, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias, cast

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from devices.convention import Announcement, Numbered, Rejected
from devices.device import DeviceId
from devices.light import LightState
from devices.message import Message
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.lighting.decision import Cause, Decision, Rank, Snapshot
from gateway.lighting.facts import Cancel, ClockSet, Maintenance, Measured, Override, Proof
from gateway.lighting.plan import Place, Plan
from gateway.record.entry import Adopted, Declined, Files, Learned, Made
from gateway.record.errors import DamagedError, RecordError

Item: TypeAlias = Learned | Made
Row: TypeAlias = list[Any]
"""An item as JSON holds it; what stands where is known to the two functions of its tag alone."""
Body: TypeAlias = Any
"""What JSON is a body, or should be: two lists of items."""

DIGEST: Final = 16
"""Bytes of the digest of a message."""
SERIES: Final = frozenset("rl")
"""Tags of the items that say something of a series; these and lamps have the device behind their tag."""
SPOKEN: Final = SERIES | frozenset("ab")
"""Tags of what devices say of themselves: availability and numbers, too."""


def encode(learned: Sequence[Learned], made: Sequence[Made]) -> bytes:
    """Write the items of an entry as JSON.

    Text that no UTF-8 can hold (lone surrogates) is written with backslashes: an odd message must not stop the record.
    """
    rows = [[_WRITERS[type(item)](item) for item in learned], [_WRITERS[type(item)](item) for item in made]]
    try:
        return to_json(rows)
    except ValueError:
        return to_json(_plain(rows))


def decode(body: bytes) -> tuple[tuple[Learned, ...], tuple[Made, ...]]:
    """Read the items of an entry back. Raises `RecordError` for what `encode` of this version did not write.

    What is no JSON at all no version wrote: that is a `DamagedError`.
    """
    return items(parse(body))


def parse(body: bytes) -> Body:
    """Read a body as JSON, without making items of it. Raises `DamagedError`."""
    try:
        return from_json(body)
    except ValueError as error:
        raise DamagedError(f"expected an entry, found {body[:80]!r}: {error}") from error


def items(
    body: Body, tags: Container[str] | None = None, device: DeviceId | None = None
) -> tuple[tuple[Learned, ...], tuple[Made, ...]]:
    """Make the items of a body, or those of some tags, of one device. Raises `RecordError`.

    To make a plan takes a thousand times as long as a reading: who looks for readings leaves the rest.
    """
    try:
        learned, made = body
        if tags is not None:
            learned, made = ([row for row in part if row[0] in tags] for part in (learned, made))
        if device is not None:
            learned, made = ([row for row in part if row[1] == device] for part in (learned, made))
        return (
            cast("tuple[Learned, ...]", tuple([_READERS[row[0]](row) for row in learned])),
            cast("tuple[Made, ...]", tuple([_READERS[row[0]](row) for row in made])),
        )
    except (ValueError, LookupError, TypeError) as error:
        raise RecordError(f"expected an entry of this version, found {str(body)[:80]}: {error}") from error


def _plain(value: object) -> object:
    """Make every text in nested rows encodable."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _write_reading(item: Reading) -> Row:
    # `_value_` is what `value` gives, without the five calls of a property that enums have.
    head = ["r", item.device, item.quantity._value_, item.value, item.time]
    if item.channel or item.period is not None or item.quality is not Quality.GOOD:
        return [*head, item.channel, item.period, item.quality._value_]
    return head


def _read_reading(row: Row) -> Reading:
    if len(row) == 5:  # noqa: PLR2004 - tag and the four fields that every reading has
        return Reading(DeviceId(row[1]), Quantity(row[2]), row[3], row[4])
    return Reading(DeviceId(row[1]), Quantity(row[2]), row[3], row[4], row[5], row[6], Quality(row[7]))


def _write_state(item: LightState) -> Row:
    known = [item.power, item.energy, item.target, item.confirms, sorted(item.faults)]
    return ["l", item.lamp, item.level, item.time, *known]


def _read_state(row: Row) -> LightState:
    _, lamp, level, time, power, energy, target, confirms, faults = row
    return LightState(DeviceId(lamp), level, time, power, energy, target, confirms, frozenset(faults))


def _write_availability(item: Availability) -> Row:
    return ["a", item.device, item.online, item.time, item.retained]


def _read_availability(row: Row) -> Availability:
    _, device, online, time, retained = row
    return Availability(DeviceId(device), online, time, retained)


def _write_announcement(item: Announcement) -> Row:
    return ["n", item.convention, item.address, *item.offers]


def _read_announcement(row: Row) -> Announcement:
    _, convention, address, *offers = row
    return Announcement(convention, address, tuple(offers))


def _write_numbered(item: Numbered) -> Row:
    return ["b", item.device, item.boot, item.seq]


def _read_numbered(row: Row) -> Numbered:
    _, device, boot, seq = row
    return Numbered(DeviceId(device), boot, seq)


def _write_rejected(item: Rejected) -> Row:
    message = item.message
    payload = b64encode(message.payload).decode("ascii")
    return ["x", message.topic, payload, message.time, message.retained, item.expected, item.found, item.where]


def _read_rejected(row: Row) -> Rejected:
    _, topic, payload, time, retained, expected, found, where = row
    return Rejected(Message(topic, b64decode(payload), time, retained), expected, found, where)


def _write_override(item: Override) -> Row:
    who = [item.owner, item.reason, item.force, item.caller, item.by_clock]
    if item.proving:
        who.append(item.proving)
    return ["o", item.id, item.target, item.level, item.start, item.expires, *who]


def _read_override(row: Row) -> Override:
    return Override(*row[1:])


def _write_cancel(item: Cancel) -> Row:
    return ["c", item.override, item.owner, item.caller]


def _read_cancel(row: Row) -> Cancel:
    return Cancel(*row[1:])


def _write_maintenance(item: Maintenance) -> Row:
    return ["m", item.id, item.lamp, item.start, item.expires, item.owner, item.reason, item.caller]


def _read_maintenance(row: Row) -> Maintenance:
    return Maintenance(*row[1:])


def _write_proof(item: Proof) -> Row:
    return ["f", item.target, item.time, item.by, item.verdict, item.points, item.owner, item.caller]


def _read_proof(row: Row) -> Proof:
    _, target, time, by, verdict, points, owner, caller = row
    return Proof(DeviceId(target), time, by, verdict, tuple(Measured(*point) for point in points), owner, caller)


def _write_clock_set(item: ClockSet) -> Row:
    return ["t", item.shift, item.sure]


def _read_clock_set(row: Row) -> ClockSet:
    return ClockSet(*row[1:])


def _write_place(place: Place | None) -> Row | None:
    return None if place is None else [place.file, place.line, place.column, place.text]


def _write_cause(cause: Cause) -> Row:
    because = [_write_reading(item) if isinstance(item, Reading) else _write_override(item) for item in cause.because]
    return [cause.rank.value, cause.level, cause.figure, because, cause.note, cause.key, _write_place(cause.place)]


def _read_cause(row: Row) -> Cause:
    rank, level, figure, because, note, key, place = row
    behind = tuple(_read_reading(item) if item[0] == "r" else _read_override(item) for item in because)
    return Cause(Rank(rank), level, figure, behind, note, key, None if place is None else Place(*place))


def _write_decision(item: Decision) -> Row:
    return ["d", item.time, item.lamp, item.level, item.ramp, *map(_write_cause, item.causes)]


def _read_decision(row: Row) -> Decision:
    _, time, lamp, level, ramp, *causes = row
    return Decision(time, DeviceId(lamp), level, ramp, tuple(map(_read_cause, causes)))


def _write_snapshot(item: Snapshot) -> Row:
    return ["s", item.digest, item.version, item.state]


def _read_snapshot(row: Row) -> Snapshot:
    return Snapshot(*row[1:])


@cache
def _plans() -> TypeAdapter[Plan]:
    """Build the reader of plans when the first one comes: most processes never meet one."""
    return TypeAdapter(Plan)


def _write_adopted(item: Adopted) -> Row:
    files = "" if item.files is None else item.files.digest
    return ["p", item.version, _plans().dump_python(item.plan, mode="json"), item.by, item.note, files]


def _read_adopted(row: Row) -> Adopted:
    _, version, plan, *more = row
    by, note, files = more or ("", "", "")  # the first release knew neither who nor by which files
    return Adopted(_plans().validate_python(plan), version, by, note, Files(files) if files else None)


def _write_declined(item: Declined) -> Row:
    return ["e", item.by, item.note, item.total, *item.mistakes]


def _read_declined(row: Row) -> Declined:
    _, by, note, total, *mistakes = row
    return Declined(by, note, tuple(mistakes), total)


_WRITERS: dict[type, Callable[[Any], Row]] = {
    Reading: _write_reading,
    LightState: _write_state,
    Availability: _write_availability,
    Announcement: _write_announcement,
    Numbered: _write_numbered,
    Rejected: _write_rejected,
    Override: _write_override,
    Cancel: _write_cancel,
    Maintenance: _write_maintenance,
    Proof: _write_proof,
    ClockSet: _write_clock_set,
    Decision: _write_decision,
    Snapshot: _write_snapshot,
    Adopted: _write_adopted,
    Declined: _write_declined,
}
_READERS: dict[str, Callable[[Row], Item]] = {
    "r": _read_reading,
    "l": _read_state,
    "a": _read_availability,
    "n": _read_announcement,
    "b": _read_numbered,
    "x": _read_rejected,
    "o": _read_override,
    "c": _read_cancel,
    "m": _read_maintenance,
    "f": _read_proof,
    "t": _read_clock_set,
    "d": _read_decision,
    "s": _read_snapshot,
    "p": _read_adopted,
    "e": _read_declined,
}
