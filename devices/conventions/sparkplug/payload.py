"""A payload of Sparkplug B: its metrics, read and written by protobuf.

The message is described here, with those of its fields that are used; protobuf passes over the others. What is wrong in
the bytes is `Malformed`.

Source: Eclipse Sparkplug 3.0.0, chapter 6, "Payloads" (fields and their numbers, datatypes, quality codes).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from devices.convention import Malformed
from devices.described import Described, Sort
from devices.payload import shown

LONGEST: Final = 1024 * 1024
"""Bytes of a payload; a birth names every metric, data those that changed."""

MOST: Final = 4000
"""Metrics of a payload."""

LONGEST_NAME: Final = 256

SIGNED: Final = {1: 8, 2: 16, 3: 32, 4: 64}
"""Bits of signed integers: they are sent as the unsigned ones that have the same bits."""

BOOLEAN: Final = 11
FLOAT: Final = 9
DOUBLE: Final = 10
LONG: Final = frozenset({4, 8, 13})
TEXTS: Final = (12, 14)
SORTS: Final[Mapping[int, Sort]] = {
    **dict.fromkeys(range(1, 9), "whole"),
    **dict.fromkeys((FLOAT, DOUBLE), "number"),
    **dict.fromkeys(TEXTS, "word"),
    BOOLEAN: "truth",
    0: "unknown",
}
"""What datatypes are; all others (times, files, datasets, templates) are none of ours."""

GOOD: Final = 192
"""The quality of a value that is none of bad (0) and stale (500)."""

_OPTIONAL, _REPEATED = 1, 3
_UINT32, _UINT64, _FLOAT, _DOUBLE, _BOOL, _STRING, _MESSAGE = 13, 4, 2, 1, 8, 9, 11
_VALUES = (
    *(("int_value", _UINT32), ("long_value", _UINT64), ("float_value", _FLOAT)),
    *(("double_value", _DOUBLE), ("boolean_value", _BOOL), ("string_value", _STRING)),
)
_UNIT = ("engUnit", "EngUnit", "unit", "units", "Unit", "Units")


@dataclass(frozen=True, slots=True)
class Metric:
    """One value: its name or the alias that a birth gave it (None if it has none), its time in ms, what it is of.

    `datatype` is 0 where it is left out; `raw` is None for null, and for what is no plain value.
    """

    name: str = ""
    alias: int | None = None
    time: int | None = None
    datatype: int = 0
    historical: bool = False
    raw: int | float | bool | str | None = None
    properties: Mapping[str, int | float | bool | str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether nothing says that the value is bad or stale."""
        return self.properties.get("Quality", GOOD) == GOOD

    def value(self, datatype: int) -> int | float | bool | str | None:
        """The value as its datatype means it; None if there is none."""
        raw = self.raw
        bits = SIGNED.get(datatype)
        if isinstance(raw, int) and not isinstance(raw, bool):
            if datatype == BOOLEAN:
                return raw != 0
            if bits is not None:
                low = raw & ((1 << bits) - 1)
                return low - (1 << bits) if low >> (bits - 1) else low
        if isinstance(raw, float) and not math.isfinite(raw):
            return None
        return raw

    def described(self) -> Described:
        """What a birth says of it: its datatype, and the unit and limits of its properties."""
        unit = next((said for key in _UNIT if isinstance(said := self.properties.get(key), str)), "")
        lowest, highest = (_limit(self.properties.get(key)) for key in ("engLow", "engHigh"))
        return Described(SORTS.get(self.datatype, "other"), unit, (), lowest, highest)


@dataclass(frozen=True, slots=True)
class Payload:
    """The metrics of a message, and when it was sent (ms since 1970)."""

    time: int | None
    metrics: Sequence[Metric]


def read(payload: bytes) -> Payload:
    """Read a payload. Raises `Malformed`."""
    from google.protobuf.message import DecodeError  # only those who have Sparkplug pay for it

    if len(payload) > LONGEST:
        raise Malformed(f"at most {LONGEST} bytes", f"{len(payload)} bytes")
    message = _class()()
    try:
        message.ParseFromString(payload)
    except DecodeError:
        raise Malformed("a Sparkplug payload (protobuf)", shown(payload)) from None
    if len(message.metrics) > MOST:
        raise Malformed(f"at most {MOST} metrics", str(len(message.metrics)))
    return Payload(_time(message), [_metric(metric) for metric in message.metrics])


