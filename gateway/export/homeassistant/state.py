"""What Home Assistant shows of zones and lamps now, as objects whose keys the descriptions name.

None is written as null, which templates turn into "None": Home Assistant takes that for unknown.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from devices.light import LightState
from devices.message import SECOND
from gateway.lighting.decision import Decision
from gateway.lighting.facts import Override
from gateway.lighting.plan import Zone

LONGEST: Final = 255
"""Characters of a state in Home Assistant."""

MOST_ORDERS: Final = 20
"""Orders that a zone's attributes list: Home Assistant keeps 16 KiB of attributes."""

TRUTHS: Final = ("OFF", "ON")
"""No and yes, as binary sensors and lights have them."""

State: TypeAlias = dict[str, object]


def zone_state(standing: Sequence[Decision], flow: float | None, reason: str) -> State:
    """A zone as one light: on if any lamp is to be lit, as bright as its lamps are on the mean, rounded up.

    `standing` are the decisions of its lamps, `flow` is in people per hour, `reason` says why.
    """
    levels = [decision.level for decision in standing]
    mean = -(-sum(levels) // len(levels)) if levels else 0
    state: State = {
        "state": truth(bool(mean)),
        "level": mean if levels else None,
        "flow": None if flow is None else round(flow),
        "reason": reason[:LONGEST],
    }
    if mean:
        state |= {"color_mode": "brightness", "brightness": mean}
    return state


def deciding(standing: Sequence[Decision]) -> Decision | None:
    """The decision that a zone's reason is taken from: that of its brightest lamp, the first of several."""
    return max(standing, key=lambda decision: decision.level, default=None)


def zone_orders(zone: Zone, orders: Collection[Override]) -> State:
    """The orders for a zone and its lamps; `expires` is when the last of them does."""
    members = {str(zone.id), *(str(lamp.id) for lamp in zone.luminaires)}
    ours = [order for order in orders if order.target in members]
    return {
        "expires": iso(max(order.expires for order in ours)) if ours else None,
        "orders": [
            {
                "id": order.id,
                "target": order.target,
                "level": order.level,
                "owner": order.owner,
                "reason": order.reason,
                "start": iso(order.start),
                "expires": iso(order.expires),
            }
            for order in ours[-MOST_ORDERS:]
        ],
    }


def lamp_state(
    ordered: Decision | None, said: LightState | None, faults: Collection[str], series: Collection[str]
) -> State:
    """A lamp: what it says of itself, what it is told, and what is wrong with it."""
    state: State = {
        "level": None if said is None else round(said.level),
        "ordered": None if ordered is None else ordered.level,
        "fault": truth(bool(faults)),
        "faults": ", ".join(sorted(faults))[:LONGEST] or "none",
    }
    return {**dict.fromkeys(series), **(measured(said) if said is not None else {}), **state}


def measured(said: LightState) -> State:
    """What a lamp measures of itself."""
    found = {"power": said.power, "energy": said.energy}
    return {name: round(value, 3) for name, value in found.items() if value is not None}


def truth(value: bool) -> str:  # noqa: FBT001 - the value itself, no switch
    """A truth as Home Assistant expects it."""
    return TRUTHS[value]


def iso(at: int) -> str:
    """UTC in ISO 8601, to the second."""
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"
