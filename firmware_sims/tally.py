"""What a counter knows: people counted period by period, and the messages it makes of them. Pure."""

import json
from dataclasses import dataclass

from firmware_sims.street import Street
from gateway.clock import SECOND

MILLISECOND = SECOND // 1000


@dataclass(frozen=True, slots=True)
class Report:
    """One message of a counter: its number, its bytes and how many people it reports."""

    seq: int
    payload: bytes
    people: int


class Tally:
    """Counts everybody who passes `position` (metres) and reports them at each whole multiple of `period` (ns).

    The first period begins with `begin` and the last ends with `finish`, so both may be shorter. Those two instants are
    cut to whole milliseconds: a number of seconds in JSON carries no nanoseconds.
    """

    def __init__(self, street: Street, position: float, period: int, boot: str) -> None:
        if period < MILLISECOND:
            raise ValueError(f"expected a period of at least {MILLISECOND} ns, found {period}")
        self.boot = boot
        self.people = 0
        self.made = 0
        self._street = street
        self._position = position
        self._period = period
        self._counted = 0

    @property
    def seq(self) -> int:
        """Number of the last message, -1 before the first."""
        return self.made - 1

    @property
    def next(self) -> int:
        """When the running period ends, nanoseconds UTC."""
        return (self._counted // self._period + 1) * self._period

    def begin(self, now: int) -> None:
        """Start counting."""
        self._counted = now // MILLISECOND * MILLISECOND

    def due(self, now: int) -> list[Report]:
        """Reports of all periods that have ended by now."""
        reports = []
        while self.next <= now:
            reports.append(self._count(self.next))
        return reports

    def finish(self, now: int) -> list[Report]:
        """Reports of all periods that have ended by now and of the part of a period that has passed since."""
        reports = self.due(now)
        end = now // MILLISECOND * MILLISECOND
        if end > self._counted:
            reports.append(self._count(end))
        return reports

    def _count(self, end: int) -> Report:
        passages = self._street.passages(self._position, self._counted, end)
        forward = sum(passage.direction > 0 for passage in passages)
        message = {
            "v": 1,
            **self._said(forward, len(passages) - forward, end - self._counted),
            "time": end / SECOND,
            "boot": self.boot,
            "seq": self.made,
        }
        report = Report(self.made, json.dumps(message, separators=(",", ":")).encode(), len(passages))
        self._counted = end
        self.people += report.people
        self.made += 1
        return report

    def _said(self, came: int, went: int, period: int) -> dict[str, object]:
        """What a message says of the people of a period (ns)."""
        return {"pedestrians": {"in": came, "out": went}, "period": period / SECOND}
