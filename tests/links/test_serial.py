import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.framing import FRAMINGS
from gateway.clock import SystemClock
from gateway.links.delivery import Delivery, Incoming
from gateway.links.serial import SerialLink
from tests.devices.framed import FRAMED
from tests.links.cable import Cable, plugged
from tests.links.inbox import Inbox, living, until

GOOD = bytes.fromhex("AAFF0300 0E03B18610004001 0000000000000000 0000000000000000 55CC")


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    with plugged(tmp_path / "sensor") as cable:
        yield cable


async def say(cable: Cable, data: bytes) -> None:
    await asyncio.to_thread(os.write, cable.near, data)


def link_to(cable: Cable, framing: str = "lines") -> SerialLink:
    return SerialLink("counter", str(cable.name), 115200, FRAMINGS[framing], SystemClock(), chance=lambda: 0.01)


async def connected(link: SerialLink) -> None:
    await until(lambda: link.status()["connected"], "the port is open")


async def test_lines_come_as_messages_of_their_port(cable: Cable) -> None:
    inbox, link = Inbox(), link_to(cable)
    async with living(link, inbox):
        await connected(link)
        await say(cable, b"one\r\ntw")
        await say(cable, b"o\n")
        one, two = await inbox.until(2)
    assert (one.message.payload, two.message.payload) == (b"one", b"two")
    assert one.message.topic == str(cable.name)
    assert one.origin.packet is None
    assert one.message.time < two.message.time


async def test_after_an_unplug_the_partial_line_is_forgotten_and_the_port_opened_again(cable: Cable) -> None:
    inbox, link = Inbox(), link_to(cable)
    async with living(link, inbox):
        await connected(link)
        await say(cable, b"whole\npart")
        await inbox.until(1)
        await asyncio.to_thread(cable.unplug)
        await until(lambda: not link.status()["connected"], "the unplug is noticed")
        await asyncio.to_thread(cable.plug)
        await connected(link)
        await say(cable, b"new\n")
        await inbox.until(2)
    assert inbox.payloads == [b"whole", b"new"]
    assert link.status()["frames"] == 2
    assert link.status()["opened"] == 2


async def test_a_port_that_is_not_there_yet_is_waited_for(cable: Cable) -> None:
    await asyncio.to_thread(cable.unplug)
    link = link_to(cable)
    async with living(link, Inbox()):
        await until(lambda: "cannot open" in str(link.status()["trouble"]), "the trouble is said")
        await asyncio.to_thread(cable.plug)
        await connected(link)
    assert link.status()["trouble"] == ""


@pytest.mark.parametrize("framing", sorted(FRAMINGS))
async def test_frames_of_every_framing_come_over_a_line_garbage_or_not(cable: Cable, framing: str) -> None:
    (expected,) = FRAMINGS[framing]().feed(FRAMED[framing])
    inbox, link = Inbox(), link_to(cable, framing)
    async with living(link, inbox):
        await connected(link)
        await say(cable, b"\n\0\xc0\n" + FRAMED[framing] * 2)
        await until(lambda: inbox.payloads[-2:] == [expected, expected], "both have come")


async def test_damaged_frames_are_delivered_and_counted(cable: Cable) -> None:
    inbox, link = Inbox(), link_to(cable, "ld2450")
    async with living(link, inbox):
        await connected(link)
        await say(cable, GOOD + GOOD[:-2] + b"\0\0" + GOOD[:12] + GOOD)
        await inbox.until(4)
    assert inbox.payloads == [GOOD, GOOD[:-2] + b"\0\0", GOOD[:12], GOOD]
    assert link.status()["frames"] == 2
    assert link.status()["bad"] == 2


async def test_an_error_in_the_receiver_ends_the_link(cable: Cable) -> None:
    class Bug(Exception):  # noqa: N818 - a test's own
        pass

    def receive(_incoming: Incoming) -> None:
        raise Bug

    link = link_to(cable)
    task = asyncio.create_task(link.run(receive), name="link.counter")
    await connected(link)
    await say(cable, b"one\n")
    with pytest.raises(Bug):
        await task


async def test_a_line_over_the_network_is_read_like_a_local_one() -> None:
    inbox = Inbox()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        link = SerialLink("far", f"socket://127.0.0.1:{port}", 9600, FRAMINGS["lines"], SystemClock())
        async with living(link, inbox):
            peer, _ = await asyncio.to_thread(listener.accept)
            with peer:
                await connected(link)
                await asyncio.to_thread(peer.sendall, b"hello\n")
                (hello,) = await inbox.until(1)
    assert isinstance(hello, Delivery)
    assert hello.message.payload == b"hello"
