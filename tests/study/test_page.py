"""What `explain` prints for people and for programs is one answer, at any moment of a week."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from devices.device import Device, Kind
from gateway.cli.explained.columns import WIDTH
from gateway.cli.explained.page import Wanted, page
from gateway.cli.explained.rows import DECIDES
from gateway.cli.explained.tree import tree
from gateway.lighting.decision import Rank
from gateway.record.reader import Reader
from gateway.study.explain import explain
from gateway.study.verify import compared, essence
from tests.lighting.street import HOUR
from tests.study.week import ALWAYS, BEGIN, DAY, LAMPS, Week

NAMES = {
    Rank.OVERRIDE: "override",
    Rank.FAILSAFE: "sensor failure",
    Rank.PRESENCE: "presence",
    Rank.COUNT: "count",
    Rank.DEFAULT: "default",
    Rank.CAP: "step's max",
    Rank.FLOOR: "floor",
    Rank.STEADY: "steady",
    Rank.INACTIVE: "active period",
}
ZONE = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, int]]:
    week = Week(tmp_path_factory.mktemp("days"))
    asyncio.run(week.live(BEGIN + DAY))
    reader = Reader(week.folder)
    yield reader, week.now
    reader.close()


def test_the_text_never_contradicts_the_json(lived: tuple[Reader, int]) -> None:
    (reader, end), random = lived, Random(3)
    decided: set[Rank] = set()
    for _ in range(80):
        lamp, at = random.choice(ALWAYS), random.randint(BEGIN + HOUR, end)
        found = explain(reader, lamp, at)
        told, lines = (
            tree(found),
            list(page(found, Device(lamp, Kind.LUMINAIRE, "mqtt", "native", lamp), ZONE, Wanted())),
        )
        answer = next(line for line in lines if re.match(r"  \d+ %", line))
        assert int(answer.split()[0]) == told["level"]
        rank = Rank(str(told["decided_by"]))
        decided.add(rank)
        (arrow,) = (line for line in lines if DECIDES in line)
        assert arrow[2:].lstrip(" 12345").startswith(NAMES[rank])
        stack = told["stack"]
        assert isinstance(stack, list)
        assert [cause["rank"] for cause in stack if cause["decides"]] == [rank.value]
        assert max(map(len, lines)) <= WIDTH
        numbered = [line for line in lines if re.match(r"  [1-5]  ", line)]
        names = ["override", "sensor failure", "presence", "count", "default"]
        assert [line[5:20].strip() for line in numbered] == names
    assert len(decided) >= 5


def test_what_comes_next_is_what_came_where_nobody_came(tmp_path: Path) -> None:
    week = Week(tmp_path)
    asyncio.run(week.live(BEGIN + 6 * HOUR))
    reader = Reader(tmp_path)
    foretold = explain(reader, LAMPS[3], week.now)
    verdict = compared(reader, foretold.decision, foretold.at, foretold.last)
    levels = [(change.before, change.decision.level) for change in foretold.coming]
    reader.close()
    assert levels
    assert levels[0][0] == foretold.decision.level
    assert all(before != after for before, after in levels)
    times = [change.decision.time for change in foretold.coming]
    assert times == sorted(times)
    assert times[0] >= week.now
    assert essence(foretold.decision) == essence(verdict.rebuilt)
