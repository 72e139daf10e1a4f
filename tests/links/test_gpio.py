"""Contacts on pins: debounced, read at the start, and never in the way of each other."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from gpiozero import Device, GPIOZeroError

from gateway.clock import SystemClock
from gateway.links import gpio
from gateway.links.delivery import LinkDown
from gateway.links.gpio import CLOSED, OPEN, Bell, Contact, Contacts, GpioLink, hold
from tests.links.header import Header, header
from tests.links.inbox import Inbox, living, until

PIN, OTHER = "GPIO22", "GPIO23"


@pytest.fixture
def pins() -> Iterator[Header]:
    with header() as found:
        yield found


def link(*pins: str, debounce: float = 0.01) -> GpioLink:
    return GpioLink(Contacts(tuple(Contact(pin, debounce) for pin in pins)), SystemClock(), chance=lambda: 0.01)


async def test_each_contact_says_at_the_start_how_it_stands_and_then_when_it_changed(pins: Header) -> None:
    pins.close(PIN)
    inbox, contacts = Inbox(), link(PIN)
    async with living(contacts, inbox):
        await inbox.until(1)
        await asyncio.to_thread(pins.open, PIN)
        await inbox.until(2)
        await asyncio.to_thread(pins.close, PIN)
        said = await inbox.until(3)
        assert contacts.status()["connected"] is True
    assert [(each.message.topic, each.message.payload) for each in said] == [(PIN, CLOSED), (PIN, OPEN), (PIN, CLOSED)]
    assert said[0].message.time < said[1].message.time < said[2].message.time
    assert contacts.status()["connected"] is False


@pytest.mark.usefixtures("pins")
async def test_a_wire_that_is_cut_reads_open() -> None:
    inbox = Inbox()
    async with living(link(PIN), inbox):
        (said,) = await inbox.until(1)
    assert said.message.payload == OPEN


async def test_a_contact_that_bounces_is_told_once_when_it_has_come_to_rest(pins: Header) -> None:
    pins.close(PIN)
    inbox = Inbox()
    async with living(link(PIN, debounce=0.05), inbox):
        await inbox.until(1)

        def bounce() -> None:
            for _ in range(200):
                pins.open(PIN)
                pins.close(PIN)
            pins.open(PIN)

        await asyncio.to_thread(bounce)
        await inbox.until(2)
        await asyncio.to_thread(pins.close, PIN)
        said = await inbox.until(3)
    assert [each.message.payload for each in said] == [CLOSED, OPEN, CLOSED]


async def test_a_contact_that_never_comes_to_rest_counts_as_open(pins: Header, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpio, "CHATTER", 0.05)
    pins.close(PIN)
    inbox, over = Inbox(), threading.Event()

    def chatter() -> None:
        while not over.wait(0.0005):
            pins.open(PIN)
            pins.close(PIN)

    chattering = asyncio.create_task(asyncio.to_thread(chatter), name="chatter")
    try:
        async with living(link(PIN, debounce=0.02), inbox):
            (said, *_) = await inbox.until(1)
            assert said.message.payload == OPEN
            over.set()
            await chattering
            await until(lambda: inbox.payloads[-1] == CLOSED, "the contact is at rest")
    finally:
        over.set()
        await chattering


async def test_an_edge_that_was_lost_is_made_up_for(pins: Header, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpio, "LOOK", 0.02)
    pins.close(PIN)
    inbox = Inbox()
    async with living(link(PIN), inbox):
        await inbox.until(1)
        pins._pin(PIN).when_changed = None
        await asyncio.to_thread(pins.open, PIN)
        assert (await inbox.until(2))[1].message.payload == OPEN


async def test_a_pin_that_is_in_use_hinders_no_other_and_is_tried_again(pins: Header) -> None:
    pins.close(PIN)
    pins.close(OTHER)
    somebody = await asyncio.to_thread(hold, OTHER, lambda: None)
    inbox, contacts = Inbox(), link(PIN, OTHER)
    async with living(contacts, inbox):
        (said,) = await inbox.until(1)
        assert said.message.topic == PIN
        await until(lambda: contacts.status()["trouble"], "the trouble is told")
        trouble = str(contacts.status()["trouble"])
        assert f"expected {OTHER} of a Raspberry Pi" in trouble
        assert "already in use" in trouble
        await asyncio.to_thread(somebody.close)
        assert (await inbox.until(2))[1].message.topic == OTHER
        assert (contacts.status()["trouble"], contacts.status()["connected"]) == ("", True)


async def test_a_pin_that_cannot_be_read_any_more_is_held_anew(pins: Header) -> None:
    pins.close(PIN)
    inbox, contacts = Inbox(), link(PIN)
    async with living(contacts, inbox):
        await inbox.until(1)
        pins.break_pin(PIN, GPIOZeroError("the chip is gone"))
        await asyncio.to_thread(pins.open, PIN)
        await until(lambda: "the chip is gone" in str(contacts.status()["trouble"]), "the trouble is told")
        assert contacts.status()["connected"] is False
        del pins._pin(PIN)._get_state
        assert (await inbox.until(2))[1].message.payload == OPEN


def test_off_a_pi_it_is_said_what_was_expected_what_was_found_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setattr(Device, "pin_factory", None)
    with pytest.raises(LinkDown, match="expected GPIO22 of a Raspberry Pi that we may read, found: lgpio: ") as down:
        hold(PIN, lambda: None)
    assert "python3-lgpio and the group gpio" in str(down.value)


@pytest.mark.usefixtures("pins")
async def test_a_link_that_ends_while_a_pin_is_being_opened_lets_go_of_it() -> None:
    opening, go_on = threading.Event(), threading.Event()
    real = gpio.hold

    def slow(pin: str, ring: object) -> gpio.Held:
        opening.set()
        go_on.wait()
        return real(pin, ring)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpio, "hold", slow)
        task = asyncio.create_task(link(PIN).run(lambda _: None), name="link.gpio")
        await asyncio.to_thread(opening.wait)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([task])
    again = await asyncio.to_thread(hold, PIN, lambda: None)
    await asyncio.to_thread(again.close)


async def test_however_often_a_bell_is_rung_one_call_waits_for_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    calls: list[Callable[[], None]] = []
    real = loop.call_soon_threadsafe
    bell = Bell(loop)

    def call(back: Callable[[], None]) -> None:
        calls.append(back)
        real(back)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "call_soon_threadsafe", call)
        for _ in range(10_000):
            bell.ring()
    assert len(calls) == 1
    assert await bell.heard(1.0)
    assert not await bell.heard(0.0)


def test_a_bell_may_be_rung_after_the_loop_is_gone() -> None:
    loop = asyncio.new_event_loop()
    bell = Bell(loop)
    loop.close()
    bell.ring()
