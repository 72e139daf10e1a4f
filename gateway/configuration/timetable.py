"""The programs of a zone, night by night: its own and those of the calendar, fitted to its design and its darkness."""

from dataclasses import replace
from itertools import chain

from gateway.configuration.rules import CalendarLine, Rules
from gateway.lighting.plan import Curve, Dark, Line, Program, Zone


def with_programs(zone: Zone, rules: Rules) -> Zone:
    """The zone with its program fitted, and with the lines of the calendar that are for it."""
    fitting = _Fitting(zone, rules.darks.get(zone.id))
    lines = (_line(line, fitting, rules) for line in rules.calendar if line.zones is None or zone.id in line.zones)
    calendar = tuple(line for line in lines if line is not None)
    return replace(zone, program=fitting.fit(zone.program), calendar=calendar)


def _line(line: CalendarLine, fitting: "_Fitting", rules: Rules) -> Line | None:
    program = rules.programs[line.program]
    return None if program is None else Line(line.nights, fitting.fit(program), line.place)


class _Fitting:
    """What a zone makes of a program: the darkness it is allowed if the program names none, and lux in per cent."""

    def __init__(self, zone: Zone, dark: Dark | None) -> None:
        self._zone = zone
        self._dark = dark

    def fit(self, program: Program) -> Program:
        """The program as this zone has it; the very same one where it has nothing of its own."""
        if self._dark is not None and program.dark is None:
            program = replace(program, dark=self._dark)
        if program.count is not None and program.count.classes:
            program = replace(program, count=replace(program.count, curve=self._curve(program.count.classes)))
        return program

    def _curve(self, classes: tuple[tuple[float, str], ...]) -> Curve:
        """Steps from the light of each class to that of the next."""
        flows = [flow for flow, _ in classes]
        levels = [self._zone.floor(name) for _, name in classes]
        rises = zip(flows[1:], levels, levels[1:], strict=False)
        steps = chain.from_iterable(((flow, before), (flow, after)) for flow, before, after in rises)
        return Curve(((flows[0], levels[0]), *steps))
