"""What control gear answered, as the link writes it down: raw numbers, and bytes of memory banks in hexadecimal."""

from dataclasses import dataclass
from typing import Final

from devices.convention import Malformed
from devices.conventions.dali.curve import FULL, MASK, Curve
from devices.payload import Tree, an_object, shown
from devices.values import whole

BYTE: Final = 255

ENERGY_BYTES, POWER_BYTES, TIME_BYTES = 7, 5, 4
"""Lengths of active energy and active power (bank 202, a scale and the value), and of operating time (bank 205)."""

LARGEST_SCALE: Final = 6


@dataclass(frozen=True, slots=True)
class Nature:
    """What gear is, as it was asked: its dimming curve (None: it cannot say), and the bounds of its arc power."""

    curve: Curve | None
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class State:
    """What gear does: its arc power, its status, and what its meters say of watts, watt-hours and seconds, if asked."""

    arc: int
    status: "Status"
    power: float | None = None
    energy: float | None = None
    operating_time: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The answer to QUERY STATUS (IEC 62386-102, 11.5.2), as far as it matters here."""

    gear_failure: bool
    lamp_failure: bool
    fading: bool
    power_cycled: bool

    @classmethod
    def of(cls, bits: int) -> "Status":
        """Take it apart."""
        return cls(bool(bits & 0x01), bool(bits & 0x02), bool(bits & 0x10), bool(bits & 0x80))


def read(payload: bytes) -> Nature | State:
    """Read what the link wrote down. Raises `Malformed`."""
    said = an_object(payload)
    if "status" in said:
        return State(
            _byte(said, "actual_level"),
            Status.of(_byte(said, "status")),
            _scaled(said, "active_power", POWER_BYTES),
            _scaled(said, "active_energy", ENERGY_BYTES),
            _seconds(said),
        )
    if "minimum" not in said:
        raise Malformed("what gear does (status) or what it is (minimum)", shown(said))
    curve = said.get("dimming_curve")
    known = {each.value: each for each in Curve}
    return Nature(
        None if curve is None else known.get(_byte(said, "dimming_curve")),
        _bound(said, "minimum", 1),
        _bound(said, "maximum", FULL),
    )


def _byte(said: dict[str, Tree], key: str) -> int:
    value = whole(said.get(key))
    if not 0 <= value <= BYTE:
        raise Malformed("a byte, 0 to 255", shown(said.get(key)), key)
    return value


def _bound(said: dict[str, Tree], key: str, otherwise: int) -> int:
    """A bound of arc power; gear that cannot say one has the widest."""
    if said.get(key) is None:
        return otherwise
    value = _byte(said, key)
    return value if 1 <= value < MASK else otherwise


def _bytes(said: dict[str, Tree], key: str, length: int) -> bytes | None:
    written = said.get(key)
    if written is None:
        return None
    try:
        raw = bytes.fromhex(written)
    except (TypeError, ValueError):
        raw = b""
    if len(raw) != length:
        raise Malformed(f"{length} bytes in hexadecimal", shown(written), key)
    return raw


def _scaled(said: dict[str, Tree], key: str, length: int) -> float | None:
    """A value of bank 202: a signed power of ten and an unsigned number (DiiA specification part 252, 4.2).

    None where the gear has no value: all bits set but the last is "not now", and a scale beyond 6 is no scale.
    """
    raw = _bytes(said, key, length)
    if raw is None:
        return None
    scale, number = int.from_bytes(raw[:1], signed=True), int.from_bytes(raw[1:])
    if abs(scale) > LARGEST_SCALE or number >= _not_now(length - 1):
        return None
    return float(number * 10**scale) if scale >= 0 else number / 10**-scale


def _seconds(said: dict[str, Tree]) -> float | None:
    """The operating time of the gear in seconds, whether it shone or not (DiiA specification part 253, bank 205)."""
    raw = _bytes(said, "operating_time", TIME_BYTES)
    number = None if raw is None else int.from_bytes(raw)
    return None if number is None or number >= _not_now(TIME_BYTES) else float(number)


def _not_now(length: int) -> int:
    """TMASK: the value for the time being unknown; one more is MASK."""
    return int(256**length) - 2
