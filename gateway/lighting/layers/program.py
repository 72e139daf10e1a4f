"""The last reason for light: the step of the program that holds now, and whether lamps may be lit at all."""

from dataclasses import dataclass

from gateway.lighting.calendar import Calendar
from gateway.lighting.decision import Cause, Rank
from gateway.lighting.plan import Program, Step


@dataclass(frozen=True, slots=True)
class Now:
    """What the program says now."""

    active: bool
    step: Step
    default: Cause


class ProgramLayer:
    """Active period and steps of one program, read off the calendar. While the clock is not sure, it is night."""

    def __init__(self, program: Program, calendar: Calendar) -> None:
        self._program = program
        self._calendar = calendar
        self.sure = True
        self.due = 0

    def now(self, at: int) -> Now:
        """The step that holds at `at`, and whether the period is active."""
        standing = self._calendar.standing(self._program, at)
        self.due = standing.until
        step = self._program.steps[standing.step]
        default = Cause(Rank.DEFAULT, step.default, key=str(standing.step), place=step.place)
        return Now(standing.active or not self.sure, step, default)
