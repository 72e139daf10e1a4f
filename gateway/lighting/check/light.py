"""Whether the classes that a zone's programs name can be given, and are: the arithmetic in lux."""

from collections.abc import Iterator
from itertools import pairwise

from gateway.lighting.check.wording import Note, at_least, known, lux, more, percent, value_of
from gateway.lighting.plan import CLASSES, CountRule, PresenceRule, Problem, Program, Step, Zone

ALL = 100.0
"""Per cent: all the light there is."""


def light_problems(zone: Zone) -> Iterator[Problem]:
    """Where a zone would give less light than its classes ask, whatever its programs say."""
    if zone.design is not None and more(CLASSES[zone.design_class], zone.design):
        yield Problem(
            known(zone.place),
            f"{zone.label} is of class {zone.design_class} and its design gives less",
            f"{zone.design_class} asks {lux(CLASSES[zone.design_class])}, and the design is {lux(zone.design)}.",
        )
    for program in zone.programs():
        yield from _program_problems(zone, program)


def light_notes(zone: Zone) -> Iterator[Note]:
    """What is allowed of a zone's light and good to know."""
    if zone.design is None:
        yield Note(known(zone.place), f"{zone.label} has no design illuminance, so it is never dimmed below 100%")


def _program_problems(zone: Zone, program: Program) -> Iterator[Problem]:
    for step in program.steps:
        yield from _step_problems(zone, step)
    if program.count is not None:
        yield from _curve_problems(program.count)
        yield from _picked_problems(zone, program.count)
    if program.presence is not None:
        yield from _ahead_problems(program.presence)
    if not program.steps:
        found = f"{program.name} has no steps"
        yield Problem(known(program.place), found, "At least one:  - {from: sunset, class: P4}")
        return
    brightest = max((step.owed for step in program.steps), key=lambda name: CLASSES[name])
    failsafe, floor = program.failsafe, zone.floor(brightest)
    if not more(floor, failsafe):
        return
    place = known(program.failsafe_place)
    if zone.design is None:
        found = f"failsafe {percent(failsafe)} of a design that is not known"
        yield Problem(place, found, _unknown_design(zone, f"failsafe {percent(failsafe)}", "failsafe: 100%"))
        return
    yield Problem(
        place,
        f"failsafe {percent(failsafe)} is less light than EN 13201 class {brightest} asks",
        f"When a sensor of {zone.label} fails nobody knows who is there, and {brightest} is owed: "
        f"{lux(CLASSES[brightest])} of {lux(zone.design)} at 100%. failsafe must be {at_least(floor)} or more.",
    )


def _unknown_design(zone: Zone, dimmed: str, instead: str) -> str:
    return (
        f"Nobody can say how many lux {dimmed} is in {zone.label}. Write the maintained average at 100% below the zone "
        f"(design: 5.0 lx), or  {instead}"
    )


def _step_problems(zone: Zone, step: Step) -> Iterator[Problem]:
    owed = CLASSES[step.owed]
    if zone.design is None:
        if more(ALL, step.max):
            found = f"{percent(step.max)} of a design that is not known"
            expected = _unknown_design(zone, f"max {percent(step.max)}", "max: 100%")
            yield Problem(value_of(step.place, "max"), found, expected)
    elif more(owed, zone.design):
        yield Problem(
            value_of(step.place, "class"),
            f"class {step.owed} is more light than {zone.label} can give",
            f"{step.owed} asks {lux(owed)}, and the design is {lux(zone.design)} at 100%.",
        )
    elif more(floor := zone.floor(step.owed), step.max):
        yield Problem(
            value_of(step.place, "max"),
            f"{percent(step.max)} is less light than EN 13201 class {step.owed} asks",
            f"{step.owed} is owed to people: {lux(owed)}. {zone.label} gives {lux(zone.design)} at 100%, so "
            f"{percent(step.max)} is {lux(zone.design * step.max / 100)}. max must be {at_least(floor)} or more.",
            f"(For {percent(step.max)} the street would have to be designed for {lux(100 * owed / step.max)}.)"
            if step.max
            else "",
        )
    if more(CLASSES[step.empty], owed):
        yield Problem(
            value_of(step.place, "empty"),
            f"an empty street would get more light ({step.empty}) than people ({step.owed})",
            f"{step.empty} is {lux(CLASSES[step.empty])} and {step.owed} is {lux(owed)}. Are they swapped?",
        )


def _curve_problems(rule: CountRule) -> Iterator[Problem]:
    if rule.classes:
        return
    points = rule.curve.points
    place = value_of(rule.place, "curve")
    if not points:
        yield Problem(place, "the curve has no points", "For example  curve: {0/h: 40%, 60/h: 100%}")
    for (flow, level), (then, less) in pairwise(points):
        if then <= flow or less < level:
            found = f"the curve falls from {percent(level)} at {flow:g}/h to {percent(less)} at {then:g}/h"
            yield Problem(place, found, "More people never mean less light: let the levels rise with the flow")


def _ahead_problems(rule: PresenceRule) -> Iterator[Problem]:
    points = rule.ahead.points
    place = value_of(rule.place, "ahead")
    for (_, lamps), (faster, fewer) in pairwise(points):
        if fewer < lamps:
            found = f"ahead falls from {lamps:g} lamps to {fewer:g} at {faster * 3.6:.0f} km/h"
            yield Problem(place, found, "Who goes faster needs light farther ahead: let the lamps rise with the speed")
    if points and rule.behind > rule.ahead.most:
        found = f"more lamps behind somebody ({rule.behind}) than ever ahead ({rule.ahead.most})"
        yield Problem(place, found, "People look where they go. Are they swapped?")


def _picked_problems(zone: Zone, rule: CountRule) -> Iterator[Problem]:
    """Whether the classes that the flow picks rise with it, and the zone can give them."""
    place = value_of(rule.place, "classes")
    for (flow, picked), (then, less) in pairwise(rule.classes):
        if more(CLASSES[picked], CLASSES[less]):
            found = f"the class falls from {picked} at {flow:g}/h to {less} at {then:g}/h"
            yield Problem(place, found, "More people never mean less light: let the classes rise with the flow")
    for flow, picked in rule.classes:
        if zone.design is not None and more(CLASSES[picked], zone.design):
            found = f"class {picked} is more light than {zone.label} can give"
            expected = f"From {flow:g}/h on {picked} asks {lux(CLASSES[picked])}, and the design is {lux(zone.design)}."
            yield Problem(place, found, expected)
