"""A bad edit never changes the street, and a good one changes only what it means to."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from gateway.control.ask import ask
from gateway.control.words import Refused, ReloadRequest, StatusRequest
from gateway.record.entry import Declined
from gateway.record.reader import Reader
from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.recorded import read, until_recorded
from tests.integration.small_site import EMPTY, FULL, LAMPS, evening
from tests.servers import Server


async def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Change a few words of a file."""
    await asyncio.to_thread(_edit, folder, file, old, new)


def _edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


async def reload(folder: Path, note: str = "") -> dict[str, object]:
    return dict(await ask(folder / "state", ReloadRequest(note=note)))


async def quiet(street: Radio) -> None:
    """Every sensor was heard; nobody is there on the street."""
    for lamp in LAMPS:
        await street.until(lamp, FULL)
    for sensor in ("motion-1", "motion-2"):
        await street.sense(sensor, presence=False)
    for lamp in LAMPS[:2]:
        await street.until(lamp, EMPTY)
    street.heard.clear()


def plans(record: Reader) -> list[str]:
    return [adoption.adopted.plan.digest for adoption in record.adoptions()]


def declined(record: Reader) -> list[Declined]:
    return [item for entry in record.entries() for item in entry.learned if isinstance(item, Declined)]


async def test_mistakes_are_said_with_their_places_and_nothing_else_happens(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    async with radio(mosquitto.port) as street, living(gateway):
        await quiet(street)
        await edit(site, "lighting.yaml", "hold: 45s", "hodl: 45s")
        with pytest.raises(Refused) as refused:
            await reload(site)
        assert "lighting.yaml:9:" in refused.value.found
        assert "Did you mean  hold ?" in refused.value.found
        assert "Nothing was changed" in refused.value.hint
        said: Any = await ask(site / "state", StatusRequest())
        assert "lighting.yaml:9:" in said["files"]["trouble"]
        verb = await asyncio.to_thread(reverbere, "reload", "--config", site)
        assert verb.returncode == 1
        assert "Did you mean  hold ?" in verb.stderr
        await street.sense("motion-1", presence=True)
        await street.until("lamp-1", FULL)
        assert street.orders() == [("lamp-1", FULL)]
        assert len(await asyncio.to_thread(read, site, plans)) == 1
        tried = await asyncio.to_thread(read, site, declined)
        assert [(edit.total, edit.mistakes[0].partition("lighting.yaml:")[2][:2]) for edit in tried] == [(1, "9:")] * 2


async def test_a_good_edit_moves_the_lamps_of_its_zone_and_no_other(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    async with radio(mosquitto.port) as street, living(gateway):
        await quiet(street)
        await edit(
            site,
            "lighting.yaml",
            "street: {length: 100 m, class: P4, design: 5.0 lx",
            "street: {length: 100 m, class: P4, design: 6.0 lx",
        )
        told = await reload(site, "council vote")
        assert told["changes"] == ["zone street: design in lx 5 -> 6"]
        await street.until("lamp-1", 50)
        await street.until("lamp-2", 50)
        assert sorted(street.orders()) == [("lamp-1", 50), ("lamp-2", 50)]
        (_, last) = await asyncio.to_thread(read, site, lambda record: record.adoptions())
        assert (last.adopted.note, last.adopted.plan.digest) == ("council vote", told["plan"])
        assert last.adopted.by


async def test_sighup_is_the_same_as_the_verb(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    async with radio(mosquitto.port) as street, living(gateway):
        await quiet(street)
        await edit(site, "lighting.yaml", "level: 100%", "level: 100%, max_on: 9min")
        os.kill(gateway.pid, signal.SIGHUP)
        await until_recorded(site, lambda record: len(plans(record)) == 2, "another plan")
        assert street.orders() == []


async def test_a_new_sensor_is_listened_to_and_a_removed_one_no_more(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    async with radio(mosquitto.port) as street, living(gateway):
        await quiet(street)
        await edit(site, "devices.yaml", "counter-01..02:", "counter-01..03:")
        told = await reload(site)
        assert told["changes"] == ["zone street: counter counter-03 added", "device counter-03 added"]
        await street.sense("counter-03", pedestrians=2, period=60)
        await until_recorded(site, lambda record: "counter-03" in record.last_seen(), "a word of counter-03")
        await edit(site, "devices.yaml", "counter-01..03:", "counter-01..02:")
        told = await reload(site)
        assert told["changes"] == ["zone street: counter counter-03 removed", "device counter-03 removed"]
        await street.sense("counter-03", pedestrians=2, period=60)
        await street.sense("counter-01", pedestrians=0, period=60)
        await until_recorded(site, lambda record: "counter-01" in record.last_seen(), "a word of counter-01")
        assert await asyncio.to_thread(read, site, lambda record: list(record.rejected())) == []
        assert street.orders() == []
        # The connection is the one from before: nobody was thrown out and nothing was sent anew.
        assert len(await asyncio.to_thread(gateway.events, "link up")) == 1


async def test_after_a_restart_the_plan_that_was_adopted_holds(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    async with radio(mosquitto.port) as street, living(gateway):
        await quiet(street)
        await edit(
            site,
            "lighting.yaml",
            "street: {length: 100 m, class: P4, design: 5.0 lx",
            "street: {length: 100 m, class: P4, design: 6.0 lx",
        )
        told = await reload(site)
        await asyncio.to_thread(gateway.kill)
        street.heard.clear()
        await asyncio.to_thread(gateway.start)
        for lamp, level in (("lamp-1", 50), ("lamp-2", 50)):
            await street.until(lamp, level)
        assert (await asyncio.to_thread(read, site, plans))[-1] == told["plan"]
        assert len(await asyncio.to_thread(read, site, plans)) == 2


async def test_a_start_on_bad_files_goes_on_with_the_last_good_plan(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    async with radio(mosquitto.port) as street, living(gateway):
        await quiet(street)
        for file, old in (("site.yaml", "site:"), ("devices.yaml", "zone:"), ("lighting.yaml", "hold:")):
            await edit(site, file, old, f"x{old}")
        await asyncio.to_thread(gateway.kill)
        await asyncio.to_thread(gateway.start)
        for lamp in LAMPS[:2]:
            await street.until(lamp, EMPTY)
        assert {order for order in street.orders() if order[0] != LAMPS[2]} == {(lamp, EMPTY) for lamp in LAMPS[:2]}
        (loud,) = await asyncio.to_thread(
            gateway.events, "the files cannot be used: the street keeps the last good plan"
        )
        assert (loud["plan"],) == tuple(await asyncio.to_thread(read, site, plans))
        mistakes = await asyncio.to_thread(gateway.events, "a mistake in the files")
        assert {
            file
            for entry in mistakes
            for file in ("site.yaml", "devices.yaml", "lighting.yaml")
            if file in entry["problem"]
        }
        said: Any = await ask(site / "state", StatusRequest())
        assert "site.yaml:" in said["files"]["trouble"]
        assert said["plan"] == loud["plan"]
        told = await asyncio.to_thread(reverbere, "doctor", "--json", "--config", site)
        found = next(each for each in json.loads(told.stdout)["findings"] if each["subject"] == "files")
        assert found["grade"] == "WARN"
        assert f"the street keeps the last good one, plan {loud['plan']} of" in found["words"]
        await street.sense("motion-1", presence=True)
        await street.until("lamp-1", FULL)


async def test_a_first_start_on_bad_files_ends_with_the_exit_of_a_bad_configuration(site: Path) -> None:
    await edit(site, "lighting.yaml", "hold:", "hodl:")
    gateway = GatewayProcess(site)
    await asyncio.to_thread(gateway.begin)
    status = await asyncio.to_thread(gateway.wait)
    assert status == 78
    assert "hodl" in await asyncio.to_thread(gateway.log.read_text)
