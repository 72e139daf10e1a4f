"""The fourth reason for light: how many people walk by.

Rising follows the sliding window at once; falling waits for tumbling windows aligned to UTC, a hold and their
confirmation (DESIGN: flow, after the traffic-adaptive installation of UNI 11248:2016, appendix D).
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from devices import totals
from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.decision import Cause, Rank
from gateway.lighting.facts import Fact, packed, unpacked
from gateway.lighting.health import NEVER
from gateway.lighting.plan import Counter, CountRule

HOUR = 3600 * SECOND


class Tally:
    """What one counter counted lately: (start, end, people) in order of `end`; an instant starts at its end."""

    def __init__(self, window: int, keep: int) -> None:
        self._window = window
        self._keep = keep
        self._counts: deque[tuple[int, int, float]] = deque()
        self._first = 0  # index of the oldest count that may still reach into the sliding window
        self._inside = 0.0  # people of the counts from there on
        self._longest = 0
        self.latest: Reading | None = None

    def add(self, start: int, end: int, people: float) -> None:
        """Learn a count of the interval (start, end]."""
        self._counts.append((start, end, people))
        self._inside += people
        self._longest = max(self._longest, end - start)

    def sliding(self, at: int) -> float:
        """People in (at - window, at], for an `at` not before the last count and never falling between calls."""
        left = at - self._window
        while self._first < len(self._counts) and self._counts[self._first][1] <= left:
            self._inside -= self._counts[self._first][2]
            self._first += 1
        self._forget(at)
        gone = 0.0
        for index in range(self._first, len(self._counts)):
            start, end, people = self._counts[index]
            if start < left:
                gone += people * (left - start) / (end - start)
            if end > left + self._longest:
                break
        return self._inside - gone

    def between(self, start: int, end: int) -> float:
        """People in (start, end], of counts that are still kept."""
        return sum(_share(count, start, end) for count in self._counts)

    def last_end(self) -> int:
        """When the last count ended; 0 if none is kept."""
        return self._counts[-1][1] if self._counts else 0

    def _forget(self, at: int) -> None:
        while self._first and self._counts[0][1] <= at - self._keep:
            self._counts.popleft()
            self._first -= 1

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        self._counts = deque((start + by, end + by, people) for start, end, people in self._counts)

    def state(self) -> list[object]:
        """All of it as JSON."""
        return [[list(count) for count in self._counts], self.latest and packed(self.latest)]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken."""
        counts, latest = state
        for start, end, people in counts:
            self.add(start, end, people)
        self.latest = unpacked(latest) if latest else None


def _share(count: tuple[int, int, float], start: int, end: int) -> float:
    """People of a count that fall into (start, end]; a count with a period is spread evenly over it."""
    first, last, people = count
    if first == last:
        return people if start < last <= end else 0.0
    overlap = min(last, end) - max(first, start)
    return people * overlap / (last - first) if overlap > 0 else 0.0


class Outlook(NamedTuple):
    """All that decides what is asked for by flow, but for the figures that are told with it."""

    level: float
    picked: str | None
    unsure: bool
    counted: bool


