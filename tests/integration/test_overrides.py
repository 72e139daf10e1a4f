"""Orders of persons, given to the real daemon through its socket by the verbs that people use."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from gateway.broker import free_port
from gateway.configuration.build import load
from gateway.control.ask import ask
from gateway.control.door import SOCKET
from gateway.control.words import (
    CancelRequest,
    DropRequest,
    IdentifyRequest,
    OverrideRequest,
    Refused,
    RequeueRequest,
    StatusRequest,
)
from gateway.study.orders import orders
from tests.cli.command import reverbere
from tests.integration.gateway_process import GatewayProcess, living
from tests.integration.radio import radio
from tests.integration.recorded import until_recorded
from tests.integration.small_site import write_site
from tests.servers import Server


async def verb(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a verb on the site."""
    return await asyncio.to_thread(reverbere, *arguments, "--config", folder)


async def listed(folder: Path) -> list[dict[str, object]]:
    """The overrides that stand, as the verb lists them."""
    orders: list[dict[str, object]] = json.loads((await verb(folder, "override", "list", "--json")).stdout)
    return orders


def slow_commits(folder: Path) -> None:
    """Let each commit wait for company, so that an answer that does not wait for it comes before it."""
    with (folder / "site.yaml").open("a") as file:
        file.write("record: {commit_interval: 1s}\n")


def lenient(folder: Path) -> None:
    """Let people go under the floor, which is at 100 % as long as nobody knows who is there."""
    with (folder / "lighting.yaml").open("a") as file:
        file.write("overrides: {reason: optional, below_floor: allowed}\n")


async def test_an_override_that_was_confirmed_survives_a_kill_and_is_told_to_the_lamps_again(
    mosquitto: Server, site: Path
) -> None:
    await asyncio.to_thread(slow_commits, site)
    await asyncio.to_thread(lenient, site)
    gateway = GatewayProcess(site)
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until_health("online")
        order_ = OverrideRequest(target="PL 0001", level=77, lasts="2h", reason="repair", force=True)
        given = await ask(site / "state", order_)
        await asyncio.to_thread(gateway.kill)
        street.heard.clear()
        await asyncio.to_thread(gateway.start)
        await street.until("lamp-1", 77)
        (order,) = await listed(site)
        assert (order["id"], order["target"], order["level"], order["holds"]) == (given["id"], "lamp-1", 77, True)
        why = await verb(site, "explain", "lamp-1")
        assert "Because a person ordered it" in why.stdout
        assert f"{order['owner']}: repair" in why.stdout
        again = await ask(site / "state", OverrideRequest(target="lamp-1", level=78, reason="repair"))
        assert again["id"] != given["id"]


async def test_a_cancel_that_was_confirmed_survives_a_kill(mosquitto: Server, site: Path) -> None:
    await asyncio.to_thread(slow_commits, site)
    gateway = GatewayProcess(site)
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until_health("online")
        for level in (70, 80):
            await ask(site / "state", OverrideRequest(target="street", level=level, reason="repair"))
        await until_recorded(site, lambda record: len(orders(record, record.last_at())) == 2, "both overrides")
        cancelled = await ask(site / "state", CancelRequest(order="street"))
        await asyncio.to_thread(gateway.kill)
        assert len(str(cancelled["cancelled"]).split(",")) == 2
        await asyncio.to_thread(gateway.start)
        assert await listed(site) == []


async def test_people_give_list_and_take_back_an_override_by_the_command(site: Path) -> None:
    async with living(GatewayProcess(site)):
        given = await verb(site, "override", "quay", "55%", "--for", "90min", "--reason", "market", "--owner", "ana")
        assert given.returncode == 0, given.stderr
        assert "quay at 55 %" in given.stdout
        assert "(1h 30min)" in given.stdout
        shown = (await verb(site, "override", "list")).stdout
        assert "market" in shown
        assert "ana (by " in shown
        name = shown.splitlines()[1].split()[0]
        assert (await verb(site, "override", "cancel", name)).stdout == f"Cancelled: {name}\n"
        assert "No override holds" in (await verb(site, "override", "list")).stdout


