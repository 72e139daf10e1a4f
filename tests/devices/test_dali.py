"""Lamps on DALI lines: curves of arc power, what confirms an order, and what gear says of itself."""

import json
from typing import Any

import pytest
from dali.memory.energy import ActiveEnergy, ActivePower
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Announcement, Convention, Heard, hear
from devices.conventions.dali.curve import CURVES, Curve, followed
from devices.light import LightState
from devices.message import SECOND
from devices.reading import Availability, Quantity, Reading
from tests.devices.speech import command, convention, lamp, message, refused, said

GEAR = {"device_types": [6], "minimum": 1, "maximum": 254}
LINEAR, LOGARITHMIC = GEAR | {"dimming_curve": 1}, GEAR | {"dimming_curve": 0}
LIT, FADING, LAMP_FAILURE, GEAR_FAILURE, POWER_CYCLED = 0x04, 0x10, 0x02, 0x01, 0x80


def line(**options: object) -> Convention:
    return convention(lamp("dali", "5", **options))


def answer(spoken: Convention, **said: object) -> list[Heard]:
    return hear(spoken, message("5", json.dumps(said)))


def told(spoken: Convention, level: int, ramp: float = 0.0) -> dict[str, Any]:
    (order,) = spoken.encode(command(level, ramp))
    assert order.topic == "5"
    found: dict[str, Any] = json.loads(order.payload)
    return found


def state(items: list[Heard]) -> LightState:
    (found,) = (item for item in items if isinstance(item, LightState))
    return found


def came(items: list[Heard]) -> bool:
    return any(isinstance(item, Availability) and item.online for item in items)


@pytest.mark.parametrize(
    ("arc", "light"),
    [(1, 0.1), (85, 0.99), (126, 3.04), (170, 10.09), (195, 19.97), (220, 39.52), (229, 50.53), (254, 100.0)],
)
def test_the_logarithmic_curve_is_that_of_the_standard(arc: int, light: float) -> None:
    assert Curve.LOGARITHMIC.light(arc) == pytest.approx(light, abs=0.005)


@pytest.mark.parametrize(("level", "arc"), [(0.0, 0), (0.1, 1), (10.0, 170), (50.0, 229), (100.0, 254)])
def test_levels_on_the_logarithmic_curve(level: float, arc: int) -> None:
    assert Curve.LOGARITHMIC.arc(level) == arc


@pytest.mark.parametrize(("level", "arc"), [(0.0, 0), (0.1, 1), (1.0, 3), (50.0, 127), (100.0, 254)])
def test_levels_on_the_linear_curve(level: float, arc: int) -> None:
    assert Curve.LINEAR.arc(level) == arc


@given(level=st.floats(0, 100), curve=st.sampled_from(Curve))
def test_a_lamp_never_gives_less_than_was_ordered_nor_a_step_more(level: float, curve: Curve) -> None:
    arc = curve.arc(level)
    assert curve.light(arc) >= level - 1e-6
    assert arc <= 1 or curve.light(arc - 1) < level


@given(arc=st.integers(0, 254), curve=st.sampled_from(Curve))
def test_every_arc_power_comes_back(arc: int, curve: Curve) -> None:
    assert curve.arc(curve.light(arc)) == arc


@given(level=st.floats(0, 100))
def test_the_logarithmic_curve_is_enough_on_linear_gear_too(level: float) -> None:
    assert Curve.LOGARITHMIC.arc(level) >= Curve.LINEAR.arc(level)


@pytest.mark.parametrize(
    ("declared", "found", "asked", "goes_by"),
    [
        (None, None, False, Curve.LOGARITHMIC),
        (Curve.LINEAR, None, False, Curve.LOGARITHMIC),
        (None, Curve.LINEAR, True, Curve.LINEAR),
        (None, Curve.LOGARITHMIC, True, Curve.LOGARITHMIC),
        (Curve.LINEAR, Curve.LINEAR, True, Curve.LINEAR),
        (Curve.LINEAR, Curve.LOGARITHMIC, True, Curve.LOGARITHMIC),
        (Curve.LOGARITHMIC, Curve.LINEAR, True, Curve.LOGARITHMIC),
        (Curve.LINEAR, None, True, Curve.LINEAR),
        (None, None, True, Curve.LOGARITHMIC),
    ],
)
def test_doubt_about_the_curve_lights_the_lamp(
    declared: Curve | None, found: Curve | None, *, asked: bool, goes_by: Curve
) -> None:
    assert followed(declared, found, asked=asked) is goes_by


@given(level=st.integers(0, 100), nature=st.sampled_from([LINEAR, LOGARITHMIC]), declared=st.sampled_from([*CURVES]))
def test_every_level_comes_back_within_one_step(level: int, nature: dict[str, object], declared: str) -> None:
    spoken = line(dimming_curve=declared)
    answer(spoken, **nature)
    arc = told(spoken, level)["arc"]
    reached = state(answer(spoken, actual_level=arc, status=LIT))
    assert reached.target == level, "the answer confirms the order"
    assert level - 0.01 <= reached.level
    assert not arc or Curve.LOGARITHMIC.light(arc - 1) < level or Curve.LINEAR.light(arc - 1) < level


def test_a_ramp_is_told_in_seconds() -> None:
    assert told(line(), 40, 2.5) == {"arc": 221, "ramp": 2.5}


