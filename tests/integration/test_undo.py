"""The way back: what files would change, which plans there were, and an earlier one put back."""

import asyncio
import json
from pathlib import Path

from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.integration.small_site import evening
from tests.integration.test_reload import edit, quiet, reload
from tests.servers import Server

DESIGN = "street: {length: 100 m, class: P4, design: "


async def verb(*arguments: str | Path) -> tuple[int, str]:
    done = await asyncio.to_thread(reverbere, *arguments)
    return done.returncode, done.stdout + done.stderr


async def test_an_edit_is_shown_applied_and_undone(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    async with radio(mosquitto.port) as street, living(gateway):
        await quiet(street)
        before = await asyncio.to_thread((site / "lighting.yaml").read_text)
        status, said = await verb("check", site)
        assert (status, "what changes if you apply it:  nothing (same as" in said) == (0, True)
        assert "Nothing would change" in (await verb("diff", "--config", site))[1]
        await edit(site, "lighting.yaml", f"{DESIGN}5.0 lx", f"{DESIGN}6.0 lx")
        for command in (("check", site), ("diff", "--config", site)):
            status, said = await verb(*command)
            assert (status, "zone street: design in lx 5 -> 6" in said) == (0, True)
        checked = json.loads((await verb("check", site, "--json"))[1])
        assert checked["changes"] == ["zone street: design in lx 5 -> 6"]
        assert street.orders() == []
        await reload(site, "council vote")
        await street.until("lamp-1", 50)
        assert "council vote" in (await verb("undo", "--list", "--config", site))[1]
        # A bad edit on top of it: the way back does not need good files.
        await edit(site, "lighting.yaml", "hold:", "hodl:")
        status, said = await verb("check", site)
        assert (status, "Nothing was changed. The street keeps the plan of" in said) == (78, True)
        status, said = await verb("undo", "--yes", "--config", site)
        assert (status, "zone street: design in lx 6 -> 5" in said) == (0, True), said
        await street.until("lamp-1", 60)
        assert await asyncio.to_thread((site / "lighting.yaml").read_text) == before
        (kept,) = await asyncio.to_thread(lambda: list(site.glob("lighting.yaml.bak-*")))
        assert "hodl" in await asyncio.to_thread(kept.read_text)


async def test_explain_answers_by_the_last_good_plan_while_the_files_are_bad(mosquitto: Server, site: Path) -> None:
    gateway = GatewayProcess(site, evening(0.1))
    async with radio(mosquitto.port) as street, living(gateway):
        await quiet(street)
        await edit(site, "site.yaml", "site:", "siet:")
        status, said = await verb("explain", "lamp-1", "--config", site)
        assert (status, "60 %" in said, "this is by the last good plan" in said) == (0, True, True), said
        status, said = await verb("undo", "--to", "tomorrow", "--config", site)
        assert (status, "expected a plan or files as in --list" in said) == (2, True)
