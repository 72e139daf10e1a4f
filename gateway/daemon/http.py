"""Pages for programs on this machine: as much of HTTP/1.1 as a scraper speaks, one answer a connection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

import structlog

HOST: Final = "127.0.0.1"
"""Nobody else is served: who may look from outside is for a proxy with accounts to say."""
PATIENCE: Final = 5.0
"""Seconds that a request and its answer may take."""
LONGEST: Final = 8_192
"""Bytes of a request's head at most."""
MOST: Final = 8
"""Connections at once; more are closed at once."""
RETRY: Final = 30.0
"""Seconds until a port that is taken is tried again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page says. `kind` is its media type."""

    body: bytes
    kind: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


Page: TypeAlias = Callable[[], Awaitable[Answer]]


async def serve(port: int, pages: Mapping[str, Page]) -> None:
    """Answer GET and HEAD for the paths of `pages` until cancelled.

    A port that somebody else has is logged and tried again: a street is not left alone because nobody can look at it.
    """
    told = False
    while True:
        try:
            await _serve_once(port, pages)
        except* OSError as errors:
            if not told:
                why = str(errors.exceptions[0])
                log.error("nobody can ask for the metrics", why=why, hint="another  port:  below  metrics:")  # noqa: TRY400 - words, no traceback
            told = True
        await asyncio.sleep(RETRY)


async def _serve_once(port: int, pages: Mapping[str, Page]) -> None:
    """Serve while the port is ours. Raises `OSError` if it is not."""
    async with asyncio.TaskGroup() as tasks:
        open_now: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(open_now) >= MOST:
                writer.close()
                return
            task = tasks.create_task(_converse(reader, writer, pages), name="metrics.connection")
            open_now.add(task)
            task.add_done_callback(open_now.discard)

        server = await asyncio.start_server(accept, HOST, port, limit=LONGEST)
        async with server:
            log.info("metrics are served", url=f"http://{HOST}:{port}/metrics")
            await server.serve_forever()


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pages: Mapping[str, Page]) -> None:
    """Hear one request and answer it. Who says too much, too slowly or goes away gets no answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
            line = head.split(b"\r\n", 1)[0].decode("latin-1")
            writer.write(_written(await _answer(line, pages), bare=line.startswith("HEAD ")))
            await writer.drain()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        log.debug("a request for the metrics came to nothing", why=repr(error))
    finally:
        writer.close()


async def _answer(line: str, pages: Mapping[str, Page]) -> Answer:
    """The answer to a request line (RFC 9112, section 3)."""
    words = line.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, target, version
        return Answer(b"expected a request of HTTP/1.1\n", status=HTTPStatus.BAD_REQUEST)
    method, target, _ = words
    page = pages.get(target.split("?", 1)[0])
    if page is None:
        return Answer(f"here are: {' '.join(pages)}\n".encode(), status=HTTPStatus.NOT_FOUND)
    if method not in {"GET", "HEAD"}:
        return Answer(b"expected GET\n", status=HTTPStatus.METHOD_NOT_ALLOWED)
    try:
        return await page()
    except Exception as error:  # noqa: BLE001 - whoever looks at a street may not put it out
        log.error("a page could not be made", target=target, why=repr(error))  # noqa: TRY400 - words, no traceback
        return Answer(b"see the log\n", status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _written(answer: Answer, *, bare: bool) -> bytes:
    """An answer as it goes out; `bare` is one to HEAD, without its body (RFC 9110, section 9.3.2)."""
    head = (
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\n"
        f"Content-Type: {answer.kind}\r\n"
        f"Content-Length: {len(answer.body)}\r\n"
        f"Allow: GET, HEAD\r\n"
        f"Cache-Control: no-store\r\n"
        f"Connection: close\r\n\r\n"
    ).encode("ascii")
    return head if bare else head + answer.body
