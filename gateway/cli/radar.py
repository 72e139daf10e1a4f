"""The people in front of a radar, seen from above. Where they are is shown and never kept."""

import asyncio
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from devices.convention import Malformed
from devices.conventions.ld2450.frame import Target, targets
from devices.device import Device
from gateway.control.ask import NoGatewayError, ask
from gateway.control.words import OverhearRequest, Refused

REACH, HALF = 6.0, 6.0
"""Metres ahead and to each side that are drawn: the radar sees 6 m (Hi-Link, data sheet)."""

COLUMNS, ROWS = 49, 13


class Radar:
    """The last frame of a radar, by the running gateway's word."""

    def __init__(self, state: Path, port_link: str, line: float | None) -> None:
        self.line = line
        self._state = state
        self._link = port_link
        self._after: int | None = None
        self._last: list[Target] | None = None

    @classmethod
    def of(cls, device: Device, state: Path) -> Self | None:
        """The radar that a device is, if its frames say where people are."""
        if device.convention != "ld2450":
            return None
        line = device.options.get("count_line")
        return cls(state, device.link, float(line) if isinstance(line, int | float) else None)

    def look(self) -> list[Target] | None:
        """Who is there by its last frame; None where none came lately or no gateway tells."""
        try:
            told: Any = asyncio.run(ask(self._state, OverhearRequest(after=self._after, link=self._link)))
        except (NoGatewayError, Refused):
            return None
        self._after = int(told["last"])
        for message in reversed(told["messages"]):
            try:
                self._last = targets(b64decode(message["payload"]))
            except Malformed:
                continue
            break
        return self._last


def from_above(radar: Radar) -> Iterator[str]:
    """The picture, line by line: the radar at the top, its line across, everybody as a number."""
    yield from drawn(radar.look(), radar.line)


def drawn(there: list[Target] | None, line: float | None) -> Iterator[str]:
    """Draw targets (millimetres) before a radar that counts at `line` metres ahead (None: it counts nobody)."""
    if there is None:
        yield "  (no frame yet)"
        return
    rows = [[" "] * COLUMNS for _ in range(ROWS)]
    if line is not None and 0 <= line <= REACH:
        rows[_row(line)] = ["-"] * COLUMNS
    rows[0][COLUMNS // 2] = "^"
    for number, target in enumerate(there, 1):
        column = round((target.x / 1000 + HALF) / (2 * HALF) * (COLUMNS - 1))
        if 0 <= column < COLUMNS and 0 <= target.y / 1000 <= REACH:
            rows[_row(target.y / 1000)][column] = str(number)
    for number, row in enumerate(rows):
        yield f"  {number * REACH / (ROWS - 1):>4.1f} m |{''.join(row)}|"
    yield f"         {-HALF:<+8g}{'radar at ^, metres to each side':^{COLUMNS - 14}}{HALF:>+6g}"
    for number, target in enumerate(there, 1):
        way = "goes away" if target.speed > 0 else "comes" if target.speed < 0 else "stands"
        place = f"{target.y / 1000:.1f} m ahead, {target.x / 1000:+.1f} m across"
        yield f"  {number}: {place}, {way} {abs(target.speed) / 100:.1f} m/s"
    if not there:
        yield "  nobody"


def _row(ahead: float) -> int:
    return round(ahead / REACH * (ROWS - 1))
