"""Figures of the sources in base units, and what they leave open where nobody knows."""

from pathlib import Path
from zoneinfo import ZoneInfo

from devices.light import LightState
from devices.reading import Quantity, Reading
from gateway.daemon.figures import Today, light_health
from gateway.daemon.health import LightHealth
from gateway.daemon.machine import look
from gateway.lighting.engine import Engine
from gateway.lighting.lamps.supervisor import Lamps
from tests.daemon.house import LAMPS, NIGHT
from tests.lighting.street import DUSK, EAST, HOUR, MINUTE, MOTION, SECOND, WEST, plan

PARIS = ZoneInfo("Europe/Paris")


def test_bytes_of_today_begin_anew_at_midnight_by_the_streets_clock() -> None:
    today, dusk = Today(PARIS), DUSK  # 17:00 in Chalon
    assert today.of(100, dusk) == 100
    assert today.of(250, dusk + 6 * HOUR) == 250
    assert today.of(300, dusk + 7 * HOUR) == 50
    assert today.of(310, dusk + 8 * HOUR) == 60


def test_where_nobody_counts_bytes_there_are_none_of_today() -> None:
    assert Today(PARIS).of(None, DUSK) is None


def test_lamps_and_sensors_are_counted_as_engine_and_supervision_have_them() -> None:
    engine, lamps = Engine(plan(), NIGHT), Lamps(MINUTE)
    engine.advance(NIGHT, [Reading(name, Quantity.PRESENCE, 0, NIGHT) for name in MOTION[:1]])
    engine.advance(NIGHT, [Reading(name, Quantity.PEDESTRIANS, 0, NIGHT, period=MINUTE) for name in (WEST, EAST)])
    (first, *_) = lamps.advance(NIGHT, engine.decisions())
    lamps.advance(NIGHT + SECOND, [LightState(LAMPS[0], first.level, NIGHT + SECOND, confirms=first.id)])
    assert light_health(engine, lamps, NIGHT + 2 * SECOND) == LightHealth(
        lamps=3, lamps_answering=1, lamps_confirmed=1, lamps_on_failsafe=1, sensors=4, sensors_believed=3
    )
    assert light_health(engine, lamps, NIGHT + HOUR).lamps_answering == 0


def test_a_machine_says_its_memory_its_temperature_and_the_room_on_its_disk(tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("aaaa-ffff ---p 00000000 00:00 0  [rollup]\nRss:  9000 kB\nPss:  5500 kB\n")
    (tmp_path / "temperature").write_text("48312\n")
    found = look(tmp_path, tmp_path / "memory", tmp_path / "temperature")
    assert (found.memory, found.temperature) == (5500 * 1024, 48.312)
    assert found.disk is not None
    assert found.disk_free is not None
    assert 0 < found.disk_free <= found.disk


def test_what_a_machine_does_not_say_stays_open(tmp_path: Path) -> None:
    (tmp_path / "temperature").write_text("none\n")
    found = look(tmp_path / "nowhere", tmp_path / "memory", tmp_path / "temperature")
    assert (found.memory, found.temperature, found.disk, found.disk_free) == (None, None, None, None)
