"""The answer: why a lamp is as bright as it is, in a sentence, and what the lamp itself says of it."""

from collections.abc import Sequence
from datetime import tzinfo

from devices.reading import Quantity, Reading
from gateway.cli.show import ago, clock_time, lasting
from gateway.clock import SECOND
from gateway.lighting.decision import Cause, Decision, Rank
from gateway.lighting.facts import Override
from gateway.lighting.proofs import UNPROVEN
from gateway.study.explain import Explanation
from gateway.study.forecast import Change
from gateway.study.reason import SHORT

MINUTE = 60 * SECOND
_HERE = {"somebody is there": "somebody is here", "held after the last sign": "somebody was here a moment ago"}
"""How a note of presence begins in the lamp's own stretch; elsewhere it says where the lamp is."""

ENOUGH = 1.0
"""Per cent by which a lamp's own word may differ from what it was told: lamps round."""


def because(found: Explanation, zone: tzinfo) -> str:
    """The sentence that begins with "Because"."""
    return f"Because {_reason(deciding(found), found, zone)}."


def deciding(found: Explanation) -> Cause:
    """The cause that decided, with the figures of now where its layer still speaks."""
    decided = found.decision.decided
    same = (cause for cause in found.stack.causes() if (cause.rank, cause.key) == (decided.rank, decided.key))
    return next(same, decided)


def _reason(cause: Cause, found: Explanation, zone: tzinfo) -> str:
    match cause.rank:
        case Rank.OVERRIDE:
            return f"a person ordered it: {orders(cause, found.at, zone)}"
        case Rank.FAILSAFE:
            return f"it is not known whether anybody is here, and unknown is not empty: {cause.note}"
        case Rank.PRESENCE:
            return _somebody(cause, found.at)
        case Rank.COUNT:
            return _flow(cause, found)
        case Rank.DEFAULT | Rank.INACTIVE:
            return _default(cause)
        case Rank.CAP:
            return f"{_wanted(found)}, and the step allows no more than {percent(cause.level)}"
        case Rank.FLOOR:
            return _floor(cause, found)
        case Rank.STEADY:
            left = "" if cause.figure is None else f": it does not become darker for {cause.figure:.0f} s more"
            return f"it became brighter a short while ago{left}"


def _somebody(cause: Cause, at: int) -> str:
    begins, *way = cause.note.split(", ")
    where = ", ".join((_HERE.get(begins, f"it is {begins}"), *way))
    return f"{where}: seen by {seen(cause, at)}"


def _flow(cause: Cause, found: Explanation) -> str:
    if cause.key == "unsure":
        return cause.note
    if not cause.figure:
        return f"nobody is counted: {percent(cause.level)} is what the count curve gives an empty street"
    now = found.sliding or 0.0
    if round(now) < round(cause.figure):
        return f"of how many people walked by: {cause.figure:.0f} an hour are still held, {now:.0f} an hour walk by now"
    return f"of how many people walk by: {cause.figure:.0f} an hour"


def _default(cause: Cause) -> str:
    if cause.rank is Rank.INACTIVE:
        return "it is outside the active period, when no lamp is lit"
    if cause.key == "dark":
        return f"nobody is here, and the street may be dark now ({cause.note})"
    return "nothing else speaks: it is the step's default"


def _wanted(found: Explanation) -> str:
    """Who wants more light than the step allows."""
    stack = found.stack
    asked = [cause for cause in (stack.presence, stack.count, stack.default) if cause is not None]
    cause = max(asked, key=_level)
    if cause.rank is Rank.PRESENCE:
        return _somebody(cause, found.at)
    return f"{_flow(cause, found) if cause.rank is Rank.COUNT else _default(cause)} ({percent(cause.level)})"


def _floor(cause: Cause, found: Explanation) -> str:
    if cause.key == "never_dim":
        return f"it is never dimmed while the street is lit ({cause.note})"
    if cause.key == UNPROVEN:
        return f"it is not dimmed: {cause.note}"
    if cause.key == "no design":
        return f"{cause.note}, so that nothing below 100 % can be said to be enough"
    order = found.stack.override
    asked = "" if order is None else f"an order asks for {percent(order.level)}, but "
    return f"{asked}{owed(cause, found)}, and the light is not to fall below that"


def owed(cause: Cause, found: Explanation) -> str:
    """Which class holds, for whom, and what it comes to in lux."""
    if cause.key not in (found.step.owed, found.step.empty):
        who = f"{cause.note} is owed"
    elif cause.key == found.step.owed and (found.step.owed == found.step.empty or somebody_or_unknown(found)):
        who = f"{cause.note} is owed {'to people' if found.stack.failsafe is None else 'to whoever may be here'}"
    else:
        who = f"nobody is here, and {cause.note} is still owed"
    if found.owed is None or found.zone.design is None:
        return who
    return f"{who}: {found.owed:.1f} lx of {found.zone.design:.1f} lx"


def somebody_or_unknown(found: Explanation) -> bool:
    """Whether people are here, or it is not known whether they are."""
    stack = found.stack
    if found.program.presence is not None or stack.failsafe is not None:
        return stack.presence is not None or stack.failsafe is not None
    return bool(found.sliding)


