"""Whether any part of a civil night would be dark, by mistake or by law."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from devices.message import SECOND
from gateway.lighting.calendar import Calendar
from gateway.lighting.check.wording import Note, day, duration, known, say, value_of
from gateway.lighting.check.years import YEAR, Use, nights_of_year
from gateway.lighting.plan import Active, Dark, Plan, Problem, Program, Step, Zone, ZoneId

_WHOLE_YEAR = 366


@dataclass(frozen=True, slots=True)
class _Gap:
    """A dark part of the civil night of a day, in nanoseconds."""

    day: date
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(slots=True)
class _Cover:
    """One way to light a night: the programs that have it, the zones that follow them, and on which nights."""

    programs: dict[Program, set[date]] = field(default_factory=dict)
    labels: dict[ZoneId, str] = field(default_factory=dict)
    days: set[date] = field(default_factory=set)


def night_problems(calendar: Calendar, plan: Plan, uses: Mapping[ZoneId, Use]) -> Iterator[Problem]:
    """What leaves a part of a civil night neither active nor dark by law, and the steps that never run."""
    for (active, dark), cover in _covers(plan, uses).items():
        gaps = [gap for night in sorted(cover.days) for gap in _gaps(calendar, active, dark, night)]
        if gaps:
            yield _uncovered(calendar, active, cover, gaps)
            continue
        for program, days in cover.programs.items():
            yield from _idle_steps(calendar, program, days)
        if dark is not None:
            yield from _empty_dark(calendar, dark, cover)


def calendar_notes(zone: Zone, use: Use) -> Iterator[Note]:
    """Which lines of a zone's calendar never decide."""
    for line, meant in use.idle:
        why = "earlier lines have all its nights" if meant else "there is no such night"
        yield Note(known(line.place), f"this line gives {zone.label} its program on no night of any year: {why}")


def _covers(plan: Plan, uses: Mapping[ZoneId, Use]) -> dict[tuple[Active, Dark | None], _Cover]:
    """Each active period with its darkness once, with what follows it."""
    covers: dict[tuple[Active, Dark | None], _Cover] = {}
    for zone in plan.zones:
        for program in zone.programs():
            days = uses[zone.id].nights[program.name]
            if days:
                cover = covers.setdefault((program.active, program.dark), _Cover())
                cover.programs.setdefault(program, set()).update(days)
                cover.labels[zone.id] = zone.label
                cover.days |= days
    return covers


def _uncovered(calendar: Calendar, active: Active, cover: _Cover, gaps: Sequence[_Gap]) -> Problem:
    nights = dict.fromkeys((gap.day for gap in gaps), 0)
    for gap in gaps:
        nights[gap.day] += gap.length
    each = [_never_run(calendar, program, days) for program, days in cover.programs.items()]
    idle = "".join(
        f"; the step {_named(step)} would never run" for step in dict.fromkeys(step for steps in each for step in steps)
    )
    key, found, when, hint = _dark_part(calendar, active, gaps)
    labels = ", ".join(cover.labels.values())
    expected = f"{labels} would be dark {when} on {_nights(nights)}{idle}."
    return Problem(value_of(active.place, key), f"the night is not covered: {found}", expected, hint)


def _named(step: Step) -> str:
    """A step by its line and its start: the writer looks for it in the file."""
    line = "" if step.place is None else f"in line {step.place.line}, "
    return f"{line}from {say(step.start)},"


def _dark_part(calendar: Calendar, active: Active, gaps: Sequence[_Gap]) -> tuple[str, str, str, str]:
    """Which key is to blame for the gaps, what is wrong with it, when it is dark, and what to write instead."""
    start, end = say(active.start), say(active.end)
    nights = {gap.day: calendar.night(gap.day) or (0, 0) for gap in gaps}
    if all(gap.end == nights[gap.day][1] and gap.start > nights[gap.day][0] for gap in gaps):
        hint = f"Write  to: sunrise  - {_decided(end, 'sunrise')}"
        return "to", f'"to: {end}" ends before dawn', f"from {end} to dawn", hint
    if all(gap.start == nights[gap.day][0] and gap.end < nights[gap.day][1] for gap in gaps):
        hint = f"Write  from: sunset  - {_decided('sunset', start)}"
        return "from", f'"from: {start}" begins after dusk', f"from dusk to {start}", hint
    found = f'"from: {start}, to: {end}" leaves a part out'
    return "from", found, "for a part of the night", "Write  active: {from: sunset, to: sunrise}"


def _decided(start: str, end: str) -> str:
    return f"or, if the town has decided it:  dark: {{from: {start}, to: {end}, because: ...}}"


def _nights(dark: Mapping[date, int]) -> str:
    """How many nights, and the shortest and the longest darkness (nanoseconds) among them."""
    shortest, longest = min(dark, key=lambda night: dark[night]), max(dark, key=lambda night: dark[night])
    sizes = f"{duration(dark[longest])} on {day(longest)}"
    if dark[shortest] < dark[longest]:
        sizes = f"{duration(dark[shortest])} on {day(shortest)}, {sizes}"
    many = "all nights" if len(dark) == _WHOLE_YEAR else "1 night" if len(dark) == 1 else f"{len(dark)} nights"
    return f"{many} of the year, {sizes}"


def _gaps(calendar: Calendar, active: Active, dark: Dark | None, night: date) -> Iterator[_Gap]:
    """The parts of the civil night of a day in which nothing may be lit and no law says so."""
    civil = calendar.night(night)
    if civil is None:
        return
    reached, end = civil
    near = [night + timedelta(days=shift) for shift in (-1, 0, 1)]
    spans = [calendar.span(active, each) for each in near] + [calendar.dark(dark, each) for each in near]
    for start, stop in sorted(span for span in spans if span is not None):
        if start > reached and reached < end:
            yield _Gap(night, reached, min(start, end))
        reached = max(reached, stop)
    if reached < end:
        yield _Gap(night, reached, end)


def _idle_steps(calendar: Calendar, program: Program, days: Collection[date]) -> Iterator[Problem]:
    for step in _never_run(calendar, program, days):
        found = f"the step from {say(step.start)} never runs"
        following = program.steps[(program.steps.index(step) + 1) % len(program.steps)]
        expected = (
            f"On no night of the year are lamps lit between its start and the start of the next step, "
            f"{say(following.start)}. Write the steps in the order of the night, each with a start of its own."
        )
        yield Problem(value_of(step.place, "from"), found, expected)


def _never_run(calendar: Calendar, program: Program, days: Collection[date]) -> list[Step]:
    at = int(datetime.combine(next(nights_of_year()), time(), UTC).timestamp()) * SECOND
    end = at + _WHOLE_YEAR * 86_400 * SECOND
    idle = set(range(len(program.steps)))
    while idle and at < end:
        standing = calendar.standing(program, at)
        if standing.active and _among(calendar.night_of(at), days):
            idle.discard(standing.step)
        at = standing.until
    return [program.steps[index] for index in sorted(idle)]


def _among(night: date, days: Collection[date]) -> bool:
    """Whether a night is one of these days of `YEAR`; that of New Year's morning began the year before."""
    return night.replace(year=YEAR) in days


def _empty_dark(calendar: Calendar, dark: Dark, cover: _Cover) -> Iterator[Problem]:
    if all(calendar.dark(dark, night) is None for night in cover.days):
        found = f"dark from {say(dark.start)} to {say(dark.end)} is never"
        yield Problem(known(dark.place), found, "A part of the night, its evening first: {from: 01:00, to: 05:30, ...}")
