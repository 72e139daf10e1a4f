"""A counter that says running totals: the next one makes up for a message that was lost. Pure."""

from dataclasses import dataclass

from firmware_sims.counter import CounterPart
from firmware_sims.street import Street
from firmware_sims.tally import Tally


class Odometer(Tally):
    """A tally that reports how many it has counted ever, by direction.

    `shows` is what it begins with: (0, 0), or what it showed before a restart if it keeps that. It shows 0 after
    `wraps_at` - 1.
    """

    def __init__(
        self, street: Street, position: float, period: int, boot: str, shows: tuple[int, int], wraps_at: int
    ) -> None:
        if wraps_at < 1 or not all(0 <= shown < wraps_at for shown in shows):
            raise ValueError(f"expected to show numbers from 0 to below {wraps_at}, found {shows}")
        super().__init__(street, position, period, boot)
        self.shows = shows
        self._wraps_at = wraps_at

    def _said(self, came: int, went: int, period: int) -> dict[str, object]:
        del period  # a total has none
        self.shows = (self.shows[0] + came) % self._wraps_at, (self.shows[1] + went) % self._wraps_at
        return {"pedestrians_total": {"in": self.shows[0], "out": self.shows[1]}}


@dataclass(frozen=True, slots=True)
class OdometerPart(CounterPart):
    """A counter of totals; `shows` and `wraps_at` as in `Odometer`."""

    shows: tuple[int, int] = (0, 0)
    wraps_at: int = 2**32

    def tally(self, street: Street, boot: str) -> Odometer:
        """What it counts with."""
        return Odometer(street, self.at, self.period, boot, self.shows, self.wraps_at)
