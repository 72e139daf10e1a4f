"""Histories as hypothesis makes them: whatever the sensors, the lamps' owners and the clock may say to a plan."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import strategies as st

from devices.device import DeviceId
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Cancel, ClockSet, Fact, Measured, Override, Proof
from gateway.lighting.plan import Plan, ZoneId
from tests.lighting.street import DUSK, HOUR, MINUTE, SECOND

Tape = list[tuple[int, list[Fact]]]
DAY = 24 * HOUR
NOBODY = DeviceId("nobody")

gaps = st.one_of(st.integers(1, 20).map(lambda seconds: seconds * SECOND), st.integers(SECOND, 15 * MINUTE))
"""Nanoseconds from one moment to the next: never under a second, so that a look just after one is before the next."""

qualities = st.sampled_from(
    [Quality.GOOD] * 5 + [Quality.RETAINED, Quality.HISTORICAL, Quality.CLOCK_UNCERTAIN, Quality.ESTIMATED]
)
periods = st.sampled_from([None, SECOND, 2 * SECOND, MINUTE, 5 * MINUTE])
shifts = st.one_of(
    st.integers(-90, 90).map(lambda minutes: minutes * MINUTE), st.integers(-14, 14).map(lambda days: days * DAY)
)


def devices(rules: Plan) -> list[DeviceId]:
    """Every sensor of a plan, and one that it does not know."""
    return [*dict.fromkeys(sensor for zone in rules.zones for sensor, _ in zone.sensors()), NOBODY]


def counters(rules: Plan) -> list[DeviceId]:
    """Every counter of a plan, and a device that it does not know."""
    return [*dict.fromkeys(counter.sensor for zone in rules.zones for counter in zone.counters), NOBODY]


def readings(rules: Plan) -> st.SearchStrategy[Fact]:
    """What sensors say, from the plausible to the impossible (31,401 people in a second, -3 of them)."""
    sensors = st.sampled_from(devices(rules))
    people = st.sampled_from([0.0, 0.0, 1.0, 2.0, 7.0, 31_401.0, -3.0])
    presence = st.sampled_from([Quantity.PRESENCE, Quantity.OCCUPANCY])
    speed = st.sampled_from([-9.0, -1.4, 0.0, 1.4, 15.0])
    channel = st.sampled_from(["", "", "in", "out"])
    said = st.builds(Reading, sensors, presence, st.sampled_from([0.0, 1.0, 1.0]), st.just(0), quality=qualities)
    counted = st.builds(
        Reading,
        st.sampled_from(counters(rules)) | sensors,
        st.just(Quantity.PEDESTRIANS),
        people,
        st.just(0),
        channel,
        periods,
        qualities,
    )
    totals = st.builds(
        Reading, sensors, st.just(Quantity.PEDESTRIANS_TOTAL), st.integers(0, 40), st.just(0), quality=qualities
    )
    moving = st.builds(Reading, sensors, st.just(Quantity.SPEED), speed, st.just(0), channel, quality=qualities)
    return st.one_of(said, said, counted, counted, totals, moving)


def words(rules: Plan) -> st.SearchStrategy[Fact]:
    """Devices that come and go, by their own word or a retained one."""
    return st.builds(Availability, st.sampled_from(devices(rules)), st.booleans(), st.just(0), st.booleans())


def orders(rules: Plan) -> st.SearchStrategy[Fact]:
    """Orders of persons, for zones and lamps, from now or later, and their taking back. Times are relative."""
    lamps = [lamp.id for zone in rules.zones for lamp in zone.luminaires]
    targets: list[DeviceId | ZoneId] = [*(zone.id for zone in rules.zones), *lamps]
    names = st.sampled_from(["o-1", "o-2", "o-3"])
    given = st.builds(
        Override,
        names,
        st.sampled_from(targets),
        st.integers(0, 100),
        st.sampled_from([0, 0, 5 * MINUTE]),
        st.integers(6, 90).map(lambda minutes: minutes * MINUTE),
        st.just("ana"),
        st.just("repair"),
        st.booleans(),
        by_clock=st.booleans(),
        proving=st.booleans(),
    )
    return st.one_of(given, given, st.builds(Cancel, names, st.just("ana")))


def proofs(rules: Plan) -> st.SearchStrategy[Fact]:
    """What was found out of how lamps dim, by their watts or by lux of a lamp or a zone."""
    lamps = [lamp.id for zone in rules.zones for lamp in zone.luminaires]
    verdicts = st.sampled_from(["fits", "misfit", "misfit", "void"])
    points = st.just((Measured(40.0, 12.0, 4.0),))
    watts = st.builds(Proof, st.sampled_from([*lamps, NOBODY]), st.just(0), st.just("watts"), verdicts, points)
    targets: list[DeviceId | ZoneId] = [*(zone.id for zone in rules.zones), *lamps]
    lux = st.builds(Proof, st.sampled_from(targets), st.just(0), st.just("lux"), verdicts, points, st.just("ana"))
    return st.one_of(watts, lux)


def passers(rules: Plan) -> st.SearchStrategy[Fact]:
    """A few people whom a counter of the plan counts."""
    few = st.sampled_from([0.0, 1.0, 2.0])
    return st.builds(
        Reading, st.sampled_from(counters(rules)), st.just(Quantity.PEDESTRIANS), few, st.just(0), period=periods
    )


def placed(fact: Fact, at: int) -> Fact:
    """The fact as if it came at an instant."""
    if isinstance(fact, Reading | Availability):
        return replace(fact, time=at)
    if isinstance(fact, Override):
        return replace(fact, start=at + fact.start, expires=at + fact.expires)
    return fact


@st.composite
def tapes(draw: st.DrawFn, facts: st.SearchStrategy[Fact], steps: st.SearchStrategy[int] = shifts) -> Tape:
    """Up to twenty moments of an evening and a night; now and then the clock is set at the end of one."""
    at = DUSK + draw(st.integers(-2 * HOUR, 10 * HOUR))
    tape: Tape = []
    for _ in range(draw(st.integers(1, 20))):
        at += draw(gaps)
        learned = [placed(fact, at) for fact in draw(st.lists(facts, min_size=0, max_size=4))]
        tape.append((at, learned))
        if draw(st.integers(0, 11)) == 11:
            step = ClockSet(draw(steps), draw(st.booleans()))
            learned.append(step)
            at += step.shift
    return tape


def anything(rules: Plan) -> st.SearchStrategy[Tape]:
    """Every kind of fact."""
    said = readings(rules)
    return tapes(st.one_of(said, said, said, words(rules), orders(rules), proofs(rules)))


def sensed(rules: Plan) -> st.SearchStrategy[Tape]:
    """Every kind of fact but the orders of persons."""
    said = readings(rules)
    return tapes(st.one_of(said, said, said, words(rules)))


def start(rules: Plan, tape: Tape) -> Engine:
    """An engine that begins a minute before its tape."""
    return Engine(rules, tape[0][0] - MINUTE)


def settled(engine: Engine) -> Engine:
    """Let a moment pass, so that all that is due has happened and what stands is what the layers say."""
    engine.advance(engine.now + 1)
    while (due := engine.next_change()) is not None and due <= engine.now:
        engine.advance(engine.now + 1)
    return engine


def with_looks(tape: Tape, looks: Iterable[tuple[int, float]]) -> Tape:
    """The same tape with empty moments in it: in the gap before moment `index`, at a share of it."""
    shifted = [sum(fact.shift for fact in learned if isinstance(fact, ClockSet)) for _, learned in tape]
    looking: Tape = []
    shares: dict[int, list[float]] = {}
    for index, share in looks:
        shares.setdefault(index % len(tape), []).append(share)
    begin = tape[0][0] - MINUTE
    for index, (at, learned) in enumerate(tape):
        looking += [(begin + int((at - begin) * share), []) for share in sorted(shares.get(index, []))]
        looking.append((at, learned))
        begin = at + shifted[index]
    return looking


def end(tape: Tape) -> int:
    """Where street time stands after the last moment of a tape."""
    at, learned = tape[-1]
    return at + sum(fact.shift for fact in learned if isinstance(fact, ClockSet))
