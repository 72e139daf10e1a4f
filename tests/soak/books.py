"""What the sensors, the record and the databases say of one round, held against each other."""

import json
import re
import sqlite3
from collections import Counter as Sums
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

from devices.reading import Quantity, Reading
from firmware_sims.truth import Truth
from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.record.reader import Reader
from gateway.study.replay import rebuild
from tests.integration.day import lost_numbers
from tests.soak.bounds import doubled, lost, too_few, too_many
from tests.soak.plain import Reckoning, reckon
from tests.soak.town import ALIKE, BY_MQTT, BY_SERIAL, DATABASE, FIRST, PLAIN, Town

_LINE = re.compile(r"pedestrians,channel=(?P<channel>\w+),device=(?P<device>[\w-]+),site=[\w-]+ .* (?P<time>\d+)")
RELEASED = "reconnecting, so that"
"""What the gateway says of a connection that it ends because the record could not be written."""


class Point(NamedTuple):
    """Where a count stands in a database; the time is in milliseconds."""

    device: str
    channel: str
    time: int


Points = dict[Point, float]


def people(points: Mapping[Point, float]) -> dict[str, int]:
    """People of each counter."""
    sums = Sums[str]()
    for point, value in points.items():
        sums[point.device] += int(value)
    return dict(sums)


