"""The street while its record cannot be opened to be written; the whole of it is in tests/integration."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from gateway.configuration.site import LampPinSettings
from gateway.daemon import vigil
from gateway.daemon.vigil import Vigil
from gateway.record.errors import RecordError, UnwritableError
from gateway.record.writer import Record
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import LAMPS, NIGHT, site
from tests.links.header import header
from tests.links.inbox import PATIENCE, until

FULL = UnwritableError("database or disk is full")
READ_ONLY = UnwritableError("attempt to write a readonly database")
OPENED = cast("Record", object())


def opening(*answers: Exception | Record) -> Callable[[], Record]:
    """What comes of each try, one after the other."""
    left = list(answers)

    def one() -> Record:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return one


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vigil, "FIRST", 0.0)


async def kept(state: Path, *answers: Exception | Record, ready: Callable[[], None] = lambda: None) -> Record:
    async with asyncio.timeout(PATIENCE):
        return await Vigil(site(state), HandClock(NIGHT), ready).keep(opening(*answers), FULL)


async def test_the_record_is_tried_until_it_opens_and_each_trouble_is_said_once(tmp_path: Path) -> None:
    begun = list[bool]()
    with capture_logs() as logs:
        record = await kept(tmp_path, FULL, FULL, READ_ONLY, READ_ONLY, OPENED, ready=lambda: begun.append(True))
    assert (record, begun) == (OPENED, [True])
    assert [log["found"] for log in logs if log["log_level"] == "error"] == [str(FULL), str(READ_ONLY)]


async def test_a_record_that_cannot_be_used_once_the_disk_takes_something_ends_the_vigil(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="another site"):
        await kept(tmp_path, FULL, RecordError("it is the record of another site"))


async def test_lamps_on_pins_are_lit_too(tmp_path: Path) -> None:
    here = site(tmp_path)
    lamps = [
        replace(device, link="gpio:GPIO18", convention="gpio", address="GPIO18") if device.id == LAMPS[0] else device
        for device in here.devices
    ]
    pinned = replace(here, devices=tuple(lamps), pins=(LampPinSettings("gpio:GPIO18", LAMPS[0], "GPIO18"),))
    begun = asyncio.Event()

    def full() -> Record:
        raise FULL

    with header() as pins:
        keeping = asyncio.create_task(Vigil(pinned, HandClock(NIGHT), begun.set).keep(full, FULL), name="vigil")
        await begun.wait()
        await until(lambda: pins.shown("GPIO18") == 1, "the lamp shines")
        keeping.cancel()
        await asyncio.wait([keeping])
        assert pins.shown("GPIO18") is None


async def test_a_vigil_can_be_ended(tmp_path: Path) -> None:
    begun = asyncio.Event()
    endless = Vigil(site(tmp_path), HandClock(NIGHT), begun.set)

    def full() -> Record:
        raise FULL

    keeping = asyncio.create_task(endless.keep(full, FULL), name="vigil")
    await begun.wait()
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