def orders(cause: Cause, at: int, zone: tzinfo) -> str:
    """Whose orders, why, until when."""
    return "; ".join(_order(item, at, zone) for item in cause.because if isinstance(item, Override))


def _order(order: Override, at: int, zone: tzinfo) -> str:
    who = order.owner if order.caller in ("", order.owner) else f"{order.owner} (login {order.caller})"
    why = f"{who}: {order.reason}" if order.reason else who
    left = lasting(-(-(order.expires - at) // MINUTE) * MINUTE)
    forced = ", also under the floor" if order.force else ""
    return f"{why}, until {clock_time(order.expires, zone)}, {left} left{forced} ({order.id})"


def seen(cause: Cause, at: int) -> str:
    """Who saw it and how long ago."""
    return together([f"{item.device}, {ago(item.time, at)}" for item in readings(cause)]) or "nobody any more"


def readings(cause: Cause) -> list[Reading]:
    """The readings behind a cause."""
    return [item for item in cause.because if isinstance(item, Reading)]


def together(words: Sequence[str]) -> str:
    """A list as people say it."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def confirmed(found: Explanation) -> str:
    """What the lamp itself says of its level and its power."""
    level, power = found.said.get(Quantity.LEVEL), found.said.get(Quantity.POWER)
    if level is None:
        return "the lamp has said nothing lately"
    draws = f", draws {power.value:.1f} W ({found.expected_power:.1f} expected)" if power is not None else ""
    return f"{_follows(found.decision, level, found)}{draws}"


def _follows(decision: Decision, level: Reading, found: Explanation) -> str:
    if abs(level.value - decision.level) <= ENOUGH:
        return f"the lamp confirms {percent(level.value)}"
    if found.at < found.reached or level.time < found.reached:
        return f"the lamp said {percent(level.value)} {ago(level.time, found.at)}, on its way"
    return f"the lamp says {percent(level.value)}, and was told {decision.level} %"


def percent(level: float) -> str:
    """A level as it is printed."""
    return f"{level:.0f} %"


def in_short(change: Change) -> str:
    """Why a level changed, in a few words: what is over, and what decides now."""
    return "; ".join(filter(None, (_ended(change), _decides(change))))


def _ended(change: Change) -> str:
    """What is over with this change, if anything is: an order, or what had asked for more light."""
    over, decided = change.over, change.decision.decided
    if over is None:
        return ""
    before = _owners(over)
    if before and not _owners(change.decision):
        return f"the order of {', '.join(before)} is over"
    if over.decided.rank is decided.rank:
        return ""
    darker = change.decision.level < change.before
    if _behind(over).rank is decided.rank:
        return ""
    return _OVER.get(_behind(over).rank, "") if darker and decided.rank not in (Rank.INACTIVE, Rank.OVERRIDE) else ""


def _owners(decision: Decision) -> list[str]:
    """Who answers for the order that had a say."""
    said = (item for cause in decision.causes for item in cause.because)
    return [item.owner for item in said if isinstance(item, Override)]


def _decides(change: Change) -> str:
    cause, owners = change.decision.decided, _owners(change.decision)
    match cause.rank:
        case Rank.OVERRIDE:
            return f"ordered by {', '.join(owners)}" if owners else SHORT[cause.rank]
        case Rank.FLOOR if owners:
            return f"ordered by {', '.join(owners)}, kept at the floor ({cause.note})"
        case Rank.COUNT if change.over is not None and _behind(change.over).rank is Rank.COUNT:
            return "count rose" if change.decision.level > change.before else "count fell"
        case Rank.COUNT if change.over is not None and change.over.decided.rank in (Rank.FLOOR, Rank.DEFAULT):
            return "count rose" if change.decision.level > change.before else SHORT[cause.rank]
        case Rank.DEFAULT if cause.key == "dark":
            return f"dark by law ({cause.note})"
        case Rank.FLOOR if cause.note:
            return f"{'not dimmed' if cause.key == UNPROVEN else 'floor'} ({cause.note})"
        case Rank.CAP:
            wanted = _behind(change.decision)
            return f"{SHORT[wanted.rank]}, at the step's max" if wanted is not cause else SHORT[cause.rank]
        case _:
            return SHORT[cause.rank]


def _behind(decision: Decision) -> Cause:
    """What decided; where that was the step's max, what asked for more than it."""
    cause = decision.decided
    if cause.rank is not Rank.CAP:
        return cause
    return max((each for each in decision.causes if each.rank in _WANTED), key=_level, default=cause)


_WANTED = (Rank.PRESENCE, Rank.COUNT, Rank.DEFAULT)
_OVER = {
    Rank.FAILSAFE: "sensors are believed again",
    Rank.PRESENCE: "nobody is here any more",
    Rank.COUNT: "count fell",
    Rank.FLOOR: "the floor is lower",
}
"""What it means that a lamp becomes darker and something else decides."""


def _level(cause: Cause) -> float:
    return cause.level