async def test_what_the_rules_of_the_site_do_not_let_through_is_refused_in_words(site: Path) -> None:
    async with living(GatewayProcess(site)):
        for request, word in (
            (OverrideRequest(target="quay", level=80), "no reason is given"),
            (OverrideRequest(target="quay", level=80, lasts="25h", reason="x"), "at most 24h"),
            (OverrideRequest(target="quay", level=0, force=True, reason="x"), "below_floor: allowed"),
            (OverrideRequest(target="quai", level=80, reason="x"), "Did you mean  quay ?"),
            (OverrideRequest(target="motion-1", level=80, reason="x"), "is a sensor"),
            (CancelRequest(order="quay"), "no override stands"),
            (CancelRequest(order="o-1234"), "is not known"),
            (IdentifyRequest(lamp="quay"), "a lamp of chalon"),
            (DropRequest(), "it is not said which points"),
            (RequeueRequest(points=(7,)), "no refused point has number 7"),
        ):
            with pytest.raises(Refused) as refused:
                await ask(site / "state", request)
            assert word in f"{refused.value}"
        ended = await verb(site, "override", "quay", "80", "--reason", "x" * 501)
        assert ended.returncode == 1
        assert "reason" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert (await verb(site, "override", "quay", "180")).returncode == 2
        assert await listed(site) == []


async def test_a_site_may_let_people_go_under_the_floor_and_need_no_reason(mosquitto: Server, site: Path) -> None:
    await asyncio.to_thread(lenient, site)
    async with radio(mosquitto.port) as street, living(GatewayProcess(site)):
        value = await ask(site / "state", OverrideRequest(target="lamp-2", level=3, force=True))
        assert (value["lowest"], value["highest"], value["at_floor"]) == (3, 3, 0)
        await street.until("lamp-2", 3)


async def test_an_override_that_begins_later_changes_nothing_yet(site: Path) -> None:
    async with living(GatewayProcess(site)):
        later = await verb(site, "override", "quay", "55", "--from", "2027-06-21 22:00", "--for", "1h", "--reason", "x")
        assert later.returncode == 0, later.stderr
        assert "It begins Mon 21 Jun, 22:00." in later.stdout
        (order,) = await listed(site)
        assert (order["holds"], order["start"]) == (False, "2027-06-21T20:00:00.000Z")
        assert "begins in" in (await verb(site, "override", "list")).stdout


async def test_a_lamp_shows_which_one_it_is_and_comes_back(mosquitto: Server, site: Path) -> None:
    await asyncio.to_thread(lenient, site)
    async with radio(mosquitto.port) as street, living(GatewayProcess(site)):
        await ask(site / "state", OverrideRequest(target="lamp-2", level=73, force=True))
        await street.until("lamp-2", 73)
        street.heard.clear()
        shown = await verb(site, "identify", "lamp-2")
        assert shown.stdout == "lamp-2 flashes for 6 s, then goes back to its level.\n"
        await street.until("lamp-2", 10)
        await street.until("lamp-2", 73)
        flashing = [level for lamp, level in street.orders() if lamp == "lamp-2"]
        assert flashing[:6] == [100, 10] * 3
        assert {lamp for lamp, level in street.orders() if level == 10} == {"lamp-2"}


async def test_the_gateway_says_how_it_fares(site: Path) -> None:
    gateway = GatewayProcess(site)
    async with living(gateway):
        status = await ask(site / "state", StatusRequest())
        assert status["pid"] == gateway.pid
        assert status["plan"] == (await asyncio.to_thread(load, site)).plan.digest
        assert {"uptime", "links", "record", "messages", "targets", "overrides"} <= status.keys()


async def test_without_a_gateway_every_verb_that_asks_one_says_so(site: Path) -> None:
    for arguments in (
        ("override", "quay", "80", "--reason", "x"),
        ("forward", "refused", "drop", "1"),
    ):
        ended = await verb(site, *arguments)
        assert (ended.returncode, "no gateway runs on" in ended.stderr) == (1, True), ended.stderr


async def test_a_street_whose_socket_cannot_be_made_is_lit_all_the_same(mosquitto: Server, site: Path) -> None:
    state = site / "state"
    await asyncio.to_thread((state / SOCKET).mkdir, parents=True)  # no file takes the place of a folder
    gateway = GatewayProcess(site)
    async with radio(mosquitto.port) as street, living(gateway):
        await street.until_health("online")
        assert await asyncio.to_thread(gateway.events, "no orders can be taken: the control socket cannot be made")
        await ask_nobody(state)


async def ask_nobody(state: Path) -> None:
    ended = await verb(state.parent, "identify", "lamp-1")
    assert ended.returncode == 1
    assert "no gateway runs on" in ended.stderr


async def test_a_kill_leaves_a_socket_that_the_next_start_replaces(tmp_path: Path) -> None:
    folder = await asyncio.to_thread(write_site, tmp_path / "site", free_port())
    gateway = GatewayProcess(folder)
    async with living(gateway):
        await ask(folder / "state", StatusRequest())
        await asyncio.to_thread(gateway.kill)
        assert await asyncio.to_thread((folder / "state" / SOCKET).is_socket)
        await asyncio.to_thread(gateway.start)
        assert (await ask(folder / "state", StatusRequest()))["pid"] == gateway.pid
    assert not await asyncio.to_thread((folder / "state" / SOCKET).exists)