class CountLayer:
    """Flow of one zone and the light it asks for. `believed` says whether a counter is.

    A counter says how many came, or a running total: that is a count of all since the total before.
    """

    def __init__(
        self,
        rule: CountRule,
        failsafe: float,
        counters: Sequence[Counter],
        believed: Callable[[DeviceId], bool],
    ) -> None:
        self._rule = rule
        self._failsafe = failsafe
        self._believed = believed
        keep = max(rule.confirm * rule.window, rule.hold + rule.window) + rule.window
        self._tallies: Mapping[DeviceId, Tally] = {counter.sensor: Tally(rule.window, keep) for counter in counters}
        self._wraps = {counter.sensor: counter.wraps_at for counter in counters}
        self._totals: dict[tuple[DeviceId, str], tuple[int, totals.Standing]] = {}  # and when it was heard
        self._peaks: deque[tuple[int, float]] = deque()  # (instant of a count, flow then), flows falling
        self._held = 0.0
        self._looked_up: tuple[float, float, str | None] = -1.0, 0.0, None  # a flow, its level and its class
        self._unsure = 0  # until when not a whole window has been seen
        self._boundary = NEVER
        self._people = False
        self.due = NEVER

    def observe(self, fact: Reading, at: int, beside: Iterable[Fact] = ()) -> bool:
        """Learn a count that ends at `at`; say whether it changes the light. Who is not believed changes nothing."""
        tally = self._tallies.get(fact.device)
        if tally is None:
            return False
        if fact.quantity is Quantity.PEDESTRIANS_TOTAL:
            people = self._since_last(fact, at, beside)
            return people is not None and self._learn(people, tally, at)
        return fact.quantity is Quantity.PEDESTRIANS and self._learn(fact, tally, at)

    def _since_last(self, fact: Reading, at: int, beside: Iterable[Fact]) -> Reading | None:
        """The count that a running total makes, over the time since the total before was heard."""
        series = fact.device, fact.channel
        heard, standing = self._totals.get(series, (at, None))
        now, people = totals.count(standing, fact, beside, self._wraps[fact.device])
        if now is not None and now is not standing:
            self._totals[series] = at, now
        return None if people is None else replace(people, period=at - heard or None)

    def _learn(self, fact: Reading, tally: Tally, at: int) -> bool:
        tally.latest = fact
        if fact.value <= 0:
            return False
        tally.add(at - (fact.period or 0), at, fact.value)
        if not self._believed(fact.device):
            return False
        flow = self._peak(tally, at)
        while self._peaks and self._peaks[-1][1] <= flow:
            self._peaks.pop()
        self._peaks.append((at, flow))
        if self._people and flow <= self._held and at < self.due <= at + self._rule.window:
            # Nothing that is due comes any sooner: most counts of a street that people use.
            return False
        before = self._people, self._asked()
        self._people = True
        self._held = max(self._held, flow)
        self._schedule(at)
        return before != (True, self._asked())

    def _asked(self) -> tuple[float, str | None]:
        """Level and class for the flow that holds."""
        flow, level, picked = self._looked_up
        if flow != self._held:
            level, picked = self._rule.curve.at(self._held), self._rule.lighting_class(self._held)
            self._looked_up = self._held, level, picked
        return level, picked

    def forget(self, sensor: DeviceId) -> None:
        """A counter said what cannot be: its running totals begin anew with the next."""
        self._totals = {series: standing for series, standing in self._totals.items() if series[0] != sensor}

    def regained(self, at: int) -> None:
        """A counter is believed again, or for the first time: a whole window must be seen before flow is known."""
        self._unsure = at + self._rule.window
        flow = self.sliding(at)
        self._people = flow > 0
        self._held = max(self._held, flow)
        self._schedule(at)

    def lost(self, at: int) -> None:
        """A counter is not believed any more: what only it saw is not known."""
        if not self._someone_counts():
            self._held = 0.0
        self._people = self.sliding(at) > 0

    def settle(self, at: int) -> None:
        """Let the flow fall if a window ends at `at`, after hold and confirmation."""
        if at < self.due:
            return
        if at >= self._boundary:
            self._fall(at)
        self._people = self.sliding(at) > 0
        self._schedule(at)

    def _peak(self, tally: Tally, at: int) -> float:
        """Flow just after a count: each counter's flow is highest just after its own counts, so the others can wait."""
        if self._rule.combine == "sum":
            return self.sliding(at)
        return tally.sliding(at) * HOUR / self._rule.window

    def _fall(self, at: int) -> None:
        """To the highest of the last complete windows and of every sliding flow of the hold, if that is lower."""
        rule = self._rule
        complete = [self._between(at - (k + 1) * rule.window, at - k * rule.window) for k in range(rule.confirm)]
        since = at - rule.hold
        while self._peaks and self._peaks[0][0] <= since:
            self._peaks.popleft()
        at_hold = self._between(since - rule.window, since)
        within_hold = self._peaks[0][1] if self._peaks else 0.0
        self._held = min(self._held, max(*complete, at_hold, within_hold))

    def _schedule(self, at: int) -> None:
        window = self._rule.window
        self._boundary = (at // window + 1) * window if self._held > 0 else NEVER
        empty = (tally.last_end() + window for tally in self._tallies.values())
        self.due = min((self._boundary, *(instant for instant in (self._unsure, *empty) if instant > at)))

    def _between(self, start: int, end: int) -> float:
        return self._flow(lambda tally: tally.between(start, end))

    def _flow(self, people: Callable[[Tally], float]) -> float:
        """People per hour of the believed counters: of the highest, or their sum where the rule says so."""
        each = [people(tally) for counter, tally in self._tallies.items() if self._believed(counter)]
        together = sum(each) if self._rule.combine == "sum" else max(each, default=0.0)
        return together * HOUR / self._rule.window

    def _someone_counts(self) -> bool:
        return any(self._believed(counter) for counter in self._tallies)

    @property
    def window(self) -> int:
        """Nanoseconds of which the flow is the flow."""
        return self._rule.window

    @property
    def people(self) -> bool:
        """Whether the sliding flow is above 0, as of the last `observe` or `settle`."""
        return self._people

    def sliding(self, at: int) -> float:
        """People per hour in the sliding window that ends at `at`."""
        return self._flow(lambda tally: tally.sliding(at))

    def counted(self, at: int) -> dict[DeviceId, float]:
        """People that each believed counter had in the sliding window that ends at `at`."""
        window = self._rule.window
        believed = (name for name in sorted(self._tallies) if self._believed(name))
        return {name: self._tallies[name].between(at - window, at) for name in believed}

    def held_since(self) -> int | None:
        """When the flow that is held was last reached (ns); None where that is not known any more."""
        return next((at for at, flow in reversed(self._peaks) if flow >= self._held), None)

    def outlook(self, at: int) -> Outlook:
        """What is asked for at `at`: equal as long as it is the same, whatever the flow."""
        level, picked = self._asked()
        return Outlook(level, picked, at < self._unsure, self._someone_counts())

    def owed(self, at: int) -> str | None:
        """The lighting class that the flow picks: no more is owed. None while it is unknown or if the rule has none."""
        return self._asked()[1] if at >= self._unsure and self._someone_counts() else None

    def ask(self, at: int) -> Cause | None:
        """The curve's level for the flow that holds; at least failsafe until a whole window has been seen."""
        if not self._someone_counts():
            return None
        level, picked = self._asked()
        latest = tuple(
            tally.latest
            for counter, tally in sorted(self._tallies.items())
            if tally.latest is not None and self._believed(counter)
        )
        if at < self._unsure and level < self._failsafe:
            note = "not a whole window has been seen yet: failsafe"
            return Cause(Rank.COUNT, self._failsafe, self._held, latest, note, "unsure", self._rule.place)
        return Cause(Rank.COUNT, level, self._held, latest, picked or "", place=self._rule.place)

    def ask_for_people(self, at: int) -> Cause | None:
        """As `ask`, but nothing for a street that is known to be empty: what counts while it may be dark by law."""
        return self.ask(at) if self._people or at < self._unsure else None

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`; windows are aligned to the new time."""
        for tally in self._tallies.values():
            tally.shift(by)
        self._totals = {
            series: (at + by, totals.set_back(standing, by)) for series, (at, standing) in self._totals.items()
        }
        self._peaks = deque((at + by, flow) for at, flow in self._peaks)
        self._unsure += by
        self._boundary = NEVER
        self.due = 0

    def state(self) -> dict[str, object]:
        """All of it as JSON."""
        return {
            "tallies": {counter: tally.state() for counter, tally in sorted(self._tallies.items())},
            "totals": [
                [*series, heard, totals.packed(standing)]
                for series, (heard, standing) in sorted(self._totals.items(), key=lambda item: item[0])
            ],
            "peaks": [list(peak) for peak in self._peaks],
            "held": self._held,
            "window": self._rule.window,
            "unsure": self._unsure,
            "boundary": self._boundary,
            "people": self._people,
            "due": self.due,
        }

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken; counters that were not there stay as at a start."""
        for counter, tally in state["tallies"].items():
            if counter in self._tallies:
                self._tallies[counter].restore(tally)
        for counter, channel, heard, standing in state.get("totals", ()):
            if counter in self._tallies:
                self._totals[counter, channel] = heard, totals.unpacked(standing)
        self._peaks = deque((at, flow) for at, flow in state["peaks"])
        self._held = state["held"]
        self._unsure = state["unsure"]
        self._boundary = state["boundary"]
        self._people = state["people"]
        self.due = state["due"]
