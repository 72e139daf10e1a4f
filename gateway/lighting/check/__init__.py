"""What a plan must satisfy before it may light a street, and what is good to know about it.

Problems and notes are sentences for the operator, with the arithmetic in lux and the nights counted.
"""

from gateway.lighting.calendar import Calendar
from gateway.lighting.check.dark import calendar_notes, night_problems
from gateway.lighting.check.feeds import feed_notes
from gateway.lighting.check.light import light_notes, light_problems
from gateway.lighting.check.sensing import sensing_notes, sensing_problems, watchers
from gateway.lighting.check.wording import Note
from gateway.lighting.check.years import use_of
from gateway.lighting.plan import Plan, Problem

__all__ = ["Note", "check", "check_light", "check_sensing", "notes", "watchers"]


def check(plan: Plan) -> tuple[Problem, ...]:
    """All that forbids a plan."""
    return check_light(plan) + check_sensing(plan)


def check_light(plan: Plan) -> tuple[Problem, ...]:
    """What forbids a plan whatever sensors there are: dark nights, and less light than its classes ask."""
    calendar = Calendar(plan.latitude, plan.longitude, plan.timezone)
    problems = list(night_problems(calendar, plan, {zone.id: use_of(zone) for zone in plan.zones}))
    for zone in plan.zones:
        problems += light_problems(zone)
    return tuple(dict.fromkeys(problems))


def check_sensing(plan: Plan) -> tuple[Problem, ...]:
    """What forbids a plan because its programs ask for sensors that are not there or speak too rarely."""
    return tuple(dict.fromkeys(problem for zone in plan.zones for problem in sensing_problems(zone)))


def notes(plan: Plan) -> tuple[Note, ...]:
    """What an operator should know about a plan that is good."""
    of_zones = (
        note
        for zone in plan.zones
        for note in (*light_notes(zone), *calendar_notes(zone, use_of(zone)), *sensing_notes(zone))
    )
    return (*of_zones, *feed_notes(plan))
