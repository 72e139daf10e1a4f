"""A counter that says a running total gives the light that one gives which says how many came."""

from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.convention import Numbered
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.decision import Decision
from gateway.lighting.engine import Engine
from gateway.lighting.facts import ClockSet, Fact
from tests.lighting.street import DUSK, EAST, HOUR, MINUTE, SECOND, WEST, plan

walks = st.lists(st.tuples(st.integers(1, 15 * MINUTE), st.integers(0, 12)), min_size=1, max_size=25)


def said(device_says: Quantity, value: float, at: int, period: int | None = None) -> Reading:
    return Reading(WEST, device_says, value, at, period=period)


def levels(engine: Engine, tape: list[tuple[int, list[Fact]]]) -> list[tuple[int, str, int]]:
    made = [item for at, facts in tape for item in engine.advance(at, facts)]
    made += engine.advance(tape[-1][0] + 2 * HOUR)
    return [(item.time, item.lamp, item.level) for item in made if isinstance(item, Decision)]


@given(walks, st.sampled_from([[], ["a"]]), st.integers(0, 25))
@settings(max_examples=25, deadline=None)
def test_a_total_gives_the_light_of_the_counts_it_sums(walk: list[tuple[int, int]], boots: list[str], cut: int) -> None:
    begin = DUSK + HOUR
    times = list(accumulate((gap for gap, _ in walk), initial=begin))[1:]
    sums = list(accumulate(people for _, people in walk))
    zero: list[tuple[int, list[Fact]]] = [(begin, [said(Quantity.PEDESTRIANS, 0, begin)])]
    counts = zero + [
        (at, [said(Quantity.PEDESTRIANS, people, at, gap)]) for at, (gap, people) in zip(times, walk, strict=True)
    ]
    totals: list[tuple[int, list[Fact]]] = [(begin, [said(Quantity.PEDESTRIANS_TOTAL, 500, begin)])]
    for seq, (at, total) in enumerate(zip(times, sums, strict=True)):
        totals.append((at, [said(Quantity.PEDESTRIANS_TOTAL, 500 + total, at)]))
        totals[-1][1].extend(Numbered(WEST, boot, seq) for boot in boots)
    expected = levels(Engine(plan(), begin - SECOND), counts)
    assert levels(Engine(plan(), begin - SECOND), totals) == expected
    # A snapshot anywhere changes nothing, and a total that comes again or late moves no lamp.
    engine = Engine(plan(), begin - SECOND)
    before = [item for at, facts in totals[:cut] for item in engine.advance(at, facts)]
    again = Engine(plan(), begin - SECOND, engine.snapshot())
    for at, facts in totals[cut:]:
        before += again.advance(at, facts)
        before += again.advance(at, facts)
    before += again.advance(totals[-1][0] + 2 * HOUR)
    assert [(item.time, item.lamp, item.level) for item in before if isinstance(item, Decision)] == expected


def test_people_who_were_missed_during_an_outage_count_as_walked_then_and_not_all_now() -> None:
    engine = Engine(plan(), DUSK + HOUR)
    at = DUSK + 2 * HOUR
    engine.advance(at, [said(Quantity.PEDESTRIANS_TOTAL, 100, at)])
    engine.advance(at + 2 * HOUR, [said(Quantity.PEDESTRIANS_TOTAL, 220, at + 2 * HOUR)])
    assert engine.zone(plan().zones[0].luminaires[0].id).sliding(at + 2 * HOUR) == 60


def test_a_count_beside_a_total_is_not_counted_twice() -> None:
    engine = Engine(plan(), DUSK + HOUR)
    for minute in (1, 2):
        at = DUSK + HOUR + minute * MINUTE
        both = [said(Quantity.PEDESTRIANS, 3, at, MINUTE), said(Quantity.PEDESTRIANS_TOTAL, 3 * minute, at)]
        engine.advance(at, both)
    assert engine.zone(plan().zones[0].luminaires[0].id).sliding(DUSK + HOUR + 2 * MINUTE) == 36


def test_retained_and_historical_totals_move_no_lamp_and_what_they_told_is_in_the_next() -> None:
    engine = Engine(plan(), DUSK + HOUR)
    at = DUSK + HOUR
    lamp = plan().zones[0].luminaires[0].id
    for number, quality in enumerate([Quality.GOOD, Quality.HISTORICAL, Quality.RETAINED]):
        total = Reading(WEST, Quantity.PEDESTRIANS_TOTAL, 100 + number * 50, at + number, quality=quality)
        engine.advance(at + number * MINUTE, [total])
    assert engine.zone(lamp).sliding(at + 2 * MINUTE) == 0
    engine.advance(at + 5 * MINUTE, [said(Quantity.PEDESTRIANS_TOTAL, 106, at + 5 * MINUTE)])
    assert engine.zone(lamp).sliding(at + 5 * MINUTE) == 36


def test_after_the_clock_was_set_back_the_next_total_counts() -> None:
    engine = Engine(plan(), DUSK + 2 * HOUR)
    at = DUSK + 2 * HOUR
    engine.advance(at, [said(Quantity.PEDESTRIANS_TOTAL, 100, at), Reading(EAST, Quantity.PEDESTRIANS, 0, at)])
    engine.advance(at + MINUTE, [ClockSet(-HOUR, sure=True)])
    now = at + 2 * MINUTE - HOUR
    engine.advance(now, [said(Quantity.PEDESTRIANS_TOTAL, 102, now)])
    assert engine.zone(plan().zones[0].luminaires[0].id).sliding(now) == 12
