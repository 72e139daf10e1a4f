"""The record against a model that any child could keep: a list of what came, each thing once.

A broker delivers, sends again and loses its session, sensors repeat themselves, commits fail, the machine crashes in
the middle of a commit, servers get a copy, and what is old is removed, in any order.
"""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from devices.convention import Numbered
from devices.device import DeviceId
from devices.reading import Reading
from gateway.export.forward import Forwarder
from gateway.lighting.decision import Snapshot
from gateway.links.delivery import Outcome
from gateway.record import noted, retention, window
from gateway.record.entry import Adopted, Entry
from gateway.record.reader import Reader
from gateway.record.retention import DAY, Keep
from gateway.record.schema import FILE, open_to_write
from gateway.record.store import Advance, Append, Drop, End, Refuse, Store, Work
from gateway.record.worker import Job, Report, Worker
from tests.record.builders import PLAN, SECOND, START, count
from tests.record.world import INFLIGHT, Broker, Sent, Server

KEPT = 16
"""Messages that the duplicate window remembers here: more than are ever open, and with those fewer than ids."""
KEEP = Keep(readings=30 * DAY, decisions=60 * DAY)
SENSORS = (DeviceId("east"), DeviceId("west"))
SERVERS = ("lab", "town")


class Word(NamedTuple):
    """What a sensor says: with a boot a number, without one a reading that is so many days old, 0 for nothing new."""

    device: DeviceId
    boot: str
    number: int


words = st.builds(Word, st.sampled_from(SENSORS), st.sampled_from(("", "", "a", "b")), st.integers(0, 12))
"""Half of them without a number, and these all alike, as `{"presence": true}` is."""


class Queue:
    """What forwarding asks of the record: it remembers cursors durably, with the next commit."""

    def __init__(self, cursors: dict[str, int], put: Callable[[Work], None]) -> None:
        self._cursors = cursors
        self._put = put

    def cursor(self, target: str) -> int:
        return self._cursors.get(target, 0)

    def advance(self, target: str, seq: int) -> None:
        self._put(Advance(target, seq))

    def refuse(self, target: str, seq: int, line: str, reason: str) -> None:
        self._put(Refuse(target, seq, line, reason))

    def drop(self, points: tuple[int, ...]) -> None:
        self._put(Drop(points))

    async def committed(self) -> bool:
        return True


def name(entry: Entry) -> float:
    """What an entry is called here: the value of its reading, or when it was made."""
    return next((item.value for item in entry.learned if isinstance(item, Reading)), entry.at)


