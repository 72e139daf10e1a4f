"""The class of a street by the weights of CEN/TR 13201-1:2014, annex A.2."""

from itertools import product

import pytest

from gateway.lighting.plan import CLASSES
from gateway.lighting.selection import AMBIENT, PARKED, SPEED, TRAFFIC, USE, p_class

BOTH = ("cyclists", "pedestrians")
ALL = ("cyclists", "motor", "pedestrians")


@pytest.mark.parametrize(
    ("speed", "use", "traffic", "parked", "ambient", "picked"),
    [
        # The worked example of the annex: low speed, pedestrians and cyclists, no parked vehicles, in two intervals.
        ("low", "normal", BOTH, "absent", "moderate", "P4"),
        ("low", "quiet", BOTH, "absent", "low", "P6"),
        # The brightest and the least that the weights can ask, at the ends of the scale.
        ("low", "busy", ALL, "present", "high", "P1"),
        ("walking", "quiet", ("pedestrians",), "absent", "low", "P6"),
    ],
)
def test_a_class_is_six_less_the_weights(
    speed: str, use: str, traffic: tuple[str, ...], parked: str, ambient: str, picked: str
) -> None:
    assert p_class(speed, use, traffic, parked, ambient) == picked


def test_a_busier_street_never_gets_less_light() -> None:
    for speed, traffic, parked, ambient in product(SPEED, TRAFFIC, PARKED, AMBIENT):
        light = [CLASSES[p_class(speed, use, traffic, parked, ambient)] for use in USE]
        assert light == sorted(light)
