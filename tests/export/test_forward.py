import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.export.forward import Forwarder, Progress, Target
from gateway.export.influx import InfluxV1
from gateway.export.rows import Line
from gateway.export.verdict import RefusedLine, Verdict
from gateway.lighting.facts import ClockSet
from gateway.record.entry import Entry
from gateway.record.history import readings
from gateway.record.reader import Reader
from gateway.record.writer import Record
from tests.export.builders import Notes, Reply, counts, serving
from tests.record.builders import SECOND, START, count


class Scripted:
    """A target that answers as told and remembers what it took."""

    name = "lab"

    def __init__(self, *verdicts: Verdict) -> None:
        self._verdicts = list(verdicts)
        self.taken: list[int] = []
        self.again: list[str] = []
        self.calls = 0
        self.called = threading.Semaphore(0)

    def write(self, entries: Sequence[Entry], site: str) -> Verdict:
        assert site == "chalon"
        self.calls += 1
        verdict = self._verdicts.pop(0) if self._verdicts else Verdict(accepted=len(entries))
        if not verdict.trouble:
            self.taken += [entry.seq for entry in entries]
        self.called.release()
        return verdict

    def write_again(self, lines: Sequence[Line]) -> Verdict:
        self.again += [line.text for line in lines]
        return self._verdicts.pop(0) if self._verdicts else Verdict(accepted=len(lines))

    def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def recording(folder: Path) -> AsyncIterator[Record]:
    record = await asyncio.to_thread(Record, folder, "chalon")
    record.start()
    try:
        yield record
    finally:
        await asyncio.to_thread(record.close)


@asynccontextmanager
async def forwarding(
    folder: Path, target: Target, progress: Progress, jitter: Callable[[float], float] = lambda _: 0.0
) -> AsyncIterator[Forwarder]:
    reader = await asyncio.to_thread(Reader, folder)
    forwarder = Forwarder(target, reader, progress, "chalon", gap=0.0, jitter=jitter)
    task = asyncio.create_task(forwarder.run(), name="forward.lab")
    try:
        yield forwarder
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(reader.close)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - a forwarder tells nobody when it has done a step; it can be asked
        await asyncio.sleep(0.001)


async def test_everything_is_forwarded_once_and_news_on_each_commit(tmp_path: Path) -> None:
    target = Scripted()
    async with recording(tmp_path) as record:
        for entry in counts(2500):
            record.append(entry)
        await record.drain()
        async with forwarding(tmp_path, target, record) as forwarder:
            record.on_commit.append(forwarder.wake)
            await until(lambda: record.cursor("lab") == 2500)
            record.append(counts(1, 2501)[0])
            await until(lambda: record.cursor("lab") == 2501)
            status = forwarder.status()
        assert (status.behind, status.late, status.accepted, status.trouble) == (0, 0, 2501, "")
    assert target.taken == list(range(1, 2502))


async def test_a_restart_goes_on_behind_the_cursor(tmp_path: Path) -> None:
    for first in (1, 11):
        target = Scripted()
        async with recording(tmp_path) as record:
            for entry in counts(10, first):
                record.append(entry)
            await record.drain()
            async with forwarding(tmp_path, target, record):
                await until(lambda: record.cursor("lab") == first + 9)  # noqa: B023 - awaited in this round
        assert target.taken == list(range(first, first + 10))


async def test_nothing_is_dropped_because_a_server_is_away(tmp_path: Path) -> None:
    target = Scripted(*[Verdict(trouble="http://lab cannot be reached: refused")] * 20)
    notes = Notes()
    delays = list[float]()

    def jitter(most: float) -> float:
        delays.append(most)
        return 0.0

    async with recording(tmp_path) as record:
        for entry in counts(3):
            record.append(entry)
        await record.drain()
        async with forwarding(tmp_path, target, notes, jitter) as forwarder:
            await asyncio.to_thread(target.called.acquire)
            await until(lambda: forwarder.status().trouble != "" or notes.cursor("lab") == 3)
            await until(lambda: notes.cursor("lab") == 3)
            assert forwarder.status().trouble == ""
    assert target.taken == [1, 2, 3]
    assert target.calls == 21
    assert delays[:8] == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_while_a_server_is_away_it_is_said_how_far_behind_it_is(tmp_path: Path) -> None:
    target = Scripted(Verdict(accepted=3), Verdict(trouble="away", retry_after=3600.0))
    async with recording(tmp_path) as record:
        for entry in counts(3):
            record.append(entry)
        await record.drain()
        async with forwarding(tmp_path, target, Notes()) as forwarder:
            await until(lambda: forwarder.status().cursor == 3)
            for entry in counts(4, 4):
                record.append(entry)
            await record.drain()
            forwarder.wake()
            await until(lambda: forwarder.status().trouble == "away")
            status = forwarder.status()
            assert (status.behind, status.late) == (4, 4_000_000_000)


