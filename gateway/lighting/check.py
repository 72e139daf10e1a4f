"""What a plan must satisfy before it may light a street, and what is good to know about it.

Problems and notes are sentences for the operator, with the arithmetic in lux and the nights counted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import ceil

from devices.message import SECOND
from gateway.lighting.calendar import Calendar
from gateway.lighting.plan import CLASSES, Active, Counter, Moment, Place, Plan, Problem, Program, Step, Watch, Zone

YEAR = 2028
"""The year whose nights are looked at: a leap year, so that each day of any year is among them."""

LONG_SILENCE = 3600 * SECOND
"""Nanoseconds of heartbeat from which a dead sensor is worth a note."""

_MINUTE = 60 * SECOND
_DUST = 1e-6  # of floats, in per cent and lux
_NOWHERE = Place("", 0, 0)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is allowed and good to know, and where it comes from."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class _Gap:
    """A dark part of the civil night of a day, in nanoseconds."""

    day: date
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


def check(plan: Plan) -> tuple[Problem, ...]:
    """All that forbids a plan."""
    return check_light(plan) + check_sensing(plan)


def check_light(plan: Plan) -> tuple[Problem, ...]:
    """What forbids a plan whatever sensors there are: dark nights, and less light than its classes ask."""
    calendar = Calendar(plan.latitude, plan.longitude, plan.timezone)
    dark = {active: tuple(_dark_nights(calendar, active, zones)) for active, zones in _by_active(plan).items()}
    problems = [problem for found in dark.values() for problem in found]
    for program in dict.fromkeys(zone.program for zone in plan.zones):
        if not program.steps:
            found = f"{program.name} has no steps"
            problems.append(Problem(_place(program.place), found, "At least one:  - {from: sunset, class: P4}"))
        if not dark[program.active]:
            problems += _idle_steps(calendar, program)
        problems += _curve_problems(program)
        problems += _ahead_problems(program)
    for zone in plan.zones:
        problems += _class_problems(zone)
    return tuple(dict.fromkeys(problems))


def check_sensing(plan: Plan) -> tuple[Problem, ...]:
    """What forbids a plan because its programs ask for sensors that are not there or speak too rarely."""
    return tuple(problem for zone in plan.zones for problem in _sensing_problems(zone))


def notes(plan: Plan) -> tuple[Note, ...]:
    """What an operator should know about a plan that is good."""
    return tuple(note for zone in plan.zones for note in _notes(zone))


def watchers(zone: Zone) -> dict[str, tuple[str, ...]]:
    """The presence sensors that watch each lamp of a zone."""
    return {lamp.id: tuple(watch.sensor for watch in zone.watches if watch.covers(lamp.at)) for lamp in zone.luminaires}


def _by_active(plan: Plan) -> dict[Active, list[Zone]]:
    """Each active period once, with the zones that follow it."""
    zones: dict[Active, list[Zone]] = {}
    for zone in plan.zones:
        zones.setdefault(zone.program.active, []).append(zone)
    return zones


# ------------------------------------------------------------------------------------------------------- nights
def _dark_nights(calendar: Calendar, active: Active, zones: Sequence[Zone]) -> Iterator[Problem]:
    gaps = [gap for day in _days() for gap in _gaps(calendar, active, day)]
    if not gaps:
        return
    nights = dict.fromkeys((gap.day for gap in gaps), 0)
    for gap in gaps:
        nights[gap.day] += gap.length
    steps = dict.fromkeys(step for zone in zones for step in _never_run(calendar, zone.program))
    idle = "".join(f"; the step from {_say(step.start)} would never run" for step in steps)
    key, found, when, hint = _dark_part(calendar, active, gaps)
    labels = ", ".join(zone.label for zone in zones)
    expected = f"{labels} would be dark {when} on {_nights(nights)}{idle}."
    yield Problem(_value(active.place, key), f"the night is not covered: {found}", expected, hint)


def _dark_part(calendar: Calendar, active: Active, gaps: Sequence[_Gap]) -> tuple[str, str, str, str]:
    """Which key is to blame for the gaps, what is wrong with it, when it is dark, and what to write instead."""
    start, end = _say(active.start), _say(active.end)
    nights = {gap.day: calendar.night(gap.day) or (0, 0) for gap in gaps}
    if all(gap.end == nights[gap.day][1] and gap.start > nights[gap.day][0] for gap in gaps):
        return "to", f'"to: {end}" ends before dawn', f"from {end} to dawn", "Write  to: sunrise"
    if all(gap.start == nights[gap.day][0] and gap.end < nights[gap.day][1] for gap in gaps):
        return "from", f'"from: {start}" begins after dusk', f"from dusk to {start}", "Write  from: sunset"
    found = f'"from: {start}, to: {end}" leaves a part out'
    return "from", found, "for a part of the night", "Write  active: {from: sunset, to: sunrise}"


def _nights(dark: Mapping[date, int]) -> str:
    """How many nights, and the shortest and the longest darkness (nanoseconds) among them."""
    shortest, longest = min(dark, key=lambda day: dark[day]), max(dark, key=lambda day: dark[day])
    sizes = f"{_duration(dark[longest])} on {_day(longest)}"
    if dark[shortest] < dark[longest]:
        sizes = f"{_duration(dark[shortest])} on {_day(shortest)}, {sizes}"
    whole = len(dark) == len(list(_days()))
    return f"{'all' if whole else len(dark)} nights of the year, {sizes}"


def _gaps(calendar: Calendar, active: Active, day: date) -> Iterator[_Gap]:
    """The parts of the civil night of a day in which nothing may be lit."""
    night = calendar.night(day)
    if night is None:
        return
    reached, end = night
    near = (calendar.span(active, day + timedelta(days=shift)) for shift in (-1, 0, 1))
    for start, stop in sorted(span for span in near if span is not None):
        if start > reached and reached < end:
            yield _Gap(day, reached, min(start, end))
        reached = max(reached, stop)
    if reached < end:
        yield _Gap(day, reached, end)


def _idle_steps(calendar: Calendar, program: Program) -> Iterator[Problem]:
    for step in _never_run(calendar, program):
        found = f"the step from {_say(step.start)} never runs"
        expected = "On no night of the year are lamps lit between its start and the start of the next step"
        yield Problem(_place(step.place), found, expected)


def _never_run(calendar: Calendar, program: Program) -> list[Step]:
    days = iter(_days())
    at = int(datetime.combine(next(days), time(), UTC).timestamp()) * SECOND
    end = at + 366 * 86_400 * SECOND
    idle = set(range(len(program.steps)))
    while idle and at < end:
        standing = calendar.standing(program, at)
        if standing.active:
            idle.discard(standing.step)
        at = standing.until
    return [program.steps[index] for index in sorted(idle)]


def _days() -> Iterator[date]:
    day = date(YEAR, 1, 1)
    while day.year == YEAR:
        yield day
        day += timedelta(days=1)


# -------------------------------------------------------------------------------------------------------- light
def _class_problems(zone: Zone) -> Iterator[Problem]:
    """Whether the classes of a zone's steps can be given, and are."""
    if _more(CLASSES[zone.design_class], zone.design):
        yield Problem(
            _place(zone.place),
            f"{zone.label} is of class {zone.design_class} and its design gives less",
            f"{zone.design_class} asks {_lux(CLASSES[zone.design_class])}, and the design is {_lux(zone.design)}.",
        )
    for step in zone.program.steps:
        yield from _step_problems(zone, step)
    if not zone.program.steps:
        return
    brightest = max((step.owed for step in zone.program.steps), key=lambda name: CLASSES[name])
    failsafe, floor = zone.program.failsafe, zone.floor(brightest)
    if _more(floor, failsafe):
        yield Problem(
            _place(zone.program.failsafe_place),
            f"failsafe {_percent(failsafe)} is less light than EN 13201 class {brightest} asks",
            f"When a sensor of {zone.label} fails nobody knows who is there, and {brightest} is owed: "
            f"{_lux(CLASSES[brightest])} of {_lux(zone.design)} at 100%. failsafe must be {_at_least(floor)} or more.",
        )


