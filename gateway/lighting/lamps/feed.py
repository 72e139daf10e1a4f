"""Lamps on one switched feed rise and fall as one: no fault of each, and none at all where it is switched off."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from devices.message import SECOND
from gateway.lighting.lamps.lamp import Lamp

GRACE = 15 * 60 * SECOND
"""A feed that went off while its lamps were dark may come back so long after they should shine."""


@dataclass(slots=True)
class Feed:
    """A switched feed. `off` is since when (ns) none of its lamps answers, `lost` since when that is a fault."""

    name: str
    lamps: list[Lamp] = field(default_factory=list)
    off: int | None = None
    lost: int | None = None

    def look(self, now: int) -> bool:
        """Look at it after one of its lamps was silent for too long; say whether a fault of the feed begins."""
        lamps = [lamp for lamp in self.lamps if lamp.maintained is None]
        since = _fell(lamps, now)
        if since is None:
            return False
        self.off = since if self.off is None else self.off
        lit = min((lamp.lit for lamp in lamps if lamp.lit is not None), default=None)
        if self.lost is not None or lit is None or (lit > self.off and now - lit < GRACE):
            return False
        self.lost = now
        return True

    def back(self) -> bool:
        """One of its lamps answered or was born; say whether a fault of the feed is over."""
        over = self.lost is not None
        self.off = self.lost = None
        return over

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` nanoseconds; what is in the record stays as it is."""
        self.off = None if self.off is None else self.off + by


def _fell(lamps: Sequence[Lamp], now: int) -> int | None:
    """Since when none of these answers, each having been told in vain for a refresh at least; None if one may."""
    silent = [
        lamp.unanswered for lamp in lamps if lamp.unanswered is not None and now - lamp.unanswered >= lamp.refresh
    ]
    return max(silent) if silent and len(silent) == len(lamps) else None
