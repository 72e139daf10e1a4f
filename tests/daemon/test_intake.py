"""What comes in by a link is learned once, kept, and settled by the record alone."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b

import pytest

from devices.convention import Announcement, Rejected, find
from devices.device import Device, DeviceId, Kind
from devices.message import Message
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.daemon import lapses
from gateway.daemon.intake import Intake
from gateway.daemon.routes import Routes
from gateway.daemon.wiring import fittings
from gateway.lighting.decision import Decision
from gateway.lighting.engine import Engine
from gateway.links.delivery import Delivery, Origin, Outcome, SessionEnded
from gateway.record.entry import Adopted, Entry
from gateway.record.window import Seen
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import FULL, LAMPS, NIGHT, ROOT, ROUTES, House, quiet, site
from tests.lighting.street import MOTION, SECOND, plan

THERE = json.dumps({"v": 1, "presence": True}).encode()
MOTION_1 = f"{ROOT}/sensor/{MOTION[0]}"


class Ledger:
    """Keeps entries in memory, and settles when it is told to."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.ended: list[str] = []
        self.described: list[tuple[str, str, bytes]] = []
        self._settles: list[Callable[[Outcome], None]] = []

    def append(self, entry: Entry, settle: Callable[[Outcome], None] | None = None) -> None:
        self.entries.append(entry)
        if settle is not None:
            self._settles.append(settle)

    def end_session(self, link: str) -> None:
        self.ended.append(link)

    def describe(self, link: str, topic: str, payload: bytes) -> None:
        self.described.append((link, topic, payload))

    def commit(self) -> None:
        for settle in self._settles:
            settle(Outcome.ACCEPTED)


class Desk:
    """An intake at work: `bring` hands it a message, `outcomes` says what became of each."""

    def __init__(self) -> None:
        self.house = House(HandClock(NIGHT))
        self.ledger = Ledger()
        self.intake = Intake(ROUTES, self.house.lamplighter, self.ledger, Seen())
        self.outcomes: list[Outcome] = []
        self.house.lamplighter.begin(())
        self.house.sent.clear()

    @classmethod
    async def at_night(cls) -> "Desk":
        """A desk at an hour when nobody is there."""
        desk = cls()
        await desk.house.clock.pass_to(await quiet(desk.house) + SECOND)
        return desk

    def bring(self, payload: bytes, topic: str = MOTION_1, packet: int | None = 1, *, again: bool = False) -> None:
        digest = blake2b(topic.encode() + b"\0" + payload, digest_size=16).digest()
        message = Message(topic, payload, self.house.clock.now().time)
        self.intake.receive(Delivery(message, Origin("mqtt", 1, packet, again, digest), self.outcomes.append))


async def test_a_message_is_learned_kept_with_what_came_of_it_and_acknowledged_when_that_is_durable() -> None:
    desk = await Desk.at_night()
    desk.bring(THERE)
    (entry,) = desk.ledger.entries
    assert [type(item) for item in entry.learned] == [Reading]
    assert {item.lamp for item in entry.made if isinstance(item, Decision)} == {LAMPS[0], LAMPS[1]}
    assert desk.outcomes == []
    desk.ledger.commit()
    assert desk.outcomes == [Outcome.ACCEPTED]


async def test_what_the_broker_sends_again_is_kept_again_and_not_learned_again() -> None:
    desk = Desk()
    desk.bring(THERE)
    calls = desk.house.lamplighter.commands
    desk.bring(THERE, again=True)
    assert (desk.intake.messages, desk.intake.duplicates) == (2, 1)
    assert desk.ledger.entries[1].made == ()
    assert desk.house.lamplighter.commands == calls
    desk.ledger.commit()
    assert desk.outcomes == [Outcome.ACCEPTED] * 2


CONFIG = "homeassistant/binary_sensor/yard/config"
YARD = b'{"dev_cla":"motion","stat_t":"yard/pir"}'


def described(desk: Desk) -> None:
    """Let a desk know a sensor that describes itself."""
    pir = Device(DeviceId(MOTION[0]), Kind.SENSOR, "mqtt", "homeassistant", "binary_sensor/yard")
    street = site()
    others = tuple(device for device in street.devices if device.id != pir.id)
    live_by(desk, Routes(replace(street, devices=(*others, pir))))


def live_by(desk: Desk, routes: Routes) -> None:
    """Let all that is at a desk go by other routes, as a reload does."""
    desk.intake.adopt(routes)
    street, lamplighter = site(), desk.house.lamplighter
    lamplighter.take(lamplighter.prepare(Adopted(street.plan, ""), routes, street.refresh, fittings(street), ()))


async def test_a_description_is_remembered_once_and_forgotten_when_it_is_taken_back() -> None:
    desk = Desk()
    described(desk)
    for packet, payload in enumerate((YARD, YARD, b"", b""), start=1):
        desk.bring(payload, CONFIG, packet)
    assert desk.ledger.described == [("mqtt", CONFIG, YARD), ("mqtt", CONFIG, b"")]
    desk.ledger.commit()
    assert desk.outcomes == [Outcome.ACCEPTED] * 4