async def test_a_server_is_not_asked_before_it_wants_to_be(tmp_path: Path) -> None:
    async with recording(tmp_path), forwarding(tmp_path, Scripted(), Notes(), lambda most: most / 2) as forwarder:
        assert forwarder._delay(0, None) == 0.5
        assert forwarder._delay(3, 7.0) == 11.0
        assert forwarder._delay(500, None) == 30.0


async def test_a_rejected_line_is_kept_with_the_servers_words_and_the_rest_goes_on(tmp_path: Path) -> None:
    refused = RefusedLine(Line(2, "pedestrians value=1i"), "HTTP 400: field type conflict")
    async with recording(tmp_path) as record:
        for entry in counts(3):
            record.append(entry)
        await record.drain()
        async with forwarding(tmp_path, Scripted(Verdict(2, (refused,))), record) as forwarder:
            await until(lambda: record.cursor("lab") == 3)
            assert forwarder.status().rejected == 1
        await record.drain()
        reader = await asyncio.to_thread(Reader, tmp_path)
        assert [tuple(line) for line in await asyncio.to_thread(reader.refused)] == [
            ("lab", 2, "pedestrians value=1i", "HTTP 400: field type conflict", 1, False)
        ]
        await asyncio.to_thread(reader.close)


async def test_a_server_that_comes_back_gets_all_it_missed(tmp_path: Path) -> None:
    stored = set[bytes]()
    away = True

    def reply(_: str, body: bytes) -> Reply:
        if away:
            return (503, {}, b"starting")
        stored.update(body.split(b"\n"))
        return (204, {}, b"")

    def serve(ready: "asyncio.Future[str]", loop: asyncio.AbstractEventLoop, over: threading.Event) -> None:
        with serving(reply) as url:
            loop.call_soon_threadsafe(ready.set_result, url)
            over.wait()

    loop, over = asyncio.get_running_loop(), threading.Event()
    ready = loop.create_future()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.to_thread(serve, ready, loop, over), name="server")
        target = InfluxV1("lab", await ready, "street")
        async with recording(tmp_path) as record:
            for entry in counts(20):
                record.append(entry)
            await record.drain()
            async with forwarding(tmp_path, target, record, lambda _: 0.001) as forwarder:
                await until(lambda: "503" in forwarder.status().trouble)
                away = False
                await until(lambda: record.cursor("lab") == 20)
        await asyncio.to_thread(target.close)
        over.set()
    assert len(stored) == 20


PATIENCE = 30.0


class Held:
    """A server that answers only when it is told to."""

    name = "lab"

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.answer = threading.Event()

    def write(self, entries: Sequence[Entry], site: str) -> Verdict:
        assert entries
        assert site
        self.asked.set()
        self.answer.wait(PATIENCE)
        return Verdict(accepted=1)

    def write_again(self, lines: Sequence[Line]) -> Verdict:
        return Verdict(accepted=len(lines))

    def close(self) -> None:
        """Nothing is open."""


async def test_a_forwarder_that_is_stopped_in_the_middle_of_a_write_ends_after_it(tmp_path: Path) -> None:
    async with recording(tmp_path) as record:
        record.append(counts(1)[0])
        await record.drain()
        server = Held()
        reader = await asyncio.to_thread(Reader, tmp_path)
        task = asyncio.create_task(Forwarder(server, reader, record, "chalon").run(), name="forward.lab")
        await asyncio.to_thread(server.asked.wait, PATIENCE)
        task.cancel()
        for _ in range(10):
            await asyncio.sleep(0)
        assert not task.done()  # its thread still uses the reader
        server.answer.set()
        await asyncio.wait((task,), timeout=PATIENCE)
        assert task.cancelled()
        await asyncio.to_thread(reader.close)


class Keen(Scripted):
    """Remembers when what it took was."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[int] = []

    def write(self, entries: Sequence[Entry], site: str) -> Verdict:
        self.times += [reading.time for entry in entries for reading in readings(entry)]
        return super().write(entries, site)


async def test_what_a_doubtful_clock_saw_waits_until_that_is_set_and_goes_out_with_the_right_times(
    tmp_path: Path,
) -> None:
    hour, target = 3600 * SECOND, Keen()
    truth = [START + number * SECOND for number in (1, 3, 5)]
    before, slow, after = truth[0], truth[1] - hour, truth[2]
    async with recording(tmp_path) as record, forwarding(tmp_path, target, record) as forwarder:
        record.on_commit.append(forwarder.wake)
        record.append(Entry(before, (count(1, before),)))
        record.append(Entry(before, (ClockSet(-hour, sure=False),)))
        record.append(Entry(slow, (count(1, slow),)))
        await until(lambda: forwarder.status().doubted == 2)
        assert (record.cursor("lab"), forwarder.status().trouble, target.times) == (1, "", truth[:1])
        record.append(Entry(slow + SECOND, (ClockSet(hour, sure=True),)))
        record.append(Entry(after, (count(1, after),)))
        await until(lambda: record.cursor("lab") == 5)
        assert forwarder.status().doubted == 0
    assert target.times == truth
