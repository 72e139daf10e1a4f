"""A SenML pack into its records, resolved: base fields added, names whole, times in nanoseconds.

Source: RFC 8428, sections 4.1 to 4.6 (fields, resolved records), 5 (JSON) and 6 (CBOR).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from devices.convention import Malformed
from devices.message import SECOND
from devices.payload import Tree, shown
from devices.values import number

VERSION = 10
"""The newest version of SenML that is understood; a pack of a newer one is refused (section 4.4)."""

RELATIVE_UNTIL = 2**28
"""Seconds: a time below this is relative to now, from it on it is Unix time (section 4.5.3)."""

MOST_RECORDS = 1000
LONGEST_NAME = 256

LABELS = {-1: "bver", -2: "bn", -3: "bt", -4: "bu", -5: "bv", -6: "bs"} | {
    0: "n",
    1: "u",
    2: "v",
    3: "vs",
    4: "vb",
    5: "s",
    6: "t",
    7: "ut",
    8: "vd",
}
"""CBOR's labels (section 6, table 4)."""


@dataclass(frozen=True, slots=True)
class Record:
    """One resolved record: its whole name and unit, its value (a number, a truth or a text), and when it was."""

    name: str
    unit: str
    value: float | bool | str | None
    total: float | None
    time: int


def records(pack: Tree, now: int) -> Iterator[Record]:
    """Resolve a pack that came at `now` (nanoseconds). Raises `Malformed` after the records before a bad one."""
    listed = [pack] if isinstance(pack, dict) else pack
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_RECORDS:
        raise Malformed(f"a list of 1 to {MOST_RECORDS} records", shown(pack))
    base: dict[str, Tree] = {}
    for index, written in enumerate(listed, 1):
        if not isinstance(written, dict):
            raise Malformed("a record", shown(written), f"record {index}")
        record = {LABELS.get(key, key) if isinstance(key, int) else key: value for key, value in written.items()}
        base |= {key: record[key] for key in ("bn", "bt", "bu", "bv", "bs", "bver") if key in record}
        unknown = [key for key in record if isinstance(key, str) and key.endswith("_")]
        if unknown:
            raise Malformed(
                "fields that may be passed over", f"{unknown[0]}, which must be understood", f"record {index}"
            )
        if _version(base) > VERSION:
            raise Malformed(f"SenML of version {VERSION} or older", f"version {base['bver']}", "bver")
        if any(key in record for key in ("v", "vb", "vs", "vd", "s")):
            yield _resolved(base, record, now, f"record {index}")


def _version(base: dict[str, Tree]) -> float:
    return number(base.get("bver", VERSION))


def _resolved(base: dict[str, Tree], record: dict[Any, Tree], now: int, where: str) -> Record:
    name = f"{_text(base.get('bn', ''), where)}{_text(record.get('n', ''), where)}"
    if not 0 < len(name) <= LONGEST_NAME:
        raise Malformed(f"a name of 1 to {LONGEST_NAME} characters", shown(name), where)
    seconds = number(base.get("bt", 0)) + number(record.get("t", 0))
    # Relative times are added in nanoseconds: floats of Unix time would round them to microseconds.
    time = (now if seconds < RELATIVE_UNTIL else 0) + round(seconds * 1e6) * (SECOND // 1_000_000)
    value: float | bool | str | None = None
    if "v" in record:
        value = number(record["v"]) + number(base.get("bv", 0))
    elif isinstance(record.get("vb"), bool):
        value = record["vb"]
    elif isinstance(record.get("vs"), str):
        value = record["vs"]
    total = number(record["s"]) + number(base.get("bs", 0)) if "s" in record else None
    return Record(name, _text(record.get("u", base.get("bu", "")), where), value, total, time)


def _text(value: Tree, where: str) -> str:
    if not isinstance(value, str):
        raise Malformed("text", shown(value), where)
    return value
