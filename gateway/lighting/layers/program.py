"""The last reason for light: the step of the program that holds now, and whether lamps may be lit at all."""

from dataclasses import dataclass

from gateway.lighting.calendar import Calendar, Standing
from gateway.lighting.decision import Cause, Rank
from gateway.lighting.plan import Program, Rules, Step


@dataclass(frozen=True, slots=True, eq=False)
class Now:
    """What the program of this night says now. While `dark`, nothing is owed where nobody is.

    `cap` and `inactive` are what the step's `max` and the end of the active period say where they decide.
    """

    active: bool
    step: Step
    default: Cause
    cap: Cause
    inactive: Cause
    program: Program
    dark: bool


class ProgramLayer:
    """Program, active period and steps of each night, read off the calendar.

    While the clock is not sure, it is night, and never dark by law.
    """

    def __init__(self, rules: Rules, calendar: Calendar) -> None:
        self._rules = rules
        self._calendar = calendar
        self._sure = True
        self._read: tuple[Standing, Now] | None = None
        self.due = 0

    @property
    def sure(self) -> bool:
        """Whether the clock is believed."""
        return self._sure

    def believe(self, *, sure: bool) -> None:
        """Believe the clock, or do not; the calendar is looked at again."""
        self._sure = sure
        self._read = None
        self.due = 0

    def settle(self, at: int) -> None:
        """Let begin what begins at `at`, and see what is next."""
        self.due = self._calendar.standing(self._rules, at).until

    def now(self, at: int) -> Now:
        """The program and the step that hold at `at`, and whether the period is active: one value until it changes."""
        standing = self._calendar.standing(self._rules, at)
        if self._read is None or self._read[0] is not standing:
            self._read = standing, self._meant(standing)
        return self._read[1]

    def _meant(self, standing: Standing) -> Now:
        program, dark = standing.program, standing.dark and self._sure
        step = program.steps[standing.step]
        if dark and program.dark is not None:
            default = Cause(Rank.DEFAULT, 0.0, note=program.dark.because, key="dark", place=program.dark.place)
        else:
            default = Cause(Rank.DEFAULT, step.default, key=str(standing.step), place=step.place)
        cap = Cause(Rank.CAP, step.max, key=default.key, place=step.place)
        inactive = Cause(Rank.INACTIVE, 0.0, place=program.active.place)
        return Now(standing.active or not self._sure, step, default, cap, inactive, program, dark)
