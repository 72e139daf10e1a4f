"""`reverbere watch` and `walk-test` beside a running gateway: who is seen, and by whom."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.command import reverbere
from tests.cli.terminal import Terminal, at_a_terminal
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import Radio, radio
from tests.integration.recorded import until_spoke
from tests.integration.small_site import evening
from tests.links.inbox import PATIENCE
from tests.servers import Server


async def test_a_sensor_is_shown_live_with_what_it_says_and_whether_it_is_believed(
    mosquitto: Server, site: Path
) -> None:
    async with radio(mosquitto.port) as street, living(GatewayProcess(site)):
        await street.until_health("online")
        await street.sense("motion-1", presence=True)
        await street.sense("counter-01", pedestrians=3)
        await until_spoke(site, "counter-01")
        await until_spoke(site, "motion-1")
        async with at_a_terminal("watch", "motion-1", "--config", site) as terminal:
            await asyncio.to_thread(terminal.until, "presence                 yes")
            await street.sense("motion-1", presence=False)
            await asyncio.to_thread(terminal.until, "presence                 no")
            await asyncio.to_thread(terminal.interrupt)
            assert await asyncio.to_thread(terminal.end) == 130
        async with at_a_terminal("watch", "counter-01", "--for", "1s", "--config", site) as terminal:
            await asyncio.to_thread(terminal.until, "3 in 15 min")
            assert await asyncio.to_thread(terminal.end) == 0
        done = await asyncio.to_thread(reverbere, "watch", "motion-1", "--for", "1s", "--json", "--config", site)
        said = [json.loads(line) for line in done.stdout.splitlines()]
        assert [one["value"] for one in said if one.get("reading") == "presence"] == [1.0, 0.0]
        unknown = await asyncio.to_thread(reverbere, "watch", "motoin-1", "--config", site)
        assert (unknown.returncode, "motion-1" in unknown.stderr) == (1, True)


async def lead(terminal: Terminal, street: Radio, lamp: str, sensor: str) -> str:
    """Go to the next lamp and let a sensor see it."""
    await asyncio.to_thread(terminal.until, f"{lamp} ")
    await asyncio.to_thread(terminal.until, "press Enter")
    await asyncio.to_thread(terminal.type, "\n")
    await asyncio.to_thread(terminal.until, "Move a little")
    if sensor:
        await street.sense(sensor, presence=True)
        shown = await asyncio.to_thread(terminal.until, f"{sensor} sees you")
        await street.sense(sensor, presence=False)
        return shown
    return ""


async def test_a_walk_finds_the_sensors_that_were_swapped_and_flashes_the_lamps_on_the_way(
    mosquitto: Server, site: Path
) -> None:
    async with radio(mosquitto.port) as street, living(GatewayProcess(site, evening())):
        await street.until_health("online")
        async with at_a_terminal("walk-test", "street", "--config", site) as terminal:
            await lead(terminal, street, "lamp-1", "motion-2")
            await lead(terminal, street, "lamp-2", "motion-1")
            await asyncio.to_thread(terminal.until, "motion-1 and motion-2 look swapped")
            await asyncio.to_thread(terminal.until, "0 of 2 lamps")
            assert await asyncio.to_thread(terminal.end) == 1
        flashes = [level for lamp, level in street.orders() if lamp == "lamp-1"]
        assert len(set(flashes)) > 1


async def test_a_walk_past_sensors_that_see_is_good_and_can_be_ended_early(mosquitto: Server, site: Path) -> None:
    async with radio(mosquitto.port) as street, living(GatewayProcess(site, evening())):
        await street.until_health("online")
        async with at_a_terminal("walk-test", "street", "--config", site) as terminal:
            await lead(terminal, street, "lamp-1", "motion-1")
            await asyncio.to_thread(terminal.until, "press Enter")
            await asyncio.to_thread(terminal.type, "q\n")
            await asyncio.to_thread(terminal.until, "1 of 1 lamps")
            assert await asyncio.to_thread(terminal.end) == 0


async def test_who_stands_nowhere_is_told_so(mosquitto: Server, site: Path) -> None:
    async with radio(mosquitto.port) as street, living(GatewayProcess(site, evening())):
        await street.until_health("online")
        async with at_a_terminal("walk-test", "street", "--config", site) as terminal:
            await asyncio.to_thread(terminal.until, "press Enter")
            await street.sense("motion-1", presence=True)
            await until_spoke(site, "motion-1")
            await asyncio.to_thread(terminal.type, "q\n")
            await asyncio.to_thread(terminal.until, "nobody did")
            assert await asyncio.to_thread(terminal.end) == 2


@pytest.mark.parametrize("arguments", [("walk-test", "street"), ("walk-test", "street", "--for", "1s")])
def test_without_a_terminal_or_a_gateway_it_says_what_is_missing(site: Path, arguments: tuple[str, ...]) -> None:
    done = reverbere(*arguments, "--config", site, patience=PATIENCE)
    if "--for" in arguments:
        assert (done.returncode, "no gateway runs" in done.stderr) == (1, True)
    else:
        assert (done.returncode, "--for 5min" in done.stderr) == (2, True)
