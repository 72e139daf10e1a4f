"""Plans as hypothesis makes them: a row of zones with everything that the files may say of them."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from devices.device import DeviceId
from gateway.lighting.nights import Nights, Weekday
from gateway.lighting.plan import (
    CLASSES,
    Active,
    Ahead,
    Counter,
    CountRule,
    Curve,
    Dark,
    Line,
    Luminaire,
    Moment,
    Neighbour,
    Plan,
    PresenceRule,
    Program,
    Ramp,
    Step,
    Watch,
    Zone,
    ZoneId,
)
from tests.lighting.street import HOUR, LED, MINUTE, NIGHT, SECOND, plan

DESIGN = {"P1": 15.0, "P2": 10.0, "P4": 5.0}
LENGTH = 120.0
ROUND_THE_CLOCK = Active(Moment("clock", 12 * HOUR), Moment("clock", 12 * HOUR))
DARK = Dark(Moment("clock", 23 * HOUR), Moment("clock", 5 * HOUR), "town decree")
STARTS = (Moment("clock", 12 * HOUR), Moment("clock", 22 * HOUR + 30 * MINUTE), Moment("clock", 5 * HOUR + 30 * MINUTE))

per_cent = st.integers(0, 20).map(lambda twentieths: 5.0 * twentieths)
silences = st.sampled_from([None, 30 * SECOND, 5 * MINUTE, 20 * MINUTE])

no_bubble = st.builds(
    PresenceRule,
    per_cent,
    st.sampled_from([0, 20 * SECOND, 3 * MINUTE]),
    st.sampled_from([MINUTE, 10 * MINUTE]),
)
bubbles = st.builds(
    replace,
    no_bubble,
    ahead=st.sampled_from([Ahead(), Ahead(((1.4, 1.0), (8.0, 3.0))), Ahead(((1.0, 0.0), (12.0, 2.0)))]),
    behind=st.integers(0, 2),
)
level_ramps = st.sampled_from([Ramp(0, 0), Ramp(2 * SECOND, 45 * SECOND), Ramp(SECOND, SECOND, in_view=5.0)])
"""Ramps without a limit on direction changes."""
ramps = st.one_of(level_ramps, st.sampled_from([Ramp(SECOND, MINUTE, steady=5 * MINUTE), Ramp(0, 0, MINUTE, 10.0)]))


def _dimmer(classes: Sequence[str]) -> list[str]:
    return sorted(classes, key=CLASSES.__getitem__)


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    flows = sorted(draw(st.lists(st.integers(1, 300), min_size=1, max_size=3, unique=True)))
    levels = sorted(draw(st.lists(per_cent, min_size=len(flows) + 1, max_size=len(flows) + 1)))
    return Curve(tuple(zip((0.0, *map(float, flows)), levels, strict=True)))


@st.composite
def count_rules(draw: st.DrawFn, design_class: str) -> CountRule:
    window = draw(st.sampled_from([MINUTE, 5 * MINUTE, 10 * MINUTE]))
    hold = draw(st.sampled_from([0, MINUTE, 25 * MINUTE]))
    picks = draw(st.sampled_from([(), ((0.0, "P6"), (60.0, design_class))]))
    return CountRule(
        window,
        draw(curves()),
        hold,
        draw(st.integers(1, 3)),
        draw(st.sampled_from(["highest", "sum"])),
        classes=picks,
    )


@st.composite
def steps(draw: st.DrawFn, start: Moment, design_class: str) -> Step:
    """A step as `check` lets it through: its `max` is not under what its class asks."""
    allowed = [name for name in ("P1", "P2", "P4", "P5", "P6", "P7") if CLASSES[name] <= DESIGN[design_class]]
    empty, owed = _dimmer(draw(st.lists(st.sampled_from(allowed), min_size=2, max_size=2)))
    least = 100 * CLASSES[owed] / DESIGN[design_class]
    return Step(start, owed, empty, draw(per_cent), max(least, draw(st.integers(20, 100))))


@st.composite
def programs(
    draw: st.DrawFn,
    name: str,
    design_class: str,
    presences: st.SearchStrategy[PresenceRule],
    ramps: st.SearchStrategy[Ramp],
) -> Program:
    each = tuple(draw(steps(start, design_class)) for start in STARTS[: draw(st.integers(1, 3))])
    return Program(
        name,
        draw(st.sampled_from([NIGHT, ROUND_THE_CLOCK])),
        float(draw(st.integers(0, 100))),
        draw(st.none() | count_rules(design_class)),
        draw(st.none() | presences),
        draw(ramps),
        each,
        dark=draw(st.sampled_from([None, DARK])),
    )


@st.composite
def zones(
    draw: st.DrawFn, number: int, presences: st.SearchStrategy[PresenceRule], ramps: st.SearchStrategy[Ramp]
) -> Zone:
    name, design_class = f"zone-{number}", draw(st.sampled_from(sorted(DESIGN)))
    lamps = tuple(
        Luminaire(DeviceId(f"{name}-lamp-{at}"), float(at), LED, draw(st.sampled_from(["", "", "", "crossing"])))
        for at in range(15, 15 + 30 * draw(st.integers(1, 4)), 30)
    )
    watches = tuple(
        Watch(DeviceId(f"{name}-motion-{at}"), float(at), at + draw(st.integers(20, 60)), draw(silences))
        for at in range(0, 30 * draw(st.integers(0, 3)), 30)
    )
    counters = tuple(
        Counter(DeviceId(f"{name}-counter-{at}"), float(at), draw(silences)) for at in range(draw(st.integers(0, 2)))
    )
    chosen = programs(f"{name}-often", design_class, presences, ramps)
    rarely = programs(f"{name}-rarely", design_class, presences, ramps)
    nights = Nights(weekdays=(Weekday(draw(st.integers(0, 6))),))
    calendar = (Line(nights, draw(rarely)),) if draw(st.booleans()) else ()
    design = draw(st.sampled_from([DESIGN[design_class]] * 5 + [None]))
    return Zone(
        ZoneId(name),
        name,
        LENGTH,
        lamps,
        watches,
        counters,
        draw(chosen),
        design_class,
        design,
        calendar=calendar,
    )


@st.composite
def plans(
    draw: st.DrawFn,
    presences: st.SearchStrategy[PresenceRule] = bubbles,
    ramps: st.SearchStrategy[Ramp] = ramps,
) -> Plan:
    """One to three zones in a row; each touches the next one's start with its end, or does not."""
    row = [draw(zones(number, presences, ramps)) for number in range(draw(st.integers(1, 3)))]
    for left in range(len(row) - 1):
        if draw(st.booleans()):
            right = left + 1
            there = Neighbour("end", row[right].id, "start")
            back = Neighbour("start", row[left].id, "end")
            row[left] = replace(row[left], neighbours=(*row[left].neighbours, there))
            row[right] = replace(row[right], neighbours=(*row[right].neighbours, back))
    return plan(*row)
