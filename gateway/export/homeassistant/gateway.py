"""The gateway itself as Home Assistant shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.export.homeassistant.state import LONGEST, State, iso, truth


@dataclass(frozen=True, slots=True)
class Figures:
    """How the gateway fares: `last_commit` in nanoseconds, disk and memory in bytes, `troubles` in words.

    None is what nobody knows. `refused` are the orders from Home Assistant that were not followed since the start.
    """

    waiting: int
    last_commit: int | None
    disk_free: int | None
    memory: int | None
    failsafe: int
    distrusted: int
    refused: int
    troubles: Sequence[str]


def gateway_state(figures: Figures) -> State:
    """The figures under the keys that the description names."""
    troubles = [trouble for trouble in figures.troubles if trouble]
    return {
        "waiting": figures.waiting,
        "last_commit": None if figures.last_commit is None else iso(figures.last_commit),
        "disk_free": figures.disk_free,
        "memory": figures.memory,
        "failsafe": figures.failsafe,
        "distrusted": figures.distrusted,
        "refused": figures.refused,
        "says": "; ".join(troubles)[:LONGEST] or "all is well",
        "trouble": truth(bool(troubles)),
    }
