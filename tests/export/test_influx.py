import gzip
import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from devices.convention import Numbered
from devices.reading import Reading
from gateway.export.influx import InfluxV1, InfluxV2
from gateway.record.entry import Entry
from tests.export.builders import Reply, counts, serving
from tests.record.builders import SECOND, START, WEST, count, decision
from tests.servers import Server

Target = InfluxV1 | InfluxV2


@contextmanager
def target(version: int, url: str, timeout: float = 10.0) -> Iterator[Target]:
    made: Target = (
        InfluxV1("lab", url, "street", "gateway", "secret", timeout=timeout)
        if version == 1
        else InfluxV2("lab", url, "chalon", "street", "secret", timeout=timeout)
    )
    with closing(made):
        yield made


both = pytest.mark.parametrize("version", [1, 2])


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[[str, bytes], Reply]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _path, _body: (status, named, body)


@both
def test_what_is_accepted_is_counted_in_lines(version: int) -> None:
    with serving(answering(204)) as url, target(version, url) as lab:
        verdict = lab.write([*counts(2), Entry(START, (Numbered(WEST, "a", 1),), (decision(START, 5),))], "chalon")
    assert (verdict.accepted, verdict.rejected, verdict.trouble) == (3, (), "")


@both
def test_a_bad_line_is_rejected_with_the_servers_words_and_the_rest_is_accepted(version: int) -> None:
    def reply(_: str, body: bytes) -> Reply:
        good = b" 1795302005000" not in body
        return (
            (204, {}, b"") if good else (400, {}, b'{"error": "field type conflict", "message": "field type conflict"}')
        )

    with serving(reply) as url, target(version, url) as lab:
        verdict = lab.write(counts(9), "chalon")
    assert verdict.accepted == 8
    ((line, reason),) = [(refused.line, refused.reason) for refused in verdict.rejected]
    assert line.seq == 5
    assert reason == "HTTP 400: field type conflict"


@both
def test_a_body_that_is_too_large_is_split(version: int) -> None:
    def reply(_: str, body: bytes) -> Reply:
        return (413, {}, b"too large") if body.count(b"\n") >= 3 else (204, {}, b"")

    with serving(reply) as url, target(version, url) as lab:
        assert lab.write(counts(16), "chalon").accepted == 16


@both
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refused the"),
        (403, "refused the"),
        (404, "street"),
        (429, "answers 429: slow down"),
        (500, "answers 500: slow down"),
        (503, "answers 503: slow down"),
    ],
)
def test_what_may_pass_keeps_everything_and_says_why(version: int, status: int, words: str) -> None:
    with (
        serving(answering(status, b"slow down", Retry_After="7")) as url,
        target(version, url) as lab,
    ):
        verdict = lab.write(counts(2), "chalon")
    assert (verdict.accepted, verdict.rejected, verdict.retry_after) == (0, (), 7.0)
    assert words in verdict.trouble


@both
def test_a_server_that_never_answers_is_trouble(version: int) -> None:
    with serving(lambda _path, _body: None) as url, target(version, url, timeout=0.2) as lab:
        assert "cannot be reached" in lab.write(counts(1), "chalon").trouble


@both
def test_a_server_that_is_not_there_is_trouble(version: int) -> None:
    with serving(answering(204)) as url:
        pass
    with target(version, url) as lab:
        assert "cannot be reached" in lab.write(counts(1), "chalon").trouble


def test_an_idle_connection_that_the_server_ended_is_no_trouble() -> None:
    with serving(answering(204, Connection="close")) as url, target(1, url) as lab:
        assert [lab.write(counts(1), "chalon").accepted for _ in range(3)] == [1, 1, 1]


def test_a_large_body_is_compressed() -> None:
    bodies = list[bytes]()

    def reply(_: str, body: bytes) -> Reply:
        bodies.append(body)
        return (204, {}, b"")

    with serving(reply) as url, target(1, url) as lab:
        assert lab.write(counts(1000), "chalon").accepted == 1000
    assert gzip.decompress(bodies[0]).count(b"\n") == 999


def query(server: Server, influxql: str) -> list[list[object]]:
    """Ask InfluxDB 1.x; POST, so that it may change things."""
    form = urllib.parse.urlencode({"db": "street", "q": influxql, "epoch": "ms"}).encode()
    with urllib.request.urlopen(f"{server.url}/query", form) as response:  # noqa: S310 - loopback HTTP
        series = json.load(response)["results"][0].get("series", [])
    values: list[list[object]] = series[0]["values"] if series else []
    return values


def test_influxdb_1_without_the_database_says_how_to_make_it(influxdb: Server) -> None:
    with target(1, influxdb.url) as lab:
        verdict = lab.write(counts(1), "chalon")
        assert "influx -execute 'CREATE DATABASE street'" in verdict.trouble
        query(influxdb, "CREATE DATABASE street")
        assert lab.write(counts(1), "chalon").accepted == 1


def test_influxdb_1_has_every_count_once_however_often_it_is_written(influxdb: Server) -> None:
    query(influxdb, "CREATE DATABASE street")
    odd = Reading(WEST, count(1, START).quantity, 5, START, r"a, b=c d\ ")
    with target(1, influxdb.url) as lab:
        for _ in range(2):
            assert lab.write([*counts(3000), Entry(START, (odd,), (decision(START, 64),))], "chalon").accepted == 3002
    assert query(influxdb, "SELECT sum(value), count(value) FROM pedestrians WHERE channel = ''")[0][1:] == [3000, 3000]
    assert query(influxdb, r"SELECT value FROM pedestrians WHERE channel = 'a, b=c d/ '")[0][1:] == [5]
    assert query(influxdb, "SELECT level FROM decision WHERE rank = 'default'")[0] == [START // 1_000_000, 64]


def test_influxdb_1_with_a_type_of_its_own_refuses_these_lines_and_takes_the_rest(influxdb: Server) -> None:
    query(influxdb, "CREATE DATABASE street")
    old = f"pedestrians,device=counter-west,site=chalon value=1i {START // 1_000_000 + 2000}".encode()
    urllib.request.urlopen(f"{influxdb.url}/write?db=street&precision=ms", old).close()  # noqa: S310 - loopback HTTP
    presence = Entry(START, (Reading(WEST, type(count(1, START).quantity).PRESENCE, 1, START),), seq=7)
    with target(1, influxdb.url) as lab:
        verdict = lab.write([*counts(3), presence], "chalon")
    assert verdict.accepted == 1
    assert [refused.line.seq for refused in verdict.rejected] == [1, 2, 3]
    assert all("field type conflict" in refused.reason for refused in verdict.rejected)


@both
def test_victoria_metrics_has_every_count_once_however_often_it_is_written(
    version: int, victoria_metrics: Server
) -> None:
    entries = [Entry(START, (count(1, START + number * 1_000_000),), seq=number) for number in range(1000)]
    with target(version, victoria_metrics.url) as lab:
        for _ in range(2):
            assert lab.write(entries, "chalon").accepted == 1000
    urllib.request.urlopen(f"{victoria_metrics.url}/internal/force_flush").close()  # noqa: S310 - loopback HTTP
    match = urllib.parse.urlencode(
        {"match[]": "pedestrians_value", "start": START // SECOND - 5, "end": START // SECOND + 5}
    )
    with urllib.request.urlopen(f"{victoria_metrics.url}/api/v1/export?{match}") as response:  # noqa: S310 - loopback HTTP
        series = json.loads(response.read())
    assert sum(series["values"]) == 1000
    assert series["metric"]["device"] == "counter-west"
    assert series["metric"]["site"] == "chalon"
