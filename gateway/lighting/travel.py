"""Who goes where, and how fast: from sensors that see somebody one after the other, or from one that measures it.

What is worked out may be wrong, since two sensors may have seen two people. So it only ever adds light: whoever was
taken to be there before still is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Reading
from gateway.lighting.bubble import View, Way
from gateway.lighting.facts import packed, unpacked
from gateway.lighting.health import NEVER
from gateway.lighting.plan import PresenceRule

SLOWEST = 0.4
"""Metres a second below which two signs are not of one walk: somebody with a walking frame does about 0.5."""

FASTEST = 20.0
"""Metres a second (72 km/h) above which they are not: two people, or one in the overlap of two stretches."""

QUIET = 10 * SECOND
"""A sensor must have seen nobody for so long that its next sign counts as somebody's arrival: a passive infrared
sensor says on and off several times while one person passes."""


@dataclass(slots=True)
class Travel:
    """Somebody who goes at `speed` (m/s; None: not known) by a sensor's stretch: since and until when, by which sign.

    `enters` if they came into the stretch then; otherwise they were somewhere in it. `ahead` are the lamps that are lit
    in front of them.
    """

    speed: float | None
    since: int
    until: int
    sign: Reading
    enters: bool
    ahead: int


class Travels:
    """The travels past each sensor of a zone, by the way they go."""

    def __init__(self, views: Mapping[DeviceId, View], rule: PresenceRule) -> None:
        self._views = views
        self._rule = rule
        longest = max((origin.metres for view in views.values() for origin in view.origins), default=0.0)
        self._horizon = round(longest / SLOWEST * SECOND)
        self._traced = {origin.sensor for view in views.values() for origin in view.origins}
        self._arrivals: dict[DeviceId, list[int]] = {}
        self._heard: dict[DeviceId, int] = {}
        self._travels: dict[DeviceId, dict[Way, list[Travel]]] = {}
        self.due = NEVER

    def past(self, sensor: DeviceId) -> Iterator[tuple[Way, Travel]]:
        """The travels past a sensor, and the way each goes."""
        for way, travels in self._travels.get(sensor, {}).items():
            for travel in travels:
                yield way, travel

    def any_past(self, sensor: DeviceId) -> bool:
        """Whether somebody is known to pass a sensor."""
        return sensor in self._travels

    def arrive(self, sign: Reading, at: int, latest: int) -> bool:
        """Somebody is seen where nobody was: work out from where they come. Say whether they are a new travel.

        They are taken to be there until they are through the stretch and `hold` is over, at most until `latest`.
        """
        sensor, view = sign.device, self._views[sign.device]
        quiet = at - self._heard.get(sensor, -NEVER) >= QUIET
        self._heard[sensor] = at
        if not quiet:
            return False
        if sensor in self._traced:
            recent = [arrival for arrival in self._arrivals.get(sensor, ()) if arrival >= at - self._horizon]
            self._arrivals[sensor] = [*recent, at]
        new = False
        for way, speed in sorted(self._speeds(view, at).items()):
            through = round((view.end - view.start) / speed * SECOND)
            until = min(latest, at + through + self._rule.hold)
            new |= self._add(sensor, way, Travel(speed, at, until, sign, enters=True, ahead=self._ahead(speed)))
        return new

    def measure(self, sign: Reading, way: Way, speed: float | None, at: int) -> bool:
        """A sensor measured where somebody goes, or how fast. Say whether that is new."""
        travel = Travel(speed, at, at + self._rule.hold, sign, enters=False, ahead=self._ahead(speed))
        return self._add(sign.device, way, travel)

    def _ahead(self, speed: float | None) -> int:
        return self._rule.ahead.lamps(speed)

    def leave(self, sensor: DeviceId, at: int) -> None:
        """A sensor sees nobody any more: whoever passed it is held like its last sign."""
        self._heard[sensor] = at
        for travels in self._travels.get(sensor, {}).values():
            for travel in travels:
                travel.until = min(travel.until, at + self._rule.hold)
        self._reschedule()

    def _speeds(self, view: View, at: int) -> dict[Way, float]:
        """The fastest walk that can have brought somebody here, by the way they go."""
        fastest: dict[Way, float] = {}
        for origin in view.origins:
            for arrival in self._arrivals.get(origin.sensor, ()):
                speed = origin.metres * SECOND / (at - arrival) if arrival < at else NEVER
                if SLOWEST <= speed <= FASTEST and speed > fastest.get(origin.way, 0.0):
                    fastest[origin.way] = speed
        return fastest

    def _add(self, sensor: DeviceId, way: Way, travel: Travel) -> bool:
        """Keep a travel unless another lights as much for as long; forget those that it outshines likewise."""
        travels = self._travels.setdefault(sensor, {}).setdefault(way, [])
        if any(kept.ahead >= travel.ahead and kept.until >= travel.until for kept in travels):
            return False
        travels[:] = [kept for kept in travels if kept.ahead > travel.ahead or kept.until > travel.until]
        travels.append(travel)
        self.due = min(self.due, travel.until)
        return True

    def settle(self, at: int) -> set[DeviceId]:
        """Forget who has gone; say past which sensors."""
        if at < self.due:
            return set()
        gone = {sensor for sensor in self._travels if any(travel.until <= at for _, travel in self.past(sensor))}
        for sensor in gone:
            ways = self._travels.pop(sensor)
            left = {way: [travel for travel in travels if travel.until > at] for way, travels in ways.items()}
            if any(left.values()):
                self._travels[sensor] = {way: travels for way, travels in left.items() if travels}
        self._reschedule()
        return gone

    def _reschedule(self) -> None:
        everybody = (travel for ways in self._travels.values() for travels in ways.values() for travel in travels)
        self.due = min((travel.until for travel in everybody), default=NEVER)

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        self._arrivals = {sensor: [at + by for at in arrivals] for sensor, arrivals in self._arrivals.items()}
        self._heard = {sensor: at + by for sensor, at in self._heard.items()}
        for ways in self._travels.values():
            for travels in ways.values():
                for travel in travels:
                    travel.since += by
                    travel.until += by
        self._reschedule()

    def state(self) -> list[object]:
        """All of it as JSON."""
        travels = [
            [sensor, way, travel.speed, travel.since, travel.until, packed(travel.sign), travel.enters]
            for sensor, ways in sorted(self._travels.items())
            for way, kept in sorted(ways.items())
            for travel in kept
        ]
        return [dict(sorted(self._arrivals.items())), dict(sorted(self._heard.items())), travels]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken; what belongs to sensors that are not there any more is left out."""
        arrivals, heard, travels = state
        self._arrivals = {sensor: list(kept) for sensor, kept in arrivals.items() if sensor in self._traced}
        self._heard = {sensor: at for sensor, at in heard.items() if sensor in self._views}
        self._travels = {}
        for sensor, way, speed, since, until, sign, enters in travels:
            if sensor in self._views:
                kept = self._travels.setdefault(sensor, {}).setdefault(way, [])
                kept.append(Travel(speed, since, until, unpacked(sign), enters, self._ahead(speed)))
        self._reschedule()
