"""A radar on a serial line, from its frames to the record."""

import asyncio
import json
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from devices.reading import Quality, Quantity, Reading
from firmware_sims.cast import Cast
from firmware_sims.ld2450 import RadarPart
from firmware_sims.post import Broker
from firmware_sims.profile import steady
from firmware_sims.street import Street
from gateway.clock import SECOND, ScaledClock
from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.daemon.service import Gateway
from gateway.record.reader import Reader
from tests.integration.day import happens
from tests.servers import Server

START = 1_795_291_200 * SECOND  # 2026-11-21 20:00 UTC
LASTS = 20 * 60 * SECOND
SPEED = 60.0
AT, REACH, LINE = 4.0, 6.0, 2.0
DAMAGED = frozenset(range(5, 12_000, 97))


def one_at_a_time() -> Street:
    """A street in whose radar's view nobody ever meets another."""
    for seed in range(1000):
        street = Street(14.0, steady(40), "Europe/Paris", seed=seed, start=START)
        stays = sorted(street.stays(AT, AT + REACH, START, START + 2 * LASTS))
        if all(before.leave + 2 * SECOND < after.enter for before, after in pairwise(stays)):
            return street
    raise AssertionError("no such street among the first thousand")


def write_site(folder: Path, port: int) -> None:
    """A yard with one radar and one lamp. JSON is YAML."""
    program = {
        "active": {"from": "sunset", "to": "sunrise"},
        "failsafe": "100%",
        "presence": {"level": "100%", "hold": "30s"},
        "ramp": {"up": "1s", "down": "10s"},
        "steps": [{"from": "sunset", "class": "P6", "empty": "P6"}],
    }
    radar = {
        "zone": "yard",
        "at": f"{AT} m",
        "sees": f"{REACH} m",
        "convention": "ld2450",
        "serial": str(folder / "line"),
        "count_line": f"{LINE} m",
        "heartbeat": "5 min",
    }
    files: dict[str, dict[str, object]] = {
        "site": {
            "site": {"id": "lab", "name": "Lab", "latitude": 46.78, "longitude": 4.85, "time_zone": "Europe/Paris"},
            "mqtt": {"url": f"mqtt://127.0.0.1:{port}"},
        },
        "lighting": {
            "zones": {"yard": {"length": "14 m", "class": "P6", "design": "6 lx", "program": "yard"}},
            "programs": {"yard": program},
        },
        "devices": {
            "sensors": {"radar": radar},
            "luminaires": {"lamp": {"zone": "yard", "at": "6 m", "convention": "native", "type": "led"}},
            "types": {"led": {"full": "9 W", "dimmed": "2 W at 10%", "standby": "0.4 W"}},
        },
    }
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(json.dumps({"version": 1, **content}), encoding="utf-8")


async def test_frames_sent_are_good_or_counted_bad_and_people_are_exact(tmp_path: Path, mosquitto: Server) -> None:
    await asyncio.to_thread(write_site, tmp_path, mosquitto.port)
    site, street = await asyncio.to_thread(lambda: (load(tmp_path), one_at_a_time()))
    clock = ScaledClock(START, SPEED)
    part = RadarPart("radar", AT, tmp_path / "line", REACH, LINE, DAMAGED)
    cast = Cast(clock, Broker("127.0.0.1", mosquitto.port), site.id, street, [part])
    await asyncio.to_thread(cast.open)
    gateway = Gateway(site, clock)
    living = asyncio.create_task(gateway.run(), name="gateway")
    try:
        await happens(lambda: gateway.connected() or living.done())
        assert not living.done(), living.exception()
        playing = asyncio.create_task(cast.run(), name="cast")
        await clock.sleep_until(START + LASTS)
        cast.stop()
        await cast.drained()
        truth = cast.truth().of("radar")
        line = gateway.health().links[f"serial:{tmp_path / 'line'}"]
        playing.cancel()
        await asyncio.wait([playing])
    finally:
        living.cancel()
        await asyncio.wait([living])
        await asyncio.to_thread(cast.close)
    crossings, rejected = await asyncio.to_thread(recorded, site)
    assert truth.messages > 10_000
    assert (line["frames"], line["bad"]) == (truth.messages - truth.damaged, truth.damaged)
    assert rejected == truth.damaged > 0
    assert sum(crossing.value for crossing in crossings) == truth.estimated
    assert truth.estimated is not None
    assert truth.estimated > 5
    assert all(crossing.quality & Quality.ESTIMATED for crossing in crossings)


def recorded(site: Site) -> tuple[list[Reading], int]:
    """The crossings in the record, and how many frames were rejected."""
    with closing(Reader(site.state)) as reader:
        return list(reader.series(Quantity.PEDESTRIANS)), sum(1 for _ in reader.rejected())
