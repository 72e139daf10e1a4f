"""`reverbere explain LAMP`: why a lamp is as bright as it is."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from pathlib import Path

from devices.device import Device, Kind
from devices.reading import Quantity, Reading
from gateway.cli.moment import instant
from gateway.cli.opened import Opened, opened
from gateway.cli.show import ago, as_json, at_place, clock_time, console, date_time, iso, lasting, zone_of
from gateway.clock import SECOND
from gateway.configuration.problems import did_you_mean, suggest
from gateway.lighting.decision import Cause, Decision, Rank
from gateway.lighting.facts import Override
from gateway.study.explain import Explanation, Sensor, explain

WORDS = {
    Rank.OVERRIDE: "a person ordered it",
    Rank.FAILSAFE: "unknown is not empty",
    Rank.PRESENCE: "somebody is here",
    Rank.COUNT: "of how many people walk by",
    Rank.DEFAULT: "nothing else speaks: the step's default",
    Rank.CAP: "the step allows no more",
    Rank.FLOOR: "the class allows no less",
    Rank.STEADY: "it became brighter a short while ago",
    Rank.INACTIVE: "it is outside the active period",
}
"""The answer in words, by what decided."""


MINUTE = 60 * SECOND


class UnknownLampError(LookupError):
    """A name that is no lamp of the site; says what was expected."""


def show(folder: Path, name: str, at: str | None) -> None:
    """Print the stack for people. Raises `UnknownLampError`, `RecordError`, and `ValueError` for a bad moment."""
    with opened(folder) as here:
        device = _lamp(here, name)
        zone = zone_of(here.site.plan)
        found = explain(here.reader, device.id, _moment(here, at, zone))
        for line in _lines(found, device, zone):
            console.print(line, markup=False)


def show_json(folder: Path, name: str, at: str | None) -> None:
    """Print the same tree as JSON. Raises what `show` raises."""
    with opened(folder) as here:
        device = _lamp(here, name)
        as_json(_tree(explain(here.reader, device.id, _moment(here, at, zone_of(here.site.plan)))))


def _lamp(here: Opened, name: str) -> Device:
    device = here.site.device(name)
    if device is None:
        lamps = (device for device in here.site.devices if device.kind is Kind.LUMINAIRE)
        known = [text for lamp in lamps for text in (lamp.id, lamp.label) if text]
        raise UnknownLampError(f'"{name}" is no lamp of {here.site.id}. {did_you_mean(suggest(name, known))}'.rstrip())
    if device.kind is not Kind.LUMINAIRE:
        raise UnknownLampError(f'"{name}" is a {device.kind.value} of {here.site.id}, and only lamps are explained.')
    return device


def _moment(here: Opened, at: str | None, zone: tzinfo) -> int:
    """The moment asked for; now if none is."""
    return here.now if at is None else instant(at, zone)


def _lines(found: Explanation, device: Device, zone: tzinfo) -> Iterator[str]:
    stack, decision = found.stack, found.decision
    label = f"   ({device.label})" if device.label else ""
    yield f"{device.id}   {found.zone.label}, {found.lamp.at:g} m{label}   {date_time(found.at, zone)}"
    yield ""
    lux = "" if found.lux is None else f"    about {found.lux:.1f} lx on average"
    yield f"  {decision.level} %{lux}    {_said(found)}"
    yield f"  Because {WORDS[decision.decided.rank]}{_seen_by(decision.decided, found.at)}."
    yield ""
    yield _row(1, "override", stack.override, _override(stack.override, found.at, zone) or "none")
    yield _row(2, "sensor failure", stack.failsafe, stack.failsafe.note if stack.failsafe else _watched(found))
    yield _row(3, "presence", stack.presence, _presence(found))
    yield _row(4, "count", stack.count, _count(found))
    default = stack.default.note or "the step's default"
    yield _row(5, "default", stack.default, f"{default}  {at_place(stack.default.place)}")
    yield "     " + "-" * 70
    yield from _clamps(found)
    yield ""
    if found.maintenance is not None:
        work = found.maintenance
        yield f"  Work    until {clock_time(work.expires, zone)}, {work.owner}: {work.reason}  (it is told nothing)"
    for fault in found.faults:
        where = "" if fault.device == found.lamp.id else f" of {fault.device}"
        yield f"  Fault   {fault.channel}{where} since {date_time(fault.time, zone)}"
    yield "  Lately  " + "     ".join(_lately(found.lately, zone))
    yield f"  Rules   plan {found.plan}"


def _row(number: int, name: str, cause: Cause | None, words: str) -> str:
    level = "-" if cause is None else f"{cause.level:.0f} %"
    return f"  {number}  {name:<15}{level:>6}    {words}".rstrip()


def _said(found: Explanation) -> str:
    level, power = found.said.get(Quantity.LEVEL), found.said.get(Quantity.POWER)
    if level is None:
        return "the lamp has said nothing lately"
    draws = f", draws {power.value:.1f} W ({found.expected_power:.1f} expected)" if power is not None else ""
    return f"the lamp says {level.value:.0f} %{draws}"


def _seen_by(cause: Cause, now: int) -> str:
    readings = [item for item in cause.because if isinstance(item, Reading)]
    if readings:
        return ": " + ", ".join(f"{reading.device}, {ago(reading.time, now)}" for reading in readings)
    return f": {cause.note}" if cause.note else ""


def _override(cause: Cause | None, at: int, zone: tzinfo) -> str:
    if cause is None:
        return ""
    orders = [item for item in cause.because if isinstance(item, Override)]
    return "; ".join(_order(order, at, zone) for order in orders)


def _order(order: Override, at: int, zone: tzinfo) -> str:
    why = f"{order.owner}: {order.reason}" if order.reason else order.owner
    left = lasting(-(-(order.expires - at) // MINUTE) * MINUTE)
    return f"{why}, until {clock_time(order.expires, zone)}, {left} left  ({order.id})"


def _watched(found: Explanation) -> str:
    program = found.program
    sensors: Sequence[Sensor] = found.watchers if program.presence is not None else found.counters
    believed = [sensor for sensor in sensors if sensor.believed]
    names = ", ".join(f"{sensor.id} (heard {ago(sensor.heard, found.at)})" for sensor in believed)
    return f"no: {names} {'watch' if len(believed) > 1 else 'watches'} this lamp" if names else "no"


def _presence(found: Explanation) -> str:
    cause, rule = found.stack.presence, found.program.presence
    if rule is None:
        return "the program does not use it"
    if cause is None:
        return f"nobody  {at_place(rule.place)}"
    seen = ", ".join(f"{item.device} {ago(item.time, found.at)}" for item in cause.because if isinstance(item, Reading))
    left = f"; {cause.figure:.0f} s are left of {lasting(rule.hold)}" if cause.figure is not None else ""
    return f"{cause.note}: {seen}{left}  {at_place(rule.place)}"


def _count(found: Explanation) -> str:
    cause, rule = found.stack.count, found.program.count
    if rule is None:
        return "the program does not use it"
    if cause is None:
        return "no counter is believed"
    flow = found.sliding or 0.0
    words = f"{flow:.0f} people/h in the last {lasting(rule.window)}"
    if cause.figure is not None and cause.figure > flow:
        words += f"; {cause.figure:.0f} people/h still hold"
    if cause.note:
        words += f"; {cause.note}"
    counted = ", ".join(f"{item.device} {item.value:.0f}" for item in cause.because if isinstance(item, Reading))
    return f"{words}  ({counted or 'nobody counted yet'})  {at_place(rule.place)}"


def _clamps(found: Explanation) -> Iterator[str]:
    stack, decided, rule = found.stack, found.decision.decided.rank, found.program.ramp
    for name, cause in (("step's max", stack.cap), ("floor", stack.floor)):
        if cause is not None:
            words = "" if cause.rank is Rank.CAP else _floor(cause, found)
            arrow = "<- this decides  " if decided is cause.rank else ""
            yield f"     {name:<15}{cause.level:>4.0f} %    {arrow}{words}  {at_place(cause.place)}".rstrip()
    if stack.steady is not None:
        words = f"kept for {stack.steady.figure:.0f} s more of {lasting(rule.steady)} after it became brighter"
        yield f"     {'steady':<15}{stack.steady.level:>4.0f} %    <- this decides  {words}  {at_place(rule.place)}"
    gentle = f", at most {rule.in_view:g} % a second in view of somebody" if rule.in_view is not None else ""
    yield f"     {'ramp':<15}          {lasting(rule.up)} up, {lasting(rule.down)} down{gentle}"


def _floor(cause: Cause, found: Explanation) -> str:
    if found.owed is None or found.zone.design is None:
        return f"never dimmed: {cause.note}" if cause.level else cause.note
    return f"{cause.note}: {found.owed:.1f} lx of {found.zone.design:.1f} lx"


def _lately(decisions: Sequence[Decision], zone: tzinfo) -> Iterator[str]:
    for decision in reversed(decisions):
        yield f"{clock_time(decision.time, zone)}  {decision.level} % ({decision.decided.rank.value})"


def _tree(found: Explanation) -> dict[str, object]:
    stack = found.stack
    layers = (stack.override, stack.failsafe, stack.presence, stack.count, stack.default)
    clamps = (stack.cap, stack.floor, stack.steady)
    return {
        "lamp": found.lamp.id,
        "zone": found.zone.id,
        "at": iso(found.at),
        "level": found.decision.level,
        "since": iso(found.decision.time),
        "lux": None if found.lux is None else round(found.lux, 2),
        "decided_by": found.decision.decided.rank.value,
        "stack": [_leaf(cause) for cause in (*layers, *clamps) if cause is not None],
        "watched_by": [_sensor(sensor) for sensor in found.watchers],
        "counted_by": [_sensor(sensor) for sensor in found.counters],
        "lamp_says": {quantity.value: reading.value for quantity, reading in found.said.items()},
        "expected_power": round(found.expected_power, 2),
        "lately": [
            {"time": iso(item.time), "level": item.level, "decided_by": item.decided.rank.value}
            for item in found.lately
        ],
        "faults": [{"device": item.device, "fault": item.channel, "since": iso(item.time)} for item in found.faults],
        "maintenance": None if found.maintenance is None else iso(found.maintenance.expires),
        "plan": found.plan,
    }


def _leaf(cause: Cause) -> dict[str, object]:
    return {
        "rank": cause.rank.value,
        "level": round(cause.level, 3),
        "figure": cause.figure,
        "note": cause.note,
        "because": [item.device if isinstance(item, Reading) else item.id for item in cause.because],
        "place": None if cause.place is None else f"{cause.place.file}:{cause.place.line}:{cause.place.column}",
    }


def _sensor(sensor: Sensor) -> dict[str, object]:
    return {
        "id": sensor.id,
        "believed": sensor.believed,
        "heard": None if sensor.heard is None else iso(sensor.heard),
    }
