"""A sensor on a pin of the header: what is said of it, over lost edges, cut wires and pins that fail."""

import asyncio
from collections.abc import Callable, Iterator
from time import monotonic_ns

import pytest
from gpiozero import GPIOZeroError

from gateway.clock import SystemClock
from gateway.links import pin_sensor
from gateway.links.pin_sensor import SensorLink, SensorPin
from gateway.links.pins import Input, hold_input
from tests.links.header import Header, header
from tests.links.inbox import Inbox, living, until

PIN = "GPIO17"
NAME = f"gpio:{PIN}"


@pytest.fixture
def pins() -> Iterator[Header]:
    with header() as found:
        yield found


def link(*, pulled_up: bool = True, debounce: float = 0.01) -> SensorLink:
    return SensorLink(NAME, SensorPin(PIN, pulled_up, debounce), SystemClock(), chance=lambda: 0.01)


def words(inbox: Inbox) -> list[str]:
    """What was said, without how long ago."""
    return [payload.decode().split()[0] for payload in inbox.payloads]


async def test_a_sensor_says_how_its_pin_stands_at_the_start_and_when_it_changes(pins: Header) -> None:
    pins.drive(PIN, high=False)
    inbox, sensor = Inbox(), link()
    async with living(sensor, inbox):
        await inbox.until(1)
        await asyncio.to_thread(pins.drive, PIN, high=True)
        await inbox.until(2)
        await asyncio.to_thread(pins.drive, PIN, high=False)
        said = await inbox.until(3)
        assert sensor.status() == {
            "connected": True,
            "unsettled": 0,
            "trouble": "",
            "opened": 1,
            "changes": 3,
            "dropped": 0,
        }
    assert words(inbox) == ["low", "high", "low"]
    assert {(each.message.topic, each.origin.link) for each in said} == {(PIN, NAME)}
    assert said[0].message.time < said[1].message.time < said[2].message.time
    assert sensor.status()["connected"] is False


@pytest.mark.parametrize(("pulled_up", "word"), [(True, "high"), (False, "low")])
async def test_a_cut_wire_reads_what_the_pin_is_pulled_to(pins: Header, *, pulled_up: bool, word: str) -> None:
    pins.drive(PIN, high=not pulled_up)
    inbox = Inbox()
    async with living(link(pulled_up=pulled_up), inbox):
        await inbox.until(1)
        await asyncio.to_thread(pins.cut, PIN)
        await inbox.until(2)
    assert words(inbox)[-1] == word


async def test_a_pulse_is_seen_whole_though_the_loop_was_busy_while_it_came_and_went(
    pins: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both edges wait before the loop looks at the first."""
    pins.drive(PIN, high=False)
    moment = [10**9]
    inbox = Inbox()
    async with living(link(debounce=0.05), inbox):
        await inbox.until(1)
        with monkeypatch.context() as patch:
            patch.setattr(pin_sensor, "monotonic_ns", lambda: monotonic_ns() + moment[0])
            pins.drive(PIN, high=True)
            moment[0] += 75_000_000
            pins.drive(PIN, high=False)
            await inbox.until(3)
    assert words(inbox) == ["low", "high", "low"]


async def test_an_edge_that_was_lost_is_made_up_for_and_a_level_that_stays_is_said_again(
    pins: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pin_sensor, "LOOK", 0.02)
    pins.drive(PIN, high=False)
    inbox = Inbox()
    async with living(link(), inbox):
        await inbox.until(3)
        pins._pin(PIN).when_changed = None
        await asyncio.to_thread(pins.drive, PIN, high=True)
        await until(lambda: words(inbox)[-2:] == ["high", "high"], "the level is read, and said again")
    assert words(inbox) == ["low"] * words(inbox).count("low") + ["high"] * words(inbox).count("high")
    assert inbox.payloads[1] == b"low", "what is said again is no edge"


async def test_a_pin_that_is_in_use_is_lost_until_it_can_be_held(pins: Header, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def counted(pin: str, *, pulled_up: bool, changed: Callable[[bool], None]) -> Input:
        tries.append(pin)
        return hold_input(pin, pulled_up=pulled_up, changed=changed)

    monkeypatch.setattr(pin_sensor, "hold_input", counted)
    pins.drive(PIN, high=False)
    somebody = await asyncio.to_thread(hold_input, PIN, pulled_up=True, changed=lambda _high: None)
    inbox, sensor = Inbox(), link()
    async with living(sensor, inbox):
        await inbox.until(1)
        assert "already in use" in str(sensor.status()["trouble"])
        assert sensor.status()["connected"] is False
        await until(lambda: len(tries) > 3, "it is tried again")
        await asyncio.to_thread(somebody.close)
        await inbox.until(2)
        assert (sensor.status()["trouble"], sensor.status()["connected"]) == ("", True)
    assert words(inbox) == ["lost", "low"], "lost is said once, however often it is tried"


async def test_a_pin_that_cannot_be_read_any_more_is_lost_and_held_anew(pins: Header) -> None:
    pins.drive(PIN, high=False)
    inbox, sensor = Inbox(), link()
    async with living(sensor, inbox):
        await inbox.until(1)
        pins.break_pin(PIN, GPIOZeroError("the chip is gone"))
        await asyncio.to_thread(pins.drive, PIN, high=True)
        await until(lambda: "lost" in words(inbox), "the pin is lost")
        assert "the chip is gone" in str(sensor.status()["trouble"])
        del pins._pin(PIN)._get_state
        await until(lambda: words(inbox)[-1] == "high", "it is held anew")
        assert sensor.status()["opened"] == 2
