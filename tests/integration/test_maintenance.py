"""Maintenance given to the real daemon by the verb that people use, over a kill."""

import asyncio
import json
from pathlib import Path

from gateway.control.ask import ask
from gateway.control.words import OverrideRequest
from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.servers import Server


async def test_maintenance_that_was_confirmed_survives_a_kill_and_ends_by_its_cancel(
    mosquitto: Server, site: Path
) -> None:
    gateway = GatewayProcess(site)
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until_health("online")
        await ask(site / "state", OverrideRequest(target="street", level=100, lasts="2h", reason="test"))
        said = await verb(site, "PL 0001", "--for", "2h", "--reason", "new driver")
        assert "lamp-1 is told nothing until" in said
        await asyncio.to_thread(gateway.kill)
        street.heard.clear()
        await asyncio.to_thread(gateway.start)
        await street.until("lamp-2", 100)
        assert "lamp-1" not in {lamp for lamp, _ in street.orders()}
        (work,) = json.loads(await verb(site, "list", "--json"))
        assert (work["lamp"], work["reason"]) == ("lamp-1", "new driver")
        why = await asyncio.to_thread(reverbere, "explain", "lamp-1", "--config", site)
        assert "(new driver): it is told nothing" in " ".join(why.stdout.split())
        assert "follows its rules again" in await verb(site, "cancel", "lamp-1")
        await street.until("lamp-1", 100)


async def verb(folder: Path, *arguments: str) -> str:
    """Run a verb of maintenance on the site."""
    done = await asyncio.to_thread(reverbere, "maintenance", *arguments, "--config", folder)
    return done.stdout
