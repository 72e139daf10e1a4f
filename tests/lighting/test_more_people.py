"""More people are never less light while the same sensors are believed."""

from collections.abc import Generator, Iterator
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.reading import Quantity, Reading
from gateway.lighting.decision import Decision
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Fact
from gateway.lighting.plan import Ahead, Plan, PresenceRule, Program, Zone
from tests.lighting.any_crowd import crowds
from tests.lighting.any_history import Tape, end, start
from tests.lighting.any_plan import bubbles, level_ramps, plans
from tests.lighting.street import DUSK, HOUR, MINUTE, MOTION, PRESENCE, QUIET, SECOND, plan, street

whole_nights = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def for_walkers(rule: PresenceRule) -> PresenceRule:
    """The same bubble whatever the speed: as many lamps ahead as of somebody of whom no speed is known."""
    return replace(rule, ahead=Ahead(((1.4, float(rule.ahead.lamps(None))),)))


def of_walkers(rules: Plan) -> Plan:
    """The same plan where every bubble is that of a walker."""
    return replace(rules, zones=tuple(_of_walkers(zone) for zone in rules.zones))


def _of_walkers(zone: Zone) -> Zone:
    calendar = tuple(replace(line, program=_slow(line.program)) for line in zone.calendar)
    return replace(zone, program=_slow(zone.program), calendar=calendar)


def _slow(program: Program) -> Program:
    return program if program.presence is None else replace(program, presence=for_walkers(program.presence))


def side_by_side(one: Engine, other: Engine, tapes: tuple[Tape, Tape]) -> Iterator[tuple[Engine, Engine]]:
    """Both engines whenever either of them may have changed, for as long as both believe the same sensors."""
    for (at, few), (_, many) in zip(*tapes, strict=True):
        if not (yield from _passed(one, other, at)) or not _alike(one, other, at, few, many):
            return
        if not _alike(one, other, one.now + 1, [], []):
            return
        yield one, other
    yield from _passed(one, other, end(tapes[0]) + 2 * HOUR)


def _passed(one: Engine, other: Engine, until: int) -> Generator[tuple[Engine, Engine], None, bool]:
    """What is due before an instant; the value is whether both believe the same sensors still."""
    while (due := min(each.next_change() or until for each in (one, other))) < until:
        if not _alike(one, other, max(due, one.now) + 1, [], []):
            return False
        yield one, other
    return True


def _alike(one: Engine, other: Engine, at: int, few: list[Fact], many: list[Fact]) -> bool:
    """Let both learn; say whether the same sensors were doubted, and believed again, by it."""
    return _verdicts(one.advance(at, few)) == _verdicts(other.advance(at, many))


def _verdicts(made: list[Decision | Reading]) -> list[tuple[str, float, int]]:
    return sorted((item.device, item.value, item.time) for item in made if isinstance(item, Reading))


def never_darker(few: Engine, many: Engine, tapes: tuple[Tape, Tape]) -> None:
    for one, other in side_by_side(few, many, tapes):
        for less, more in zip(one.decisions(), other.decisions(), strict=True):
            assert less.lamp == more.lamp
            assert more.level >= less.level, (less, more)


@given(data=st.data(), rules=plans(bubbles.map(for_walkers), level_ramps))
@whole_nights
def test_more_people_are_never_less_light_while_the_same_sensors_are_believed(data: st.DataObject, rules: Plan) -> None:
    tapes = data.draw(crowds(rules))
    never_darker(start(rules, tapes[0]), start(rules, tapes[0]), tapes)


@given(data=st.data(), rules=plans(bubbles, level_ramps))
@whole_nights
def test_more_people_are_never_less_light_than_walkers_get_whatever_speeds_are_worked_out(
    data: st.DataObject, rules: Plan
) -> None:
    """Two people who pass a sensor within seconds are one arrival, so that a speed may not be known that was."""
    tapes = data.draw(crowds(rules))
    never_darker(start(of_walkers(rules), tapes[0]), start(rules, tapes[0]), tapes)


def test_whoever_stays_hides_nobody_who_passes() -> None:
    """Somebody is there at 10 s and never said to have gone (`max_on` 1 min); another passes at 110 s, held 3 min."""
    rule = replace(PRESENCE, hold=3 * MINUTE, max_on=MINUTE)
    rules = plan(replace(street(replace(QUIET, presence=rule, count=None)), counters=()))
    engine = Engine(rules, DUSK + HOUR)
    for seconds, sensor, quantity in (
        (0, MOTION[1], Quantity.TEMPERATURE),
        (10, MOTION[0], Quantity.PRESENCE),
        (110, MOTION[0], Quantity.PEDESTRIANS),
    ):
        at = DUSK + HOUR + seconds * SECOND
        engine.advance(at, [Reading(sensor, quantity, 1.0, at)])
    lamp = rules.zones[0].luminaires[0].id
    engine.advance(DUSK + HOUR + 289 * SECOND)
    assert engine.standing(lamp).level == 100
    engine.advance(DUSK + HOUR + 291 * SECOND)
    assert engine.standing(lamp).level == 60
