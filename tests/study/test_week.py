"""A simulated week, asked at random moments: the tape gives the decisions that the record has."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest

from gateway.lighting.engine import VERSION
from gateway.record.reader import Reader
from gateway.study.verify import Verdict, verify
from tests.study.week import BEGIN, DAY, LAMPS, Week

PAIRS = 1_000


@dataclass(frozen=True)
class Lived:
    """A week that is over, and its record."""

    week: Week
    reader: Reader


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("week")
    week = Week(folder)
    asyncio.run(week.live(BEGIN + 7 * DAY))
    reader = Reader(folder)
    yield Lived(week, reader)
    reader.close()


def test_a_thousand_random_lamps_and_moments_of_a_week_agree_with_the_record(lived: Lived) -> None:
    week, random = lived.week, Random(11)
    assert (week.restarts > 3, week.steps > 3, week.orders > 30) == (True, True, True)
    verdicts: list[Verdict] = []
    for _ in range(PAIRS):
        lamp, at = random.choice(LAMPS), random.randint(BEGIN + 1, week.now)
        verdict = verify(lived.reader, lamp, at)
        assert verdict.agrees, (lamp, at, verdict)
        verdicts.append(verdict)
    assert all(verdict.same_engine and verdict.version == VERSION for verdict in verdicts)
    # Such a week has every reason for light in it, so that agreeing says something.
    assert len({verdict.rebuilt.decided.rank for verdict in verdicts}) >= 7
