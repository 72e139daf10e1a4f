"""Simulated devices on lines: their frames are taken apart by the gateway's framers, also when the line is bad."""

from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Rejected, find, hear
from devices.device import Device, DeviceId, Kind
from devices.framing import FRAMINGS as FRAMERS
from devices.message import Message
from devices.reading import Quantity, Reading
from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage
from firmware_sims.framing import BOOTING, FRAMINGS, NOISE, disturbed
from firmware_sims.ld2410 import Ld2410
from firmware_sims.ld2450 import Ld2450, View
from firmware_sims.makes.make import Node
from firmware_sims.makes.native import Counter
from firmware_sims.radar import FRAME, RadarModel, RadarWire
from firmware_sims.sight import Looks, Rounds
from firmware_sims.specimen import Specimen
from gateway.clock import SECOND
from tests.firmware_sims.understood import COUNT_AT, HOUR, SEES, START, STREET, Change, passed, truth

END = START + HOUR
BYTES = st.binary(min_size=1, max_size=600)


@pytest.mark.parametrize("framing", sorted(FRAMINGS))
@given(payloads=st.lists(BYTES, min_size=1, max_size=4))
def test_what_is_framed_is_taken_out_again_to_the_byte(framing: str, payloads: list[bytes]) -> None:
    if framing in ("lines", "nmea"):
        payloads = [payload.hex().encode() for payload in payloads]
    framer = FRAMERS[framing]()
    assert framer.feed(b"".join(map(FRAMINGS[framing], payloads))) == payloads
    assert framer.bad == 0


@pytest.mark.parametrize("framing", sorted(FRAMINGS))
def test_a_disturbed_frame_is_no_message_and_costs_no_other(framing: str) -> None:
    device = Device(DeviceId("sensor"), Kind.SENSOR, "serial:/dev/x", "native", "/dev/x", "", {})
    breakages = (Breakage(Ailment.NOISY),)
    specimen = Specimen(lambda: Counter(Node("sensor", "")), Rounds(STREET, COUNT_AT, 60 * SECOND), START, breakages)
    framer, spoken = FRAMERS[framing](), find("native")("lab", (device,))
    people, rejected = 0, 0
    for told in [*specimen.begin(START), *specimen.live(END)]:
        frame = FRAMINGS[framing](told.said.payload)
        for payload in framer.feed(disturbed(frame) if told.spoilt else frame):
            for item in hear(spoken, Message("/dev/x", payload, END)):
                rejected += isinstance(item, Rejected)
                if isinstance(item, Reading) and item.quantity is Quantity.PEDESTRIANS:
                    people += int(item.value)
    assert rejected >= 29
    assert people == specimen.people
    assert 0 < people < passed(END)
    assert specimen.people + specimen.people_lost >= passed(END - 60 * SECOND)


def test_one_frame_of_an_ld2410_is_that_of_its_maker_but_for_what_was_measured() -> None:
    shown = Ld2410(Looks(STREET, *SEES, HOUR), START)
    assert len(shown.somebody) == len(shown.nobody) == 23
    assert shown.somebody[:8].hex() == "f4f3f2f10d0002aa"
    assert shown.nobody[-6:].hex() == "5500f8f7f6f5"


def presence(wire: RadarWire, until: int) -> Iterator[Change]:
    """What a gateway makes of the bytes of an LD2410."""
    device = Device(DeviceId("r"), Kind.SENSOR, "serial:/dev/x", "ld2410", "/dev/x", "", {"heartbeat": 60 * SECOND})
    framer, spoken, before = FRAMERS["ld2410"](), find("ld2410")("lab", (device,)), None
    for at in range(START, until, FRAME):
        for payload in framer.feed(wire.sent(at)):
            for item in hear(spoken, Message("/dev/x", payload, at)):
                if isinstance(item, Reading) and item.quantity is Quantity.PRESENCE and item.value != before:
                    before = item.value
                    yield Change(item.time, item.value > 0)


def ld2410(*breakages: Breakage[Ailment]) -> RadarWire:
    return RadarWire(Ld2410(Looks(STREET, *SEES, HOUR), START), START, breakages)


@pytest.mark.parametrize("ailment", [Ailment.NONE, Ailment.NOISY])
def test_an_ld2410_shows_somebody_when_somebody_is_there_also_on_a_noisy_line(ailment: Ailment) -> None:
    was, told = truth(END), list(presence(ld2410(Breakage(ailment)), END))
    assert [change.present for change in told] == [change.present for change in was]
    assert all(0 <= one.at - other.at <= 3 * FRAME for one, other in zip(told, was, strict=True))


def test_a_flapping_radar_comes_and_goes_every_second() -> None:
    told = list(presence(ld2410(Breakage(Ailment.FLAPPING)), START + 60 * SECOND))
    assert len(told) == 60


MODELS: Mapping[str, Callable[[], RadarModel]] = {
    "ld2410": lambda: Ld2410(Looks(STREET, *SEES, HOUR), START),
    "ld2450": lambda: Ld2450(View(STREET, 290.0, 6.0, START)),
}


@pytest.mark.parametrize("make", sorted(MODELS))
def test_a_radar_that_is_silent_sends_nothing_and_one_that_is_stuck_sends_one_frame(make: str) -> None:
    model = MODELS[make]()
    breakages = (Breakage(Ailment.SILENT, 10 * SECOND), Breakage(Ailment.STUCK, 20 * SECOND))
    wire = RadarWire(model, START, breakages)
    sent = [wire.sent(START + number * FRAME) for number in range(6000)]
    assert all(sent[:100])
    assert set(sent[100:200]) == {b""}
    assert set(sent[200:]) == {sent[99]}


@pytest.mark.parametrize("make", sorted(MODELS))
def test_a_radar_that_starts_anew_says_so_in_words_and_pauses(make: str) -> None:
    wire = RadarWire(MODELS[make](), START, (Breakage(Ailment.RESTARTING),))
    sent = [wire.sent(START + number * FRAME) for number in range(700)]
    assert sent[0] == sent[600] == BOOTING
    assert set(sent[1:20]) == {b""}
    framer = FRAMERS[make]()
    assert len(framer.feed(b"".join(sent[:600]))) - framer.bad == 580


@pytest.mark.parametrize("make", sorted(MODELS))
def test_on_a_noisy_line_every_second_frame_of_a_radar_is_damaged(make: str) -> None:
    wire, framer = RadarWire(MODELS[make](), START, (Breakage(Ailment.NOISY),)), FRAMERS[make]()
    sent = b"".join(wire.sent(START + number * FRAME) for number in range(100))
    frames = framer.feed(sent)
    assert sent.count(NOISE) == 50
    assert len(frames) - framer.bad == 50
