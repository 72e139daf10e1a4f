"""A walk finds sensors that are dead, swapped or turned away, and unseen stretches; it accuses no good one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quality, Quantity, Reading
from gateway.lighting.plan import Watch, Zone
from gateway.study.walk import Stand, blind, walk, where
from tests.study.walked import passing, stands, streets, zone


def readings(street: Zone, sees: dict[str, tuple[float, float]]) -> list[Reading]:
    """What sensors say that see these stretches, while somebody walks from lamp to lamp of a street."""
    return sorted(
        (reading for sensor, stretch in sees.items() for reading in passing(DeviceId(sensor), stretch, street)),
        key=lambda reading: reading.time,
    )


def planned(street: Zone) -> dict[str, tuple[float, float]]:
    return {watch.sensor: (watch.start, watch.end) for watch in street.watches}


@given(streets())
def test_a_street_whose_sensors_see_what_they_should_is_good_as_far_as_they_see(street: Zone) -> None:
    done = walk(street, stands(street), readings(street, planned(street)))
    assert not any(one.misplaced for one in done.sensors)
    assert done.swapped == ()
    for lamp in done.lamps:
        assert lamp.tried
        assert set(lamp.watched) <= set(lamp.saw)
    assert done.good == all(lamp.watched for lamp in done.lamps)


@given(streets(), st.data())
def test_a_dead_sensor_leaves_the_lamps_unsafe_that_only_it_watches(street: Zone, data: st.DataObject) -> None:
    dead = data.draw(st.sampled_from(street.watches)).sensor
    sees = {sensor: stretch for sensor, stretch in planned(street).items() if sensor != dead}
    done = walk(street, stands(street), readings(street, sees))
    assert next(one for one in done.sensors if one.watch.sensor == dead).where == ()
    for lamp in done.lamps:
        assert lamp.safe == bool(set(lamp.watched) - {dead})


def test_two_swapped_sensors_are_named_as_such() -> None:
    street = even_street()
    sees = planned(street)
    sees["motion-1"], sees["motion-3"] = sees["motion-3"], sees["motion-1"]
    done = walk(street, stands(street), readings(street, sees))
    assert done.swapped == (("motion-1", "motion-3"),)
    assert not done.good


def test_a_sensor_that_looks_elsewhere_is_misplaced_and_no_other() -> None:
    street = even_street()
    done = walk(street, stands(street), readings(street, planned(street) | {"motion-2": (200.0, 240.0)}))
    assert [one.watch.sensor for one in done.sensors if one.misplaced] == ["motion-2"]
    assert done.swapped == ()


def test_what_a_broker_repeats_is_no_sign_and_in_no_count() -> None:
    street = even_street()
    said = [replace(one, quality=Quality.RETAINED) for one in readings(street, planned(street))]
    done = walk(street, stands(street), said)
    assert not any(lamp.saw for lamp in done.lamps)


def test_who_only_says_when_they_began_and_ended_learns_who_saw_them_at_all() -> None:
    street = even_street()
    whole = stands(street)
    ends = [Stand(0.0, whole[0].since, whole[0].since), Stand(street.length, whole[-1].until, whole[-1].until)]
    sees = planned(street)
    del sees["motion-2"]
    done = walk(street, ends, readings(street, sees))
    assert {lamp.lamp.id for lamp in done.lamps if not lamp.safe} == {"lamp-2"}
    assert not any(one.misplaced for one in done.sensors)


@given(streets())
def test_blind_stretches_and_watched_ones_make_up_the_street(street: Zone) -> None:
    gaps = list(blind(street))
    for tenth in range(int(street.length * 10) + 1):
        at = tenth / 10
        seen = any(watch.covers(at) for watch in street.watches)
        inside = any(start < at < end for start, end in gaps)
        assert not (seen and inside)
        assert seen or inside or any(at in gap for gap in gaps)


def test_between_two_stands_the_walker_is_between_them() -> None:
    two = [Stand(10.0, 0, 5 * SECOND), Stand(30.0, 15 * SECOND, 20 * SECOND)]
    assert [where(two, second * SECOND) for second in (0, 5, 10, 15, 99)] == [10.0, 10.0, 20.0, 30.0, 30.0]


def even_street() -> Zone:
    return zone(tuple(Watch(DeviceId(f"motion-{n}"), 80.0 * (n - 1), 80.0 * n - 20, None) for n in range(1, 5)), 4)


def test_a_count_of_a_moment_is_a_sign_and_one_of_a_minute_is_none() -> None:
    street = even_street()
    crossing = Reading(DeviceId("motion-1"), Quantity.PEDESTRIANS, 1.0, 2 * SECOND, period=SECOND)
    assert walk(street, stands(street), [crossing]).sensors[0].where != ()
    minute = replace(crossing, period=60 * SECOND)
    assert walk(street, stands(street), [minute]).sensors[0].where == ()
