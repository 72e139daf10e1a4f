"""Servers that take line protocol: InfluxDB 1.x, and whatever speaks the version 2 write API."""

import base64
import gzip
import http.client
import json
from collections.abc import Sequence
from http import HTTPStatus
from itertools import chain
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from gateway.export.rows import Line, lines
from gateway.export.verdict import Answer, Verdict, deliver
from gateway.record.entry import Entry

TIMEOUT = 10.0
"""Seconds that a server may be silent in the middle of a request."""
ZIPPED_FROM = 16_384
"""Bytes from which on a body is worth the processor time of compressing it."""
UNREACHABLE = 0
"""In the place of an HTTP status, when there was no answer."""


class InfluxV1:
    """InfluxDB 1.x, by `/write?db=`: one connection that is kept. Not for two threads at once.

    VictoriaMetrics takes the same. The database must exist: making one is its owner's business.
    """

    def __init__(
        self,
        name: str,
        url: str,
        database: str,
        username: str | None = None,
        password: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self.name = name
        self._url = url
        self._database = database
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "localhost", parts.port, timeout=timeout)
        self._path = f"{parts.path.rstrip('/')}/write?{urlencode({'db': database, 'precision': 'ms'})}"
        self._headers = {"Content-Type": "text/plain; charset=utf-8"}
        if username is not None:
            token = base64.b64encode(f"{username}:{password or ''}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"

    def write(self, entries: Sequence[Entry], site: str) -> Verdict:
        """Write all points of some entries. Never raises for what the server or the network does."""
        return self.write_again(list(chain.from_iterable(lines(entry, site) for entry in entries)))

    def write_again(self, lines: Sequence[Line]) -> Verdict:
        """Write lines that were made before. Never raises for what the server or the network does."""
        return deliver(lines, self._post, self._trouble)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _post(self, body: bytes) -> Answer:
        headers = self._headers
        if len(body) >= ZIPPED_FROM:
            body, headers = gzip.compress(body, 1), {**headers, "Content-Encoding": "gzip"}
        kept = self._connection.sock is not None
        answer = self._exchange(body, headers)
        if answer.status == UNREACHABLE and kept:
            # A server may end an idle connection at any time; only a new one says whether it is there.
            answer = self._exchange(body, headers)
        return answer

    def _exchange(self, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            self._connection.request("POST", self._path, body, headers)
            response = self._connection.getresponse()
            words = response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Answer(UNREACHABLE, str(error) or type(error).__name__)
        return Answer(response.status, _words(words, response.reason), _seconds(response.getheader("Retry-After")))

    def _trouble(self, answer: Answer) -> str:
        if answer.status == HTTPStatus.NOT_FOUND:
            command = f"influx -execute 'CREATE DATABASE {self._database}'"
            return f"{self._url} has no database {self._database!r} (404): create it with: {command}"
        return explain(self._url, answer, "the user or the password")


class InfluxV2:
    """Whatever takes `/api/v2/write`: InfluxDB 2 and 3, VictoriaMetrics, by influxdb-client's synchronous write.

    Its constructor imports that library, which takes a quarter of a second and 43 MB: call it in a thread, and only
    when such a target is configured. Its batching is not used, because it drops data when a server stays away.
    """

    def __init__(self, name: str, url: str, org: str, bucket: str, token: str = "", timeout: float = TIMEOUT) -> None:
        import urllib3.exceptions
        from influxdb_client.client.exceptions import InfluxDBError
        from influxdb_client.client.influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS
        from influxdb_client.domain.write_precision import WritePrecision
        from influxdb_client.rest import ApiException

        self.name = name
        self._url = url
        self._org = org
        self._bucket = bucket
        self._precision = cast("WritePrecision", WritePrecision.MS)  # the library calls its texts so
        self._client = InfluxDBClient(
            url=url,
            token=token or "none",
            org=org,
            timeout=int(timeout * 1000),
            retries=False,  # forwarding does its own, and says so
        )
        self._api = self._client.write_api(write_options=SYNCHRONOUS)
        self._refused: tuple[type[Exception], ...] = (ApiException, InfluxDBError)
        self._unreachable: tuple[type[Exception], ...] = (urllib3.exceptions.HTTPError, OSError)

    def write(self, entries: Sequence[Entry], site: str) -> Verdict:
        """Write all points of some entries. Never raises for what the server or the network does."""
        return self.write_again(list(chain.from_iterable(lines(entry, site) for entry in entries)))

    def write_again(self, lines: Sequence[Line]) -> Verdict:
        """Write lines that were made before. Never raises for what the server or the network does."""
        return deliver(lines, self._post, self._trouble)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()  # type: ignore[no-untyped-call] # the library has hints, but not everywhere

    def _post(self, body: bytes) -> Answer:
        try:
            self._api.write(self._bucket, self._org, body, write_precision=self._precision)
        except self._refused as error:
            return _refusal(error)
        except self._unreachable as error:
            return Answer(UNREACHABLE, str(error) or type(error).__name__)
        return Answer(HTTPStatus.NO_CONTENT)

    def _trouble(self, answer: Answer) -> str:
        if answer.status == HTTPStatus.NOT_FOUND:
            missing = f"no bucket {self._bucket!r} in {self._org!r}, or no version 2 API"
            return f"{self._url} has {missing} (404): {answer.words}"
        return explain(self._url, answer, "the token")


def _refusal(error: Any) -> Answer:
    """Read the client's exception: `status`, `reason`, `body` and `headers` are all it promises."""
    headers = error.headers or {}
    body = error.body or ""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    return Answer(error.status or UNREACHABLE, _words(text, error.reason or ""), _seconds(headers.get("Retry-After")))


def explain(url: str, answer: Answer, secret: str) -> str:
    """Say what keeps a server from taking what it is given."""
    match answer.status:
        case 0:
            return f"{url} cannot be reached: {answer.words}"
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return f"{url} refused {secret} ({answer.status}): {answer.words}"
        case _:
            return f"{url} answers {answer.status}: {answer.words}"


def _words(body: str, reason: str) -> str:
    """The server's own words: of a JSON error its text, else the first of the body, else the HTTP reason."""
    try:
        told = json.loads(body)
    except ValueError:
        return body.strip()[:200] or reason
    if isinstance(told, dict):
        return str(told.get("error") or told.get("message") or body)[:200]
    return body[:200]


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds; the other form, a date, is left to the backoff."""
    return float(header) if header is not None and header.strip().isdecimal() else None
