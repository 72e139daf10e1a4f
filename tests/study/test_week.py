"""A simulated week, asked at random moments: the tape gives the decisions that the record has."""

import asyncio
import os
from collections.abc import Callable, Iterator
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


def test_a_thousand_random_lamps_and_moments_of_a_week_agree_with_the_record(
    lived: Lived, record_property: Callable[[str, object], None]
) -> None:
    week, seed = lived.week, int(os.environ.get("SEED") or Random().randrange(1 << 32))
    record_property("seed", seed)
    print(f"SEED={seed}")  # noqa: T201 - shown where it fails
    happened = (week.restarts, week.steps, week.reloads, week.refused, week.works)
    assert (min(happened) > 3, week.orders > 30) == (True, True)
    random = Random(seed)
    verdicts: list[Verdict] = []
    unknown = 0
    while len(verdicts) < PAIRS:
        lamp, at = random.choice(LAMPS), random.randint(BEGIN + 1, week.now)
        try:
            verdict = verify(lived.reader, lamp, at)
        except KeyError:
            unknown += 1  # a plan without this lamp held
            assert lamp == LAMPS[2]
            continue
        assert verdict.agrees, (seed, lamp, at, verdict)
        verdicts.append(verdict)
    assert unknown < PAIRS / 5
    assert all(verdict.same_engine and verdict.version == VERSION for verdict in verdicts)
    # Such a week has every reason for light in it, so that agreeing says something.
    assert len({verdict.rebuilt.decided.rank for verdict in verdicts}) >= 7
