"""The hardware's PWM through the kernel's files: which channel, which light, and whose."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.links import kernel_pwm
from gateway.links.delivery import LinkDown
from gateway.links.kernel_pwm import KernelPwm
from tests.links.pwm import Board, board


def hold(here: Board, pin: str = "GPIO18", frequency: float = 1000.0, *, active_high: bool = True) -> KernelPwm:
    return KernelPwm(pin, frequency, active_high=active_high, sysfs=here.sysfs, tree=here.tree)


@pytest.mark.parametrize(
    ("device", "pin", "channel"),
    [
        *(("fe20c000.pwm", "GPIO18", 0), ("3f20c000.pwm", "GPIO12", 0), ("2020c000.pwm", "GPIO19", 1)),
        *(("1f00098000.pwm", "GPIO12", 0), ("1f00098000.pwm", "GPIO18", 2), ("1f00098000.pwm", "GPIO19", 3)),
    ],
)
def test_each_model_has_its_own_channels(tmp_path: Path, device: str, pin: str, channel: int) -> None:
    here = board(tmp_path, device, 4)
    lamp = hold(here, pin)
    lamp.show(25)
    assert (here.get(channel, "period"), here.get(channel, "duty_cycle")) == (1_000_000, 250_000)
    assert here.level(channel) == 25
    lamp.close()
    assert here.level(channel) == 25, "it goes on when nobody holds it"


def test_another_chip_such_as_that_of_a_fan_is_left_alone(tmp_path: Path) -> None:
    here = board(tmp_path, "1f0009c000.pwm", 4)
    with pytest.raises(LinkDown, match=r"no PWM for GPIO18: write  dtoverlay=pwm,pin=18,func=2  into /boot"):
        hold(here)
    assert (here.chip / "export").read_text() == ""


def test_a_lamp_that_shines_while_its_pin_is_low_has_the_rest_of_the_period(tmp_path: Path) -> None:
    here = board(tmp_path, "fe20c000.pwm", 2)
    lamp = hold(here, active_high=False)
    lamp.show(30)
    assert here.level(0) == 70
    lamp.close()
    again = hold(here, active_high=False)
    assert again.shows() == 30
    again.close()


@pytest.mark.parametrize("before", [250_000, 4_000_000])
def test_another_period_keeps_the_light_that_is_there(tmp_path: Path, before: int) -> None:
    here = board(tmp_path, "fe20c000.pwm", 2)
    here.set(0, period=before, duty_cycle=before // 5, enable=1)
    lamp = hold(here)
    assert lamp.shows() == 20
    assert here.get(0, "period") == 1_000_000
    assert here.level(0) == 20
    lamp.close()


def test_a_channel_is_one_lamps(tmp_path: Path) -> None:
    here = board(tmp_path, "fe20c000.pwm", 2)
    first = hold(here, "GPIO18")
    with pytest.raises(LinkDown, match="another lamp or program holds"):
        hold(here, "GPIO12")
    first.close()
    hold(here, "GPIO12").close()


def test_a_pin_that_no_overlay_gave_to_pwm_would_light_another_lamp(tmp_path: Path) -> None:
    here = board(tmp_path, "fe20c000.pwm", 2)
    here.overlay(18, 19)
    hold(here, "GPIO19").close()
    with pytest.raises(LinkDown, match=r"on GPIO18, GPIO19: write  dtoverlay=pwm,pin=12,func=4"):
        hold(here, "GPIO12")


def test_a_channel_whose_files_do_not_come_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_pwm, "PATIENCE", 0.01)
    here = board(tmp_path, "fe20c000.pwm", 0)
    with pytest.raises(LinkDown, match="the PWM channel of GPIO18 cannot be opened"):
        hold(here)
    assert (here.chip / "export").read_text() == "0", "it was asked for"


def test_a_channel_that_goes_away_is_told(tmp_path: Path) -> None:
    here = board(tmp_path, "fe20c000.pwm", 2)
    lamp = hold(here)
    (here.chip / "pwm0" / "enable").unlink()
    with pytest.raises(LinkDown, match="cannot be dimmed any more"):
        lamp.show(10)
    lamp.close()


@given(level=st.floats(0, 100), frequency=st.floats(100, 25_000))
def test_never_less_light_than_ordered_nor_more_than_a_step(
    tmp_path_factory: pytest.TempPathFactory, level: float, frequency: float
) -> None:
    here = board(tmp_path_factory.mktemp("board"), "1f00098000.pwm", 4)
    lamp = hold(here, frequency=frequency)
    lamp.show(level)
    assert level - 1e-6 <= here.level(2) <= min(100, level + 100 / here.get(2, "period") + 1e-6)
    lamp.close()