async def test_whoever_is_approved_after_they_were_described_is_understood_by_the_next_process() -> None:
    approved = Device(DeviceId(MOTION[0]), Kind.SENSOR, "mqtt", "homeassistant", "binary_sensor/yard")
    other = Device(DeviceId(MOTION[1]), Kind.SENSOR, "mqtt", "homeassistant", "binary_sensor/other")
    others = tuple(device for device in site().devices if device.id not in (approved.id, other.id))
    without, together = (replace(site(), devices=(*others, other, *more)) for more in ((), (approved,)))
    desk = Desk()
    routes = Routes(without)
    live_by(desk, routes)
    desk.bring(YARD, CONFIG)
    desk.bring(YARD, "homeassistant/binary_sensor/stranger/config", 2)
    assert desk.ledger.described == []
    routes = Routes(together, routes)
    live_by(desk, routes)
    assert desk.ledger.described == [("mqtt", CONFIG, YARD)]
    live_by(desk, Routes(without, routes))
    live_by(desk, Routes(together, routes))
    assert len(desk.ledger.described) == 1
    following = Desk()
    live_by(following, Routes(together))
    following.intake.recall(desk.ledger.described, NIGHT)
    following.bring(b"ON", "yard/pir")
    (item,) = following.ledger.entries[-1].learned
    assert isinstance(item, Reading)
    assert item.device == approved.id


async def test_what_was_queued_before_descriptions_come_again_is_understood_by_those_of_the_record() -> None:
    desk = Desk()
    described(desk)
    desk.intake.recall([("mqtt", CONFIG, YARD), ("mqtt", "homeassistant/sensor/gone/config", b"{}")], NIGHT)
    assert desk.ledger.described == [("mqtt", "homeassistant/sensor/gone/config", b"")]
    desk.bring(b"ON", "yard/pir")
    (entry,) = desk.ledger.entries
    assert [(item.device, item.value) for item in entry.learned if isinstance(item, Reading)] == [(MOTION[0], 1)]
    desk.bring(YARD, CONFIG, 2)
    assert len(desk.ledger.described) == 1
    desk.intake.restate()
    assert desk.ledger.described[1:] == [("mqtt", CONFIG, YARD)]


async def test_who_is_never_taken_back_is_gone_when_the_description_says_so_without_a_message_more() -> None:
    desk = Desk()
    described(desk)
    desk.bring(YARD[:-1] + b',"off_dly":30,"exp_aft":600}', CONFIG)
    desk.bring(b"ON", "yard/pir", 2)
    came = desk.ledger.entries[-1].at
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(lapses.watch(desk.intake, desk.house.clock), name="lapses")
        await desk.house.clock.pass_to(came + 29 * SECOND)
        before = len(desk.ledger.entries)
        await desk.house.clock.pass_to(came + 31 * SECOND)
        (gone,) = desk.ledger.entries[before:]
        await desk.house.clock.pass_to(came + 700 * SECOND)
        (silent,) = desk.ledger.entries[before + 1 :]
        watching.cancel()
    (reading,) = gone.learned
    assert isinstance(reading, Reading)
    assert (reading.device, reading.quantity, reading.value) == (MOTION[0], Quantity.PRESENCE, 0)
    assert reading.time == came + 30 * SECOND
    assert gone.at - reading.time < 2 * SECOND
    (word,) = silent.learned
    assert isinstance(word, Availability)
    assert (word.device, word.online) == (MOTION[0], False)
    assert came + 600 * SECOND <= silent.at < came + 602 * SECOND


async def test_what_the_broker_sends_again_swallows_no_end() -> None:
    desk = Desk()
    described(desk)
    desk.bring(YARD[:-1] + b',"off_dly":30}', CONFIG)
    desk.bring(b"ON", "yard/pir", 2)
    came, before = desk.ledger.entries[-1].at, len(desk.ledger.entries)
    await desk.house.clock.pass_to(came + 31 * SECOND)
    desk.bring(b"ON", "yard/pir", 2, again=True)
    gone, again = desk.ledger.entries[before:]
    assert [(item.time, item.value) for item in gone.learned if isinstance(item, Reading)] == [(came + 30 * SECOND, 0)]
    assert desk.intake.duplicates == 1
    assert again.made == ()


async def test_whoever_is_there_over_a_restart_is_gone_when_the_description_says_so() -> None:
    desk = Desk()
    described(desk)
    config = YARD[:-1] + b',"off_dly":30}'
    desk.bring(config, CONFIG)
    desk.bring(b"ON", "yard/pir", 2)
    (there,) = (item for item in desk.ledger.entries[-1].learned if isinstance(item, Reading))
    following = Desk()
    described(following)
    following.intake.recall(desk.ledger.described, NIGHT)
    following.intake.resume([there])
    before = len(following.ledger.entries)
    following.intake.lapse(there.time + 29 * SECOND)
    assert len(following.ledger.entries) == before
    following.intake.lapse(there.time + 30 * SECOND)
    (item,) = following.ledger.entries[-1].learned
    assert isinstance(item, Reading)
    assert (item.device, item.value, item.quality) == (MOTION[0], 0, Quality.ESTIMATED)


