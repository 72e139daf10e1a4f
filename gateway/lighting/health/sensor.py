"""One sensor before all tests but that of silence."""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any

from devices.reading import Availability, Quantity, Reading
from gateway.lighting.health.flapping import Flapping
from gateway.lighting.health.impossible import Impossible, can_be, can_be_there, can_pass
from gateway.lighting.health.passages import Passages, Passed
from gateway.lighting.health.stuck import Stuck
from gateway.lighting.health.zeros import Zeros
from gateway.lighting.plan import Limits

LOSSES = 12
"""Times an hour that a sensor may come and go, both counted: its link is bad, and what it missed is not known."""

_SEES = (Quantity.PRESENCE, Quantity.OCCUPANCY)


class Sensor:
    """The tests of one sensor, and why it is doubted: `doubts` has since when by each cause, in nanoseconds.

    `zone` is the street's clock where the sensor counts for the street, else None.
    """

    __slots__ = ("_impossible", "_limits", "_links", "_passages", "_presence", "_stuck", "doubts", "zeros")

    def __init__(self, limits: Limits, zone: tzinfo | None) -> None:
        self._limits = limits
        self._impossible = Impossible()
        self._stuck = {quantity: Stuck(limits.stuck_after) for quantity in _SEES}
        self._presence, self._links = Flapping(limits.flaps), Flapping(LOSSES)
        self._passages = Passages() if zone is not None else None
        self.zeros = Zeros(zone) if zone is not None and limits.zeros else None
        self.doubts: dict[str, int] = {}

    def link(self, fact: Availability, at: int) -> list[str]:
        """Learn that it came or went; say which doubts begin."""
        return self._flap(self._links, fact.online, at)

    def read(self, fact: Reading, at: int, others: Callable[[], Sequence[Zeros]]) -> tuple[list[str], bool]:
        """Learn what it says; say which doubts begin, and whether it can be.

        `others` gives what is known of the zone's other counters that are believed.
        """
        if "flapping" in self.doubts and self._presence.calm(at) and self._links.calm(at):
            del self.doubts["flapping"]
        passed = None
        possible = can_be(fact)
        if possible and fact.quantity is Quantity.OCCUPANCY:
            possible = can_be_there(fact.value, self._limits.at_most)
        elif possible and self._passages is not None:
            passed = self._passages.of(fact, at)
            possible = passed is None or can_pass(passed, self._limits.at_most)
        if not possible:
            return self._note("impossible", at, doubt=self._impossible.refuse()), False
        begun: list[str] = []
        if "impossible" in self.doubts:
            self._note("impossible", at, doubt=self._impossible.accept())
        if fact.quantity in _SEES:
            stuck = self._stuck[fact.quantity]
            begun += self._note("stuck", stuck.since, doubt=stuck.observe(fact, at))
        if fact.quantity is Quantity.PRESENCE:
            begun += self._flap(self._presence, fact.value, at)
        if passed is not None and self.zeros is not None:
            begun += self._count(self.zeros, passed, others)
        return begun, True

    def _count(self, zeros: Zeros, passed: Passed, others: Callable[[], Sequence[Zeros]]) -> list[str]:
        doubt = zeros.observe(passed, others)
        return self._note("zeros", zeros.since, doubt=doubt)

    def _flap(self, changes: Flapping, state: float, at: int) -> list[str]:
        too_often = changes.observe(state, at) and "flapping" not in self.doubts
        return self._note("flapping", changes.since, doubt=True) if too_often else []

    def _note(self, cause: str, since: int, *, doubt: bool | None) -> list[str]:
        """Keep a doubt that begins (True) or ends (False)."""
        if doubt is None:
            return []
        if doubt:
            self.doubts[cause] = since
            return [cause]
        self.doubts.pop(cause, None)
        return []

    def shift(self, by: int) -> None:
        """Keep the time that passed when street time jumped by `by`."""
        self.doubts = {cause: since + by for cause, since in self.doubts.items()}
        for test in (*self._stuck.values(), self._presence, self._links, self._passages, self.zeros):
            if test is not None:
                test.shift(by)

    def state(self) -> dict[str, object]:
        """All of it as JSON."""
        return {
            "doubts": dict(self.doubts),
            "impossible": self._impossible.state(),
            "stuck": [self._stuck[quantity].state() for quantity in _SEES],
            "presence": self._presence.state(),
            "links": self._links.state(),
            "passages": self._passages.state() if self._passages is not None else None,
            "zeros": self.zeros.state() if self.zeros is not None else None,
        }

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken; tests that were not there, or are no more, begin anew."""
        self.doubts = dict(state["doubts"])
        self._impossible.restore(state["impossible"])
        for quantity, stuck in zip(_SEES, state["stuck"], strict=True):
            self._stuck[quantity].restore(stuck)
        self._presence.restore(state["presence"])
        self._links.restore(state["links"])
        if self._passages is not None and state["passages"] is not None:
            self._passages.restore(state["passages"])
        if self.zeros is None or state["zeros"] is None:
            self.doubts.pop("zeros", None)
        else:
            self.zeros.restore(state["zeros"])
