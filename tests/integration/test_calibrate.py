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
from tests.cli.command import reverbere
from tests.cli.terminal import Terminal
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.recorded import read
from tests.integration.shining import shining
from tests.lighting.street import DUSK, HOUR
from tests.servers import Server

SPEED = 60.0
HEALTHY = LampType(28.0, 4.0, 10.0, 0.5)
NOON, NIGHT = DUSK - 4 * HOUR, DUSK + 3 * HOUR


def measured_by(folder: Path) -> str:
    """What somebody at a terminal is shown, who types what a luxmeter says."""
    with Terminal("calibrate", "street", "--config", folder) as terminal:
        terminal.answer("Lux at 100 %", "ten")
        terminal.answer("Lux at 100 %", "10,2")
        terminal.answer("Lux at 40 %", "4.1 lx")
        assert terminal.end() == 0
        return " ".join(terminal.shown.split())


def broken_off(folder: Path) -> str:
    """What somebody is shown who breaks off when lux are asked for."""
    with Terminal("calibrate", "street", "--config", folder) as terminal:
        terminal.until("Lux at 100 %")
        terminal.type("\x03")
        assert terminal.end() == 1
        return terminal.shown


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
            shown = await asyncio.to_thread(measured_by, site)
            assert 'found "ten"' in shown
            assert "of 2 lamps that say them 2 follow their level" in shown
            assert "10.2 lx at 100 % (10.2 expected), 4.1 lx at 40 % (4.1 expected): the light follows" in shown
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


async def test_who_breaks_off_is_told_that_the_lamps_are_let_go_and_without_a_terminal_nothing_is_held(
    mosquitto: Server, site: Path
) -> None:
    clock = ScaledClock(NOON, SPEED)
    async with (
        living(GatewayProcess(site, clock)),
        shining(clock, mosquitto.port, *(LuminairePart(name, type=HEALTHY) for name in ("lamp-1", "lamp-2"))),
    ):
        refused = await verb(site, "calibrate", "street")
        assert refused.returncode == 2
        assert "expected a terminal" in refused.stderr
        assert "is held" not in refused.stderr
        shown = await asyncio.to_thread(broken_off, site)
        assert "Let go: the lamps follow their program again." in shown
        assert "Aborted" not in shown
        assert await asyncio.to_thread(read, site, partial(orders, at=clock.now().time)) == []