def in_record(site: Site) -> Points:
    """The counts that the record holds."""
    with closing(Reader(site.state)) as reader:
        return {
            Point(item.device, item.channel, -(-item.time // 1_000_000)): item.value
            for item in reader.series(Quantity.PEDESTRIANS)
        }


def in_influxdb(url: str) -> Points:
    """The counts that InfluxDB 1.x answers to InfluxQL."""
    query = urlencode({"db": DATABASE, "epoch": "ms", "q": "SELECT value, device, channel FROM pedestrians"})
    with urlopen(f"{url}/query?{query}") as answer:  # noqa: S310 - a server of this test
        (result,) = json.load(answer)["results"]
    rows = [row for series in result.get("series", ()) for row in series["values"]]
    points = {Point(device, channel, time): value for time, value, device, channel in rows}
    assert len(points) == len(rows)
    return points


def in_victoria_metrics(url: str) -> Points:
    """The counts that VictoriaMetrics exports, after it has made everything visible."""
    with urlopen(f"{url}/internal/force_flush"):  # noqa: S310 - a server of this test
        pass
    query = urlencode({"match[]": '{__name__="pedestrians_value"}'})
    with urlopen(f"{url}/api/v1/export?{query}") as answer:  # noqa: S310 - as above
        lines = [json.loads(line) for line in answer]
    return {
        Point(line["metric"]["device"], line["metric"]["channel"], time): value
        for line in lines
        for time, value in zip(line["timestamps"], line["values"], strict=True)
    }


class Words(NamedTuple):
    """The entries that hold each numbered word and all equal ones of the sensors without memory; and the last entry."""

    numbered: dict[int, list[int]]
    alike: list[int]
    end: int


def words(site: Site) -> Words:
    """Look for the words of sensors without memory."""
    numbered: dict[int, list[int]] = {}
    alike = []
    with closing(Reader(site.state)) as reader:
        end = reader.last_seq()
        for entry in reader.entries(until=end):
            for item in entry.learned:
                if isinstance(item, Reading) and item.device == PLAIN and item.quantity is Quantity.DISTANCE:
                    numbered.setdefault(int(item.value), []).append(entry.seq)
                elif isinstance(item, Reading) and item.device == ALIKE:
                    alike.append(entry.seq)
    return Words(numbered, alike, end)


def complete(town: Town, site: Site, truth: Truth) -> bool:
    """Whether the record holds every number of every counter on MQTT, and every word that the broker may not lose."""
    numbers = truth.last_numbers
    if any(lost_numbers(site, name, *numbers[name]) for name in BY_MQTT):
        return False
    found = words(site)
    excuses = town.excuses(found.end)
    return not lost(town.plain, found.numbered, excuses) and not too_few(town.alike, found.alike, excuses)


def forwarded(site: Site) -> bool:
    """Whether every target has the last count of the record."""
    with closing(Reader(site.state)) as reader:
        cursor = min(reader.cursor(target.name) for target in site.targets)
        return not any(
            getattr(item, "quantity", None) is Quantity.PEDESTRIANS
            for entry in reader.entries(cursor)
            for item in entry.learned
        )


@dataclass(frozen=True, slots=True)
class Books:
    """The figures of one round, and in words whatever does not agree.

    `again` is what came more than once, `alike` how many equal words are there more than were said (less than 0: are
    not there), `released` how often a message was left to the broker because the disk took nothing.
    """

    messages: int
    people: int
    again: int
    plain: Reckoning
    alike: int
    released: int
    lost_lines: int
    deaf_lines: int
    lines: int
    refused: int
    wrong: tuple[str, ...]


def audit(town: Town, truth: Truth, noticed: Sequence[str] = ()) -> Books:
    """Hold everything against each other, when the gateway has stopped; `noticed` is what was wrong before."""
    site = load(town.folder)
    wrong = [*noticed, *_file(site)]
    record = in_record(site)
    sensed = truth.people_sensed
    held = people(record)
    numbers = truth.last_numbers
    for name in BY_MQTT:
        if held.get(name, 0) != sensed[name]:
            lacks = lost_numbers(site, name, *numbers[name])
            wrong.append(f"{name} sensed {sensed[name]}, the record has {held.get(name, 0)} and lacks {_some(lacks)}")
    found = words(site)
    wrong += _plain_troubles(town, found)
    lost_lines = lost_numbers(site, BY_SERIAL, *numbers[BY_SERIAL])
    said = town.cable.said
    deaf = {seq for seq, at in said.items() if any(start <= at <= end for start, end in town.deaf)}
    if unexplained := [seq for seq in lost_lines if seq not in deaf]:
        wrong.append(f"serial lines lost while somebody listened, of {len(said)}: {_some(unexplained)}")
    refused = _refused(town, site, wrong)
    first = in_influxdb(town.influxdb.url)
    wrong += _differences("InfluxDB", {point: value for point, value in record.items() if point not in refused}, first)
    wrong += _differences("VictoriaMetrics", record, in_victoria_metrics(town.victoria_metrics.url))
    stored = sum(numbers[name][1] + 1 for name in BY_MQTT)
    return Books(
        messages=stored,
        people=sum(sensed[name] for name in BY_MQTT),
        again=max(0, town.gateway_wire.delivered - stored),
        plain=reckon(town.plain, found.numbered),
        alike=len(found.alike) - town.alike.said,
        released=sum(event["why"].startswith(RELEASED) for event in town.gateway.events("link down")),
        lost_lines=len(lost_lines),
        deaf_lines=len(deaf),
        lines=len(said),
        refused=len(refused),
        wrong=tuple(wrong),
    )


def _some(numbers: Sequence[int]) -> str:
    """How many there are and the first of them."""
    return f"{len(numbers)} numbers, {', '.join(map(str, numbers[:20]))}{', ...' if len(numbers) > 20 else ''}"


def _plain_troubles(town: Town, found: Words) -> list[str]:
    """What is wrong with sensors that have no memory.

    mosquitto that is killed goes back to what it last saved: only what it did since may be lost or come again.
    nats-server loses nothing, but sends again under other packet ids.
    """
    excuses = town.excuses(found.end)
    troubles = {
        "words of the plain counter were lost": lost(town.plain, found.numbered, excuses),
        "equal words were lost": range(too_few(town.alike, found.alike, excuses)),
    }
    if town.drawn.broker == "mosquitto":
        troubles["words of the plain counter are there twice"] = doubled(found.numbered, excuses)
        troubles["equal words are there once too often"] = range(too_many(town.alike, found.alike, excuses))
    return [f"{what}: {_some(numbers)}" for what, numbers in troubles.items() if numbers]


def _file(site: Site) -> list[str]:
    """What is wrong with the record's file."""
    wrong = []
    with closing(sqlite3.connect(f"file:{site.state / 'record.db'}?mode=ro", uri=True)) as database:
        (found,) = database.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        wrong.append(f"the record's file: {found}")
    with closing(Reader(site.state)) as reader:
        rebuild(reader, reader.last_at(), site.plan)
        if damaged := reader.damaged():
            wrong.append(f"a file was set aside: {damaged}")
    return wrong


def _refused(town: Town, site: Site, wrong: list[str]) -> set[Point]:
    """The counts that the first database must lack; notes where the record's list is not that of the front."""
    with closing(Reader(site.state)) as reader:
        rows = reader.refused()
    listed = {row.line for row in rows if row.target == FIRST}
    if listed != set(town.front.doomed):
        wrong.append(f"refused {sorted(town.front.doomed)}, the record lists {sorted(listed)}")
    if others := [row for row in rows if row.target != FIRST]:
        wrong.append(f"the other database refused: {others}")
    points = set()
    for line in town.front.doomed:
        found = _LINE.fullmatch(line)
        assert found is not None, line
        points.add(Point(found["device"], found["channel"], int(found["time"])))
    return points


def _differences(name: str, record: Points, database: Points) -> list[str]:
    missing = {point for point, value in record.items() if database.get(point) != value}
    surplus = database.keys() - record.keys()
    return [
        f"{name}: {len(points)} points of {len(record)} {what}, such as {min(points)}"
        for what, points in (("are missing or differ", missing), ("are there that should not be", surplus))
        if points
    ]