def _step_problems(zone: Zone, step: Step) -> Iterator[Problem]:
    owed = CLASSES[step.owed]
    if _more(owed, zone.design):
        yield Problem(
            _value(step.place, "class"),
            f"class {step.owed} is more light than {zone.label} can give",
            f"{step.owed} asks {_lux(owed)}, and the design is {_lux(zone.design)} at 100%.",
        )
    elif _more(floor := zone.floor(step.owed), step.max):
        yield Problem(
            _value(step.place, "max"),
            f"{_percent(step.max)} is less light than EN 13201 class {step.owed} asks",
            f"{step.owed} is owed to people: {_lux(owed)}. {zone.label} gives {_lux(zone.design)} at 100%, so "
            f"{_percent(step.max)} is {_lux(zone.design * step.max / 100)}. max must be {_at_least(floor)} or more.",
            f"(For {_percent(step.max)} the street would have to be designed for {_lux(100 * owed / step.max)}.)"
            if step.max
            else "",
        )
    if _more(CLASSES[step.empty], owed):
        yield Problem(
            _value(step.place, "empty"),
            f"an empty street would get more light ({step.empty}) than people ({step.owed})",
            f"{step.empty} is {_lux(CLASSES[step.empty])} and {step.owed} is {_lux(owed)}. Are they swapped?",
        )


