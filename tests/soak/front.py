"""A front before InfluxDB that answers in its place, or spoils its answers, as it is told."""

import gzip
import http.client
import socket
import struct
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PATIENCE = 30.0
"""Seconds that the front waits for the database."""

RETRY_AFTER = 1
"""Seconds; what the front asks for with 429."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the front does with every request: answer `status`, or one of the words.

    `413` only to more than `most` lines; `hang` and `reset` give no answer, `reset` after the database has accepted,
    `hang` after or before, as `most` is odd or even.
    """

    what: int | str
    most: int = 0


class Front:
    """An HTTP server before one at the loopback port `database`. `with` starts and ends it."""

    def __init__(self, database: int) -> None:
        self.database = database
        self.trouble: Trouble | None = None
        self.answered: dict[str, int] = {}
        """How often the front did what."""
        self.doomed: dict[str, int] = {}
        """Lines that the front will never let pass, and what it answers to whatever holds them."""
        self._armed: list[tuple[int, float, bool]] = []
        self._partial: set[str] = set()
        self._known: set[str] = set()
        self._lock = threading.Lock()
        self._healed = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="front")

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.heal()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def break_down(self, trouble: Trouble) -> None:
        """Do this with every request from now on."""
        self._healed.clear()
        self.trouble = trouble

    def heal(self) -> None:
        """Let requests pass again."""
        self.trouble = None
        self._healed.set()

    def doom(self, status: int, where: float, *, partial: bool) -> None:
        """Refuse one line, of those in the next batch that the database has not seen, for ever.

        `where` (0 to 1) says which; with `partial` the rest of a batch is written before it is refused.
        """
        with self._lock:
            self._armed.append((status, where, partial))

    def note(self, what: str) -> None:
        """Count what was done."""
        with self._lock:
            self.answered[what] = self.answered.get(what, 0) + 1

    def judge(self, lines: list[str]) -> tuple[int | None, list[str]]:
        """The status that a batch is refused with, if it is, and the lines that the database gets."""
        with self._lock:
            fresh = [line for line in lines if line.startswith("pedestrians,") and line not in self._known]
            while self._armed and fresh:
                status, where, partial = self._armed.pop(0)
                line = fresh.pop(int(where * len(fresh)))
                self.doomed[line] = status
                if partial:
                    self._partial.add(line)
            hit = [line for line in lines if line in self.doomed]
            passing = [line for line in lines if line not in self.doomed]
            if any(line not in self._partial for line in hit):
                passing = []
            self._known.update(passing)
            return (self.doomed[hit[0]] if hit else None), passing

    def wait_for_healing(self) -> None:
        """Block until `heal`."""
        self._healed.wait(PATIENCE)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], front: Front) -> None:
        self.front = front
        super().__init__(address, _Handler)

    def shutdown_request(self, request: Any) -> None:
        """Close without a farewell, so that a reset is one."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A gateway that was killed in the middle of a request is no error of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library names it so
        """Say nothing."""

    def do_POST(self) -> None:
        """Take one batch of lines."""
        front = self.server.front
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        lines = body.decode().splitlines()
        trouble = front.trouble
        if trouble is None or (trouble.what == http.client.REQUEST_ENTITY_TOO_LARGE and len(lines) <= trouble.most):
            self._pass(lines)
        elif isinstance(trouble.what, int):
            front.note(str(trouble.what))
            self._answer(trouble.what, b'{"error":"the front says so"}')
        else:
            front.note(trouble.what)
            if trouble.what == "reset" or trouble.most % 2:
                self._forward(front.judge(lines)[1])
            if trouble.what == "hang":
                front.wait_for_healing()
            self._vanish()

    def _pass(self, lines: list[str]) -> None:
        front = self.server.front
        status, passing = front.judge(lines)
        written = self._forward(passing) if passing else (http.client.NO_CONTENT, b"")
        if written is None or (status is not None and written[0] != http.client.NO_CONTENT):
            self._vanish()
        elif status is not None:
            front.note(f"{status} for a line")
            self._answer(status, b'{"error":"partial write: a line that the front does not like"}')
        else:
            self._answer(*written)

    def _forward(self, lines: list[str]) -> tuple[int, bytes] | None:
        """What the database answers to these lines; None if it does not."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.front.database, timeout=PATIENCE)
        try:
            connection.request("POST", self.path, "\n".join(lines).encode())
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _answer(self, status: int, words: bytes) -> None:
        self.send_response(status)
        if status == http.client.TOO_MANY_REQUESTS:
            self.send_header("Retry-After", str(RETRY_AFTER))
        if status != http.client.NO_CONTENT:
            self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        if status != http.client.NO_CONTENT:
            self.wfile.write(words)

    def _vanish(self) -> None:
        """Reset the connection without an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
