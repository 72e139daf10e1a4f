"""Rounds of faults against real processes: every person exactly once, whatever broke in between.

`make soak ROUNDS=n` plays n rounds, prints one line for each and sums them up; `make soak ROUNDS=1 SEED=s` plays the
round of one line again, with the PLAY that the line says. The seed fixes broker, commit interval and which faults come
when, though not how processes run meanwhile. `BROKER=mosquitto` or `BROKER=nats` plays all of them on one broker,
`JOBS=n` so many at once, each in a process, a folder and on ports of its own.
"""

import multiprocessing
import os
import random
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.servers import ServerMissing
from tests.soak.play import Result, Score, play
from tests.soak.summary import Summary

ROUNDS = int(os.environ.get("ROUNDS") or 3)
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
BROKER = os.environ.get("BROKER") or None
JOBS = int(os.environ.get("JOBS") or 1)
PLAY = float(os.environ.get("PLAY") or 25.0)
"""Seconds for which sensors sense and things break."""

SHOWN = 30
"""Lines of the gateway's log that a failure shows."""


class Concert:
    """All rounds, some of them at once."""

    def __init__(self, folder: Path, players: ProcessPoolExecutor) -> None:
        self.summary = Summary()
        self.scores = {seed: Score(seed, PLAY, BROKER, folder / f"round-{seed}") for seed in SEEDS}
        self._results: dict[int, Future[Result]] = {
            seed: players.submit(play, score) for seed, score in self.scores.items()
        }

    def result(self, seed: int) -> Result:
        """Wait for what a round came to, and print its line. Raises what ended the round."""
        score = self.scores[seed]
        try:
            result = self._results[seed].result()
        except ServerMissing:
            raise
        except BaseException:
            _print(f"{score.headline()} | BROKE OFF")
            self.summary.add(score.drawn(), None)
            raise
        _print(f"{score.headline()} | {result.figures()}")
        self.summary.add(score.drawn(), result)
        return result


SEEDS = range(SEED, SEED + ROUNDS)


@pytest.fixture(scope="module")
def concert(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Concert]:
    """All rounds begin with the first; the summary follows the last."""
    context = multiprocessing.get_context("spawn")
    players = ProcessPoolExecutor(JOBS, context)
    concert = Concert(tmp_path_factory.mktemp("soak"), players)
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        yield concert
    finally:
        players.shutdown(cancel_futures=True)
        assert capture is not None
        with capture.global_and_fixture_disabled():
            _print(str(concert.summary))


@pytest.mark.soak
@pytest.mark.server
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_person_is_counted_once_whatever_breaks(
    concert: Concert, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    score = concert.scores[seed]
    try:
        with capsys.disabled():
            result = concert.result(seed)
    except ServerMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    wrong = "\n".join(result.books.wrong)
    assert not wrong, f"{score.headline()}\n{wrong}\nin {score.folder}, whose gateway said last:\n{_last(score.folder)}"
    shutil.rmtree(score.folder)


def _last(folder: Path) -> str:
    log = (folder / "site" / "gateway.log").read_text(encoding="utf-8", errors="replace")
    return "\n".join(log.splitlines()[-SHOWN:])


def _print(line: str) -> None:
    sys.stdout.write(f"\n{line}")
    sys.stdout.flush()
