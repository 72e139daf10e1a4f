"""Whose turn it is on a line on which one speaks at a time: orders before questions, and nobody is left out. Pure.

Gear is asked what it is before it is told anything in between off and full, since that is another arc power on each
curve: until then it holds its level, so that a restart is no flash. Whoever does not answer is told all the same.

A line carries 1200 bit/s: some 30 orders a second, or 10 questions of two answers each. What waits is the newest order
of each gear, more light before less; between questions to gear with nothing new the line rests as long as they took.
All times are seconds of one clock that never goes back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.links.dali.fade import TIMES, code

LOOK: Final = 10.0
"""From one look at gear to the next, at least."""

UNMETERED: Final = 60.0
"""After so long without a look at its meters they are read also where an order is to be confirmed: gear that is told
something all the time has no other turn."""

METERS: Final = 900.0
"""From one reading of its energy and operating time to the next."""

SETTLED: Final = 0.3
"""How long after its fade gear is asked whether it did as it was told."""

HELD: Final = 1.0
"""How long an order that was given before gear said what it is waits for one that is given after it: a better one."""

CERTAIN: Final = (0, 254)
"""Arc powers that are the same light on every curve."""

ORDERS_IN_A_ROW: Final = 16
"""After so many orders somebody is asked, if it is due: also on a line that has never done with orders."""


@dataclass(frozen=True, slots=True)
class Order:
    """Go to an arc power; the fade time `fade` (a code) is to be written first unless the gear has it already."""

    address: int
    arc: int
    fade: int
    writes_fade: bool


class Look(Enum):
    """How gear is asked."""

    INTRODUCTION = auto()
    """What it is, as far as its orders depend on it."""
    SURVEY = auto()
    """The rest of it; its failure level is set."""
    BRIEF = auto()
    """What it does."""
    METERED = auto()
    """What it does, and what it draws."""
    ENERGY = auto()
    """That, and its totals."""


@dataclass(frozen=True, slots=True)
class Question:
    """Ask gear; in the middle of it what waits may be told first, if it `gives_way`."""

    address: int
    look: Look
    gives_way: bool = True


@dataclass(slots=True)
class _Gear:
    address: int
    waiting: tuple[int, float] | None = None
    """The newest order: arc power and ramp."""
    told: int | None = None
    fade: int | None = None
    until: float = 0.0
    """When the fade is over that it was told last."""
    due: float = 0.0
    introduced: bool = False
    surveyed: bool = False
    silent: bool = False
    has_meters: bool = False
    confirms: bool = False
    """Whether it is asked next to hear that it did as it was told."""
    metered_due: float = 0.0
    totals_due: float = 0.0

    held_until: float = 0.0
    """Until when an order waits that may be another now that it is known what the gear is."""

    @property
    def keeps_waiting(self) -> bool:
        """Whether an order waits for it to say what it is."""
        return self.waiting is not None and not self.introduced

    def tellable(self, now: float) -> bool:
        """Whether an order waits for it that it can be given."""
        if self.waiting is None:
            return False
        known = self.introduced and now >= self.held_until
        return known or self.silent or self.waiting[0] in CERTAIN


class Rota:
    """The gear of one line; after a break of the line a new rota begins, which knows nothing."""

    def __init__(self, addresses: Iterable[int]) -> None:
        self._gear = {address: _Gear(address) for address in addresses}
        self._in_a_row = 0
        self._rests_until = 0.0

    def order(self, address: int, arc: int, ramp: float, now: float) -> None:
        """Take an order, in place of one that still waits. Raises `KeyError` for gear that is not of this line.

        Told again what it is fading to, gear would begin its fade anew: it is told again only if it has been asked
        since and did not say that arc power.
        """
        gear = self._gear[address]
        doing = gear.told == arc and (now < gear.until or gear.confirms)
        gear.waiting = None if doing else (arc, ramp)
        gear.held_until = now

    def ordering(self, now: float) -> bool:
        """Whether an order waits that can be given."""
        return any(gear.tellable(now) for gear in self._gear.values())

    def take(self, now: float) -> Order | Question | None:
        """Whose turn it is; None if nobody's is before `next_due`."""
        waiting = [gear for gear in self._gear.values() if gear.tellable(now)]
        asked = self._asked(now)
        if waiting and (asked is None or self._in_a_row < ORDERS_IN_A_ROW):
            self._in_a_row += 1
            return self._ordered(max(waiting, key=_more_light), now)
        self._in_a_row = 0
        if asked is None:
            return None
        look = self._look(asked, now)
        return Question(asked.address, look, gives_way=not waiting and look is not Look.BRIEF)

    def next_due(self, now: float) -> float:
        """When it is somebody's turn, if no order comes before."""
        gear = self._gear.values()
        held = (each.held_until for each in gear if each.waiting is not None and each.introduced)
        return min((*(self._when(each) for each in gear), *held), default=now + LOOK)

    def introduced(self, address: int, fade: int | None, now: float) -> None:
        """Gear said what it is, and the fade time it has."""
        gear = self._gear[address]
        gear.introduced, gear.silent, gear.fade, gear.due = True, False, fade, now
        gear.held_until = now if gear.waiting is None else now + HELD

    def surveyed(self, address: int, now: float, *, has_meters: bool) -> None:
        """Gear said the rest of it."""
        gear = self._gear[address]
        gear.surveyed, gear.has_meters, gear.due = True, has_meters, now

    def answered(self, question: Question, now: float) -> None:
        """Gear answered; between two that are asked in their turn the line rests."""
        gear = self._gear[question.address]
        if question.look is Look.ENERGY:
            gear.totals_due = now + METERS
        if question.look is not Look.BRIEF:
            gear.metered_due = now + UNMETERED
        gear.due, gear.confirms = now + LOOK, False

    def rest(self, until: float) -> None:
        """Ask nobody who has nothing new to say before then."""
        self._rests_until = until

    def silent(self, address: int, now: float) -> None:
        """Gear did not answer: who knows what it is when it does."""
        gear = self._gear[address]
        gear.introduced, gear.surveyed, gear.silent = False, False, True
        gear.confirms, gear.fade, gear.told, gear.due = False, None, None, now + LOOK

    def _asked(self, now: float) -> _Gear | None:
        due = [gear for gear in self._gear.values() if self._when(gear) <= now]
        return min(due, key=_more_urgent, default=None)

    def _when(self, gear: _Gear) -> float:
        urgent = gear.confirms or gear.keeps_waiting
        return gear.due if urgent else max(gear.due, self._rests_until)

    def _look(self, gear: _Gear, now: float) -> Look:
        if not gear.introduced:
            return Look.INTRODUCTION
        if not gear.surveyed:
            return Look.SURVEY
        if not gear.has_meters or (gear.confirms and now < gear.metered_due):
            return Look.BRIEF
        return Look.ENERGY if now >= gear.totals_due else Look.METERED

    def _ordered(self, gear: _Gear, now: float) -> Order:
        arc, ramp = gear.waiting or (0, 0.0)
        rising = gear.told is None or arc >= gear.told
        fade = code(ramp, gear.fade, rising=rising)
        order = Order(gear.address, arc, fade, writes_fade=fade != gear.fade)
        gear.waiting, gear.told, gear.fade = None, arc, fade
        gear.until = now + TIMES[fade]
        if gear.introduced:
            gear.due, gear.confirms = gear.until + SETTLED, True
        return order


def _more_urgent(gear: _Gear) -> tuple[int, float]:
    """Who keeps an order waiting, who was told something, who is not known yet, and all others."""
    rank = 0 if gear.keeps_waiting else 1 if gear.confirms else 2 if not gear.introduced else 3
    return rank, gear.due


def _more_light(gear: _Gear) -> int:
    arc, _ = gear.waiting or (0, 0.0)
    return arc - (gear.told or 0)
