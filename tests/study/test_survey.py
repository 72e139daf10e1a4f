"""What the record says of a street in trouble."""

import contextlib
from dataclasses import replace
from pathlib import Path

from devices.convention import Rejected
from devices.light import LightState
from devices.message import Message
from devices.reading import Quantity, Reading
from gateway.lighting.engine import Engine
from gateway.lighting.facts import ClockSet
from gateway.lighting.plan import Plan
from gateway.record.entry import Adopted, Entry
from gateway.record.reader import Reader
from gateway.record.schema import open_to_write
from gateway.record.store import Advance, Append, Refuse, Store, Work
from gateway.study.survey import Behind, Survey, survey
from tests.daemon.house import LAMPS, NIGHT
from tests.lighting.street import EAST, HOUR, MINUTE, MOTION, SECOND, WEST, plan, street

HOURS = tuple(NIGHT + minute * MINUTE for minute in range(0, 61, 4))
END = HOURS[-1]


class Tape:
    """A record in the making, as a gateway would have made it: what an engine makes of each entry is in it."""

    def __init__(self, rules: Plan | None = None) -> None:
        rules = rules or plan()
        self._engine = Engine(rules, NIGHT)
        made = self._engine.advance(NIGHT)
        self._works: list[Work] = [
            Append(Entry(NIGHT, (Adopted(rules, "0.1.0"),), (*made, self._engine.snapshot())), None)
        ]

    def say(self, at: int, *learned: Reading | LightState | Rejected) -> None:
        """One message."""
        made = self._engine.advance(at, [item for item in learned if isinstance(item, Reading)])
        self._works.append(Append(Entry(at, learned, tuple(made)), None))

    def add(self, *works: Work) -> None:
        """What else is written."""
        self._works += works

    def survey(self, folder: Path, at: int, targets: tuple[str, ...] = ()) -> Survey:
        """Write it all down and look at it."""
        store = Store(open_to_write(folder, "chalon"))
        store.write(self._works)
        store.fold()
        store.close()
        with contextlib.closing(Reader(folder)) as reader:
            return survey(reader, at, targets)


def evening(*, without: frozenset[object] = frozenset(), level: float = 100) -> Tape:
    """An hour in which everybody speaks every four minutes, except some; each lamp says this level."""
    tape = Tape()
    for at in HOURS:
        spoken: list[Reading | LightState] = [Reading(name, Quantity.PRESENCE, 0, at) for name in MOTION]
        spoken += [Reading(name, Quantity.PEDESTRIANS, 0, at, period=4 * MINUTE) for name in (WEST, EAST)]
        spoken += [LightState(lamp, level, at) for lamp in LAMPS]
        for item in spoken:
            name = item.device if isinstance(item, Reading) else item.lamp
            if name not in without or at == NIGHT:
                tape.say(at, item)
    return tape


def test_a_street_where_everybody_speaks_has_nobody_in_doubt(tmp_path: Path) -> None:
    found = evening().survey(tmp_path, END + SECOND)
    assert (found.lamps, found.sensors, found.lit) == (3, 4, True)
    assert (found.silent, found.failsafe, found.dark, found.doubted, found.rejected_from) == ((), (), (), (), ())


def test_a_sensor_that_fell_silent_is_named_with_why_since_when_and_its_lamps(tmp_path: Path) -> None:
    found = evening(without=frozenset({MOTION[0]})).survey(tmp_path, END + SECOND)
    (doubted,) = found.doubted
    assert (doubted.sensor, doubted.why, doubted.heard, doubted.since) == (
        MOTION[0],
        "stale",
        NIGHT,
        NIGHT + 5 * MINUTE,
    )
    assert found.failsafe == doubted.failsafe == LAMPS[:1]


def test_a_lamp_that_says_nothing_for_ten_minutes_is_silent(tmp_path: Path) -> None:
    assert evening(without=frozenset({LAMPS[2]})).survey(tmp_path, END + SECOND).silent == LAMPS[2:]


