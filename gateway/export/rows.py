"""Entries as points of InfluxDB's line protocol, in milliseconds.

Readings and lamp states stand under the name of their quantity, with the tags `site`, `device` and, where there is
one, `channel`. Their fields are `value`, always a float so that the types of two firmwares never conflict, `period_s`
of a count, and `quality`, an integer that is left out when nothing speaks against the reading. Decisions stand under
`decision`, with the tags `site`, `device` and `rank` and the fields `level` (per cent) and `ramp_s`.

Sums of people must leave out what has 1 (retained) in `quality`: the broker repeated an old message. 24 is a count made
of a running total that began anew (8 estimated, 16 reset), 40 of one that went round (32 wrap). A lamp's level
between two decisions is the last one's; `level` is what the lamp says of itself.

The syntax: https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from devices.message import SECOND
from devices.reading import Quality, Reading
from gateway.lighting.decision import Decision
from gateway.record.entry import Entry
from gateway.record.history import MILLISECOND, readings

_UNSAYABLE = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_SPECIAL = re.compile(r"([,= ])")


class Line(NamedTuple):
    """One point as text, and the entry that it came from."""

    seq: int
    text: str


def lines(entry: Entry, site: str) -> Iterator[Line]:
    """All points of an entry, as the servers shall have them."""
    for reading in readings(entry):
        yield Line(entry.seq, _reading(reading, site))
    for item in entry.made:
        if isinstance(item, Decision):
            yield Line(entry.seq, _decision(item, site))


def _reading(reading: Reading, site: str) -> str:
    tags = _tags({"channel": reading.channel, "device": reading.device, "site": site})
    fields = f"value={float(reading.value)!r}"
    if reading.period is not None:
        fields += f",period_s={reading.period / SECOND!r}"
    if reading.quality is not Quality.GOOD:
        fields += f",quality={reading.quality.value}i"
    return f"{reading.quantity.value}{tags} {fields} {_milliseconds(reading.time)}"


def _decision(decision: Decision, site: str) -> str:
    tags = _tags({"device": decision.lamp, "rank": decision.decided.rank.value, "site": site})
    fields = f"level={float(decision.level)!r},ramp_s={decision.ramp / SECOND!r}"
    return f"decision{tags} {fields} {_milliseconds(decision.time)}"


def _milliseconds(time: int) -> int:
    """Round up, as the record does with readings."""
    return -(-time // MILLISECOND)


def _tags(tags: dict[str, str]) -> str:
    return "".join([f",{key}={escape(value)}" for key, value in tags.items() if value])


def escape(value: str) -> str:
    r"""Write a tag value so that every server reads the same.

    Comma, equals sign and space get a backslash. A backslash itself cannot be said in a way that all servers agree on
    (and at the end it would swallow what follows), nor can line ends and control characters: those become / and _.
    """
    if value.isalnum():
        return value
    return _SPECIAL.sub(r"\\\1", _UNSAYABLE.sub("_", value.replace("\\", "/")))
