"""The harness itself: a round can be played again, and each fault is the fault that it says it is."""

import asyncio
import contextlib
import gzip
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from firmware_sims.terminal import Terminal
from tests.links.inbox import PATIENCE
from tests.servers import ServerMissing
from tests.soak.cable import Cable
from tests.soak.faults import LONGEST_STALL, SPANS, Kind, draw, step_of
from tests.soak.front import Front, Trouble
from tests.soak.servers import ACK_WAIT, ROOT
from tests.soak.space import SizeLimit, SmallDisk, small_disk
from tests.soak.wall import Wall
from tests.soak.wire import Wire

LENGTH = 20.0


def test_a_seed_gives_the_same_round_again() -> None:
    assert [draw(seed, LENGTH) for seed in range(50)] == [draw(seed, LENGTH) for seed in range(50)]


def test_another_broker_changes_nothing_else_about_a_round() -> None:
    drawn = draw(7, LENGTH)
    assert {draw(7, LENGTH, broker).faults for broker in ("mosquitto", "nats")} == {drawn.faults}


@pytest.mark.parametrize("broker", ["mosquitto", "nats"])
def test_every_fault_comes_on_either_broker_sooner_or_later_and_within_the_round(broker: str) -> None:
    rounds = [drawn for seed in range(600) if (drawn := draw(seed, LENGTH)).broker == broker]
    faults = [fault for drawn in rounds for fault in drawn.faults]
    assert {fault.kind for fault in faults} == set(Kind) == set(SPANS)
    assert all(0.0 <= fault.at <= LENGTH for fault in faults)
    frozen = [fault.seconds for fault in faults if fault.kind is Kind.GATEWAY_FROZEN]
    assert max(frozen) > float(ACK_WAIT.removesuffix("s"))
    assert max(frozen) <= LONGEST_STALL


def test_a_short_round_has_fewer_faults() -> None:
    short, long = ([len(draw(seed, length).faults) for seed in range(50)] for length in (8.0, 30.0))
    assert max(short) < min(long)


def test_clocks_are_stepped_both_ways_by_seconds_and_by_hours_and_not_always_righted() -> None:
    faults = [fault for seed in range(600) for fault in draw(seed, LENGTH).faults if fault.kind is Kind.CLOCK_STEPPED]
    steps = [step_of(fault) for fault in faults]
    assert {(step.by > 0, abs(step.by) > 3600, step.righted) for step in steps} == set(product((False, True), repeat=3))
    assert min(abs(step.by) for step in steps) < 10


class Database:
    """Keeps the lines that it is given, and accepts them all."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        lines = self.lines

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library names it so
                """Say nothing."""

            def do_POST(self) -> None:
                lines.extend(self.rfile.read(int(self.headers["Content-Length"])).decode().splitlines())
                self.send_response(204)
                self.end_headers()

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    made.thread.start()
    yield made
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


@pytest.fixture
def front(database: Database) -> Iterator[Front]:
    with Front(database.server.server_address[1]) as front:
        yield front


def counts(*numbers: int) -> list[str]:
    return [f"pedestrians,device=a value={number} {number}" for number in numbers]


def post(front: Front, lines: list[str], *, zipped: bool = False) -> int:
    """What the front answers to a batch; 0 if it does not."""
    body = "\n".join(lines).encode()
    with closing(http.client.HTTPConnection("127.0.0.1", front.port, timeout=PATIENCE)) as connection:
        try:
            if zipped:
                connection.request("POST", "/write", gzip.compress(body), {"Content-Encoding": "gzip"})
            else:
                connection.request("POST", "/write", body)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0


@pytest.mark.parametrize("zipped", [False, True])
def test_a_front_without_trouble_lets_everything_pass(front: Front, database: Database, *, zipped: bool) -> None:
    assert post(front, counts(1, 2), zipped=zipped) == 204
    assert database.lines == counts(1, 2)


@pytest.mark.parametrize("partial", [False, True])
def test_a_doomed_line_is_refused_with_every_batch_and_never_written(
    front: Front, database: Database, *, partial: bool
) -> None:
    front.doom(400, 0.5, partial=partial)
    assert post(front, counts(1, 2, 3)) == 400
    assert list(front.doomed) == counts(2)
    assert database.lines == (counts(1, 3) if partial else [])
    assert [post(front, counts(number)) for number in (1, 2, 3)] == [204, 400, 204]
    assert set(database.lines) == set(counts(1, 3))


def test_a_line_that_the_database_may_have_is_not_doomed(front: Front) -> None:
    assert post(front, counts(1)) == 204
    front.doom(400, 0.0, partial=False)
    assert post(front, counts(1)) == 204
    assert post(front, counts(1, 2)) == 400
    assert list(front.doomed) == counts(2)


def test_a_reset_comes_after_the_database_has_accepted(front: Front, database: Database) -> None:
    front.break_down(Trouble("reset"))
    assert post(front, counts(1)) == 0
    assert database.lines == counts(1)


def test_only_large_batches_are_too_large(front: Front) -> None:
    front.break_down(Trouble(413, 2))
    assert post(front, counts(1, 2, 3)) == 413
    assert post(front, counts(1, 2)) == 204


def test_a_healed_front_lets_requests_pass_again(front: Front) -> None:
    front.break_down(Trouble(503))
    assert post(front, counts(1)) == 503
    front.heal()
    assert post(front, counts(1)) == 204


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A broker that says everything again."""
    with contextlib.closing(writer), contextlib.suppress(ConnectionError):
        while data := await reader.read(100):
            writer.write(data)


