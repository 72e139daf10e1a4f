"""A lamp on a pin of the header: orders, fades, relays, and what it shows when nobody speaks to it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from devices.message import Message
from gateway.clock import SystemClock
from gateway.links import pin_lamp
from gateway.links.kernel_pwm import KernelPwm
from gateway.links.pin_lamp import LampLink, LampPin
from gateway.links.pins import hold_input
from tests.links.header import Header, header
from tests.links.inbox import Inbox, living, until
from tests.links.pwm import Board, board

PIN = "GPIO18"
DIMMED = LampPin(PIN, "pwm", active_high=True, frequency=200, min_on=0, failure_level=100)
RELAY = LampPin(PIN, "relay", active_high=True, frequency=0, min_on=300, failure_level=100)
HARD = LampPin(PIN, "hardware-pwm", active_high=True, frequency=1500, min_on=0, failure_level=100)


@pytest.fixture
def pins() -> Iterator[Header]:
    with header() as found:
        yield found


def link(spec: LampPin = DIMMED) -> LampLink:
    return LampLink(f"gpio:{PIN}", spec, SystemClock(), chance=lambda: 0.01)


def order(level: int, ramp: float = 0.0, id_: str = "c-1", valid_for: float = 180.0) -> Message:
    return Message(PIN, json.dumps({"level": level, "ramp": ramp, "id": id_, "valid_for": valid_for}).encode())


def states(inbox: Inbox) -> list[dict[str, Any]]:
    """What the lamp said of its level."""
    return [json.loads(payload) for payload in inbox.payloads if payload.startswith(b"{")]


async def test_a_lamp_shows_what_it_is_ordered_and_says_whose_order_that_was(pins: Header) -> None:
    inbox, lamp = Inbox(), link()
    async with living(lamp, inbox):
        await inbox.until(1)
        assert inbox.payloads == [b"held"]
        lamp.send(order(40))
        await inbox.until(2)
        assert pins.shown(PIN) == pytest.approx(0.4, abs=0.001)
        assert pins.frequency(PIN) == 200
        assert lamp.status()["orders"] == 1
        lamp.send(order(40, id_="c-2"))
        await inbox.until(3)
    assert states(inbox) == [{"level": 40, "target": 40, "id": "c-1"}, {"level": 40, "target": 40, "id": "c-2"}]
    assert pins.shown(PIN) is None, "the pin is let go"


async def test_an_order_before_the_pin_is_held_is_what_the_lamp_begins_with(pins: Header) -> None:
    """At the start the lamps are told before any link lives: nothing flashes."""
    inbox, lamp = Inbox(), link()
    lamp.send(order(30, ramp=2.0))
    async with living(lamp, inbox):
        await until(lambda: states(inbox), "the order is answered")
        assert states(inbox) == [{"level": 30, "target": 30, "id": "c-1"}]
        assert [state.state for state in pins._pin(PIN).states if state.state > 0.31] == []


async def test_a_lamp_that_nobody_has_told_anything_has_its_failure_level(pins: Header) -> None:
    inbox = Inbox()
    async with living(link(), inbox):
        await until(lambda: pins.shown(PIN) == 1, "doubt lights")


async def test_a_lamp_fades_by_itself_and_says_when_it_has_arrived(pins: Header) -> None:
    inbox, lamp = Inbox(), link()
    lamp.send(order(10))
    async with living(lamp, inbox):
        await until(lambda: states(inbox), "the first order is answered")
        lamp.send(order(90, ramp=0.3, id_="c-2"))
        await until(lambda: states(inbox)[-1]["level"] == 90, "it has arrived")
        shown = [state.state for state in pins._pin(PIN).states if state.state > 0.101]
    assert shown == sorted(shown)
    assert len(shown) > 3, "in steps"
    assert [state["level"] for state in states(inbox) if state["id"] == "c-2"] == [pytest.approx(10, abs=5), 90]


async def test_a_lamp_that_hears_no_order_for_as_long_as_the_last_holds_takes_its_failure_level(pins: Header) -> None:
    inbox, lamp = Inbox(), link()
    lamp.send(order(20))
    async with living(lamp, inbox):
        await until(lambda: states(inbox), "the order is answered")
        lamp.send(order(20, valid_for=0.05, id_="c-2"))
        await until(lambda: pins.shown(PIN) == 1, "nobody speaks")
        lamp.send(order(30, id_="c-3"))
        await until(lambda: states(inbox)[-1]["id"] == "c-3", "somebody speaks again")
        assert pins.shown(PIN) == pytest.approx(0.3, abs=0.001)


@pytest.mark.parametrize(("level", "high"), [(0, 1.0), (29, 0.71), (100, 0.0)])
async def test_a_lamp_that_shines_while_its_pin_is_low_is_dimmed_the_other_way_round(
    pins: Header, level: int, high: float
) -> None:
    inbox = Inbox()
    lamp = link(LampPin(PIN, "pwm", active_high=False, frequency=200, min_on=0, failure_level=100))
    lamp.send(order(level))
    async with living(lamp, inbox):
        await until(lambda: states(inbox), "the order is answered")
        assert pins.shown(PIN) == pytest.approx(high, abs=0.001)
        # The library for lgpio takes whole per cent and cuts the rest off.
        assert int((pins.shown(PIN) or 0) * 100) == round(high * 100)


@pytest.mark.parametrize("active_high", [True, False])
async def test_a_relay_is_on_for_any_light_and_off_when_it_was_on_for_its_time(
    pins: Header, *, active_high: bool
) -> None:
    inbox = Inbox()
    lamp = link(LampPin(PIN, "relay", active_high=active_high, frequency=0, min_on=0.2, failure_level=100))
    lamp.send(order(0))
    async with living(lamp, inbox):
        await until(lambda: states(inbox), "the order is answered")
        assert pins.shown(PIN) == (0 if active_high else 1)
        lamp.send(order(1, ramp=30, id_="c-2"))
        lamp_on = (1, 0)[not active_high]
        await until(lambda: pins.shown(PIN) == lamp_on, "it is on at once")
        lamp.send(order(0, id_="c-3"))
        await until(lambda: states(inbox)[-1]["level"] == 0, "it is off")
    said = [state for state in states(inbox) if state["id"] == "c-3"]
    assert said == [{"level": 100, "target": 0, "id": "c-3"}, {"level": 0, "target": 0, "id": "c-3"}]


async def test_a_pin_that_is_in_use_is_tried_again_and_then_has_the_newest_order(pins: Header) -> None:
    somebody = await asyncio.to_thread(hold_input, PIN, pulled_up=True, changed=lambda _high: None)
    inbox, lamp = Inbox(), link(RELAY)
    async with living(lamp, inbox):
        await inbox.until(1)
        assert "already in use" in str(lamp.status()["trouble"])
        lamp.send(order(0))
        lamp.send(order(50, id_="c-2"))
        await asyncio.to_thread(somebody.close)
        await until(lambda: states(inbox), "the order is answered")
        assert pins.shown(PIN) == 1
    assert inbox.payloads[:2] == [b"lost", b"held"]
    assert [state["id"] for state in states(inbox)] == ["c-2"]


@pytest.fixture
def four(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Board:
    found = board(tmp_path, "fe20c000.pwm", 2)
    monkeypatch.setattr(
        pin_lamp,
        "KernelPwm",
        lambda *given, **named: KernelPwm(*given, **named, sysfs=found.sysfs, tree=found.tree),
    )
    return found


@pytest.mark.usefixtures("pins")
async def test_the_hardwares_channel_goes_on_where_it_is_and_has_the_failure_level_at_the_end(four: Board) -> None:
    await asyncio.to_thread(four.set, 0, period=666_667, duty_cycle=266_667, enable=1)
    inbox, lamp = Inbox(), link(HARD)
    async with living(lamp, inbox):
        await inbox.until(1)
        assert await asyncio.to_thread(four.level, 0) == pytest.approx(40, abs=0.01), (
            "as it was when the last process was killed"
        )
        lamp.send(order(70, ramp=0.1))
        await until(lambda: states(inbox) and states(inbox)[-1]["level"] == 70, "it has arrived")
        assert await asyncio.to_thread(four.level, 0) == pytest.approx(70, abs=0.01)
        assert lamp.status()["trouble"] == ""
    assert await asyncio.to_thread(four.level, 0) == 100


async def test_without_the_hardwares_channel_a_program_makes_the_pulses_and_it_is_told(
    pins: Header, four: Board
) -> None:
    await asyncio.to_thread((four.chip / "pwm0" / "duty_cycle").unlink)
    inbox, lamp = Inbox(), link(HARD)
    lamp.send(order(40))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.links.kernel_pwm.PATIENCE", 0.01)
        patch.setattr(pin_lamp, "AWAITED", 0.1)
        async with living(lamp, inbox):
            await until(lambda: states(inbox), "the order is answered")
            assert pins.shown(PIN) == pytest.approx(0.4, abs=0.001)
            assert "the light may flicker" in str(lamp.status()["trouble"])
            assert lamp.status()["connected"] is True


async def test_a_channel_that_is_not_ready_at_the_start_is_awaited_before_anybody_touches_its_pin(
    pins: Header, four: Board
) -> None:
    """Once a program has held it, the pin is no more the hardware's."""
    held = await asyncio.to_thread(lambda: KernelPwm(PIN, 1500, active_high=True, sysfs=four.sysfs, tree=four.tree))
    inbox, lamp = Inbox(), link(HARD)
    lamp.send(order(40))
    async with living(lamp, inbox):
        await until(lambda: lamp.status()["trouble"], "why it is not held")
        assert pins.shown(PIN) is None
        await asyncio.to_thread(held.close)
        await until(lambda: states(inbox), "the order is answered")
        assert await asyncio.to_thread(four.level, 0) == pytest.approx(40, abs=0.01)
        assert lamp.status()["trouble"] == ""
    assert pins.shown(PIN) is None


async def test_a_pin_that_the_machine_has_not_given_to_pwm_is_dimmed_by_a_program_at_once(
    pins: Header, four: Board
) -> None:
    await asyncio.to_thread(four.overlay, 12)
    inbox, lamp = Inbox(), link(HARD)
    async with living(lamp, inbox):
        await inbox.until(1)
        assert inbox.payloads == [b"held"]
        assert pins.shown(PIN) == 1
        assert "Until the Pi starts anew" in str(lamp.status()["trouble"])