def test_a_lamp_that_says_it_is_dark_though_it_should_shine_is_dark(tmp_path: Path) -> None:
    tape = evening()
    tape.say(END + MINUTE, LightState(LAMPS[1], 0, END + MINUTE))
    assert tape.survey(tmp_path, END + 2 * MINUTE).dark == LAMPS[1:2]


def test_by_day_no_lamp_need_shine(tmp_path: Path) -> None:
    found = evening(level=0).survey(tmp_path, NIGHT + 18 * HOUR)
    assert (found.lit, found.dark) == (False, ())


def fed(*, lamps: int) -> Plan:
    """The street with so many of its lamps on a switched feed."""
    zone = street()
    return plan(
        replace(
            zone,
            luminaires=tuple(
                replace(lamp, feed="C1-L2" if number < lamps else "") for number, lamp in enumerate(zone.luminaires)
            ),
        )
    )


def test_by_day_a_feed_none_of_whose_lamps_answers_is_off_and_its_lamps_are_not_silent(tmp_path: Path) -> None:
    day = NIGHT + 18 * HOUR
    tape = Tape(fed(lamps=2))
    tape.say(day - MINUTE, LightState(LAMPS[2], 0, day - MINUTE))
    found = tape.survey(tmp_path, day)
    assert (found.lit, found.feeds_off, found.silent) == (False, {"C1-L2": 2}, ())


def test_a_feed_is_not_off_while_one_of_its_lamps_answers(tmp_path: Path) -> None:
    day = NIGHT + 18 * HOUR
    tape = Tape(fed(lamps=3))
    tape.say(day - MINUTE, LightState(LAMPS[2], 0, day - MINUTE))
    found = tape.survey(tmp_path, day)
    assert (found.feeds_off, found.silent) == ({}, LAMPS[:2])


def test_by_night_a_feed_that_does_not_answer_is_silent_lamps(tmp_path: Path) -> None:
    found = Tape(fed(lamps=3)).survey(tmp_path, NIGHT + HOUR)
    assert (found.feeds_off, found.silent) == ({}, LAMPS)


def test_a_battery_is_told_when_it_is_low(tmp_path: Path) -> None:
    tape = evening()
    tape.say(END, Reading(MOTION[0], Quantity.BATTERY, 11, END), Reading(MOTION[1], Quantity.BATTERY, 70, END))
    assert tape.survey(tmp_path, END + SECOND).batteries == {MOTION[0]: 11}


def test_what_was_rejected_in_the_last_day_is_counted_by_who_said_it(tmp_path: Path) -> None:
    tape = evening()
    for number, topic in enumerate(("a", "b", "b", "a", "b")):
        at = END + number * SECOND
        tape.say(at, Rejected(Message(topic, b"", at), "a JSON object", f"found {number}"))
    found = tape.survey(tmp_path, END + MINUTE)
    assert (found.rejected, found.rejected_from) == (5, (("b", "found 4", 3), ("a", "found 3", 2)))
    with contextlib.closing(Reader(tmp_path)) as reader:
        assert survey(reader, END + 25 * HOUR, ()).rejected == 0


def test_targets_are_told_with_what_they_have_and_what_they_would_not_take(tmp_path: Path) -> None:
    tape = evening()
    tape.add(Advance("lab", 3), Refuse("lab", 2, "a line", "HTTP 400"), Refuse("gone", 2, "a line", "HTTP 400"))
    found = tape.survey(tmp_path, END + SECOND, ("lab", "new"))
    assert found.targets == (Behind("lab", found.entries - 3, NIGHT, 1), Behind("new", found.entries))
    assert found.refused == 2


def test_clock_steps_of_the_last_days_are_told_and_other_words_on_the_clock_are_not(tmp_path: Path) -> None:
    tape = evening()
    tape.add(Append(Entry(END, (ClockSet(5 * SECOND, sure=True),)), None))
    tape.add(Append(Entry(END + SECOND, (ClockSet(0, sure=False),)), None))
    found = tape.survey(tmp_path, END + MINUTE)
    assert found.clock_steps == ((END, 5 * SECOND),)
