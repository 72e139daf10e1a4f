"""The link to a DALI line: a daliserver over a real socket, and the USB adapter's own packets."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from devices.message import Message
from firmware_sims.dali_gear import Gear, GearPart
from firmware_sims.dali_line import DaliLine as Street
from gateway.clock import SystemClock
from gateway.links.dali import rota
from gateway.links.dali.link import DaliLink
from gateway.links.dali.spec import DaliGear, DaliLine
from gateway.links.delivery import Outcome
from tests.links.inbox import Inbox, living, until
from tests.links.tridonic import adapter

METERED = GearPart(0, metered=True)
LINEAR = GearPart(1, linear=True)
OLD = GearPart(2, led=False, minimum=85)
PARTS = (METERED, LINEAR, OLD)


def link(line: str, *gear: DaliGear, connected: Callable[[], None] = lambda: None) -> DaliLink:
    spec = DaliLine(line, gear or tuple(DaliGear(part.address) for part in PARTS))
    return DaliLink(f"dali:{line}", spec, SystemClock(), connected, chance=lambda: 0.01)


def order(address: int, arc: int, ramp: float = 0.0) -> Message:
    return Message(str(address), json.dumps({"arc": arc, "ramp": ramp}).encode())


def answers(inbox: Inbox, address: int, key: str) -> list[Any]:
    said = [(delivery.message.topic, json.loads(delivery.message.payload)) for delivery in inbox.deliveries]
    return [answer[key] for topic, answer in said if topic == str(address) and key in answer]


@asynccontextmanager
async def serving(street: Street, *gear: DaliGear) -> AsyncIterator[tuple[DaliLink, Inbox]]:
    """A link that has reached a line."""
    inbox = Inbox()
    async with street.served() as port:
        found = link(f"daliserver://127.0.0.1:{port}", *gear)
        async with living(found, inbox):
            await until(lambda: found.status()["connected"], "the line is reached")
            yield found, inbox


async def test_gear_is_asked_what_it_is_and_told_its_level() -> None:
    street = Street(PARTS)
    async with serving(street) as (line, inbox):
        await until(lambda: answers(inbox, 2, "status"), "everybody has said what it is and does")
        assert [answers(inbox, at, "dimming_curve") for at in (0, 1, 2)] == [[0], [1], []]
        assert [answers(inbox, at, "minimum") for at in (0, 1, 2)] == [[1], [1], [85]]
        for at in (0, 1, 2):
            line.send(order(at, 200))
        await until(lambda: all(200 in answers(inbox, at, "actual_level") for at in (0, 1, 2)), "the answers")
        assert [round(street.light(at), 1) for at in (0, 1, 2)] == [22.9, 78.7, 22.9]
        status = line.status()
        assert (status["linear"], status["logarithmic"], status["silent_gear"]) == (1, 1, [])


async def test_an_order_wakes_a_line_on_which_nobody_has_a_turn_and_the_gear_fades_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rota, "LOOK", 1e6)
    street = Street((METERED,))
    async with serving(street, DaliGear(0)) as (line, inbox):
        await until(lambda: answers(inbox, 0, "status"), "a first answer")
        line.send(order(0, 100, 1.0))
        await until(lambda: street.gear[0].fading, "a fade")
        await until(lambda: 100 in answers(inbox, 0, "actual_level"), "the answer after it")
        assert street.gear[0].fade == 2, "1.0 s"


async def test_only_gear_that_has_meters_is_asked_for_them() -> None:
    street = Street(PARTS)
    street.gear[0].energy, street.gear[0].operating_time = 42, 3600
    async with serving(street) as (_, inbox):
        await until(lambda: all(answers(inbox, at, "status") for at in (0, 1, 2)), "an answer of everybody")
        assert answers(inbox, 0, "active_power") == ["fe00000af0"], "28 W"
        assert answers(inbox, 0, "active_energy") == ["ff00000000002a"]
        assert answers(inbox, 0, "operating_time") == ["00000e10"]
        assert not answers(inbox, 1, "active_power") + answers(inbox, 2, "active_power")


async def test_the_failure_level_is_kept_in_the_gear_on_its_own_curve_and_written_once() -> None:
    street = Street((METERED, LINEAR))
    gear = tuple(DaliGear(at, failure_level=40.0) for at in (0, 1))
    async with serving(street, *gear) as (_, inbox):
        await until(lambda: all(answers(inbox, at, "status") for at in (0, 1)), "an answer of everybody")
    assert [(each.failure_level, each.power_on_level) for each in street.gear.values()] == [(221, 221), (102, 102)]
    written = [each.stored for each in street.gear.values()]
    async with serving(street, *gear) as (_, inbox):
        await until(lambda: all(answers(inbox, at, "status") for at in (0, 1)), "an answer of everybody")
    assert [each.stored for each in street.gear.values()] == written


async def test_a_failure_level_of_gear_that_is_linear_and_was_declared_otherwise_is_the_brighter_one() -> None:
    street = Street((LINEAR,))
    async with serving(street, DaliGear(1, "logarithmic", 40.0)) as (_, inbox):
        await until(lambda: answers(inbox, 1, "status"), "an answer")
    assert street.gear[1].failure_level == 221


async def test_an_extended_fade_time_is_taken_out() -> None:
    street = Street((METERED,))
    street.gear[0].extended_fade = 0x2A
    async with serving(street, DaliGear(0)) as (_, inbox):
        await until(lambda: answers(inbox, 0, "status"), "an answer")
    assert street.gear[0].extended_fade == 0, "a ramp of no time is no ramp"


async def test_silent_gear_hinders_nobody_and_is_known_again_when_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rota, "LOOK", 0.05)
    street = Street(PARTS)
    street.gear[0].silent = True
    async with serving(street) as (line, inbox):
        await until(lambda: answers(inbox, 1, "status"), "the answer of another")
        await until(lambda: line.status()["silent_gear"] == [0], "the silence")
        street.gear[0].silent = False
        await until(lambda: answers(inbox, 0, "minimum"), "what it is")
        assert line.status()["silent_gear"] == []


TYPE, NEXT_TYPE = 0x99, 0xA7
"""QUERY DEVICE TYPE and QUERY NEXT DEVICE TYPE."""


async def test_gear_that_never_has_done_with_its_types_hinders_nobody_and_is_told() -> None:
    street = Street((*PARTS, GearPart(3, linear=True)))
    street.gear[0].wrong = {TYPE: 255, NEXT_TYPE: 6}
    async with serving(street, *(DaliGear(at) for at in range(4))) as (line, inbox):
        for at in range(4):
            line.send(order(at, 200))
        await until(lambda: all(200 in answers(inbox, at, "actual_level") for at in range(4)), "the answers")
        assert line.status()["disorderly_gear"] == [0]
        assert answers(inbox, 0, "device_types") == [[6]]
        assert answers(inbox, 3, "dimming_curve") == [1]


async def test_two_gear_at_one_address_hinder_nobody_and_are_told() -> None:
    street, twin = Street(PARTS), Gear(GearPart(0))
    street.gear[9] = twin
    twin.wrong = {command: None for command in range(0x90, 0x100) if command not in (TYPE, NEXT_TYPE)}
    street.gear[0].wrong = {TYPE: 255}
    async with serving(street) as (line, inbox):
        for at in (1, 2):
            line.send(order(at, 200))
        await until(lambda: all(200 in answers(inbox, at, "actual_level") for at in (1, 2)), "the answers")
        await until(lambda: line.status()["disorderly_gear"] == [0], "it is told")


async def test_a_failed_lamp_and_a_restarted_gear_are_told_in_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rota, "LOOK", 0.05)
    street = Street((METERED,))
    async with serving(street, DaliGear(0)) as (line, inbox):
        line.send(order(0, 254))
        await until(lambda: 0x04 in answers(inbox, 0, "status"), "lit, and no power cycle since the order")
        street.gear[0].restart(street.now)
        await until(lambda: 0x84 in answers(inbox, 0, "status"), "the power cycle")
        street.gear[0].failed = True
        await until(lambda: 0x82 in answers(inbox, 0, "status"), "the lamp")
        assert answers(inbox, 0, "actual_level")[-1] == 255


async def test_a_line_that_went_is_reached_again_and_its_lamps_are_told_anew() -> None:
    street, told = Street(PARTS), asyncio.Event()
    inbox = Inbox()
    async with street.served() as port:
        line = link(f"daliserver://127.0.0.1:{port}", connected=told.set)
        line.send(order(0, 254))
        assert line.status()["dropped"] == 1, "nobody was there"
        async with living(line, inbox):
            await until(told.is_set, "it is said that lamps can be reached")
            told.clear()
            street.drop()
            await until(told.is_set, "it is said again")
            assert line.status()["opened"] == 2
        assert line.status()["connected"] is False


async def test_frames_of_others_on_the_line_are_no_answers() -> None:
    street = Street((METERED,))
    async with serving(street, DaliGear(0)) as (line, inbox):
        await until(lambda: answers(inbox, 0, "status"), "a first answer")
        for _ in range(50):
            street.overhear(0xFE, 123)
        line.send(order(0, 200))
        await until(lambda: 200 in answers(inbox, 0, "actual_level"), "the right answer")


async def test_an_adapter_that_fails_is_no_answer_of_a_lamp() -> None:
    street = Street((METERED,))
    street.broken = True
    async with serving(street, DaliGear(0)) as (line, inbox):
        await until(lambda: line.status()["silent_gear"] == [0], "silence")
        assert not inbox.deliveries


async def test_nobody_is_asked_while_too_many_answers_are_unsettled_and_orders_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rota, "LOOK", 0.0)
    monkeypatch.setattr("gateway.links.dali.link.UNSETTLED", 6)
    monkeypatch.setattr("gateway.links.dali.link.HOLD", 0.01)
    street = Street((METERED, LINEAR))
    async with serving(street, DaliGear(0), DaliGear(1)) as (line, inbox):
        await inbox.until(6)
        for arc in range(77, 97):
            line.send(order(1, arc))
            await until(lambda arc=arc: street.gear[1].target == arc, "the order")  # type: ignore[misc]
        assert len(inbox.deliveries) == 6
        for delivery in inbox.deliveries:
            delivery.settle(Outcome.ACCEPTED)
        await inbox.until(7)


async def test_the_usb_adapter_is_spoken_to_by_its_own_driver_and_may_be_unplugged() -> None:
    street, inbox = Street(PARTS), Inbox()
    with adapter(street) as usb:
        line = link(f"tridonic:{usb.path}")
        async with living(line, inbox):
            await until(lambda: all(answers(inbox, at, "status") for at in (0, 1, 2)), "an answer of everybody")
            assert [answers(inbox, at, "dimming_curve") for at in (0, 1, 2)] == [[0], [1], []]
            assert answers(inbox, 0, "active_power") == ["fe00000af0"]
            line.send(order(1, 127))
            await until(lambda: 127 in answers(inbox, 1, "actual_level"), "the answer")
            usb.unplug()
            line.send(order(1, 254))
            await until(lambda: not line.status()["connected"], "it is gone")
            assert usb.path in str(line.status()["trouble"])


async def test_an_adapter_that_is_not_there_is_named() -> None:
    line = link("tridonic:/dev/no-such-adapter")
    async with living(line, Inbox()):
        await until(lambda: line.status()["trouble"], "why")
        assert "cannot open /dev/no-such-adapter" in str(line.status()["trouble"])


async def test_a_server_that_is_not_there_is_named() -> None:
    line = link("daliserver://127.0.0.1:1")
    async with living(line, Inbox()):
        await until(lambda: line.status()["trouble"], "why")
        assert "cannot reach daliserver at 127.0.0.1:1" in str(line.status()["trouble"])


@pytest.mark.parametrize("where", ["127.0.0.1:99999", f"{'a' * 70}:1"])
async def test_a_server_that_can_be_nowhere_is_a_line_that_is_down(where: str) -> None:
    line = link(f"daliserver://{where}")
    async with living(line, Inbox()):
        await until(lambda: line.status()["trouble"], "why")
        assert f"cannot reach daliserver at {where}" in str(line.status()["trouble"])


async def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name for name in sys.modules if name.startswith(("gateway.links.dali.speaker", "gateway.links.dali.l"))
    ]:
        if not name.endswith("link"):
            monkeypatch.delitem(sys.modules, name)
    for name in ("dali.command", "dali.address", "dali"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("words", "speaker", "line"):
        monkeypatch.delitem(sys.modules, f"gateway.links.dali.{name}", raising=False)
    line = link("tridonic:/dev/x")
    async with living(line, Inbox()):
        await until(lambda: line.status()["trouble"], "why")
        assert 'pip install "reverbere[dali]"' in str(line.status()["trouble"])
