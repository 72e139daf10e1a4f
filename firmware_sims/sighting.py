"""What a presence sensor sees of a street, and when it says so. Pure."""

from collections.abc import Iterator

from firmware_sims.street import Street
from gateway.clock import SECOND

LOOK_AHEAD = 600 * SECOND
"""How much of the street's future is worked out at a time."""


def changes(street: Street, start: float, end: float, after: int, until: int) -> list[tuple[int, bool]]:
    """Each instant in (after, until] at which the section from `start` to `end` metres fills or empties."""
    found = []
    empty_at: int | None = None
    for enter, leave, _ in street.stays(start, end, after, until):
        if empty_at is None or enter > empty_at:
            if empty_at is not None:
                found.append((empty_at, False))
            found.append((enter, True))
            empty_at = leave
        else:
            empty_at = max(empty_at, leave)
    if empty_at is not None:
        found.append((empty_at, False))
    return [change for change in found if after < change[0] <= until]


def sightings(street: Street, start: float, end: float, after: int, repeat: int) -> Iterator[tuple[int, bool]]:
    """What a sensor says from `after` on, without end: its state at once, every change, and again after `repeat` ns."""
    present = bool(street.near(start, end, after))
    said = after
    yield said, present
    while True:
        horizon = after + LOOK_AHEAD
        for at, state in [*changes(street, start, end, after, horizon), (horizon, None)]:
            while said + repeat < at:
                said += repeat
                yield said, present
            if state is not None:
                said, present = at, state
                yield said, present
        after = horizon
