"""Watts and watt-hours of a level. Estimates, never stored: measured energy comes as readings."""

from collections.abc import Iterable

from gateway.lighting.plan import LampType

HOUR = 3600 * 1_000_000_000


def watts(lamp: LampType, level: float) -> float:
    """Expected power in watts at `level` per cent.

    Standby at 0; from the lowest level up a straight line to nominal power at 100 %, as the fields of DALI part 251 and
    uCIFI 3416 (powers at minimum dim level and nominal) allow to say it.
    """
    if level <= 0:
        return lamp.standby
    if lamp.minimum_level >= 100:  # noqa: PLR2004 - per cent
        return lamp.nominal
    above = max(level, lamp.minimum_level) - lamp.minimum_level
    return lamp.minimum + (lamp.nominal - lamp.minimum) * above / (100.0 - lamp.minimum_level)


def watt_hours(lamp: LampType, levels: Iterable[tuple[int, float]], until: int) -> float:
    """Expected energy in Wh of levels that each hold from their instant (ns) to the next one's, the last to `until`."""
    energy = 0.0
    since: tuple[int, float] | None = None
    for at, level in levels:
        if since is not None:
            energy += watts(lamp, since[1]) * (at - since[0]) / HOUR
        since = (at, level)
    if since is not None:
        energy += watts(lamp, since[1]) * (until - since[0]) / HOUR
    return energy