def _curve_problems(program: Program) -> Iterator[Problem]:
    if program.count is None:
        return
    points = program.count.curve.points
    place = _value(program.count.place, "curve")
    if not points:
        yield Problem(place, "the curve has no points", "For example  curve: {0/h: 40%, 60/h: 100%}")
    for (flow, level), (more, less) in pairwise(points):
        if more <= flow or less < level:
            found = f"the curve falls from {_percent(level)} at {flow:g}/h to {_percent(less)} at {more:g}/h"
            yield Problem(place, found, "More people never mean less light: let the levels rise with the flow")


def _ahead_problems(program: Program) -> Iterator[Problem]:
    if program.presence is None:
        return
    points = program.presence.ahead.points
    place = _value(program.presence.place, "ahead")
    for (_, lamps), (faster, fewer) in pairwise(points):
        if fewer < lamps:
            found = f"ahead falls from {lamps:g} lamps to {fewer:g} at {faster * 3.6:.0f} km/h"
            yield Problem(place, found, "Who goes faster needs light farther ahead: let the lamps rise with the speed")
    if points and program.presence.behind > program.presence.ahead.most:
        found = (
            f"more lamps behind somebody ({program.presence.behind}) than ever ahead ({program.presence.ahead.most})"
        )
        yield Problem(place, found, "People look where they go. Are they swapped?")


# ------------------------------------------------------------------------------------------------------ sensing
def _sensing_problems(zone: Zone) -> Iterator[Problem]:
    program = zone.program
    if program.count is not None and not zone.counters:
        found = f"{program.name} counts people, and {zone.label} has no counter"
        yield Problem(_place(zone.place), found, "A sensor that measures pedestrians, or a program without  count:")
    for counter in zone.counters:
        yield from _rare_counter(counter, program)
    watched = watchers(zone)
    if program.presence is not None and watched and not any(watched.values()):
        found = f"{program.name} uses presence, and no presence sensor watches any lamp of {zone.label}"
        yield Problem(_place(zone.place), found, "A sensor that measures presence, or a program without  presence:")


