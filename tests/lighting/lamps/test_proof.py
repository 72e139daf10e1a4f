"""Two levels prove that a lamp gives the light of its level; a driver on another curve is found at every level."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from devices.device import DeviceId
from devices.light import LightState
from firmware_sims.lamp import logarithmic
from gateway.lighting.facts import Maintenance, Measured, Proof
from gateway.lighting.lamps.faults import DEBOUNCE, Fault, margin, symptoms
from gateway.lighting.lamps.power import watts
from gateway.lighting.lamps.proof import AGAIN, Found, TooLittleError, Trial, apart, by_lux, telling
from gateway.lighting.plan import LampType
from tests.lighting.lamps.testbed import Testbed
from tests.lighting.street import HOUR, LED, MINUTE

CURVED = LampType(60.0, 9.0, 10.0, 0.3, ((10.0, 9.0), (50.0, 24.0), (100.0, 60.0)), 15.0)
KINDS = st.sampled_from([LED, CURVED])
LEVELS = st.integers(1, 100)
NONE_PROVES = LampType(28.0, 4.0, 10.0, 0.5, proof="none")
LAMP = DeviceId("lamp-1")


def linear(kind: LampType, level: float, off: float) -> float:
    """Watts of a lamp that dims as told, by a meter that is `off` (-1 to 1) within what is tolerated."""
    return watts(kind, level) + off * 0.99 * margin(kind, level)


def on_arc_power(kind: LampType, level: float) -> float:
    """Watts of a lamp whose driver takes the level for arc power; never less than at its lowest level."""
    return watts(kind, logarithmic(level))


def sustained(trial: Trial, kind: LampType, level: float, power: float, at: int) -> Found | None:
    """What comes of watts that do not fit a level, said for long enough to be believed."""
    trial.unsettle()
    assert trial.learn(kind, level, power, at - DEBOUNCE, failing=True) is None
    return trial.learn(kind, level, power, at, failing=True)


# -------------------------------------------------------------------------------------------------- two levels
@given(KINDS, LEVELS, LEVELS, st.floats(-1, 1), st.floats(-1, 1))
def test_a_lamp_that_dims_as_told_is_proven_by_two_levels_that_are_apart(
    kind: LampType, one: int, other: int, off: float, also_off: float
) -> None:
    trial = Trial()
    assert trial.learn(kind, one, linear(kind, one, off), 0, failing=False) is None
    found = trial.learn(kind, other, linear(kind, other, also_off), MINUTE, failing=False)
    proves = telling(kind, one) and telling(kind, other) and apart(kind, one, other)
    assert (found is not None and found.verdict == "fits") is proves


@given(KINDS, st.lists(LEVELS, max_size=8), st.floats(-1, 1))
def test_a_driver_on_the_logarithmic_curve_is_never_proven(kind: LampType, levels: list[int], off: float) -> None:
    trial, at = Trial(), 0
    for level in (100, *levels, 100):
        trial.unsettle()
        power = on_arc_power(kind, level)
        power += off * 0.05 * power
        for _ in range(2):
            at += MINUTE
            found = trial.learn(kind, level, power, at, failing=abs(power - watts(kind, level)) > margin(kind, level))
            assert found is None or found.verdict == "misfit"


@pytest.mark.parametrize("level", [level for level in range(1, 91) if telling(LED, level)])
def test_at_every_level_that_can_tell_a_driver_on_the_logarithmic_curve_is_found(level: int) -> None:
    found = symptoms(LED, level, on_arc_power(LED, level))
    assert found == {Fault.LAMP_FAILURE: False, Fault.DIMMING_FAILURE: True}
    verdict = sustained(Trial(), LED, level, on_arc_power(LED, level), MINUTE)
    assert verdict == Found("misfit", (Measured(level, round(watts(LED, level), 2), on_arc_power(LED, level)),))


def test_the_levels_that_can_tell_are_those_at_which_the_darkest_light_would_be_seen() -> None:
    telling_levels = [level for level in range(1, 101) if telling(LED, level)]
    assert telling_levels == list(range(21, 101))
    assert not apart(LED, 100, 80)
    assert apart(LED, 100, 60)


def test_a_proof_is_repeated_when_it_is_old() -> None:
    trial = Trial("fits", 0)
    for at, expected in ((AGAIN - 2, None), (AGAIN, "fits")):
        trial.learn(LED, 100, 28.0, at, failing=False)
        found = trial.learn(LED, 50, watts(LED, 50), at + 1, failing=False)
        assert (None if found is None else found.verdict) == expected


def test_what_did_not_fit_between_two_levels_makes_them_worth_nothing() -> None:
    trial = Trial()
    assert trial.learn(LED, 100, 28.0, 0, failing=False) is None
    assert trial.learn(LED, 50, 4.0, MINUTE, failing=False) is None
    assert trial.learn(LED, 50, watts(LED, 50), 2 * MINUTE, failing=False) is None


def test_a_lamp_that_is_dark_at_full_light_too_is_broken_and_not_disproven() -> None:
    trial = Trial()
    dark = sustained(trial, LED, 60, 0.5, MINUTE)
    assert dark is not None
    assert dark.verdict == "misfit"
    void = sustained(trial, LED, 100, 0.5, 3 * MINUTE)
    assert void is not None
    assert void.verdict == "void"
    assert sustained(trial, LED, 60, 0.5, 5 * MINUTE) is None
    assert trial.learn(LED, 100, 28.0, HOUR, failing=False) is None
    again = sustained(trial, LED, 60, 0.5, 2 * HOUR)
    assert again is not None
    assert again.verdict == "misfit"


@given(st.lists(st.tuples(st.booleans(), st.integers(1, DEBOUNCE - 1)), max_size=12))
def test_no_word_alone_and_no_shorter_time_disproves_a_lamp_whatever_fault_stands(
    words: list[tuple[bool, int]],
) -> None:
    trial, at, since = Trial(), 0, None
    for wrong, later in words:
        at += later
        since = (at if since is None else since) if wrong else None
        found = trial.learn(LED, 40, 4.0 if wrong else watts(LED, 40), at, failing=True)
        assert found is None or (since is not None and at - since >= DEBOUNCE)


def test_on_the_way_to_another_level_what_was_about_to_be_believed_is_not() -> None:
    trial = Trial()
    assert trial.learn(LED, 40, 4.0, 0, failing=True) is None
    trial.unsettle()
    assert trial.learn(LED, 60, 4.0, DEBOUNCE, failing=True) is None
    trial.shift(HOUR)
    found = trial.learn(LED, 60, 4.0, HOUR + 2 * DEBOUNCE, failing=True)
    assert found is not None
    assert found.verdict == "misfit"


# ------------------------------------------------------------------------------------------------- supervision
def lit(bed: Testbed, *levels: int) -> list[Proof]:
    """What is found out of a lamp that is told levels, each for some minutes."""
    for level in levels:
        bed.decide(level)
        bed.run(4 * MINUTE)
    return bed.lamps.proofs()


def test_a_healthy_lamp_proves_itself_once_by_what_it_is_told_anyway() -> None:
    (proof,) = lit(Testbed([LAMP]), 100, 60, 100, 60)
    assert (proof.target, proof.by, proof.verdict) == (LAMP, "watts", "fits")
    assert [point.level for point in proof.points] == [100, 60]


def test_a_logarithmic_lamp_is_disproven_within_its_first_minutes_at_a_lower_level() -> None:
    bed = Testbed([LAMP])
    bed.bulbs[LAMP].draws = lambda _at, level: on_arc_power(LED, level)
    bed.decide(100)
    bed.run(4 * MINUTE)
    begun = bed.now
    (proof,) = lit(bed, 40)
    assert proof.verdict == "misfit"
    assert proof.time - begun <= 2 * MINUTE + 10**9
    assert lit(bed, 100, 40) == []


@pytest.mark.parametrize("kind", [LED, NONE_PROVES])
def test_a_lamp_without_a_meter_and_one_whose_watts_do_not_count_prove_nothing(kind: LampType) -> None:
    bed = Testbed([LAMP], kind)
    bulb = bed.bulbs[LAMP]
    if kind is LED:
        bulb.silent_meter = True
    else:
        bulb.draws = lambda _at, level: on_arc_power(LED, level)
    assert lit(bed, 100, 40, 100) == []


def test_a_restart_knows_what_was_proven() -> None:
    bed = Testbed([LAMP])
    (proof,) = lit(bed, 100, 60)
    bed.restart()
    bed.lamps.know(dict.fromkeys(bed.bulbs, (proof,)))
    assert lit(bed, 100, 60, 100) == []


def test_who_asks_hears_again_what_was_said_before() -> None:
    bed = Testbed([LAMP])
    assert len(lit(bed, 100, 60)) == 1
    bed.lamps.prove_anew(bed.bulbs)
    assert len(lit(bed, 100, 60)) == 1


def test_after_maintenance_and_with_other_figures_a_lamp_is_another() -> None:
    bed = Testbed([LAMP])
    assert len(lit(bed, 100, 60)) == 1
    work = Maintenance("m-1", LAMP, bed.now, bed.now + MINUTE, "ana", "new driver")
    bed.lamps.maintain([work], bed.now)
    bed.lamps.maintain([], bed.now)
    assert len(lit(bed, 100, 60)) == 1
    bed.kind = replace(LED, minimum=3.9)
    bed.lamps.refit(bed.fittings(), MINUTE)
    assert len(lit(bed, 100, 60)) == 1


def test_a_lamp_that_says_that_it_is_elsewhere_is_not_one_whose_levels_mean_something_else() -> None:
    bed = Testbed([LAMP])
    bed.decide(60)
    (order,) = [order for _, order in bed.sent]
    for _ in range(4):
        bed.now += MINUTE
        said = LightState(LAMP, 20.0, bed.now, watts(LED, 20.0), target=60.0, confirms=order.id)
        bed.lamps.advance(bed.now, [said])
    assert [fault.channel for fault in bed.lamps.findings()] == [Fault.DIMMING_FAILURE]
    assert bed.lamps.proofs() == []


def says(bed: Testbed, power: float, *faults: str) -> list[Proof]:
    """What is found out by the next word of the lamp, half a minute later."""
    bed.now += MINUTE // 2
    level = float(bed.bulbs[LAMP].level)
    said = LightState(LAMP, level, bed.now, power, None, level, bed.bulbs[LAMP].order, frozenset(faults))
    bed.lamps.advance(bed.now, [said])
    return bed.lamps.proofs()


def test_a_fault_that_a_lamp_names_itself_makes_nothing_of_watts_that_are_off_in_one_word() -> None:
    bed = Testbed([LAMP])
    bed.decide(40)
    bed.run(4 * MINUTE)
    high = watts(LED, 40) * 1.6
    assert says(bed, high, Fault.LAMP_FAILURE) == []
    assert says(bed, watts(LED, 40), Fault.LAMP_FAILURE) == []
    assert says(bed, high, Fault.LAMP_FAILURE) == []
    (proof,) = says(bed, high, Fault.LAMP_FAILURE)
    assert proof.verdict == "misfit"


def test_a_fault_of_yesterday_makes_nothing_of_watts_that_are_off_in_one_word() -> None:
    bed = Testbed([LAMP])
    bed.bulbs[LAMP].draws = lambda _at, level: on_arc_power(LED, level)
    assert [proof.verdict for proof in lit(bed, 40)] == ["misfit"]
    bed.bulbs[LAMP].draws = lambda _at, level: watts(LED, level)
    bed.lamps.prove_anew(bed.bulbs)
    bed.run(4 * MINUTE)
    assert Fault.DIMMING_FAILURE in bed.lamps.faults()[LAMP], "it fits one level: it may be stuck there"
    assert says(bed, watts(LED, 40) * 1.6) == []


def test_what_a_person_measured_is_not_gainsaid_by_the_watts_that_were_wrong_before() -> None:
    bed = Testbed([LAMP])
    bed.bulbs[LAMP].draws = lambda _at, level: on_arc_power(LED, level)
    assert len(lit(bed, 60)) == 1
    lux = Proof(LAMP, bed.now, "lux", "fits", (), "ana")
    bed.restart()
    bed.lamps.know({LAMP: (lux,)})
    assert lit(bed, 60, 100, 60) == []


# -------------------------------------------------------------------------------------------------------- lux
@given(st.floats(2, 60), st.integers(1, 75), st.floats(0, 5), st.floats(-0.19, 0.19), st.integers(1, 100).filter(bool))
def test_lux_in_proportion_to_the_level_fit_whatever_else_shines_there(
    full: float, low: int, background: float, off: float, highest: int
) -> None:
    assume(low <= 0.75 * highest)
    lux = {0: background, highest: background + full, low: background + full * low / highest * (1 + off)}
    assert by_lux(lux).verdict == "fits"


@given(st.floats(2, 60), st.integers(1, 75))
@settings(max_examples=300)
def test_lux_of_a_driver_on_the_logarithmic_curve_misfit_at_every_low_level(full: float, low: int) -> None:
    found = by_lux({100: full, low: full * logarithmic(low) / 100})
    assert found.verdict == "misfit"
    assert [point.level for point in found.points] == [100, low]


@pytest.mark.parametrize(
    ("lux", "words"),
    [
        ({100: 10.0, 80: 8.0}, "two levels are needed"),
        ({100: 10.0}, "two levels are needed"),
        ({0: 0.1}, "two levels are needed"),
        ({100: 0.8, 40: 0.3}, "1 at least"),
        ({0: 9.5, 100: 10.0, 40: 9.7}, "1 at least"),
    ],
)
def test_lux_that_can_prove_nothing_are_refused_in_words(lux: dict[int, float], words: str) -> None:
    with pytest.raises(TooLittleError, match=words):
        by_lux(lux)
