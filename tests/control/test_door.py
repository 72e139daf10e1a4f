"""The socket itself: whoever comes, and however badly they behave, the next one is answered."""

import asyncio
import getpass
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.control import door as door_module
from gateway.control.ask import NoGatewayError, ask
from gateway.control.door import SOCKET
from gateway.control.peer import Role
from gateway.control.words import IdentifyRequest, OverrideRequest, Refused, StatusRequest
from tests.control.serving import connect, door, say
from tests.integration.gateway_process import ROOT
from tests.links.inbox import PATIENCE

STATUS = b'{"do":"status"}\n'


async def test_a_request_is_performed_for_its_caller_and_answered(tmp_path: Path) -> None:
    async with door(tmp_path) as performer:
        assert await ask(tmp_path, IdentifyRequest(lamp="lamp-1")) == {"number": 1}
        ((request, caller),) = performer.asked
        assert request == IdentifyRequest(lamp="lamp-1")
        assert (caller.login, caller.role) == (await asyncio.to_thread(getpass.getuser), Role.STEWARD)


async def test_what_is_refused_comes_back_with_what_to_do(tmp_path: Path) -> None:
    async with door(tmp_path):
        with pytest.raises(Refused) as refused:
            await ask(tmp_path, OverrideRequest(target="nowhere", level=80))
        assert refused.value.hint == "Did you mean  quay ?"


async def test_a_mistake_of_ours_costs_its_own_request_only(tmp_path: Path) -> None:
    async with door(tmp_path):
        with pytest.raises(Refused, match="mistake of its own"):
            await ask(tmp_path, OverrideRequest(target="bug", level=80))
        assert await ask(tmp_path, StatusRequest()) == {"number": 2}


async def test_without_a_gateway_it_is_said_that_none_runs(tmp_path: Path) -> None:
    with pytest.raises(NoGatewayError, match="no gateway runs on"):
        await ask(tmp_path, StatusRequest())
    with pytest.raises(NoGatewayError):
        await ask(tmp_path / "missing", StatusRequest())
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(tmp_path / SOCKET))
    dead.close()
    with pytest.raises(NoGatewayError):
        await ask(tmp_path, StatusRequest())


async def test_the_socket_that_a_dead_gateway_left_is_replaced_and_an_orderly_end_leaves_none(tmp_path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(tmp_path / SOCKET))
    dead.close()
    async with door(tmp_path):
        assert await ask(tmp_path, StatusRequest()) == {"number": 1}
    assert sorted(await asyncio.to_thread(os.listdir, tmp_path)) == []


async def test_a_folder_with_a_very_long_name_has_a_door_too(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 100) / ("b" * 100)
    await asyncio.to_thread(folder.mkdir, parents=True)
    assert len(str(folder / SOCKET)) > 107
    async with door(folder):
        assert await ask(folder, StatusRequest()) == {"number": 1}


async def test_many_requests_on_one_connection_are_answered_in_order(tmp_path: Path) -> None:
    async with door(tmp_path):
        reader, writer = await connect(tmp_path)
        writer.write(STATUS * 50)
        numbers = [json.loads(await reader.readline())["value"]["number"] for _ in range(50)]
        writer.close()
        assert numbers == list(range(1, 51))


async def test_many_at_once_are_all_answered(tmp_path: Path) -> None:
    async with door(tmp_path):
        async with asyncio.timeout(PATIENCE):
            answers = await asyncio.gather(*(ask(tmp_path, StatusRequest()) for _ in range(door_module.MOST - 2)))
        assert sorted(int(str(each["number"])) for each in answers) == list(range(1, door_module.MOST - 1))


async def test_one_too_many_is_told_so_and_the_rest_is_not_disturbed(tmp_path: Path) -> None:
    async with door(tmp_path) as performer:
        performer.wait.clear()
        held = [await connect(tmp_path) for _ in range(door_module.MOST)]
        for _, writer in held:
            writer.write(STATUS)
        async with asyncio.timeout(PATIENCE):
            while len(performer.asked) < door_module.MOST:  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.005)
        assert b"asking already" in await say(tmp_path, b"")
        performer.wait.set()
        for reader, writer in held:
            assert json.loads(await reader.readline())["ok"]
            writer.close()


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"\n", b"not understood"),
        (b"GET / HTTP/1.1\r\n", b"not understood"),
        (b"\x00\xff" * 99 + b"\n", b"not understood"),
        (b'{"do":"override","target":"' + b"x" * 70_000 + b'"}\n', b"too long"),
        (b"x" * 200_000, b"too long"),
    ],
)
async def test_nonsense_is_answered_in_words_and_harms_nobody(tmp_path: Path, said: bytes, heard: bytes) -> None:
    async with door(tmp_path) as performer:
        assert heard in await say(tmp_path, said)
        assert await ask(tmp_path, StatusRequest()) == {"number": 1}
        assert len(performer.asked) == 1


