"""Nobody, for longer than that time of the week makes likely: a counter that died and still says zero.

Each counter learns its street: for each of the 168 hours of the week, street's clock, the mean of ln(1 + people an
hour), exponentially weighted by weeks. It begins at 0, nobody: what is not known yet accuses no counter. Counts of
people vary far more than chance alone (rain, football), so the number of an hour is taken as geometric: the
probability of nobody where m are expected is 1 / (1 + m), and a run of zeros is as improbable as the product of its
hours. The mean of logarithms stays low where one week was loud, so that a fair does not accuse the week after it.

A quiet day is no fault: where the other counters of the zone count fewer than they use to, the expected falls with
them. A counter that never counted anybody is held to a small part of what the others count.
"""

from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from math import exp, log1p
from typing import Any, NamedTuple

from devices.message import SECOND
from gateway.lighting.health.passages import Passed

HOUR = 3600 * SECOND
WEEK = 168
"""Hours."""

IMPROBABLE = 20.7
"""Nats: a run of zeros with a probability under one in a thousand million. 21 counters make one wrong alarm in five
thousand years of hours, were the model exact; it is not, and this leaves room."""

REPORTS = 3
"""Reports of nobody that a run has at least."""

PROVEN = 3
"""Reports of people after which a counter is believed again."""

LONGEST = 2 * HOUR
"""A count of a longer time says nothing of an hour of the week."""

_WEIGHT = 0.25  # of the newest week
_STEPS = 24.0  # to one nat: a byte an hour of the week holds up to exp(10.6), 40,000 people an hour
_SHARE = 0.02  # of what the busiest other counter counts, for a counter that never counted
_FADING = 0.5  # of what others counted, an hour later
_ENOUGH = 0.5  # of an hour that was seen


class Evidence(NamedTuple):
    """What a counter says of how busy it is: nats counted lately, nats usual then, and those of its last hour."""

    actual: float
    expected: float
    newest: float


class Zeros:
    """One counter's profile and its present run of zeros. `since` is when the run began, in nanoseconds."""

    __slots__ = (
        "_actual",
        "_counted",
        "_covered",
        "_expected",
        "_hour",
        "_last",
        "_left",
        "_newest",
        "_pending",
        "_people",
        "_profile",
        "_reports",
        "_seen",
        "_slot",
        "_surprise",
        "_zone",
        "since",
    )

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._profile = bytearray(WEEK)
        self._counted = False
        self._last = 0  # end of the last report
        self._hour = -1  # that is open, since 1970
        self._slot = 0
        self._people = 0.0
        self._seen = 0  # of the open hour, in nanoseconds
        self._actual = 0.0  # nats, this hour and the fading ones before it
        self._expected = 0.0
        self._newest = 0.0  # nats of the last whole hour
        self._left = 0  # reports of people until it is believed again
        self._reports = 0  # of the run; 0 is none
        self.since = 0
        self._covered = 0  # of the open hour, by the run
        self._surprise = 0.0  # nats of the run's whole hours
        self._pending: deque[int] = deque()  # slots of the run's whole hours, not learned yet

    def observe(self, passed: Passed, others: Callable[[], Sequence["Zeros"]]) -> bool | None:
        """Learn a count; True where doubt begins, False where it ends. `others` are the zone's that are believed."""
        length = min(passed.end - passed.start, max(0, passed.end - self._last))
        if passed.end - passed.start > LONGEST and not passed.people:
            return None
        self._last = passed.end
        self._open((passed.end - 1) // HOUR, others)
        self._people += passed.people
        self._seen += length
        if passed.people > 0:
            return self._count()
        if not length:
            return None
        if not self._reports:
            self.since = passed.start
        self._reports += 1
        self._covered += length
        if self._left == PROVEN or self._reports < REPORTS:
            return None
        if self._surprise + self._improbability(others) < IMPROBABLE:
            return None
        began = not self._left
        self._left = PROVEN
        self._pending.clear()
        return True if began else None

    def _count(self) -> bool | None:
        self._counted = True
        for slot in self._pending:
            self._learn(slot, 0.0)
        self._pending.clear()
        self._reports = self._covered = 0
        self._surprise = 0.0
        if not self._left:
            return None
        self._left -= 1
        return None if self._left else False

    def _open(self, hour: int, others: Callable[[], Sequence["Zeros"]]) -> None:
        """Close the open hour if another has begun."""
        if hour == self._hour:
            return
        if self._seen >= _ENOUGH * HOUR:
            self._close(log1p(self._people * HOUR / self._seen))
        if self._covered:
            self._surprise += self._improbability(others)
        self._hour, self._people, self._seen, self._covered = hour, 0.0, 0, 0
        local = datetime.fromtimestamp(hour * 3600, UTC).astimezone(self._zone)
        self._slot = local.weekday() * 24 + local.hour

    def _close(self, nats: float) -> None:
        self._newest = nats
        self._actual = _FADING * self._actual + nats
        self._expected = _FADING * self._expected + self._usual
        if self._left:
            return
        if self._people or not self._reports:
            self._learn(self._slot, nats)
            return
        self._pending.append(self._slot)
        if len(self._pending) > WEEK:
            self._learn(self._pending.popleft(), 0.0)

    def _learn(self, slot: int, nats: float) -> None:
        known = self._profile[slot] / _STEPS
        self._profile[slot] = min(255, round((known + _WEIGHT * (nats - known)) * _STEPS))

    @property
    def _usual(self) -> float:
        return self._profile[self._slot] / _STEPS

    def evidence(self) -> Evidence | None:
        """How busy it is, for the others of its zone; None while it counts nobody itself."""
        if self._reports and self._covered >= self._seen:
            return None
        return Evidence(self._actual, self._expected, self._newest)

    def _improbability(self, others: Callable[[], Sequence["Zeros"]]) -> float:
        """Nats against nobody in the part of the open hour that the run covers."""
        usual = self._usual
        awake = [evidence for other in others() if (evidence := other.evidence()) is not None]
        if awake:
            actual, expected = sum(item.actual for item in awake), sum(item.expected for item in awake)
            usual *= min(1.0, (1.0 + actual) / (1.0 + expected))
            if not self._counted:
                usual = max(usual, log1p(_SHARE * (exp(max(item.newest for item in awake)) - 1.0)))
        return log1p(min(1.0, self._covered / HOUR) * (exp(usual) - 1.0))

    def shift(self, by: int) -> None:
        """Street time jumped by `by`: a run goes on, and the hour that was open is not learned."""
        self._last += by
        self.since += by
        self._hour, self._people, self._seen, self._covered = -1, 0.0, 0, 0

    def state(self) -> list[object]:
        """All of it as JSON."""
        profile = b64encode(self._profile).decode("ascii") if any(self._profile) else ""
        hour = [self._hour, self._slot, self._people, self._seen, self._covered, self._last]
        around = [self._actual, self._expected, self._newest]
        run = [self._reports, self.since, self._surprise, list(self._pending)]
        return [profile, self._counted, hour, around, run, self._left]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken."""
        profile, self._counted, hour, around, run, self._left = state
        self._profile = bytearray(b64decode(profile)) if profile else bytearray(WEEK)
        self._hour, self._slot, self._people, self._seen, self._covered, self._last = hour
        self._actual, self._expected, self._newest = around
        self._reports, self.since, self._surprise, pending = run
        self._pending = deque(pending)
