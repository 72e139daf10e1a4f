"""What can be wrong with a simulated sensor of any make, and what that does to what it sees, knows and says. Pure.

A fault stands between the street and the make (what is seen), beside it (its clock), or behind it (its bytes), so that
each make has them all and knows of none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from firmware_sims.breakage import Faults
from firmware_sims.sight import Sight
from gateway.clock import SECOND

AN_HOUR = 3600 * SECOND

FLAP = SECOND
"""A contact that bounces turns over so often."""

BOUNCES = 3
"""How often a contact that bounces counts one person."""

RESTARTS = 60 * SECOND
"""A board whose supply is too weak starts anew so often."""


class Ailment(StrEnum):
    """What is wrong with a sensor."""

    NONE = "ok"
    """Nothing: it was mended."""
    SILENT = "silent"
    """It says nothing, and keeps its connection."""
    FLAPPING = "flapping"
    """A contact bounces: presence comes or goes every second, and each person is counted three times."""
    STUCK = "stuck"
    """It says again and again what it saw last, and counts nobody."""
    NOISY = "noisy"
    """Every second message is mutilated on its way, and its bits are turned over."""
    RESTARTING = "restarting"
    """It starts anew every minute: it is born again and forgets what it counted."""
    LONG_AGO = "1970"
    """Its clock began at 1970 with it."""
    AHEAD = "ahead"
    """Its clock is an hour ahead."""


SensorFaults = Faults(Ailment)
"""Reads `KIND@SECONDS` of a sensor."""


@dataclass(slots=True)
class Patient:
    """A sensor that may have something: the totals it counts up to, what it saw last, and its clock.

    `started` is when it was switched on (ns UTC).
    """

    started: int
    ailment: Ailment = Ailment.NONE
    total_in: int = 0
    total_out: int = 0
    near: int = 0
    said: int = 0

    def begin(self, now: int) -> None:
        """Start anew: what it counted is forgotten."""
        self.started, self.total_in, self.total_out = now, 0, 0

    def fall_ill(self, ailment: Ailment) -> None:
        """Have something else from now on, or be well."""
        self.ailment = ailment

    def seen(self, sight: Sight) -> Sight | None:
        """What it makes of a sight; None if it keeps that to itself."""
        if self.ailment is Ailment.STUCK:
            sight = replace(sight, came=0, went=0, near=self.near)
        elif self.ailment is Ailment.FLAPPING:
            sight = replace(sight, came=BOUNCES * sight.came, went=BOUNCES * sight.went)
        self.total_in += sight.came
        self.total_out += sight.went
        self.near = sight.near
        if self.ailment is Ailment.SILENT:
            return None
        return replace(sight, total_in=self.total_in, total_out=self.total_out)

    def flap(self, at: int) -> Sight:
        """What a contact that bounces says in between: the contrary of what it said last."""
        self.near = 0 if self.near else 1
        return Sight(at, near=self.near, total_in=self.total_in, total_out=self.total_out)

    def clock(self, at: int) -> int:
        """What its own clock shows at an instant (ns since 1970)."""
        if self.ailment is Ailment.LONG_AGO:
            return max(at - self.started, 0)
        return at + AN_HOUR if self.ailment is Ailment.AHEAD else at

    def spoils(self) -> bool:
        """Whether the message that is said now is mutilated on its way: of a noisy one every second."""
        self.said += 1
        return self.ailment is Ailment.NOISY and self.said % 2 == 0


def mutilated(payload: bytes) -> bytes:
    """A payload of which nothing is left that could be taken for one: every bit is turned over, and a half is gone."""
    return bytes(byte ^ 0xFF for byte in payload[: max(len(payload) // 2, 1)])


def next_of(*instants: int | None) -> int:
    """The earliest of some instants of which at least one is known."""
    return min(_known(instants))


def _known(instants: Iterable[int | None]) -> list[int]:
    return [instant for instant in instants if instant is not None]
