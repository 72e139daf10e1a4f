"""The third reason for light: somebody is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.decision import Ask, Cause, Rank
from gateway.lighting.facts import packed, unpacked
from gateway.lighting.health import NEVER
from gateway.lighting.plan import PresenceRule, Zone

LONGEST_PASSAGE = 2 * SECOND
"""A count is presence only if its period is no longer than this (DESIGN: presence)."""


@dataclass(slots=True)
class _Seen:
    """What one sensor sees: `on` until it says off, and until when (ns) light is owed for it."""

    on: bool
    until: int
    sign: Reading


class PresenceLayer:
    """Light for the stretch of each sensor that sees somebody, until `hold` after the last sign."""

    def __init__(self, zone: Zone, rule: PresenceRule) -> None:
        self._rule = rule
        self._covers: Mapping[DeviceId, tuple[DeviceId, ...]] = {
            watch.sensor: tuple(lamp.id for lamp in zone.luminaires if watch.covers(lamp.at)) for watch in zone.watches
        }
        self._seen: dict[DeviceId, _Seen] = {}
        self.due = NEVER

    def observe(self, fact: Reading, at: int) -> bool:
        """Learn what a sensor sees; say whether that changes the light."""
        if fact.device not in self._covers:
            return False
        if fact.quantity in (Quantity.PRESENCE, Quantity.OCCUPANCY):
            return self._arrive(fact, at) if fact.value > 0 else self._leave(fact, at)
        if fact.quantity is Quantity.PEDESTRIANS and fact.value > 0:
            return (fact.period or 0) <= LONGEST_PASSAGE and self._pass(fact, at)
        return False

    def _arrive(self, sign: Reading, at: int) -> bool:
        before = self._seen.get(sign.device)
        self._keep(_Seen(on=True, until=at + max(self._rule.max_on, self._rule.hold), sign=sign))
        return before is None

    def _leave(self, sign: Reading, at: int) -> bool:
        seen = self._seen.get(sign.device)
        if seen is None or not seen.on:
            return False
        self._keep(_Seen(on=False, until=at + self._rule.hold, sign=seen.sign))
        return False

    def _pass(self, sign: Reading, at: int) -> bool:
        seen = self._seen.get(sign.device)
        if seen is not None and seen.on:
            return False
        self._keep(_Seen(on=False, until=at + self._rule.hold, sign=sign))
        return seen is None

    def _keep(self, seen: _Seen) -> None:
        self._seen[seen.sign.device] = seen
        self.due = min(self.due, seen.until)

    def settle(self, at: int) -> None:
        """Forget whom nobody has seen for long enough."""
        if at < self.due:
            return
        self._seen = {sensor: seen for sensor, seen in self._seen.items() if seen.until > at}
        self.due = min((seen.until for seen in self._seen.values()), default=NEVER)

    def ask(self, at: int) -> Ask:
        """The program's presence level for each lamp in a stretch where somebody is; the latest sign speaks for it."""
        latest: dict[DeviceId, _Seen] = {}
        for sensor in sorted(self._seen):
            seen = self._seen[sensor]
            for lamp in self._covers[sensor]:
                if lamp not in latest or seen.until > latest[lamp].until:
                    latest[lamp] = seen
        return Ask(None, {lamp: self._cause(seen, at) for lamp, seen in latest.items()})

    def _cause(self, seen: _Seen, at: int) -> Cause:
        left = None if seen.on else (seen.until - at) / SECOND
        note = "somebody is there" if seen.on else "held after the last sign"
        return Cause(Rank.PRESENCE, self._rule.level, left, (seen.sign,), note, place=self._rule.place)

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        for seen in self._seen.values():
            seen.until += by
        self.due = min((seen.until for seen in self._seen.values()), default=NEVER)

    def state(self) -> dict[str, object]:
        """All of it as JSON."""
        return {sensor: [seen.on, seen.until, packed(seen.sign)] for sensor, seen in sorted(self._seen.items())}

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken."""
        self._seen = {
            DeviceId(sensor): _Seen(on, until, unpacked(sign))
            for sensor, (on, until, sign) in state.items()
            if sensor in self._covers
        }
        self.due = min((seen.until for seen in self._seen.values()), default=NEVER)
