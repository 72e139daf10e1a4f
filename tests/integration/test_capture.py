"""`reverbere capture` and `replay`: what links brought, into a file, and out of it into a gateway of its own."""

import asyncio
import json
import signal
import stat
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest

from devices.reading import Quantity
from gateway.links.captured import messages
from gateway.record.reader import Reader
from tests.cli.command import PLAIN, REVERBERE, reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.recorded import until_recorded
from tests.integration.small_site import evening
from tests.links.inbox import PATIENCE
from tests.servers import Server


class Capture:
    """`reverbere capture` in its own process: it listens within the block, and is ended by Ctrl-C after it."""

    def __init__(self, site: Path, file: Path, *options: str) -> None:
        self._command = [REVERBERE, "capture", str(file), *options, "--config", str(site)]
        self.warned = ""
        self.said = ""

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdout=pipe, stderr=pipe, text=True, env=PLAIN)
        assert self._process.stderr is not None
        while not self.warned.count("Listening") and (line := self._process.stderr.readline()):
            self.warned += line
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        self.said, complaint = self._process.communicate(timeout=PATIENCE)
        assert self._process.returncode == 0, self.warned + complaint


@asynccontextmanager
async def capturing(capture: Capture) -> AsyncIterator[None]:
    await asyncio.to_thread(capture.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(capture.__exit__)


async def walk_by(street: Radio, people: int) -> None:
    for number in range(people):
        await street.sense("counter-01", pedestrians=1, boot="a", seq=number)
        await street.sense("motion-1", presence=number % 2 == 0)


async def until_captured(file: Path, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await asyncio.to_thread(file.read_text)).count("\n") <= count:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.02)


def people(record: Reader) -> float:
    return sum(reading.value for reading in record.series(Quantity.PEDESTRIANS))


async def test_what_a_gateway_takes_is_captured_and_gives_the_same_counts_when_it_is_replayed(
    mosquitto: Server, site: Path, tmp_path: Path
) -> None:
    file, kept = tmp_path / "evening.jsonl", tmp_path / "kept"
    async with radio(mosquitto.port) as street, living(GatewayProcess(site, evening())):
        await street.until_health("online")
        capture = Capture(site, file)
        async with capturing(capture):
            await walk_by(street, 7)
            await until_captured(file, 14)
    assert capture.said.startswith(f"14 messages in {file}: mqtt 14")
    assert stat.S_IMODE((await asyncio.to_thread(file.stat)).st_mode) == 0o600
    assert "raw payloads" in capture.warned
    done = await asyncio.to_thread(
        reverbere, "replay", file, "--speed", "20", "--json", "--keep", kept, "--config", site
    )
    told = json.loads(done.stdout)
    assert told["readings"]["counter-01"]["pedestrians"] == {"readings": 7, "sum": 7.0}
    assert (told["messages"], told["rejected"], told["elsewhere"]) == (14, 0, {})
    why = await asyncio.to_thread(reverbere, "explain", "lamp-1", "--config", kept)
    assert "motion-1" in why.stdout


async def test_where_no_gateway_runs_the_broker_is_listened_to_without_taking_anything_from_its_session(
    mosquitto: Server, site: Path, tmp_path: Path
) -> None:
    file = tmp_path / "own.jsonl"
    gateway = GatewayProcess(site, evening())
    async with radio(mosquitto.port) as street:
        async with living(gateway):
            await street.until_health("online")
        async with capturing(Capture(site, file)):
            await walk_by(street, 3)
            await until_captured(file, 6)
        async with living(gateway):
            await until_recorded(site, lambda record: people(record) == 3, "the three who walked by")
    with file.open() as lines:
        assert {one.topic for one in messages(lines, "own")} >= {"reverbere/chalon/sensor/counter-01"}


def test_a_file_that_is_there_is_never_written_over(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "there.jsonl"
    file.write_text("mine")
    done = reverbere("capture", file, "--for", "1s", "--config", site)
    assert (done.returncode, file.read_text()) == (2, "mine")
    assert "not there yet" in done.stderr


def test_a_file_that_is_no_capture_is_not_played(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"topic": "a"}\n')
    done = reverbere("replay", file, "--config", site)
    assert done.returncode == 2
    assert "expected a capture of version 1, found no capture" in done.stderr


@pytest.mark.parametrize("written", ['"state": {}', "state : {}", "state:\n  {}", "state: {}  # of the street"])
def test_a_replay_never_writes_into_the_record_of_the_street(site: Path, tmp_path: Path, written: str) -> None:
    live, file = tmp_path / "live", tmp_path / "one.jsonl"
    settings = site / "site.yaml"
    settings.write_text(settings.read_text() + written.format(live) + "\n")
    said = {
        "time": evening().start,
        "link": "mqtt",
        "topic": "reverbere/chalon/sensor/motion-1",
        "payload": '{"v":1,"presence":true}',
    }
    file.write_text('{"capture": 1}\n' + json.dumps(said) + "\n")
    done = reverbere("replay", file, "--speed", "100", "--json", "--keep", tmp_path / "kept", "--config", site)
    assert json.loads(done.stdout)["messages"] == 1
    assert not live.exists()
    assert reverbere("tail", "--config", tmp_path / "kept").returncode == 0
