"""Simulated lamps that break and are mended: what is seen of them, what they draw and what they take themselves for."""

import pytest

from firmware_sims.__main__ import cast_parts, parser
from firmware_sims.breakage import Breakage, Fault, Script, breakage
from firmware_sims.lamp import CYCLE, Lamp, LampType, Order, logarithmic
from firmware_sims.luminaire import LuminairePart
from gateway.clock import SECOND

HOUR = 3600 * SECOND
LED = LampType(full=28.0, dimmed=4.0, lowest=10.0, standby=0.5)


def order(level: float) -> Order:
    return Order("c-1", level, 0, 10 * HOUR)


def broken(fault: Fault) -> Lamp:
    """A lamp at 100 % that breaks after an hour and is told 40 % then."""
    lamp = Lamp(LED, 0)
    lamp.follow(order(100))
    lamp.advance(HOUR)
    lamp.suffer(fault)
    lamp.follow(order(40))
    return lamp


@pytest.mark.parametrize(
    ("fault", "light", "watts"),
    [
        (Fault.NONE, 40, 12),
        (Fault.MUTE, 40, 12),
        (Fault.BURNT_OUT, 0, 0.5),
        (Fault.STUCK, 100, 28),
        (Fault.LOGARITHMIC, logarithmic(40), 4),
    ],
)
def test_a_broken_lamp_takes_itself_for_dimmed_and_its_power_tells(fault: Fault, light: float, watts: float) -> None:
    lamp = broken(fault)
    lamp.advance(2 * HOUR)
    assert (lamp.level, lamp.light, lamp.power) == pytest.approx((40, light, watts))
    assert lamp.energy == pytest.approx(28 + watts)
    lamp.suffer(Fault.NONE)
    assert (lamp.light, lamp.power) == pytest.approx((40, 12))


@pytest.mark.parametrize(("level", "light"), [(0, 0), (40, 1.56), (50, 3.14), (80, 24.9), (100, 100)])
def test_a_level_sent_as_arc_power_is_far_less_light(level: float, light: float) -> None:
    assert logarithmic(level) == pytest.approx(light, rel=0.01)


def test_a_lamp_without_mains_is_dark_draws_nothing_and_begins_anew() -> None:
    lamp = broken(Fault.UNPOWERED)
    lamp.advance(2 * HOUR)
    assert (lamp.light, lamp.power, lamp.next_change()) == (0, 0, None)
    assert lamp.energy == pytest.approx(28)
    lamp.suffer(Fault.NONE)
    assert (lamp.light, lamp.order_id, lamp.target) == (0, "", 0)
    lamp.advance(2 * HOUR + 200 * SECOND)
    assert lamp.light == 100, "it hears nothing, and helps itself"


def test_a_lamp_that_is_cycling_is_out_half_of_the_time() -> None:
    lamp = broken(Fault.CYCLING)
    seen = []
    for _ in range(4):
        seen.append(lamp.light)
        turn = lamp.next_change()
        assert turn == lamp.now + CYCLE
        lamp.advance(turn)
    assert seen == [0, 40, 0, 40]
    lamp.advance(HOUR + 10 * CYCLE)
    assert lamp.energy == pytest.approx(28 + 5 * (12 + 0.5) / 60)


def test_a_script_gives_each_fault_once_in_the_order_of_its_time() -> None:
    script = Script(100, [Breakage(Fault.NONE, 20), Breakage(Fault.STUCK, 10), Breakage(Fault.MUTE, 30)])
    assert (script.take(109), script.next_change) == (None, 110)
    assert [script.take(125), script.take(125), script.take(125)] == [(110, Fault.STUCK), (120, Fault.NONE), None]
    assert script.next_change == 130


def test_the_command_line_says_when_a_lamp_breaks() -> None:
    given = parser().parse_args(["luminaire", "--id", "lamp-1", "--fault", "burnt-out@60", "--fault", "ok@120.5"])
    (part,) = cast_parts(given)
    assert isinstance(part, LuminairePart)
    assert part.breakages == (Breakage(Fault.BURNT_OUT, 60 * SECOND), Breakage(Fault.NONE, 241 * SECOND // 2))
    assert breakage("mute") == Breakage(Fault.MUTE)


@pytest.mark.parametrize("written", ["", "broken", "stuck@", "stuck@soon", "stuck@inf", "@5"])
def test_a_fault_that_is_none_is_refused_in_words(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["luminaire", "--id", "lamp-1", "--fault", written])
    assert "expected KIND@SECONDS with KIND one of ok, unpowered, burnt-out" in capsys.readouterr().err