async def test_at_a_start_with_a_clock_that_stands_before_the_records_end_what_holds_has_as_much_left_as_there() -> (
    None
):
    pir = Device(DeviceId("yard"), Kind.SENSOR, "mqtt", "homeassistant", "binary_sensor/yard")
    routes = Routes(replace(site(), devices=(*site().devices, pir)))
    routes.recall("mqtt", Message(CONFIG, YARD[:-1] + b',"off_dly":30}', NIGHT, retained=True))
    routes.resume([Reading(pir.id, Quantity.PRESENCE, 1, NIGHT - 10 * SECOND)])
    house = House(HandClock(NIGHT - 3600 * SECOND), Engine(plan(), NIGHT), routes)
    house.lamplighter.begin(())
    assert routes.due() == house.engine.now + 20 * SECOND < NIGHT


@pytest.mark.parametrize("jump", [3600 * SECOND, -3600 * SECOND])
async def test_whoever_is_there_stays_as_long_as_was_left_when_the_clock_is_set(jump: int) -> None:
    desk = Desk()
    described(desk)
    desk.bring(YARD[:-1] + b',"off_dly":600,"exp_aft":900}', CONFIG)
    desk.bring(b"ON", "yard/pir", 2)
    came, before = desk.ledger.entries[-1].at, len(desk.ledger.entries)
    desk.house.clock.jump(jump)
    desk.house.lamplighter.set_clock()
    desk.intake.lapse(came + jump + 599 * SECOND)
    assert len(desk.ledger.entries) == before
    assert desk.intake.due() == came + jump + 600 * SECOND
    desk.intake.lapse(came + jump + 600 * SECOND)
    desk.intake.lapse(came + jump + 900 * SECOND)
    said = [item for entry in desk.ledger.entries[before:] for item in entry.learned]
    assert [type(item) for item in said] == [Reading, Availability]


async def test_when_the_broker_lost_our_session_old_packet_ids_say_nothing_any_more() -> None:
    desk = Desk()
    desk.bring(THERE)
    desk.intake.receive(SessionEnded("mqtt"))
    desk.bring(THERE, again=True)
    assert desk.intake.duplicates == 0
    assert desk.ledger.ended == ["mqtt"]


async def test_a_bad_message_is_counted_kept_and_its_good_parts_are_used() -> None:
    desk = Desk()
    desk.bring(json.dumps({"v": 1, "presence": True, "humidity": "wet"}).encode())
    heard = desk.ledger.entries[0].learned
    assert [item.quantity for item in heard if isinstance(item, Reading)] == [Quantity.PRESENCE]
    assert [item.where for item in heard if isinstance(item, Rejected)] == ["humidity"]
    assert desk.intake.rejected == 1
    assert desk.ledger.entries[0].made


async def test_a_topic_that_nobody_asked_for_is_rejected_and_kept() -> None:
    desk = Desk()
    desk.bring(b"hello", topic="somewhere/else")
    (item,) = desk.ledger.entries[0].learned
    assert isinstance(item, Rejected)
    assert item.found == '"somewhere/else"'
    assert desk.intake.rejected == 1


async def test_a_device_that_nobody_configured_waits_and_moves_no_lamp() -> None:
    desk = Desk()
    desk.bring(THERE, topic=f"{ROOT}/sensor/newcomer")
    assert desk.ledger.entries[0].learned == (Announcement("native", "newcomer", ("presence",)),)
    assert desk.house.sent == []


async def test_while_the_wall_clock_is_not_believed_every_reading_is_marked_and_moves_lamps_all_the_same() -> None:
    desk = await Desk.at_night()
    desk.house.clock.sure = False
    desk.house.lamplighter.set_clock()
    desk.bring(THERE)
    desk.house.clock.sure = True
    desk.house.lamplighter.set_clock()
    desk.bring(THERE, packet=2)
    marks = [item.quality for entry in desk.ledger.entries for item in entry.learned if isinstance(item, Reading)]
    assert marks == [Quality.CLOCK_UNCERTAIN, Quality.GOOD]
    assert {item.lamp for item in desk.ledger.entries[0].made if isinstance(item, Decision)} == {LAMPS[0], LAMPS[1]}


async def test_an_order_is_never_waiting_for_the_disk() -> None:
    desk = await Desk.at_night()
    desk.bring(THERE)
    assert [(lamp, level) for _, lamp, level in desk.house.sent] == [(LAMPS[0], FULL), (LAMPS[1], FULL)]
    assert desk.outcomes == []


async def test_a_convention_that_did_not_understand_may_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await Desk.at_night()
    box = Device(DeviceId("box"), Kind.SENSOR, "mqtt", "sparkplug", "street/edge/box")
    spoken = find("sparkplug")("lab", [box])
    monkeypatch.setattr(Routes, "convention", lambda *_: spoken)
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(desk.house.lamplighter, "ask", lambda link, question: asked.append((link, question.topic)))
    desk.bring(bytes.fromhex("120410085003"), "spBv1.0/street/DDATA/edge/box")
    assert asked == [("mqtt", "spBv1.0/street/NCMD/edge")]
