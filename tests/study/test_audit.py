"""Who moved the light: every order and every change of level is listed once, with its cause and its owner."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Cancel, Fact, Override
from gateway.record.entry import Adopted, Entry
from gateway.record.reader import Reader
from gateway.record.writer import Record
from gateway.study.audit import Item, Question, about, audit
from gateway.study.forecast import Change
from gateway.study.verify import verify
from tests.daemon.house import NIGHT
from tests.lighting.street import MINUTE, MOTION
from tests.study.week import LAMPS, PLAN

TERM = (NIGHT + MINUTE, NIGHT + 60 * MINUTE)
ORDER = Override("o-1", DeviceId("street"), 30, *TERM, "g.morel", "repair", force=True, caller="root")
HISTORY: tuple[tuple[int, tuple[Fact, ...]], ...] = (
    (NIGHT + MINUTE, (ORDER,)),
    (NIGHT + 2 * MINUTE, (Reading(MOTION[0], Quantity.PRESENCE, 1.0, NIGHT + 2 * MINUTE),)),
    (NIGHT + 9 * MINUTE, (Cancel("o-1", "g.morel", "root"),)),
)


def recorded(folder: Path) -> Reader:
    """A street that restarts once on the same plan and is ordered about by somebody."""

    async def live() -> None:
        record = Record(folder, "chalon")
        record.start()
        engine = Engine(PLAN, NIGHT)
        for again in (0, 1):
            made = (*engine.advance(NIGHT + again), engine.snapshot())
            record.append(Entry(NIGHT + again, (Adopted(PLAN, "0.1", "g.morel", "council vote"),), made))
        for at, facts in HISTORY:
            record.append(Entry(at, facts, tuple(engine.advance(at, facts))))
        await record.drain()
        record.close()

    asyncio.run(live())
    return Reader(folder)


def listed(folder: Path, question: Callable[[], Question]) -> list[Item]:
    reader = recorded(folder)
    try:
        return list(audit(reader, question()))
    finally:
        reader.close()


def test_an_order_its_end_and_the_plan_are_listed_with_who_and_why(tmp_path: Path) -> None:
    items = listed(tmp_path, lambda: Question(NIGHT - MINUTE, NIGHT + 10 * MINUTE))
    persons = [item.act for item in items if not isinstance(item.act, Change)]
    assert persons == [Adopted(PLAN, "0.1", "g.morel", "council vote"), ORDER, Cancel("o-1", "g.morel", "root")]
    changes = [item.act for item in items if isinstance(item.act, Change)]
    assert all(change.before != change.decision.level for change in changes)
    ordered = [change for change in changes if change.decision.decided.because == (ORDER,)]
    assert {change.decision.lamp for change in ordered} == set(LAMPS[:3])
    assert [item.at for item in items] == sorted(item.at for item in items)


def test_of_one_lamp_only_its_own_lines_and_those_of_its_zone_are_listed(tmp_path: Path) -> None:
    items = listed(tmp_path, lambda: Question(NIGHT - MINUTE, NIGHT + 10 * MINUTE, *about(PLAN, "lamp-yard")))
    assert not [item for item in items if isinstance(item.act, Override | Cancel)]
    assert {item.act.decision.lamp for item in items if isinstance(item.act, Change)} == {"lamp-yard"}


def test_the_end_of_an_order_given_before_the_stretch_is_listed_too(tmp_path: Path) -> None:
    stretch = Question(NIGHT + 5 * MINUTE, NIGHT + 10 * MINUTE, *about(PLAN, "lamp-1"))
    items = listed(tmp_path, lambda: stretch)
    assert Cancel("o-1", "g.morel", "root") in [item.act for item in items]
    assert not [item for item in items if isinstance(item.act, Adopted)]


def test_a_record_that_says_something_else_than_its_tape_is_found_out(tmp_path: Path) -> None:
    reader = recorded(tmp_path)
    wrong = verify(reader, LAMPS[0], NIGHT + 5 * MINUTE).rebuilt
    reader.close()

    async def tamper() -> None:
        record = Record(tmp_path, "chalon")
        record.start()
        forged = type(wrong)(NIGHT + 20 * MINUTE, wrong.lamp, 7, wrong.ramp, wrong.causes)
        record.append(Entry(NIGHT + 20 * MINUTE, (), (forged,)))
        await record.drain()
        record.close()

    asyncio.run(tamper())
    reader = Reader(tmp_path)
    verdict = verify(reader, LAMPS[0], NIGHT + 21 * MINUTE)
    reader.close()
    assert not verdict.agrees
    assert verdict.recorded is not None
    assert (verdict.recorded.level, verdict.rebuilt.level != 7) == (7, True)
