"""What `reverbere doctor` learns from the gateway that runs."""

import asyncio
import json
from pathlib import Path

from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living


async def test_doctor_asks_the_running_gateway_how_it_fares(site: Path) -> None:
    gateway = GatewayProcess(site)
    async with living(gateway):
        asked = await asyncio.to_thread(reverbere, "doctor", "--json", "--config", site)
        assert json.loads(asked.stdout)["live"]["record"]["entries"] > 0
        words = await asyncio.to_thread(reverbere, "doctor", "--config", site)
        assert "runs and gets on" in words.stdout
    asked = await asyncio.to_thread(reverbere, "doctor", "--json", "--config", site)
    assert json.loads(asked.stdout)["live"] is None