class RecordMachine(RuleBasedStateMachine):
    """`stored` is the model: the names of all that was ever stored, in order; entry n is the n-th."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(window, "KEPT", KEPT)
        self.patch.setattr(noted, "KEPT", KEPT)
        self.patch.setattr(retention, "ROWS", 3)
        self.home = Path(tempfile.mkdtemp(prefix="reverbere-model-"))
        self.folder = self.home / "0"
        self.folder.mkdir()
        (self.folder / FILE).write_bytes(_blank())
        self.now = START
        self.stored: list[float] = []
        self.times: dict[float, int] = {}
        self.plans: list[float] = []
        self.sent: dict[tuple[str, str, int], Sent] = {}
        self.read_at: dict[float, int] = {}
        self.accepted: set[float] = set()
        self.waiting: list[Work] = []
        self.swept_at = 0
        self.cursors: dict[str, int] = {}
        self.broker = Broker()
        self.servers = {name: Server(name) for name in SERVERS}
        self._open()

    def _open(self) -> None:
        """What a start does: open the file, read on where each server is, and subscribe."""
        self.broker.subscribe()
        self.database = open_to_write(self.folder, "chalon")
        self.database.execute("PRAGMA synchronous = OFF")  # what a crash takes is decided here, not by the disk
        self.worker = Worker(Store(self.database), SimpleQueue[Job](), 0.0, self._told, self._anew, KEEP)
        self.reader = Reader(self.folder)
        queue = Queue(self.worker._store.cursors(), self.waiting.append)
        self.forwarders = {
            name: Forwarder(server, Reader(self.folder), queue, "chalon") for name, server in self.servers.items()
        }

    def _shut(self) -> None:
        self.reader.close()
        for forwarder in self.forwarders.values():
            forwarder.close()

    def _told(self, report: Report) -> None:
        assert not report.trouble

    def _anew(self, reason: str) -> Store:
        raise AssertionError(reason)

    def _later(self, seconds: int = 1) -> int:
        self.now += seconds * SECOND
        return self.now

    def _reconnect(self) -> None:
        self.waiting += self.broker.reconnect(self._later())
        self.now += len(self.broker.open)

    def _reading(self, device: DeviceId, lag: int) -> Reading:
        """A reading of a new name; whole days, so that many have the same time."""
        name = len(self.read_at) + 1
        reading = count(name, (self.now // DAY - lag) * DAY, device)
        self.read_at[name] = reading.time
        return reading

    # What sensors and the broker do.

    @precondition(lambda self: not self.broker.full)
    @rule(said=st.lists(words, min_size=1, max_size=INFLIGHT))
    def publish(self, said: list[Word]) -> None:
        """As many as may be open at once. What has a number may be new, out of order, or said before."""
        for word in said:
            if not self.broker.full:
                at = self._later()
                self.waiting.append(self.broker.publish(self._sent(word), at))

    @rule(word=words)
    def say(self, word: Word) -> None:
        """The same over a line that acknowledges nothing."""
        at = self._later()
        self.waiting.append(Append(self._sent(word).entry(at), None))

    def _sent(self, word: Word) -> Sent:
        if word.boot:
            return self._numbered(word.device, word.boot, word.number)
        return Sent(self._reading(word.device, word.number)) if word.number else Sent(None)

    def _numbered(self, device: DeviceId, boot: str, number: int) -> Sent:
        key = (device, boot, number)
        if key not in self.sent:
            self.sent[key] = Sent(self._reading(device, 0), Numbered(device, boot, number), f"{key}")
        return self.sent[key]

    @rule()
    def lose_the_connection(self) -> None:
        self._reconnect()

    @rule()
    def lose_the_session(self) -> None:
        self.broker.lose_session()
        self.waiting.append(End("mqtt"))

    @rule(first=words, second=words)
    def begin_two_sessions_and_crash(self, first: Word, second: Word) -> None:
        """When the first message of the second comes again, nothing of that is on disk, nor the end of the first."""
        self._begin_session(first)
        self.commit(len(self.waiting), heard=True)
        self._begin_session(second)
        self._crash(0.0)

    def _begin_session(self, word: Word) -> None:
        self.lose_the_session()
        self.publish([word])

    # What the gateway does.

    @rule()
    def adopt_a_plan(self) -> None:
        at = self._later()
        self.plans.append(at)
        self.waiting.append(Append(Entry(at, (Adopted(PLAN, "0.1.0"),), (Snapshot(PLAN.digest, "0.1.0", {}),)), None))

    @rule(most=st.integers(1, 20), heard=st.booleans())
    def commit(self, most: int, heard: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        """What is stored is acknowledged, and the broker hears it, or the connection is lost before."""
        works, self.waiting[:] = self.waiting[:most], self.waiting[most:]
        self._learn([*self.worker._held, *works])
        report = self.worker._write(works)
        if not heard:
            self._reconnect()
        self._settle(report)

    @rule(most=st.integers(1, 20))
    def fail_to_commit(self, most: int) -> None:
        works, self.waiting[:] = self.waiting[:most], self.waiting[most:]
        self.database.execute("PRAGMA query_only = 1")
        report = self.worker._write(works)
        self.database.execute("PRAGMA query_only = 0")
        assert report.trouble
        self._settle(report)
        if report.settled:
            self._reconnect()

    @rule()
    def fold(self) -> None:
        self.worker._fold_if_due(at_once=True)

    @rule()
    def restart(self) -> None:
        self.commit(len(self.waiting), heard=True)
        self._shut()
        self.worker._store.close()
        self._open()
        self._reconnect()

    @rule(survives=st.booleans(), torn=st.floats(0, 1), folds=st.booleans())
    def crash_in_a_commit(self, survives: bool, torn: float, folds: bool) -> None:  # noqa: FBT001 - as above
        if folds:
            self.fold()
        self._crash(1.0 if survives else torn)

    def _crash(self, share: float) -> None:
        """What was settled before is in the file; of the commit that nobody heard of, all or nothing.

        `share` of its bytes have reached the disk, of 1 those that were written after it too.
        """
        before = self._files()
        before_seq = len(self.stored)
        works = [*self.worker._held, *self.waiting]
        self.worker._write(self.waiting)
        self._shut()
        after = self._files()
        self.waiting.clear()
        self.folder = self.home / f"{int(self.folder.name) + 1}"
        self.folder.mkdir()
        for file, content in (after if share == 1 else _torn(before, after, share)).items():
            (self.folder / file).write_bytes(content)
        self.worker._store.abandon()
        self._open()
        if share == 1 or self.worker._store.seq > before_seq:
            self._learn(works)
        assert self.worker._store.seq == len(self.stored)
        self._reconnect()

    def _files(self) -> dict[str, bytes]:
        return {file: (self.folder / file).read_bytes() for file in (FILE, f"{FILE}-wal")}

    def _learn(self, works: list[Work]) -> None:
        """The whole model: what is not there yet goes to the end of the list."""
        for work in works:
            if isinstance(work, Append) and (work.entry.learned or work.entry.made):
                called = name(work.entry)
                if called not in self.times:
                    self.times[called] = work.entry.at
                    self.stored.append(called)

    def _settle(self, report: Report) -> None:
        for settle in report.settled:
            settle(report.outcome)
        assert report.trouble or report.outcome is Outcome.ACCEPTED

    # What servers and time do.

    @rule(server=st.sampled_from(SERVERS), takes=st.sampled_from([1.0, 1.0, 1.0, 0.0, 0.5, 2.0]))
    def forward(self, server: str, takes: float) -> None:
        self.servers[server].takes = takes
        forwarder = self.forwarders[server]
        before = forwarder.status().cursor
        forwarder._take(forwarder._step(before))
        assert forwarder.status().cursor >= before

    @rule(days=st.integers(0, 50), steps=st.none() | st.integers(1, 6))
    def remove_what_is_old(self, days: int, steps: int | None) -> None:
        """The whole of it, or some steps: the next call then begins anew, as after a restart.

        Weeks pass only while a broker has nothing to send: none keeps for so long what it could send.
        """
        self.swept_at = self._later(1 if self.broker.open else days * DAY // SECOND + 1)
        for _ in islice(self.worker._store.sweep(KEEP, self.swept_at, SERVERS), steps):
            pass
        if steps is None:
            assert not self._removable() & set(self._there())

    # What holds at any time.

    def _there(self) -> list[int]:
        return [entry.seq for entry in self.reader.entries()]

    def _removable(self) -> set[int]:
        """The entries that may be gone."""
        folded = int(self.reader.rows("SELECT coalesce((SELECT value FROM meta WHERE key = 'folded'), 0)")[0][0])
        plans = [seq for seq, called in enumerate(self.stored, 1) if called in self.plans]
        if not plans:
            return set()
        bound = min(plans[-1] - 1, folded, *(self.cursors.get(server, 0) for server in SERVERS))
        return {
            seq
            for seq, called in enumerate(self.stored[:bound], 1)
            if self.times[called] < self.swept_at - (KEEP.decisions if called in self.plans else KEEP.readings)
        }

    @invariant()
    def everything_is_stored_once_and_in_order(self) -> None:
        entries = list(self.reader.entries())
        assert [name(entry) for entry in entries] == [self.stored[entry.seq - 1] for entry in entries]
        gone = set(range(1, len(self.stored) + 1)) - {entry.seq for entry in entries}
        assert gone <= self._removable()

    @invariant()
    def what_was_acknowledged_is_stored(self) -> None:
        assert {sent.reading.value for sent in self.broker.acknowledged if sent.reading} <= set(self.stored)

    @invariant()
    def the_history_has_each_reading_once(self) -> None:
        values = [reading.value for reading in self.reader.series()]
        assert len(values) == len(set(values))
        assert set(values) <= set(self.stored)
        oldest = self.swept_at - KEEP.readings
        young = {called for called in self.stored if called in self.read_at and self.read_at[called] >= oldest}
        assert young <= set(values)

    @invariant()
    def cursors_never_go_back_nor_past_what_a_server_has_not_got(self) -> None:
        found = self.worker._store.cursors()
        for server, before in self.cursors.items():
            assert found[server] >= before
        self.cursors = found
        refused = self.reader.rows("SELECT target, seq FROM refused")
        for target, cursor in found.items():
            has = set(self.servers[target].points.values())
            for seq, called in enumerate(self.stored[:cursor], 1):
                assert called in self.plans or called in has or (target, seq) in refused

    def teardown(self) -> None:
        self._shut()
        self.worker._store.abandon()
        self.patch.undo()
        shutil.rmtree(self.home)


@cache
def _blank() -> bytes:
    """A fresh record: made once, because making one waits for the disk many times."""
    with tempfile.TemporaryDirectory() as folder:
        Store(open_to_write(Path(folder), "chalon")).close()
        return (Path(folder) / FILE).read_bytes()


def _torn(before: dict[str, bytes], after: dict[str, bytes], share: float) -> dict[str, bytes]:
    """The files when only a part of what was written behind the last commit has reached the disk.

    Where the log began anew in between, none of it.
    """
    log = f"{FILE}-wal"
    old, new = before[log], after[log]
    if before[FILE] != after[FILE] or not new.startswith(old):
        return before
    return {FILE: before[FILE], log: new[: len(old) + int(share * (len(new) - len(old)))]}


TestRecord = RecordMachine.TestCase
TestRecord.settings = settings(stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_the_first_message_of_a_session_is_stored_though_a_crash_took_the_end_of_the_last_session() -> None:
    """Also if it is like the first message of the last session to the byte, packet id and content."""
    machine, alike = RecordMachine(), Word(SENSORS[0], "", 1)
    try:
        machine.begin_two_sessions_and_crash(alike, alike)
        machine.commit(len(machine.waiting), heard=True)
        assert len(machine.broker.acknowledged) == 2
        machine.everything_is_stored_once_and_in_order()
    finally:
        machine.teardown()
