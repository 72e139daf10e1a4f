"""The engine rebuilt from the record is the engine that lived."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.message import Message
from devices.reading import Reading
from gateway.daemon.intake import Intake
from gateway.daemon.lamplighter import Lamplighter
from gateway.lighting.decision import Cause, Decision
from gateway.lighting.engine import Engine
from gateway.lighting.lamps.supervisor import Lamps
from gateway.links.delivery import Delivery, Origin
from gateway.record.entry import Adopted
from gateway.record.errors import RecordError
from gateway.record.reader import Reader
from gateway.record.writer import Record
from gateway.study.explain import explain
from gateway.study.replay import rebuild
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import LAMPS, NIGHT, ROOT, ROUTES, essence
from tests.lighting.street import EAST, HOUR, MINUTE, MOTION, SECOND, WEST, plan


@dataclass(frozen=True)
class Said:
    """A message of a sensor."""

    topic: str
    payload: bytes


@dataclass(frozen=True)
class Jump:
    """The wall clock is set."""

    by: int


@dataclass(frozen=True)
class Restart:
    """The gateway ends, orderly or not, and comes back `after` so long by a clock that went on."""

    after: int
    orderly: bool


Event = Said | Jump | Restart


def said(device: str, **values: object) -> Said:
    return Said(f"{ROOT}/sensor/{device}", json.dumps({"v": 1, **values}).encode())


presences = st.builds(
    lambda sensor, there: said(sensor, presence=there), st.sampled_from(MOTION), st.sampled_from([True, False])
)
counts = st.builds(
    lambda sensor, people, period: said(sensor, pedestrians=people, period=period),
    st.sampled_from([WEST, EAST]),
    st.integers(0, 9),
    st.sampled_from([1, 60, 600]),
)
farewells = st.sampled_from([Said(f"{ROOT}/sensor/{MOTION[0]}/availability", b"offline")])
nonsense = st.sampled_from([Said(f"{ROOT}/sensor/{WEST}", b"\xff"), said("newcomer", presence=True)])
jumps = st.sampled_from([-HOUR, -MINUTE, MINUTE, HOUR]).map(Jump)
restarts = st.builds(Restart, st.sampled_from([SECOND, 10 * SECOND, 20 * MINUTE]), st.booleans())
events = st.one_of(presences, presences, counts, counts, farewells, nonsense, jumps, restarts)
gaps = st.one_of(st.integers(1, 20 * SECOND), st.integers(1, 6 * MINUTE), st.just(10 * MINUTE))
histories = st.lists(st.tuples(gaps, events), max_size=25)


class Life:
    """A gateway without links that keeps a real record: it learns, decides, and can be ended and begun again."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.folder = folder
        self.clock = clock
        self.engine: Engine

    async def play(self, history: Sequence[tuple[int, Event]]) -> None:
        """Live through a history and end by being killed with everything committed."""
        waiting = list(history)
        while True:
            restart = await self._one_life(waiting)
            if restart is None:
                return
            self.clock = HandClock(self.clock.now().time + restart.after)

    async def _one_life(self, waiting: list[tuple[int, Event]]) -> Restart | None:
        record = Record(self.folder, "chalon")
        engine = self._engine()
        record.start()
        lighter = Lamplighter(engine, Lamps(MINUTE), self.clock, ROUTES, lambda _link, _message: None, record.append)
        intake = Intake(ROUTES, lighter, record, record.seen())
        lighter.begin((Adopted(plan(), "0.1"),))
        self.engine = engine
        running = asyncio.create_task(lighter.run(), name="lamplighter")
        try:
            return await self._events(waiting, lighter, intake)
        finally:
            running.cancel()
            await asyncio.wait([running])
            await record.drain()
            record.close()

    async def _events(self, waiting: list[tuple[int, Event]], lighter: Lamplighter, intake: Intake) -> Restart | None:
        while waiting:
            gap, event = waiting.pop(0)
            await self.clock.pass_to(self.clock.now().time + gap)
            match event:
                case Said(topic, payload):
                    message = Message(topic, payload, self.clock.now().time)
                    intake.receive(Delivery(message, Origin("mqtt", 1)))
                case Jump(by):
                    self.clock.jump(by)
                    lighter.set_clock()
                case Restart(orderly=orderly):
                    if orderly:
                        lighter.end()
                    return event
        return None

    def _engine(self) -> Engine:
        reader = Reader(self.folder)
        try:
            return rebuild(reader, reader.last_at(), plan()) if reader.last_seq() else Engine(plan(), NIGHT)
        finally:
            reader.close()