def test_gear_that_turns_out_to_be_linear_is_told_its_level_anew() -> None:
    spoken = line()
    assert told(spoken, 40)["arc"] == 221, "before it was asked"
    items = answer(spoken, **LINEAR)
    assert said(items) == {("dimming_curve", "", 1.0), ("level", "minimum", 0.39), ("level", "maximum", 100.0)}
    assert came(items), "its order is another now"
    assert told(spoken, 40)["arc"] == 102
    assert not came(answer(spoken, **LINEAR)), "nothing new"


def test_a_curve_that_is_not_the_declared_one_is_a_fault_and_the_brighter_one_is_used() -> None:
    spoken = line(dimming_curve="logarithmic")
    answer(spoken, **LINEAR)
    assert told(spoken, 40)["arc"] == 221
    assert state(answer(spoken, actual_level=221, status=LIT)).faults == {"wrongDimmingCurve"}
    answer(spoken, **LOGARITHMIC)
    assert state(answer(spoken, actual_level=221, status=LIT)).faults == frozenset()


def test_a_level_under_the_minimum_of_the_gear_is_its_minimum_and_never_off() -> None:
    spoken = line()
    answer(spoken, minimum=170, maximum=250)
    assert [told(spoken, level)["arc"] for level in (100, 5, 0)] == [250, 170, 0]
    told(spoken, 5)
    lit = state(answer(spoken, actual_level=170, status=LIT))
    assert (lit.level, lit.target) == (10.09, 5.0)


def test_a_fade_confirms_the_order_and_another_level_does_not() -> None:
    spoken = line()
    answer(spoken, **LOGARITHMIC)
    told(spoken, 50)
    fading = state(answer(spoken, actual_level=240, status=LIT | FADING))
    assert fading.level == pytest.approx(68.2, abs=0.1)
    assert fading.target == 50.0
    assert state(answer(spoken, actual_level=240, status=LIT)).target is None


def test_gear_that_lost_its_power_comes_anew_once() -> None:
    spoken = line()
    answer(spoken, actual_level=254, status=LIT)
    assert came(answer(spoken, actual_level=254, status=LIT | POWER_CYCLED))
    assert not came(answer(spoken, actual_level=254, status=LIT | POWER_CYCLED))
    answer(spoken, actual_level=254, status=LIT)
    assert came(answer(spoken, actual_level=254, status=LIT | POWER_CYCLED))


def test_failures_are_named() -> None:
    spoken = line()
    failed = state(answer(spoken, actual_level=255, status=LAMP_FAILURE | GEAR_FAILURE))
    assert failed.level == 0.0
    assert failed.faults == {"lampFailure", "controlGearFailure"}
    assert state(answer(spoken, actual_level=200, status=LAMP_FAILURE)).level == pytest.approx(22.9, abs=0.1)


def test_gear_that_ignites_its_lamp_says_nothing_of_its_level() -> None:
    assert answer(line(), actual_level=255, status=0) == []


def test_meters_say_watts_watt_hours_and_seconds() -> None:
    items = answer(
        line(),
        actual_level=254,
        status=LIT,
        active_power="fe00000af0",
        active_energy="0300000000002a",
        operating_time="00000e10",
    )
    assert said(items) == {
        ("level", "", 100.0),
        ("power", "", 28.0),
        ("energy", "", 42_000.0),
        ("operating_time", "", 3600.0),
    }


def test_what_a_meter_does_not_know_just_now_is_left_out() -> None:
    items = answer(
        line(),
        actual_level=254,
        status=LIT,
        active_power="fefffffffe",
        active_energy="fdffffffffffff",
        operating_time="fffffffe",
    )
    assert said(items) == {("level", "", 100.0)}


@given(raw=st.binary(min_size=5, max_size=5))
def test_power_is_read_as_python_dali_reads_it(raw: bytes) -> None:
    expected = None if ActivePower.check_raw(raw) else float(ActivePower.raw_to_value(raw))
    found = state(answer(line(), actual_level=254, status=LIT, active_power=raw.hex())).power
    assert found == (None if expected is None else pytest.approx(expected))


@given(raw=st.binary(min_size=7, max_size=7))
def test_energy_is_read_as_python_dali_reads_it(raw: bytes) -> None:
    expected = None if ActiveEnergy.check_raw(raw) else float(ActiveEnergy.raw_to_value(raw))
    found = state(answer(line(), actual_level=254, status=LIT, active_energy=raw.hex())).energy
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"actual_level": 256, "status": 0},
        {"actual_level": 1.5, "status": 0},
        {"status": 4},
        {"actual_level": 254, "status": 4, "active_power": "00"},
        {"actual_level": 254, "status": 4, "active_power": 5},
        {"minimum": -1},
    ],
)
def test_what_no_gear_answers_is_refused(bad: dict[str, object]) -> None:
    assert refused(answer(line(), **bad))


def test_what_gear_said_is_known_after_a_reload() -> None:
    before = line()
    answer(before, **LINEAR)
    after = line()
    after.inherit(before)  # type: ignore[attr-defined]
    assert told(after, 40)["arc"] == 102


def test_the_curve_is_a_reading_of_the_moment_it_was_said() -> None:
    (curve,) = (
        item
        for item in answer(line(), **LINEAR)
        if isinstance(item, Reading) and item.quantity is Quantity.DIMMING_CURVE
    )
    assert curve.time == message("5", "").time > SECOND


def test_gear_that_nobody_configured_waits() -> None:
    assert hear(line(), message("7", '{"actual_level":254,"status":4}')) == [Announcement("dali", "7", ("level",))]
    assert refused(hear(line(), message("64", '{"actual_level":254,"status":4}')))
