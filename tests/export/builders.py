"""What tests of the export share: a record that stays in memory, and servers that misbehave."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gateway.record.entry import Entry
from tests.record.builders import SECOND, START, count


class Notes:
    """Progress that is kept in memory."""

    def __init__(self) -> None:
        self.cursors: dict[str, int] = {}
        self.refused: list[tuple[str, int, str, str]] = []
        self.dropped: tuple[int, ...] = ()

    def cursor(self, target: str) -> int:
        return self.cursors.get(target, 0)

    def advance(self, target: str, seq: int) -> None:
        self.cursors[target] = seq

    def refuse(self, target: str, seq: int, line: str, reason: str) -> None:
        self.refused.append((target, seq, line, reason))

    def drop(self, points: tuple[int, ...]) -> None:
        self.dropped += points

    async def committed(self) -> bool:
        return True


def counts(number: int, first: int = 1) -> list[Entry]:
    """Entries of one counted person a second."""
    return [
        Entry(START + seq * SECOND, (count(1, START + seq * SECOND),), seq=seq) for seq in range(first, first + number)
    ]


Reply = tuple[int, dict[str, str], bytes]


@contextmanager
def serving(reply: Callable[[str, bytes], Reply | None]) -> Iterator[str]:
    """Run a server that answers as told by (path, body); None is no answer at all until the end."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = reply(self.path, body)
            if answer is None:
                over.wait()
                self.close_connection = True
                return
            status, headers, text = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