@asynccontextmanager
async def dialled(wire: Wire) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection through a wire."""
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def wired() -> AsyncIterator[Wire]:
    """A wire to an echo."""
    broker = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with broker, Wire(broker.sockets[0].getsockname()[1]) as wire:
        yield wire


async def test_a_half_open_connection_tells_nobody_until_it_ends() -> None:
    async with wired() as wire, dialled(wire) as (reader, writer):
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        breaking = asyncio.create_task(wire.half_open(0.1))
        await asyncio.sleep(0)
        writer.write(b"two")
        with pytest.raises(ConnectionResetError):
            await reader.read(100)
        await breaking


async def test_a_stalled_connection_loses_nothing() -> None:
    async with wired() as wire, dialled(wire) as (reader, writer):
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        stalling = asyncio.create_task(wire.stall(0.1))
        await asyncio.sleep(0)
        writer.write(b"two")
        assert await reader.readexactly(3) == b"two"
        assert stalling.done()


async def test_a_cut_ends_connections_and_new_ones_work_afterwards() -> None:
    said = b'{"pedestrians":{"in":1}}'
    async with wired() as wire:
        async with dialled(wire) as (reader, writer):
            writer.write(said)
            await reader.readexactly(len(said))
            await wire.cut(0.0)
            with pytest.raises(ConnectionResetError):
                await reader.read(100)
        async with dialled(wire) as (reader, writer):
            writer.write(said)
            assert await reader.readexactly(len(said)) == said
        assert wire.delivered == 2


def test_a_cable_is_torn_in_the_middle_of_a_line_and_can_be_plugged_in_again(tmp_path: Path) -> None:
    cable = Cable(tmp_path / "line")
    assert isinstance(cable, Terminal)
    cable.open()
    lines = [json.dumps({"seq": seq}).encode() + b"\n" for seq in range(4)]
    assert cable.send(lines[0])
    cable.tear()
    assert not cable.send(lines[1])
    assert not cable.link.is_symlink()
    assert not cable.send(lines[2])
    cable.open()
    assert cable.send(lines[3])
    cable.close()
    assert list(cable.said) == [0, 1, 2, 3]
    assert (cable.torn, cable.dropped) == (1, 1)


def test_a_small_disk_takes_nothing_when_it_is_full_and_everything_afterwards(tmp_path: Path) -> None:
    with small_disk(tmp_path) as allowed:
        if not allowed:
            pytest.skip("mounts are not allowed here")
        disk = SmallDisk(tmp_path)
        disk.fill(0)
        with pytest.raises(OSError, match="No space"):
            (tmp_path / "file").write_bytes(b"one byte more")
        disk.free(0)
        (tmp_path / "file").write_bytes(b"all of it")
        assert tmp_path.is_mount()
    assert not tmp_path.is_mount()
    assert (tmp_path / "file").read_bytes() == b"all of it"


def asked(process: subprocess.Popen[bytes]) -> bytes:
    """Give a process a line and wait for its answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


GROWING = """
import sys
for line in sys.stdin:
    try:
        with open(sys.argv[1], "ab", buffering=0) as file:
            print(file.write(bytes(300_000)), flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
"""
"""A process that lets a file grow for each line it is told, and says by how much or why not."""


def test_a_bound_on_the_size_of_files_stops_a_process_for_a_while(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"a line")
    limit = SizeLimit(log)
    with subprocess.Popen(
        [sys.executable, "-c", GROWING, str(tmp_path / "file")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        limit.fill(process.pid)
        assert asked(process) == b"200006"
        assert asked(process) == b"File too large"
        limit.free(process.pid)
        assert asked(process) == b"300000"
    limit.free(process.pid)


STEPPING = """
import sys, time
from gateway.clock import ScaledClock
from tests.soak import stepped_gateway
time.sleep = stepped_gateway.sleep
clock = stepped_gateway.SteppedClock(ScaledClock(0, 1.0, 0), int(sys.argv[1]), 0)
for line in sys.stdin:
    time.sleep(0.001)
    print(round(clock.step() / 1e9), round((clock.now().time - time.monotonic_ns()) / 1e9), flush=True)
"""
"""A process that says for each line by how many seconds its clock was stepped, and by how many it is wrong in all."""


def test_the_clock_of_one_process_is_stepped_and_its_sleep_is_not(tmp_path: Path) -> None:
    wall = Wall(tmp_path)
    try:
        environment = {**os.environ, **wall.environment()}
    except ServerMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    epoch = str(time.time_ns() - time.monotonic_ns())
    with subprocess.Popen(
        [sys.executable, "-c", STEPPING, epoch],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    ) as process:
        assert asked(process) == b"0 0"
        wall.step(3600)
        assert asked(process) == b"3600 3600"
        wall.step(-7200)
        assert asked(process) == b"-7200 -3600"
        assert asked(process) == b"0 -3600"
