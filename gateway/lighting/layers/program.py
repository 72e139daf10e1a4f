"""The last reason for light: the step of the program that holds now, and whether lamps may be lit at all."""

from dataclasses import dataclass

from gateway.lighting.calendar import Calendar
from gateway.lighting.decision import Cause, Rank
from gateway.lighting.plan import Program, Rules, Step


@dataclass(frozen=True, slots=True)
class Now:
    """What the program of this night says now. While `dark`, nothing is owed where nobody is."""

    active: bool
    step: Step
    default: Cause
    program: Program
    dark: bool


class ProgramLayer:
    """Program, active period and steps of each night, read off the calendar.

    While the clock is not sure, it is night, and never dark by law.
    """

    def __init__(self, rules: Rules, calendar: Calendar) -> None:
        self._rules = rules
        self._calendar = calendar
        self.sure = True
        self.due = 0

    def now(self, at: int) -> Now:
        """The program and the step that hold at `at`, and whether the period is active."""
        standing = self._calendar.standing(self._rules, at)
        self.due = standing.until
        program, dark = standing.program, standing.dark and self.sure
        step = program.steps[standing.step]
        if dark and program.dark is not None:
            default = Cause(Rank.DEFAULT, 0.0, note=program.dark.because, key="dark", place=program.dark.place)
        else:
            default = Cause(Rank.DEFAULT, step.default, key=str(standing.step), place=step.place)
        return Now(standing.active or not self.sure, step, default, program, dark)
