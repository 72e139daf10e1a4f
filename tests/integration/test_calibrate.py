"""A lamp on another dimming curve, at a real broker, under the real daemon: measured by day, so that nobody is dark."""

import asyncio
import json
import subprocess
from functools import partial
from pathlib import Path

from firmware_sims.breakage import Breakage, Fault
from firmware_sims.lamp import LampType
from firmware_sims.luminaire import LuminairePart
from gateway.clock import ScaledClock
from gateway.study.orders import orders
from tests.cli.command import PLAIN, REVERBERE, reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.recorded import read
from tests.integration.shining import shining
from tests.lighting.street import DUSK, HOUR
from tests.links.inbox import PATIENCE
from tests.servers import Server

SPEED = 60.0
HEALTHY = LampType(28.0, 4.0, 10.0, 0.5)
NOON, NIGHT = DUSK - 4 * HOUR, DUSK + 3 * HOUR


def typed(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a verb with somebody at the keyboard."""
    command = [REVERBERE, *arguments, "--config", str(folder)]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=PATIENCE, check=False, env=PLAIN)


async def verb(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(reverbere, *arguments, "--config", folder)


async def test_a_logarithmic_lamp_is_found_by_its_watts_held_and_proven_again_when_it_is_mended(
    mosquitto: Server, site: Path
) -> None:
    clock = ScaledClock(NOON, SPEED)
    healthy = LuminairePart("lamp-1", type=HEALTHY)
    wrong = LuminairePart("lamp-2", type=HEALTHY, breakages=(Breakage(Fault.LOGARITHMIC),))
    async with living(GatewayProcess(site, clock)):
        async with shining(clock, mosquitto.port, healthy, wrong):
            ended = await verb(site, "calibrate", "street", "--watts")
            assert ended.returncode == 1, ended.stderr
            assert "of 2 lamps that say them 1 follow their level" in ended.stdout
            assert "lamp-2  it drew 4.0 W at 40 %, 12.0 expected: it is not dimmed from now on" in ended.stdout
            why = json.loads((await verb(site, "explain", "lamp-2", "--json")).stdout)
            assert (why["level"], why["proof"]["verdict"], why["proof"]["by"]) == (0, "misfit", "watts")
            ill = await verb(site, "doctor")
            assert "of 3 lamps 1 proven by watts, 0 by lux" in ill.stdout
            assert "lamp-2  it drew 4.0 W at 40 %, 12.0 expected: not dimmed" in ill.stdout
            assert "-> reverbere calibrate street" in ill.stdout
        async with shining(clock, mosquitto.port, healthy, LuminairePart("lamp-2", type=HEALTHY)):
            ended = await asyncio.to_thread(typed, site, "ten\n10,2\n4.1 lx\n", "calibrate", "street", "--json")
            assert ended.returncode == 0, ended.stderr
            assert 'found "ten"' in ended.stderr
            told = json.loads(ended.stdout)
            assert (told["watts"]["fit"], told["lux"]["verdict"]) == (2, "fits")
            assert told["lux"]["points"] == [[100.0, 10.2, 10.2], [40.0, 4.08, 4.1]]
            later = await verb(site, "calibrate", "street", "--lux", "100=10.2", "--lux", "40%=0.2lx")
            assert later.returncode == 1
            assert "it does not, and is not dimmed from now on" in later.stdout
            assert await asyncio.to_thread(read, site, partial(orders, at=clock.now().time)) == []


async def test_where_the_class_asks_for_full_light_nothing_is_tried_and_nothing_stays_held(
    mosquitto: Server, site: Path
) -> None:
    clock = ScaledClock(NIGHT, SPEED)
    async with (
        living(GatewayProcess(site, clock)),
        shining(clock, mosquitto.port, *(LuminairePart(name, type=HEALTHY) for name in ("lamp-1", "lamp-2"))),
    ):
        ended = await verb(site, "calibrate", "street", "--watts")
        assert ended.returncode == 1
        assert "Its class asks 100 % now: 40 % cannot be tried." in ended.stderr
        assert await asyncio.to_thread(read, site, partial(orders, at=clock.now().time)) == []
