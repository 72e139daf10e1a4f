"""Histories of people who pass, and the same with more people: larger counts, further ones, who stay longer."""

from dataclasses import replace

from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.facts import Fact, order
from gateway.lighting.plan import Plan
from tests.lighting.any_history import Tape, counters, devices, passers, periods, readings, tapes, words

SEEN = frozenset({Quantity.PRESENCE, Quantity.OCCUPANCY})
OLD = Quality.RETAINED | Quality.HISTORICAL


def passages(rules: Plan) -> st.SearchStrategy[Tape]:
    """A street where people pass: most of what is said is of them, and any sensor may say it in any way."""
    seen = st.builds(
        Reading, st.sampled_from(devices(rules)), st.sampled_from(sorted(SEEN, key=str)), st.integers(0, 1), st.just(0)
    )
    passed = st.builds(
        Reading,
        st.sampled_from(devices(rules)),
        st.sampled_from([Quantity.PEDESTRIANS, Quantity.PEDESTRIANS, Quantity.PEDESTRIANS_TOTAL]),
        st.integers(0, 3),
        st.just(0),
        period=periods,
    )
    return tapes(st.one_of(seen, seen, passed, passers(rules), readings(rules), words(rules)))


@st.composite
def crowds(draw: st.DrawFn, rules: Plan) -> tuple[Tape, Tape]:
    """A tape and the same with more people.

    Whoever says something more in the one says how warm it is in the other, so that each is heard as often in both.
    """
    tape = draw(passages(rules))
    few = [(at, list(learned)) for at, learned in tape]
    many = [(at, [draw(busier(fact)) for fact in learned]) for at, learned in tape]
    counting, seeing = st.sampled_from(counters(rules) + devices(rules)), st.sampled_from(devices(rules))
    moments = st.integers(0, len(tape) - 1)
    for sensor, index in draw(st.lists(st.tuples(counting, moments), max_size=8)):
        at = tape[index][0]
        people = float(draw(st.integers(1, 9)))
        counted = Reading(sensor, Quantity.PEDESTRIANS, people, at, draw(st.sampled_from(["", "in"])), draw(periods))
        _say(counted, few[index][1], many[index][1])
    for sensor, index, moments_later in draw(st.lists(st.tuples(seeing, moments, st.integers(0, 6)), max_size=8)):
        _say(_presence(sensor, 1.0, tape[index][0]), few[index][1], many[index][1])
        last = min(index + moments_later, len(tape) - 1)
        if last > index and _nobody(sensor, tape, last):
            _say(_presence(sensor, 0.0, tape[last][0]), few[last][1], many[last][1])
    return _totalled(few), _totalled(many)


def _totalled(tape: Tape) -> Tape:
    """The tape where what each counter's running totals rise by is added up."""
    totals: dict[tuple[DeviceId, str], float] = {}

    def total(fact: Fact) -> Fact:
        if not isinstance(fact, Reading) or fact.quantity is not Quantity.PEDESTRIANS_TOTAL or fact.quality & OLD:
            return fact
        series = fact.device, fact.channel
        totals[series] = totals.get(series, 0.0) + fact.value
        return replace(fact, value=totals[series])

    return [(at, [total(fact) for fact in learned]) for at, learned in tape]


def busier(fact: Fact) -> st.SearchStrategy[Fact]:
    """The same word of a sensor, now and then with more people in it."""
    if not isinstance(fact, Reading) or fact.quality & OLD:
        return st.just(fact)
    if fact.quantity in {Quantity.PEDESTRIANS, Quantity.PEDESTRIANS_TOTAL} and 0 <= fact.value < 100:
        return st.integers(0, 9).map(lambda more: replace(fact, value=fact.value + more))
    if fact.quantity in SEEN and fact.value == 0:
        return st.sampled_from([fact, fact, replace(fact, value=1.0)])
    return st.just(fact)


def _presence(sensor: DeviceId, value: float, at: int) -> Fact:
    return Reading(sensor, Quantity.PRESENCE, value, at)


def _say(more: Fact, few: list[Fact], many: list[Fact]) -> None:
    assert isinstance(more, Reading)
    few.append(Reading(more.device, Quantity.TEMPERATURE, 4.0, more.time))
    many.append(more)


def _nobody(sensor: DeviceId, tape: Tape, index: int) -> bool:
    """Whether a sensor sees nobody from before a moment until after it: it may say so again without hiding anybody."""
    said = [
        (number, fact)
        for number, (_, learned) in enumerate(tape[: index + 1])
        for fact in sorted(learned, key=order)
        if isinstance(fact, Reading) and fact.device == sensor and fact.quantity in SEEN and not fact.quality & OLD
    ]
    return not said or (said[-1][0] < index and said[-1][1].value == 0)
