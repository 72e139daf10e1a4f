"""The whole explanation for programs; docs/explain.md says what every name means."""

from collections.abc import Sequence

from devices.reading import Reading
from gateway.cli.explained.proven import as_object
from gateway.cli.show import iso
from gateway.lighting.decision import Cause, Decision
from gateway.lighting.plan import Place
from gateway.study.explain import Away, Explanation, Sensor
from gateway.study.forecast import Change
from gateway.study.verify import Verdict


def tree(found: Explanation) -> dict[str, object]:
    """It as JSON's objects, arrays and values."""
    decision = found.decision
    return {
        "lamp": found.lamp.id,
        "zone": found.zone.id,
        "at": iso(found.at),
        "level": decision.level,
        "since": iso(decision.time),
        "reached": iso(found.reached),
        "lux": None if found.lux is None else round(found.lux, 2),
        "owed": found.owed,
        "active": found.active,
        "decided_by": decision.decided.rank.value,
        "stack": _stack(found),
        "watched_by": [_sensor(sensor) for sensor in found.watchers],
        "counted_by": [_sensor(sensor) for sensor in found.counters],
        "flow": found.sliding,
        "lamp_says": {quantity.value: reading.value for quantity, reading in found.said.items()},
        "expected_power": round(found.expected_power, 2),
        "next": _changes(found.coming),
        "lately": _changes(found.lately),
        "faults": [{"device": item.device, "fault": item.channel, "since": iso(item.time)} for item in found.faults],
        "maintenance": _maintenance(found),
        "proof": as_object(found.proof),
        "away": None if found.away is None else _away(found.away),
        "plan": found.plan,
        "program": found.program.name,
        "adopted": _adopted(found),
    }


def _stack(found: Explanation) -> list[dict[str, object]]:
    stack = found.stack
    layers = (stack.override, stack.failsafe, stack.presence, stack.count, stack.default)
    inactive = () if found.active or stack.decided in layers else (stack.decided,)
    spoke = (*layers, stack.cap, stack.floor, stack.steady, *inactive)
    return [_leaf(cause, found.decision) for cause in spoke if cause is not None]


def _leaf(cause: Cause, decision: Decision) -> dict[str, object]:
    return {
        "rank": cause.rank.value,
        "level": round(cause.level, 3),
        "decides": cause.rank is decision.decided.rank,
        "figure": cause.figure,
        "note": cause.note,
        "because": [item.device if isinstance(item, Reading) else item.id for item in cause.because],
        "place": _place(cause.place),
        "line": None if cause.place is None else cause.place.text,
    }


def _place(place: Place | None) -> str | None:
    return None if place is None else f"{place.file}:{place.line}:{place.column}"


def _changes(changes: Sequence[Change]) -> list[dict[str, object]]:
    """Changes of level, each with the level before it and what decided."""
    return [{"before": change.before, **standing(change.decision)} for change in changes]


def standing(decision: Decision) -> dict[str, object]:
    """A decision: when it was due, its level, its ramp in seconds, what decided."""
    return {
        "time": iso(decision.time),
        "level": decision.level,
        "ramp": decision.ramp / 1e9,
        "decided_by": decision.decided.rank.value,
    }


def _away(away: Away) -> dict[str, object]:
    return {"from": iso(away.start), "to": None if away.end is None else iso(away.end)}


def _maintenance(found: Explanation) -> str | None:
    return None if found.maintenance is None else iso(found.maintenance.expires)


def _adopted(found: Explanation) -> dict[str, object] | None:
    if found.adopted is None:
        return None
    _, at, adopted = found.adopted
    return {"time": iso(at), "by": adopted.by, "note": adopted.note, "version": adopted.version}


def verified(verdict: Verdict) -> dict[str, object]:
    """Whether the record and its tape agree, and both."""
    return {
        "agrees": verdict.agrees,
        "recorded": None if verdict.recorded is None else standing(verdict.recorded),
        "rebuilt": standing(verdict.rebuilt),
        "engine_then": verdict.version,
        "engine_now": verdict.ours,
    }


def _sensor(sensor: Sensor) -> dict[str, object]:
    return {
        "id": sensor.id,
        "believed": sensor.believed,
        "heard": None if sensor.heard is None else iso(sensor.heard),
    }