def _rare_counter(counter: Counter, program: Program) -> Iterator[Problem]:
    if program.count is not None and counter.expect is not None and counter.expect > program.count.window:
        yield Problem(
            _value(counter.place, "heartbeat"),
            f"{counter.sensor} may be silent for {_duration(counter.expect)}, longer than the window of the count",
            f"A window of {_duration(program.count.window)} needs a counter that reports at least that often.",
        )


def _notes(zone: Zone) -> Iterator[Note]:
    program = zone.program
    if not zone.luminaires:
        yield Note(_place(zone.place), f"{zone.label} has no lamps yet")
    if program.presence is not None:
        alone = [lamp for lamp, sensors in watchers(zone).items() if not sensors]
        if alone:
            text = f"no presence sensor watches {_listed(alone)}: always on failsafe, {_percent(program.failsafe)}"
            yield Note(_place(zone.place), text)
    elif zone.watches:
        names = _listed([watch.sensor for watch in zone.watches])
        yield Note(_place(program.place), f"{program.name} does not use presence, so {names} moves no lamp")
    if program.count is None and zone.counters:
        names = _listed([counter.sensor for counter in zone.counters])
        yield Note(_place(program.place), f"{program.name} does not count, so the counts of {names} move no lamp")
    yield from _neighbour_notes(zone)
    yield from _silent_notes(zone)


def _neighbour_notes(zone: Zone) -> Iterator[Note]:
    rule = zone.program.presence
    if zone.neighbours and (rule is None or not (rule.ahead.most or rule.behind)):
        names = _listed([neighbour.zone for neighbour in zone.neighbours])
        text = f"{zone.program.name} has no  ahead:  or  behind:, so nobody in {names} lights a lamp of {zone.label}"
        yield Note(_place(zone.place), text)


def _silent_notes(zone: Zone) -> Iterator[Note]:
    heard: dict[str, Watch | Counter] = {}
    sensors: tuple[Watch | Counter, ...] = (*zone.watches, *zone.counters)
    for sensor in sensors:
        heard.setdefault(sensor.sensor, sensor)
    for name, sensor in heard.items():
        if sensor.expect is None:
            yield Note(_place(sensor.place), f"the silence of {name} is trusted: if it dies, nobody learns it")
        elif sensor.expect >= LONG_SILENCE:
            late = _duration(sensor.expect)
            yield Note(_place(sensor.place), f"if {name} dies, {zone.label} learns it after {late} (heartbeat)")


# ------------------------------------------------------------------------------------------------------ wording
def _more(asked: float, given: float) -> bool:
    return asked > given + _DUST


def _place(place: Place | None) -> Place:
    return place or _NOWHERE


def _value(place: Place | None, key: str) -> Place:
    """The place of a key's value where it stands on the line of its block, else the block's own."""
    if place is None:
        return _NOWHERE
    match = re.search(rf"(?<![\w-]){key}:\s*", place.text[place.column - 1 :])
    return replace(place, column=place.column + match.end()) if match else place


def _listed(names: Iterable[str]) -> str:
    """A few names, or how many there are."""
    known = list(names)
    few = 3
    return ", ".join(known) if len(known) <= few else f"{known[0]} and {len(known) - 1} others"


def _lux(light: float) -> str:
    return f"{light:.1f} lx"


def _percent(level: float) -> str:
    return f"{level:.4g}%"


def _at_least(level: float) -> str:
    """A level in whole per cent that is not below another."""
    return f"{ceil(level - _DUST)}%"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _duration(nanoseconds: int) -> str:
    """A length of time in hours and minutes, or in seconds where it is short."""
    if nanoseconds < _MINUTE:
        return f"{nanoseconds // SECOND} s"
    hours, minutes = divmod(nanoseconds // _MINUTE, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)


def _say(moment: Moment) -> str:
    if moment.event == "clock":
        hours, minutes = divmod(moment.offset // _MINUTE, 60)
        return f"{hours:02}:{minutes:02}"
    if moment.offset == 0:
        return moment.event
    return f"{moment.event} {'+' if moment.offset > 0 else '-'} {_duration(abs(moment.offset))}"
