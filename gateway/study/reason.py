"""Why a lamp is as bright as it is, in a few words: those of `explain` and of Home Assistant."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Final

from devices.message import SECOND
from devices.reading import Reading
from gateway.lighting.decision import Cause, Decision, Rank
from gateway.lighting.facts import Override

SHORT: Final[Mapping[Rank, str]] = MappingProxyType(
    {
        Rank.OVERRIDE: "an order",
        Rank.FAILSAFE: "sensor failure",
        Rank.PRESENCE: "somebody is here",
        Rank.COUNT: "count",
        Rank.DEFAULT: "the step's default",
        Rank.CAP: "the step's max",
        Rank.FLOOR: "floor",
        Rank.STEADY: "kept for a while",
        Rank.INACTIVE: "the active period is over",
    }
)
"""What decided."""


def reason(decision: Decision, zone: tzinfo) -> str:
    """What decided, on one line without figures that change by themselves; times by the clock of `zone`."""
    cause = decision.decided
    said = SHORT[cause.rank]
    match cause.rank:
        case Rank.OVERRIDE:
            return _ordered(cause, zone) or said
        case Rank.FLOOR:
            return "; ".join(filter(None, (f"{said} ({cause.note})" if cause.note else said, _below(decision, zone))))
        case Rank.COUNT if cause.figure:
            return f"{said}: {cause.figure:.0f} people an hour"
        case Rank.PRESENCE:
            seen = sorted({item.device for item in cause.because if isinstance(item, Reading)})
            return f"{said} ({', '.join(seen)})" if seen else said
        case _:
            return f"{said} ({cause.note})" if cause.note else said


def _below(decision: Decision, zone: tzinfo) -> str:
    """The order that asked for less than the floor, if one did."""
    orders = (cause for cause in decision.causes if cause.rank is Rank.OVERRIDE)
    return next((_ordered(cause, zone) for cause in orders), "")


def _ordered(cause: Cause, zone: tzinfo) -> str:
    """Whose order, why and until when."""
    orders = [item for item in cause.because if isinstance(item, Override)]
    return "; ".join(f"ordered by {order.owner}{_why(order)}, until {_until(order, zone)}" for order in orders)


def _why(order: Override) -> str:
    return f" ({order.reason})" if order.reason else ""


def _until(order: Override, zone: tzinfo) -> str:
    return datetime.fromtimestamp(order.expires // SECOND, zone).strftime("%d %b %H:%M")