def told(decision: Decision) -> tuple[object, ...]:
    """A decision with all its reasons, but for when readings were: the record puts each on a millisecond of its own."""
    reasons = [
        (cause.rank, cause.level, cause.figure, cause.note, cause.key, [by.device for by in readings_of(cause)])
        for cause in decision.causes
    ]
    return decision.lamp, decision.time, decision.level, decision.ramp, reasons


def readings_of(cause: Cause) -> list[Reading]:
    return [by for by in cause.because if isinstance(by, Reading)]


def all_told(made: Sequence[Decision | Reading]) -> list[object]:
    return [told(item) if isinstance(item, Decision) else item for item in made]


def agree(rebuilt: Engine, lived: Engine) -> None:
    """Both stand the same, give the same reasons, and will go on the same."""
    until = max(rebuilt.now, lived.now)
    rebuilt.advance(until)
    lived.advance(until)
    assert rebuilt.now == lived.now
    assert [essence(decision) for decision in rebuilt.decisions()] == [essence(other) for other in lived.decisions()]
    for lamp in LAMPS:
        now = [replace(engine.standing(lamp), causes=engine.stack(lamp).causes()) for engine in (rebuilt, lived)]
        assert told(now[0]) == told(now[1])
    assert all_told(rebuilt.advance(until + 3 * HOUR)) == all_told(lived.advance(until + 3 * HOUR))


@given(history=histories)
@settings(max_examples=40, deadline=None)
def test_the_engine_rebuilt_from_the_record_is_the_engine_that_lived(history: list[tuple[int, Event]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder), HandClock(NIGHT))
        asyncio.run(life.play(history))
        reader = Reader(Path(folder))
        rebuilt = rebuild(reader, reader.last_at())
        reader.close()
    assert {decision.lamp for decision in rebuilt.decisions()} == set(LAMPS)
    agree(rebuilt, life.engine)


SOMEBODY = ((20 * SECOND, said(MOTION[0], presence=True)), (20 * SECOND, said(MOTION[1], presence=False)))
A_QUIET_HALF_HOUR = tuple(
    (45 * SECOND, said(device, presence=False) if device in MOTION else said(device, pedestrians=0, period=180))
    for _ in range(10)
    for device in (WEST, EAST, *MOTION)
)


@pytest.mark.parametrize("orderly", [True, False])
def test_a_restart_by_itself_decides_nothing(tmp_path: Path, *, orderly: bool) -> None:
    before, life = Life(tmp_path / "one", HandClock(NIGHT)), Life(tmp_path / "other", HandClock(NIGHT))
    asyncio.run(before.play([*A_QUIET_HALF_HOUR, *SOMEBODY, (SECOND, said(MOTION[1], presence=False))]))
    restart = (SECOND, Restart(SECOND, orderly))
    asyncio.run(life.play([*A_QUIET_HALF_HOUR, *SOMEBODY, restart, (1, said(MOTION[1], presence=False))]))
    assert [item.level for item in life.engine.decisions()] == [100, 100, 60]
    assert [essence(item)[2:] for item in life.engine.decisions()] == [
        essence(item)[2:] for item in before.engine.decisions()
    ]
    assert max(item.time for item in life.engine.decisions()) < life.clock.now().time - 20 * SECOND


def test_after_the_clock_was_set_back_the_present_is_what_was_learned_last(tmp_path: Path) -> None:
    life = Life(tmp_path, HandClock(NIGHT))
    history: list[tuple[int, Event]] = [
        *A_QUIET_HALF_HOUR,
        (MINUTE, Jump(-HOUR)),
        *SOMEBODY,
        (MINUTE, said(MOTION[1], presence=True)),
    ]
    asyncio.run(life.play(history))
    reader = Reader(tmp_path)
    at = reader.last_at()
    assert at < NIGHT + HOUR
    found = explain(reader, LAMPS[2], at)
    reader.close()
    assert found.decision.decided.rank.value == "presence"
    assert found.at == at


def test_a_moment_of_the_past_is_explained_by_what_was_known_then(tmp_path: Path) -> None:
    asyncio.run(Life(tmp_path, HandClock(NIGHT)).play([*A_QUIET_HALF_HOUR, *SOMEBODY]))
    reader = Reader(tmp_path)
    end = reader.last_at()
    assert explain(reader, LAMPS[0], end).decision.level == 100
    assert explain(reader, LAMPS[0], end - MINUTE).decision.level == 60
    with pytest.raises(RecordError, match="none in this record"):
        explain(reader, LAMPS[0], NIGHT - HOUR)
    with pytest.raises(KeyError):
        explain(reader, MOTION[0], end)
    reader.close()
