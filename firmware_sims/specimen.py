"""One sensor of some make with whatever is wrong with it: what it says, and when. Pure: instants are given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware_sims.ailment import FLAP, RESTARTS, Ailment, Patient, next_of
from firmware_sims.breakage import Breakage, Script
from firmware_sims.makes.make import SensorMake
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Sight, Watch


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message, whether it is mutilated on its way, and of how many people it tells, if it is whole."""

    said: Said
    spoilt: bool = False
    people: int = 0


class Specimen:
    """A street seen by `watch`, told in the words of a make. `begin` it, then ask for what it says up to an instant.

    `people` are those of whom a message told that was whole: of a make with running totals also those whom a message
    before was to tell, which did not arrive. `people_lost` passed and were told by none.
    """

    def __init__(
        self, make: Callable[[], SensorMake], watch: Watch, start: int, breakages: Sequence[Breakage[Ailment]] = ()
    ) -> None:
        self.make = make()
        self.people = 0
        self.messages = 0
        self.damaged = 0
        self.restarts = False
        self._begun = False
        self._passed = 0
        self._new = make
        self._watch = watch
        self._patient = Patient(start)
        self._script = Script(start, breakages)
        self._untold = 0
        self._again: int | None = None

    @property
    def people_lost(self) -> int:
        """Those who passed and of whom nothing was said."""
        return max(self._passed - self.people, 0)

    @property
    def next(self) -> int:
        """When there is something to do next (ns UTC)."""
        return next_of(self._watch.next, self._script.next_change, self._again)

    def clock(self, at: int) -> int:
        """What its own clock shows at an instant."""
        return self._patient.clock(at)

    def begin(self, now: int) -> list[Utterance]:
        """Begin to look, or begin anew after a restart: with another memory, and nothing counted."""
        if self.restarts:
            self.make = self._new()
            self._untold = 0
            self._again = now + RESTARTS
        self.restarts, self._begun = False, True
        self._patient.begin(now)
        self._fall_ill(now)
        return self._tell([self._watch.begin(now)])

    def live(self, now: int) -> list[Utterance]:
        """What it says up to now. Where that ends with a restart, `restarts` is set: connect anew and `begin`."""
        told: list[Utterance] = []
        while self._begun and not self.restarts and self.next <= now:
            at = self.next
            self._fall_ill(at)
            told += self._tell(self._watch.due(at))
            if self._again is not None and self._again <= at:
                told += self._turn(at)
        return told

    def finish(self, now: int) -> list[Utterance]:
        """What it says up to now, and what it had not said yet."""
        told = self.live(now)
        return told + self._tell(self._watch.finish(now)) if self._begun and not self.restarts else told

    def _fall_ill(self, at: int) -> None:
        while (broken := self._script.take(at)) is not None:
            _, ailment = broken
            self._patient.fall_ill(ailment)
            self._again = {Ailment.FLAPPING: at + FLAP, Ailment.RESTARTING: at + RESTARTS}.get(ailment)

    def _turn(self, at: int) -> list[Utterance]:
        """A contact turns over, or the board starts anew."""
        if self._patient.ailment is Ailment.RESTARTING:
            self.restarts, self._again = True, None
            return []
        self._again = at + FLAP
        return self._said(self._patient.flap(at)) if self.make.habit is Habit.LOOKS else []

    def _tell(self, sights: list[Sight]) -> list[Utterance]:
        told: list[Utterance] = []
        for sight in sights:
            self._passed += sight.people
            seen = self._patient.seen(sight)
            if seen is not None:
                told += self._said(seen)
            elif self.make.totals:
                self._untold += sight.people
        return told

    def _said(self, sight: Sight) -> list[Utterance]:
        said = self.make.say(sight, self._patient.clock(sight.at))
        spoilt = bool(said) and self._patient.spoils()
        self.messages += len(said)
        people = 0 if spoilt else sight.people + self._untold
        self.people += people
        if not spoilt:
            self._untold = 0
        else:
            self.damaged += len(said)
            self._untold = self._untold + sight.people if self.make.totals else 0
        return [Utterance(each, spoilt, 0 if number else people) for number, each in enumerate(said)]
