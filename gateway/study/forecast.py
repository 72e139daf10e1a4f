"""What happens to a lamp if nobody else comes."""

from dataclasses import dataclass

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Availability, Quantity, Reading
from gateway.lighting.decision import Decision
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Fact
from gateway.lighting.plan import Plan

CHANGES = 3
"""Changes that are told."""

HORIZON = 24 * 3600 * SECOND
"""Nobody asks what is further off than this."""


@dataclass(frozen=True, slots=True)
class Change:
    """A lamp's new level after another: `before` in per cent, and the decision that did it.

    `over` is the decision that held until then, as far as it is known.
    """

    before: int
    decision: Decision
    over: Decision | None = None


def coming(engine: Engine, lamp: DeviceId) -> tuple[Change, ...]:
    """The next changes of a lamp's level, if nobody is seen from now on and every believed sensor goes on living.

    Played on a copy: the engine itself stays where it is.
    """
    copy = Engine(_alone(engine, lamp), engine.now, engine.snapshot())
    end, over = engine.now + HORIZON, copy.standing(lamp)
    pulse, alive = _signs_of_life(copy, lamp)
    copy.advance(engine.now, [*alive, *_nobody(copy)])
    found: list[Change] = []
    while copy.now < end and len(found) < CHANGES:
        for decision in copy.advance(min(end, copy.now + pulse), alive):
            if isinstance(decision, Decision) and decision.lamp == lamp:
                if decision.level != over.level:
                    found.append(Change(over.level, decision, over))
                over = decision
    return tuple(found[:CHANGES])


def _alone(engine: Engine, lamp: DeviceId) -> Plan:
    """The plan with the lamp's zone and its neighbours only: what happens elsewhere is nothing to it."""
    plan, zone = engine.plan, engine.zone(lamp).zone
    near = {zone.id, *(neighbour.zone for neighbour in zone.neighbours)}
    zones = tuple(each for each in plan.zones if each.id in near)
    return Plan(plan.digest, plan.latitude, plan.longitude, plan.timezone, zones)


def _nobody(engine: Engine) -> list[Fact]:
    """That each believed sensor sees nobody any more: one that does would be waited for."""
    seeing = {watch.sensor for zone in engine.plan.zones for watch in zone.watches if engine.believed(watch.sensor)}
    return [Reading(sensor, Quantity.PRESENCE, 0.0, engine.now) for sensor in sorted(seeing)]


def _signs_of_life(engine: Engine, lamp: DeviceId) -> tuple[int, list[Fact]]:
    """A word of each believed sensor of the zone, and how long (ns) none of them may be silent after it."""
    zone = engine.zone(lamp)
    expected = {sensor: expect for sensor, expect in zone.zone.sensors() if zone.health.believed(sensor)}
    pulse = min((expect // 2 for expect in expected.values() if expect is not None), default=HORIZON)
    return max(pulse, SECOND), [Availability(sensor, online=True, time=engine.now) for sensor in expected]
