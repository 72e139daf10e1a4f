"""What zones of a new plan take over from the zones before: whoever is known, ordered or lit stays so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any

from gateway.lighting.bubble import Arm
from gateway.lighting.health import NEVER
from gateway.lighting.plan import CountRule, Zone
from gateway.lighting.zone import ZoneEngine


def untouched(before: Zone, after: Zone) -> bool:
    """Whether nothing of a zone is new, not even the lines of the files that it stands in."""
    return astuple(before) == astuple(after)


def means_the_same(before: Zone, after: Zone) -> bool:
    """Whether nothing is new that can move a lamp: places and names cannot."""
    return replace(before, label="") == replace(after, label="")


def side_by_side(before: Iterable[Arm], after: Iterable[Arm]) -> bool:
    """Whether nothing is new about the neighbours that a zone listens to: their own rules are their own affair."""
    return [_geometry(arm) for arm in before] == [_geometry(arm) for arm in after]


def _geometry(arm: Arm) -> tuple[object, ...]:
    zone = arm.zone
    return arm.base, arm.sense, zone.id, zone.length, zone.luminaires, zone.watches


def heirloom(before: Sequence[ZoneEngine], zone: Zone) -> dict[str, object]:
    """The state in which a changed or new zone begins, in the form that `ZoneEngine.restore` takes.

    Sensors, lamps and orders are looked for in all zones before, so that what moves from one zone to another is known
    there. Who is there, and how many walk by, comes from the zone of the same id; a count is dropped where the new rule
    looks at other stretches of time, so that a whole window is seen first.
    """
    states: list[Mapping[str, Any]] = [engine.state() for engine in before]
    own = next((state for engine, state in zip(before, states, strict=True) if engine.zone.id == zone.id), None)
    predecessor = next((engine.zone for engine in before if engine.zone.id == zone.id), None)
    return {
        "programs": {} if own is None or predecessor is None else _programs(own["programs"], predecessor, zone),
        "health": _health((each["health"] for each in states), zone),
        "override": sorted((order for each in states for order in each["override"]), key=lambda order: order[3]),
        "proofs": [proof for engine in before for proof in engine.proofs.left_to(zone)],
        "sure": all(each["sure"] for each in states),
        "fades": _together(each["fades"] for each in states),
        "standing": _together(each["standing"] for each in states),
    }


def _programs(states: Mapping[str, Any], before: Zone, after: Zone) -> dict[str, Any]:
    """What each program of a zone begins with: what it knew, or what that of the other nights knew if it is new."""
    known = {program.name: program for program in before.programs()}
    kept: dict[str, Any] = {}
    for program in after.programs():
        predecessor = known.get(program.name, before.program)
        state = states[predecessor.name]
        comparable = _comparable(predecessor.count, program.count)
        kept[program.name] = state if comparable else {**state, "count": None}
    return kept


def _comparable(before: CountRule | None, after: CountRule | None) -> bool:
    """Whether what was kept for one rule is all that another looks at."""
    if before is None or after is None:
        return False
    return before.window == after.window and before.confirm >= after.confirm and before.hold >= after.hold


def _health(states: Iterable[Mapping[str, Any]], zone: Zone) -> dict[str, Any]:
    """Who was believed still is; the longest silence is the new one, from when a sensor was last heard.

    One that nobody has heard yet is believed if it may be silent, unless it was said to be offline.
    """
    kept = list(states)
    until, heard = (_together(state[key] for state in kept) for key in ("until", "heard"))
    believed = {sensor for state in kept for sensor in state["believed"]}
    for sensor, expect in zone.sensors():
        offline = 0 < until.get(sensor, 0) < NEVER
        if expect is None and sensor not in heard and not offline:
            until[sensor] = NEVER
            believed.add(sensor)
        elif sensor in believed and sensor in heard:
            until[sensor] = NEVER if expect is None else heard[sensor] + expect
    tests = _together(state.get("tests", {}) for state in kept)
    return {"until": until, "heard": heard, "believed": sorted(believed), "tests": tests}


def _together(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}