def write(metrics: Sequence[Metric], time: int | None) -> bytes:
    """Write metrics with their names, or with their aliases where they have one."""
    message = _class()()
    if time is not None:
        message.timestamp = time
    for metric in metrics:
        written = message.metrics.add()
        if metric.alias is not None:
            written.alias = metric.alias
        else:
            written.name = metric.name
        if time is not None:
            written.timestamp = time
        written.datatype = metric.datatype
        setattr(written, _field(metric.datatype), _bits(metric))
    return bytes(message.SerializeToString())


def _field(datatype: int) -> str:
    """In which field a value of a datatype is sent."""
    own = {
        BOOLEAN: "boolean_value",
        FLOAT: "float_value",
        DOUBLE: "double_value",
        **dict.fromkeys(TEXTS, "string_value"),
    }
    if datatype in own:
        return own[datatype]
    return "long_value" if datatype in LONG else "int_value"


def _bits(metric: Metric) -> int | float | bool | str | None:
    """A value as it is sent: a negative number as the unsigned one that has its bits."""
    if isinstance(metric.raw, int) and metric.raw < 0:
        return metric.raw + (1 << 64 if metric.datatype in LONG else 1 << 32)
    return metric.raw


def _metric(message: Any) -> Metric:
    name = message.name if isinstance(message.name, str) else ""
    if len(name) > LONGEST_NAME:
        raise Malformed(f"names of at most {LONGEST_NAME} characters", shown(name), "metric")
    return Metric(
        name,
        message.alias if message.HasField("alias") else None,
        _time(message),
        message.datatype,
        message.is_historical,
        None if message.is_null else _plain(message),
        dict(_properties(message.properties)),
    )


def _properties(message: Any) -> Iterator[tuple[str, int | float | bool | str]]:
    for key, value in zip(message.keys, message.values, strict=False):
        plain = None if value.is_null else _plain(value)
        if isinstance(key, str) and plain is not None:
            yield key, plain


def _plain(message: Any) -> int | float | bool | str | None:
    which = message.WhichOneof("value")
    raw = None if which is None else getattr(message, which)
    if isinstance(raw, bytes):
        return None
    # A single-precision number is what its seven digits say, not what they are in double precision.
    return float(f"{raw:.7g}") if which == "float_value" else raw


def _time(message: Any) -> int | None:
    return message.timestamp or None


def _limit(said: object) -> float | None:
    number = isinstance(said, int | float) and not isinstance(said, bool) and math.isfinite(said)
    return float(said) if number and isinstance(said, int | float) else None


@cache
def _class() -> Any:
    """Build the class of payloads of the description of its fields."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b.proto", package="sparkplug", syntax="proto2")
    _describe(file, "PropertyValue", (("type", 1, _UINT32), ("is_null", 2, _BOOL)), 3)
    _describe(file, "PropertySet", (("keys", 1, _STRING, ""), ("values", 2, _MESSAGE, "PropertyValue")), None)
    fields = (("name", 1, _STRING), ("alias", 2, _UINT64), ("timestamp", 3, _UINT64), ("datatype", 4, _UINT32))
    flags = (("is_historical", 5, _BOOL), ("is_null", 7, _BOOL), ("properties", 9, _MESSAGE))
    _describe(file, "Metric", (*fields, *flags), 10)
    _describe(file, "Payload", (("timestamp", 1, _UINT64), ("metrics", 2, _MESSAGE, "Metric")), None)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("sparkplug.Payload"))


def _describe(file: Any, name: str, fields: Sequence[tuple[Any, ...]], values_from: int | None) -> None:
    """Describe a message: fields of a name, number and type, repeated if another message or "" follows."""
    message = file.message_type.add(name=name)
    for field_name, number, kind, *of in fields:
        made = message.field.add(name=field_name, number=number, type=kind, label=_REPEATED if of else _OPTIONAL)
        if kind == _MESSAGE:
            made.type_name = f".sparkplug.{of[0] if of else 'PropertySet'}"
    if values_from is not None:
        message.oneof_decl.add(name="value")
        for offset, (field_name, kind) in enumerate(_VALUES):
            message.field.add(name=field_name, number=values_from + offset, type=kind, label=_OPTIONAL, oneof_index=0)
