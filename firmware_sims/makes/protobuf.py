"""The wire format of protocol buffers, as much of it as a Sparkplug payload needs, by hand. Pure.

Source: protobuf.dev, "Encoding"; Eclipse Sparkplug 3.0.0, chapter 6 (sparkplug_b.proto: fields and datatypes).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

VARINT, EIGHT_BYTES, SIZED, FOUR_BYTES = 0, 1, 2, 5
FIXED = {EIGHT_BYTES: 8, FOUR_BYTES: 4}
MORE = 0x80

INT32, INT64, UINT64, FLOAT, BOOLEAN, STRING = 3, 4, 8, 9, 11, 12
"""Datatypes of Sparkplug."""

_TIME, _METRICS, _SEQ = 1, 2, 3
_NAME, _ALIAS, _METRIC_TIME, _DATATYPE, _IS_NULL, _PROPERTIES = 1, 2, 3, 4, 7, 9
_INT, _LONG, _FLOAT, _DOUBLE, _BOOLEAN, _STRING = 10, 11, 12, 13, 14, 15
_KEYS, _VALUES = 1, 2
_TYPE, _TEXT = 1, 8


@dataclass(frozen=True, slots=True)
class Metric:
    """One value, None for null: by name, or by alias, or both in a birth; `unit` goes into its property engUnit."""

    datatype: int
    value: float | bool | str | None
    name: str = ""
    alias: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One value of a command: by name or by alias."""

    name: str
    alias: int | None
    value: float | bool | None


def payload(metrics: list[Metric], time: int, seq: int | None) -> bytes:
    """The bytes of a payload; `time` in milliseconds. A death certificate has no sequence number."""
    body = _field(_TIME, _varint(time), VARINT)
    for metric in metrics:
        body += _sized(_METRICS, _metric(metric, time))
    return body if seq is None else body + _field(_SEQ, _varint(seq), VARINT)


def told(data: bytes) -> list[Told]:
    """The values of a command. Raises `ValueError` for bytes that are none."""
    return [_told(inner) for number, inner in _fields(data) if number == _METRICS and isinstance(inner, bytes)]


def _metric(metric: Metric, time: int) -> bytes:
    body = _sized(_NAME, metric.name.encode()) if metric.name else b""
    if metric.alias is not None:
        body += _field(_ALIAS, _varint(metric.alias), VARINT)
    body += _field(_METRIC_TIME, _varint(time), VARINT) + _field(_DATATYPE, _varint(metric.datatype), VARINT)
    if metric.unit:
        value = _field(_TYPE, _varint(STRING), VARINT) + _sized(_TEXT, metric.unit.encode())
        body += _sized(_PROPERTIES, _sized(_KEYS, b"engUnit") + _sized(_VALUES, value))
    return body + _value(metric)


def _value(metric: Metric) -> bytes:
    if metric.value is None:
        return _field(_IS_NULL, b"\1", VARINT)
    if metric.datatype == INT32:
        return _field(_INT, _varint(int(metric.value) & 0xFFFFFFFF), VARINT)
    if metric.datatype in (INT64, UINT64):
        return _field(_LONG, _varint(int(metric.value) & 0xFFFFFFFFFFFFFFFF), VARINT)
    if metric.datatype == FLOAT:
        return _field(_FLOAT, struct.pack("<f", metric.value), FOUR_BYTES)
    if metric.datatype == BOOLEAN:
        return _field(_BOOLEAN, _varint(int(bool(metric.value))), VARINT)
    return _sized(_STRING, str(metric.value).encode())


def _varint(value: int) -> bytes:
    written = bytearray()
    while value >= MORE:
        written.append(value & 0x7F | MORE)
        value >>= 7
    written.append(value)
    return bytes(written)


def _field(number: int, data: bytes, kind: int) -> bytes:
    return _varint(number << 3 | kind) + data


def _sized(number: int, data: bytes) -> bytes:
    return _field(number, _varint(len(data)) + data, SIZED)


def _told(data: bytes) -> Told:
    name, alias, value = "", None, None
    for number, said in _fields(data):
        if number == _NAME and isinstance(said, bytes):
            name = said.decode(errors="replace")
        elif number == _ALIAS and isinstance(said, int):
            alias = said
        elif number in (_INT, _LONG) and isinstance(said, int):
            value = float(said)
        elif number == _BOOLEAN and isinstance(said, int):
            value = bool(said)
        elif number == _FLOAT and isinstance(said, bytes):
            (value,) = struct.unpack("<f", said)
        elif number == _DOUBLE and isinstance(said, bytes):
            (value,) = struct.unpack("<d", said)
    return Told(name, alias, value)


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field's number, and its number or bytes."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        if key & 7 == VARINT:
            value, at = _read_varint(data, at)
            yield key >> 3, value
            continue
        if key & 7 == SIZED:
            size, at = _read_varint(data, at)
        elif key & 7 in FIXED:
            size = FIXED[key & 7]
        else:
            raise ValueError(f"expected a wire type of 0, 1, 2 or 5, found {key & 7}")
        if at + size > len(data):
            raise ValueError(f"expected {size} bytes, found {len(data) - at}")
        yield key >> 3, data[at : at + size]
        at += size


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            break
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < MORE:
            return value, at
    raise ValueError("expected a varint of at most 10 bytes")
