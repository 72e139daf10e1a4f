"""What a make of lamp draws and can do, as operators write it."""

import pytest

from gateway.configuration.models import TypeBlock
from gateway.configuration.units import Unreadable, lamp_type, yes_no
from gateway.lighting.plan import LampType

WRITTEN = {"full": "28 W", "dimmed": "4 W at 10%", "standby": "0.5 W"}


def read(**more: object) -> LampType:
    block = TypeBlock.model_validate({**WRITTEN, **more})
    return lamp_type(block.full, block.dimmed, block.standby, block.curve, block.tolerance, fades=block.fades)


def test_a_type_without_more_fades_by_itself_and_has_the_usual_tolerance() -> None:
    assert read() == LampType(28.0, 4.0, 10.0, 0.5)


def test_a_type_with_a_measured_curve_that_cannot_fade() -> None:
    kind = read(curve={"50%": "13 W", "10%": "4 W", "100%": "28 W"}, tolerance="10%", fades="false")
    assert kind == LampType(28.0, 4.0, 10.0, 0.5, ((10.0, 4.0), (50.0, 13.0), (100.0, 28.0)), 10.0, fades=False)


@pytest.mark.parametrize(
    "curve",
    [
        {"10%": "4 W", "50%": "3 W", "100%": "28 W"},
        {"10%": "0.1 W", "100%": "28 W"},
        {"10%": "4 W", "90%": "28 W"},
        {"0%": "1 W", "100%": "28 W"},
        {"100%": "28 W"},
    ],
)
def test_a_curve_that_falls_or_does_not_reach_from_low_to_full_is_refused(curve: dict[str, str]) -> None:
    with pytest.raises(Unreadable, match="curve"):
        read(curve=curve)


def test_no_lamp_fits_a_tolerance_of_nothing() -> None:
    with pytest.raises(Unreadable, match="tolerance"):
        read(tolerance="0%")


def test_a_choice_of_two_is_one_of_two() -> None:
    with pytest.raises(Unreadable, match="neither"):
        yes_no("perhaps")
