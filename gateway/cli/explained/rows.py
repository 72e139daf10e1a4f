"""The stack in rows: five reasons for light, always in the same order, then what limits them."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from gateway.cli.explained.columns import WIDTH, row
from gateway.cli.explained.sentence import orders, owed, percent, readings, together
from gateway.cli.show import ago, clock_time, lasting
from gateway.clock import SECOND
from gateway.lighting.decision import Cause, Rank
from gateway.lighting.plan import CountRule
from gateway.lighting.proofs import UNPROVEN
from gateway.study.explain import Explanation, Sensor

DECIDES = "<- this decides"


def rows(found: Explanation, zone: tzinfo) -> Iterator[str]:
    """The five reasons, a line, and the limits."""
    stack = found.stack
    yield from _reason(found, 1, "override", stack.override, _override(found, zone))
    yield from _reason(found, 2, "sensor failure", stack.failsafe, _failure(found))
    yield from _reason(found, 3, "presence", stack.presence, _presence(found))
    yield from _reason(found, 4, "count", stack.count, _count(found, zone))
    default = stack.default if stack.default.level or stack.default.key == "dark" else None
    yield from _reason(found, 5, "default", default, _default(found))
    yield "     " + "-" * (WIDTH - 5)
    yield from _brightest(found)
    yield from _limits(found, zone)


def _reason(found: Explanation, number: int, name: str, cause: Cause | None, words: str) -> Iterator[str]:
    level = "-" if cause is None else percent(cause.level)
    rule = {3: found.program.presence, 4: found.program.count, 5: found.stack.default}.get(number, cause)
    place = None if rule is None else rule.place
    return row(f"{number}", name, level, _marked(found, cause, words), place)


def _marked(found: Explanation, cause: Cause | None, words: str) -> str:
    """The words, with the arrow where it is this that decides."""
    decides = cause is not None and cause.rank is found.decision.decided.rank
    return f"{DECIDES}  {words}".rstrip() if decides else words


def _override(found: Explanation, zone: tzinfo) -> str:
    cause = found.stack.override
    return "none" if cause is None else orders(cause, found.at, zone)


def _failure(found: Explanation) -> str:
    cause = found.stack.failsafe
    if cause is not None:
        named = (item for item in (*found.watchers, *found.counters) if item.id in cause.note)
        silent = together([f"{item.id} {ago(item.heard, found.at)}" for item in named])
        return f"{cause.note}; last heard: {silent}" if silent else cause.note
    believed = [sensor for sensor in _asked(found) if sensor.believed]
    names = together([f"{sensor.id} (heard {ago(sensor.heard, found.at)})" for sensor in believed])
    verb = "watch" if len(believed) > 1 else "watches"
    what = "this lamp" if found.program.presence is not None else "the zone"
    doubted = [sensor.id for sensor in _asked(found) if not sensor.believed]
    but = f"; not believed: {', '.join(doubted)}" if doubted else ""
    return f"no: {names} {verb} {what}{but}" if names else "no"


def _asked(found: Explanation) -> Sequence[Sensor]:
    return found.watchers if found.program.presence is not None else found.counters


def _presence(found: Explanation) -> str:
    cause, rule = found.stack.presence, found.program.presence
    if rule is None:
        return "the program does not use it"
    if cause is None:
        return "nobody"
    seen = ", ".join(f"{item.device} {ago(item.time, found.at)}" for item in readings(cause))
    held = f"; held {lasting(rule.hold)} after the last sign" if rule.hold else ""
    left = f"; {cause.figure:.0f} s are left of {lasting(rule.hold)}" if cause.figure is not None else held
    return f"{cause.note}: {seen}{left}"


def _count(found: Explanation, zone: tzinfo) -> str:
    cause, rule = found.stack.count, found.program.count
    if rule is None:
        return "the program does not use it"
    if cause is None:
        return "nobody walks by, and it may be dark" if found.stack.default.key == "dark" else "no counter is believed"
    flow = found.sliding or 0.0
    words = f"{flow:.0f} people/h in the last {lasting(rule.window)}"
    if cause.figure is not None and round(cause.figure) > round(flow):
        words += f" asks for {percent(rule.curve.at(flow))}; {_held(cause.figure, found, rule, zone)}"
    if cause.note:
        words += f"; {cause.note}"
    return f"{words} ({_counted(found, rule)})"


def _held(flow: float, found: Explanation, rule: CountRule, zone: tzinfo) -> str:
    """From when a higher flow is, and what it takes for it to be let go."""
    windows = f"{rule.confirm} quieter window{'s' if rule.confirm > 1 else ''}"
    if found.held_since is None:
        return f"{flow:.0f} people/h are held until {windows} in a row"
    since, until = (clock_time(at, zone) for at in (found.held_since, found.held_since + rule.hold))
    return f"{flow:.0f} people/h of {since} are held until {until} and {windows} in a row"


def _counted(found: Explanation, rule: CountRule) -> str:
    """Who counted how many; a count with a period is spread over it, so that its people need not be whole."""
    if not any(found.counted.values()):
        return f"{together(sorted(found.counted))} counted nobody"
    counted = ", ".join(f"{counter} {round(people, 1):g}" for counter, people in found.counted.items())
    which = ": the highest counts" if rule.combine == "highest" and len(found.counted) > 1 else ""
    return f"{counted}{which}"


def _default(found: Explanation) -> str:
    default, step = found.stack.default, found.step
    if default.key == "dark":
        return f"dark by law while nobody is here: {default.note}"
    if default.level:
        return "the step's default"
    return f"none; with nobody here the floor is {percent(found.zone.floor(step.empty))} ({step.empty})"


def _brightest(found: Explanation) -> Iterator[str]:
    """Which of the reasons for light is the brightest, where several speak."""
    stack = found.stack
    spoke = [(3, stack.presence), (4, stack.count), (5, stack.default if stack.default.level else None)]
    asked = [(number, cause.level) for number, cause in spoke if cause is not None]
    if found.active and len(asked) > 1:
        numbers = together([f"{number}" for number, _ in asked])
        yield from row("", "brightest", percent(max(level for _, level in asked)), f"of {numbers}")


def _limits(found: Explanation, zone: tzinfo) -> Iterator[str]:
    stack, step, ramp = found.stack, found.step, found.program.ramp
    if not found.active:
        words = _marked(found, _inactive(found), "no lamp is lit outside of it")
        yield from row("", "active period", "0 %", words, found.program.active.place)
    else:
        cap = _marked(found, stack.cap, "")
        yield from row("", "step's max", percent(step.max), cap, step.place)
    if stack.floor is not None:
        yield from row(
            "", "floor", percent(stack.floor.level), _marked(found, stack.floor, _floor(found)), stack.floor.place
        )
    if stack.steady is not None:
        words = f"kept for {stack.steady.figure or 0:.0f} s more of {lasting(ramp.steady)} after it became brighter"
        yield from row("", "steady", percent(stack.steady.level), _marked(found, stack.steady, words), ramp.place)
    yield from row("", "ramp", "", _ramp(found, zone), ramp.place)


def _inactive(found: Explanation) -> Cause | None:
    return found.stack.decided if found.stack.decided.rank is Rank.INACTIVE else None


def _floor(found: Explanation) -> str:
    floor = found.stack.floor
    if floor is None:
        return ""
    if floor.key == UNPROVEN:
        return f"not dimmed: {floor.note}"
    if floor.key in ("never_dim", "no design", "dark"):
        return f"never dimmed: {floor.note}" if floor.key == "never_dim" else floor.note
    return f"{owed(floor, found)}; {'kept' if found.decision.level >= floor.level else 'an order goes below'}"


def _ramp(found: Explanation, zone: tzinfo) -> str:
    decision = found.decision
    took = f"{lasting(decision.ramp)} after it was decided"
    if found.reached > found.at:
        left = lasting(-(-(found.reached - found.at) // SECOND) * SECOND)
        return f"on its way: reached at {clock_time(found.reached, zone)}, in {left}"
    return f"reached at {clock_time(found.reached, zone)}, {took}"
