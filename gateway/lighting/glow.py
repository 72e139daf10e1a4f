"""Light around one walker, each lamp's share in it, and who it is in words."""

from typing import NamedTuple

from devices.message import SECOND
from devices.reading import Reading
from gateway.lighting.bubble import UNKNOWN, View, Way
from gateway.lighting.lit import Reach
from gateway.lighting.travel import Travel


class Glow(NamedTuple):
    """Light for one walker of one sensor until an instant (ns), within `reach` of its stretch.

    `on` while the sensor sees them. `travel` is what is known of how they go.
    """

    view: View
    sign: Reading
    until: int
    reach: Reach
    on: bool = False
    way: Way = UNKNOWN
    travel: Travel | None = None


class Claim(NamedTuple):
    """One lamp's share in a glow: `steps` lamps from the stretch on the side `side`; 0 in it."""

    steps: int
    side: Way
    glow: Glow

    def key(self) -> tuple[int, int]:
        """The nearest walker speaks for a lamp, and of those the one whose light lasts longest."""
        return self.steps, -self.glow.until


def note(claim: Claim, length: float, at: int) -> str:
    """Who it is that a lamp is lit for: where, how fast, to which end of `length` metres, as far as that is known."""
    glow = claim.glow
    who = "somebody is there" if glow.on else "held after the last sign"
    if claim.steps:
        side = "from" if not glow.way else "ahead of" if glow.way == claim.side else "behind"
        who = f"{claim.steps} lamp{'s' if claim.steps > 1 else ''} {side} somebody near {_metres(glow, at)}"
    if glow.travel is None or not glow.way:
        return who
    speed = f"{glow.travel.speed:.1f} m/s " if glow.travel.speed is not None else ""
    near = "" if claim.steps else f", now near {_metres(glow, at)}"
    return f"{who}, {speed}towards {length if glow.way > 0 else 0:g} m{near}"


def _metres(glow: Glow, at: int) -> str:
    """Where somebody is by now: in a neighbouring zone in its own metres."""
    view, travel = glow.view, glow.travel
    place = view.position
    if travel is not None and travel.speed is not None and glow.way and travel.enters:
        walked = travel.speed * (at - travel.since) / SECOND
        edge = view.start if glow.way > 0 else view.end
        place = min(view.end, max(view.start, edge + glow.way * walked))
    if view.arm is None:
        return f"{place:.0f} m"
    return f"{view.arm.there(place):.0f} m of {view.arm.zone.id}"