async def test_a_client_that_closes_its_half_gets_its_answer(tmp_path: Path) -> None:
    async with door(tmp_path):
        assert json.loads(await say(tmp_path, STATUS, half_close=True))["ok"]
        assert await say(tmp_path, STATUS[:-1], half_close=True) == b""


async def test_a_client_that_goes_away_before_its_answer_does_not_undo_its_order(tmp_path: Path) -> None:
    async with door(tmp_path) as performer:
        performer.wait.clear()
        _, writer = await connect(tmp_path)
        writer.write(STATUS)
        async with asyncio.timeout(PATIENCE):
            while not performer.asked:  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.005)
        writer.transport.abort()
        performer.wait.set()
        assert await ask(tmp_path, StatusRequest()) == {"number": 2}


async def test_a_client_that_says_nothing_or_does_not_listen_is_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with door(tmp_path):
        monkeypatch.setattr(door_module, "PATIENCE", 0.05)
        reader, writer = await connect(tmp_path)
        writer.write(b'{"do":')
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()
        _, writer = await connect(tmp_path)
        deaf_transport = writer.transport
        assert isinstance(deaf_transport, asyncio.Transport)
        deaf_transport.pause_reading()
        async with asyncio.timeout(PATIENCE):
            try:
                while True:  # until the kernel's buffers are full of answers and the door gives up
                    writer.write(STATUS * 1000)
                    await writer.drain()
            except ConnectionError:
                pass
        writer.close()
        monkeypatch.undo()
        assert (await ask(tmp_path, StatusRequest()))["number"]


async def test_the_socket_is_for_its_owner_and_the_folders_group(tmp_path: Path) -> None:
    async with door(tmp_path):
        found = await asyncio.to_thread((tmp_path / SOCKET).stat)
        folder = await asyncio.to_thread(tmp_path.stat)
        assert oct(found.st_mode & 0o777) == "0o660"
        assert found.st_gid == folder.st_gid


async def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await door_module.answer(tmp_path / "missing", lambda request, caller: asyncio.sleep(0, {}))  # noqa: ARG005 - nobody asks


ANA, EVE, GROUP = 61_001, 61_002, 61_003


def asked_as(folder: Path, *numbers: int) -> list[str]:
    """What a user of some groups hears who asks for the status and for an order."""
    command = [sys.executable, "-m", "tests.control.asker", str(folder), *map(str, numbers)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=PATIENCE)
    answers: list[str] = json.loads(told.stdout)
    return answers


@pytest.fixture
def group_folder() -> Iterator[Path]:
    """A state folder that every user can come to: pytest's own folders are closed to others."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o711)
        folder = place / "state"
        folder.mkdir()
        os.chown(folder, 0, GROUP)
        folder.chmod(0o770)
        yield folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_members_of_the_group_may_order_and_nobody_else_may(group_folder: Path) -> None:
    folder = group_folder
    async with door(folder) as performer:
        assert await asyncio.to_thread(asked_as, folder, ANA, ANA, GROUP) == ["ok", "ok"]
        assert await asyncio.to_thread(asked_as, folder, ANA, GROUP) == ["ok", "ok"]
        assert {caller.role for _, caller in performer.asked} == {Role.OPERATOR}
        assert {caller.login for _, caller in performer.asked} == {f"uid {ANA}"}
        for answer in await asyncio.to_thread(asked_as, folder, EVE, EVE):
            assert "may not ask" in answer
        # Whoever reaches the socket by other rules of the machine may ask how it fares.
        await asyncio.to_thread(folder.chmod, 0o777)
        await asyncio.to_thread((folder / SOCKET).chmod, 0o666)
        status, order = await asyncio.to_thread(asked_as, folder, EVE, EVE)
        assert status == "ok"
        assert f"uid {EVE} may not ask for this" in order


async def test_a_gateway_that_is_stopped_in_the_middle_is_said_to_have_ended(tmp_path: Path) -> None:
    async with door(tmp_path) as performer:
        performer.wait.clear()
        asking = asyncio.create_task(ask(tmp_path, StatusRequest()), name="ask")
        async with asyncio.timeout(PATIENCE):
            while not performer.asked:  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.005)
    with pytest.raises(Refused, match="ended before it answered"):
        await asking
