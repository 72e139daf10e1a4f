"""Servers looked at before anything is written to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from gateway.export.found import (
    Account,
    NotFoundThereError,
    Server,
    create_database,
    creation,
    has_bucket,
    has_database,
    look,
)
from tests.servers import Server as RealServer

NOBODY = Account()


def test_influxdb_1_says_its_version_and_gets_a_database_once_it_is_asked_to(influxdb: RealServer) -> None:
    server = look(influxdb.url)
    assert (server.interface, server.version[:2]) == (1, "1.")
    name = 'a "street"'
    assert not has_database(server, name, NOBODY)
    create_database(server, name, NOBODY)
    assert has_database(server, name, NOBODY)
    assert creation(name) == 'CREATE DATABASE "a \\"street\\""'


def test_where_nobody_is_or_no_influxdb_answers_that_is_said(mosquitto: RealServer) -> None:
    with pytest.raises(NotFoundThereError, match=r"nobody answers at http://127\.0\.0\.1:1"):
        look("http://127.0.0.1:1")
    with pytest.raises(NotFoundThereError):
        look(mosquitto.url)


class Said(BaseHTTPRequestHandler):
    """Answers by path as InfluxDB 2 and 3 do, after their reference pages."""

    answers: ClassVar[dict[str, tuple[int, str]]] = {}
    version: ClassVar[str] = ""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        allowed = self.headers.get("Authorization") in {None, "Token good"}
        status, body = self.answers.get(path, (404, "{}")) if allowed else (401, '{"code":"unauthorized"}')
        self.send_response(status)
        if self.version:
            self.send_header("X-Influxdb-Version", self.version)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def saying(version: str, answers: dict[str, tuple[int, str]]) -> Iterator[str]:
    handler = type("Handler", (Said,), {"version": version, "answers": answers})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, name="influxdb", kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_influxdb_2_is_known_by_its_header_and_shows_its_buckets_to_a_good_token() -> None:
    with saying("v2.7.6", {"/ping": (204, ""), "/api/v2/buckets": (200, '{"buckets": [{"name": "street"}]}')}) as url:
        server = look(url)
        assert server == Server(url, "v2.7.6", 2)
        assert has_bucket(server, "lab", "street", Account("", "good"))
        with pytest.raises(NotFoundThereError, match="refused the token"):
            has_bucket(server, "lab", "street", Account("", "bad"))
    with saying("v2.7.6", {"/ping": (204, "")}) as url:
        assert not has_bucket(look(url), "lab", "street", NOBODY)


def test_influxdb_3_is_known_by_what_ping_says() -> None:
    with saying("", {"/ping": (200, '{"version": "3.0.1", "revision": "x"}')}) as url:
        assert look(url).interface == 3


def test_a_server_that_is_no_influxdb_is_refused() -> None:
    with saying("", {"/ping": (200, "pong")}) as url, pytest.raises(NotFoundThereError, match="does not say"):
        look(url)
