"""A storm of reloads, half of them of broken files, under load: every person is counted and no lamp moves."""

import asyncio
from pathlib import Path

import pytest

from devices.reading import Quantity
from gateway.configuration.texts import FILES
from gateway.control.ask import ask
from gateway.control.words import Refused, ReloadRequest
from gateway.lighting.engine import Engine
from gateway.record.entry import Adopted
from gateway.record.reader import Reader
from gateway.study.replay import follow, rebuild
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import EMPTY, FULL, LAMPS, evening
from tests.servers import Server

GOOD = (
    (
        "lighting.yaml",
        "quay: {length: 10 m, class: P4, design: 5.0 lx",
        "quay: {length: 10 m, class: P4, design: 7.5 lx",
    ),
    ("devices.yaml", "counter-01..02:", "counter-01..03:"),
    ("lighting.yaml", "version: 1", "# a line that says nothing\nversion: 1"),
    ("site.yaml", "broker: mosquitto", "broker: mosquitto, receive_maximum: 300"),
    ("devices.yaml", "label: PL 0001", "label: PL 0417"),
)
"""Edits that must not move a lamp of the street; the fourth makes the link to the broker connect anew."""

BAD = (
    ("lighting.yaml", "hold: 45s", "hodl: 45s"),
    ("devices.yaml", "at: 50 m", "at: 500 m"),
    ("site.yaml", "latitude: 46.7806", "latitude: 46,7806"),
    ("lighting.yaml", "class: P4, empty: P5}", "class: P4, empty: P5, max: 10%}"),
    ("lighting.yaml", "zones:", "zones: ["),
    ("site.yaml", "id: chalon", "id: macon"),
)


class Editor:
    """Writes the files of a site as they were, with one edit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts = {name: (folder / name).read_text() for name in FILES}

    def write(self, file: str, old: str, new: str) -> None:
        """Change one file, and let the others be as they were."""
        assert old in self._texts[file]
        for name, text in self._texts.items():
            (self._folder / name).write_text(text.replace(old, new) if name == file else text)


class Crowd:
    """People who walk by while the files change, counted by the test."""

    def __init__(self) -> None:
        self.people = 0

    async def walk(self, street: Radio, enough: asyncio.Event) -> None:
        """Let two counters and two motion sensors speak, one message after the other."""
        seq = 0
        while not enough.is_set():
            seq += 1
            for counter in ("counter-01", "counter-02"):
                await street.sense(counter, boot="b1", seq=seq, pedestrians=1 + seq % 3, period=1)
                self.people += 1 + seq % 3
            await street.sense("motion-1", presence=False)
            await street.sense("motion-2", presence=False)


def counted(record: Reader) -> float:
    return sum(reading.value for reading in record.series(Quantity.PEDESTRIANS))


async def storm(site: Path, editor: Editor, reloads: int) -> int:
    """Edit and reload, good and bad in turn; say how many were taken."""
    taken = 0
    for number in range(reloads):
        kinds = BAD if number % 2 else GOOD
        edit = kinds[number // 2 % len(kinds)]
        await asyncio.to_thread(editor.write, *edit)
        request = ReloadRequest(note=f"reload {number}")
        if number % 2:
            with pytest.raises(Refused):
                await ask(site / "state", request)
        else:
            taken += bool((await ask(site / "state", request))["adopted"])
    return taken


def essence(engine: Engine) -> list[tuple[object, ...]]:
    # When the very first decisions became due is before the tape begins.
    return [(one.lamp, one.level, one.decided.rank, one.decided.key) for one in engine.decisions()]


def both_ways(record: Reader) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The engine of the last snapshot, and one that lived through the whole tape with all its plans."""
    first, *tape = record.entries()
    (begun,) = (item for item in first.learned if isinstance(item, Adopted))
    engine = Engine(begun.plan, first.at)
    follow(engine, first)
    for entry in tape:
        follow(engine, entry)
    return essence(rebuild(record, record.last_at())), essence(engine)


@pytest.mark.parametrize("reloads", [24, pytest.param(200, marks=pytest.mark.soak)])
async def test_a_storm_of_reloads_loses_nobody_and_moves_no_lamp(mosquitto: Server, site: Path, reloads: int) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    editor = await asyncio.to_thread(Editor, site)
    async with radio(mosquitto.port) as street, radio(mosquitto.port) as speakers, living(gateway):
        for lamp in LAMPS:
            await street.until(lamp, FULL)
        for sensor in ("motion-1", "motion-2"):
            await street.sense(sensor, presence=False)
        for lamp in LAMPS[:2]:
            await street.until(lamp, EMPTY)
        street.heard.clear()
        crowd, enough = Crowd(), asyncio.Event()
        walking = asyncio.create_task(crowd.walk(speakers, enough), name="crowd")
        taken = await storm(site, editor, reloads)
        enough.set()
        await walking
        await until_recorded(site, lambda record: counted(record) >= crowd.people, "everybody who walked by")
        assert await asyncio.to_thread(read, site, counted) == crowd.people
        assert {order for order in street.orders() if order[0] != LAMPS[2]} <= {(lamp, EMPTY) for lamp in LAMPS[:2]}
        adoptions = await asyncio.to_thread(read, site, Reader.adoptions)
        assert (taken, len(adoptions)) == (reloads // 2, reloads // 2 + 1)
        assert crowd.people > reloads
    by_snapshot, by_tape = await asyncio.to_thread(read, site, both_ways)
    assert by_snapshot == by_tape
