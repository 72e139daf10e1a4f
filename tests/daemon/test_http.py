"""The pages that programs on this machine may ask for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import pytest

from gateway.broker import free_port
from gateway.daemon import http
from gateway.daemon.http import Answer, Page, serve
from tests.links.inbox import PATIENCE, until


async def figures() -> Answer:
    return Answer(b"reverbere_messages_total 3\n")


async def broken() -> Answer:
    raise ValueError("a figure that is none")


PAGES: Mapping[str, Page] = {"/metrics": figures, "/broken": broken}


@asynccontextmanager
async def serving() -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
    """A server, and what asks it."""
    port = free_port()

    async def ask(request: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0)
                else:
                    break
            writer.write(request)
            said = await reader.read()
            writer.close()
            return said

    task = asyncio.create_task(serve(port, PAGES), name="metrics")
    try:
        yield ask
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


@pytest.mark.parametrize(
    ("request_line", "first", "end"),
    [
        (b"GET /metrics HTTP/1.1", b"HTTP/1.1 200 OK", b"reverbere_messages_total 3\n"),
        (b"GET /metrics?name=x HTTP/1.0", b"HTTP/1.1 200 OK", b"reverbere_messages_total 3\n"),
        (b"HEAD /metrics HTTP/1.1", b"HTTP/1.1 200 OK", b"Connection: close\r\n\r\n"),
        (b"POST /metrics HTTP/1.1", b"HTTP/1.1 405 Method Not Allowed", b"expected GET\n"),
        (b"GET / HTTP/1.1", b"HTTP/1.1 404 Not Found", b"here are: /metrics /broken\n"),
        (b"\x16\x03\x01 hello", b"HTTP/1.1 400 Bad Request", b"expected a request of HTTP/1.1\n"),
        (b"GET /broken HTTP/1.1", b"HTTP/1.1 500 Internal Server Error", b"see the log\n"),
    ],
)
async def test_a_request_gets_its_answer_and_the_next_one_too(request_line: bytes, first: bytes, end: bytes) -> None:
    async with serving() as ask:
        said = await ask(request_line + b"\r\nHost: here\r\n\r\n")
        assert said.split(b"\r\n", 1)[0] == first
        assert said.endswith(end)
        assert (await ask(b"GET /metrics HTTP/1.1\r\n\r\n")).endswith(b" 3\n")


async def test_who_says_too_much_or_leaves_gets_nothing_and_disturbs_nobody() -> None:
    async with serving() as ask:
        assert not (await ask(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 10 * http.LONGEST)).startswith(b"HTTP/1.1 200")
        assert (await ask(b"GET /metrics HTTP/1.1\r\n\r\n")).endswith(b" 3\n")


async def test_who_says_nothing_for_long_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PATIENCE", 0.0)
    async with serving() as ask:
        assert await ask(b"GET /metrics HTTP/1.1\r\n") == b""


async def test_beyond_a_few_connections_more_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST", 0)
    async with serving() as ask:
        assert await ask(b"") == b""


async def test_a_port_that_is_taken_is_tried_again_until_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "RETRY", 0.0)
    logged: list[str] = []
    monkeypatch.setattr(http.log, "error", lambda event, **_: logged.append(event), raising=False)
    other = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    task = asyncio.create_task(serve(port, PAGES), name="metrics")
    try:
        await until(lambda: bool(logged), "the taken port to be told of")
        other.close()
        await other.wait_closed()
        async with asyncio.timeout(PATIENCE):
            said = b""
            while not said.endswith(b" 3\n"):
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
                    said = await reader.read()
                    writer.close()
                except ConnectionError:
                    await asyncio.sleep(0)
        assert len(logged) == 1
    finally:
        task.cancel()
        await asyncio.wait([task])
