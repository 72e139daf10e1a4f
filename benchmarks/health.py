"""Which counters are doubted rightly, which wrongly, and how soon, on real counts as they are and with faults put in.

The tables are the repository's extract and the files of the folder that REVERBERE_COUNTS names. What is wrong in them
is told by `outages`, with hindsight; what `broken` puts into them is known.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random

from benchmarks.broken import dying, flapping, healthy_motion, nonsense, stuck
from benchmarks.counts import HOUR, Counts, all_counts
from benchmarks.figure import Figure, percentile
from benchmarks.judged import Accusation, Trial, counting
from benchmarks.outages import Outage, outages
from devices.device import DeviceId

YEAR = 8766
"""Hours."""


BRIEF = 3 * HOUR
"""Fewer reports of nobody accuse no counter."""


def health(folder: Path, *, quick: bool) -> Iterator[Figure]:  # noqa: ARG001 - it needs no folder
    """What is found in each table as it is, then in it with faults put in; quickly, in the first table alone."""
    for counts in all_counts():
        out = outages(counts)
        yield from _as_it_is(counts, out, [[name] for name in counts.sensors], f"{counts.name}, each alone")
        yield from _as_it_is(counts, out, [counts.sensors], f"{counts.name}, in one zone")
        broken = {outage.sensor for outage in out if outage.end - outage.start >= BRIEF}
        well = [name for name in counts.sensors if name not in broken]
        for put_in in (dying, nonsense, healthy_motion, stuck, flapping):
            yield from put_in(counts, well, Random(counts.name))
        if quick:
            return


def _as_it_is(counts: Counts, out: list[Outage], zones: list[list[DeviceId]], beside: str) -> Iterator[Figure]:
    found = [item for zone in zones for item in Trial(zone, (), counts.zone).hear(counting(counts, zone)).accusations]
    rightly = [item for item in found if any(_meets(outage, item) for outage in out)]
    wrongly = [item for item in found if item not in rightly]
    figure = partial(Figure, unit="", beside=beside)
    yield from _caught(out, rightly, figure)
    yield from _accused(counts, out, wrongly, figure)
    hours = sum(outage.end - outage.start for outage in out) / HOUR
    yield figure(f"hours distrusted rightly, of {hours:,.0f} out", _hours(rightly))
    yield figure("hours distrusted wrongly", _hours(wrongly))
    for cause in ("zeros", "impossible"):
        yield figure(f"verdicts of {cause}", sum(item.cause == cause for item in found))


def _caught(out: list[Outage], rightly: list[Accusation], figure: Callable[..., Figure]) -> Iterator[Figure]:
    """What was out for long enough to be judged, and how soon it was found."""
    long = [outage for outage in out if outage.end - outage.start >= BRIEF]
    delays = [[_delay(outage, item) for item in rightly if _meets(outage, item)] for outage in long]
    caught = [min(each) for each in delays if each]
    broken = {outage.sensor for outage in long}
    yield figure(f"counters that were out for 3 h, caught, of {len(broken)}", len({item.sensor for item in rightly}))
    yield figure(f"outages of 3 h or longer caught, of {len(long)}", len(caught))
    yield figure("shorter ones, which are not judged", len(out) - len(long))
    if caught:
        yield figure("from an outage to its verdict, median", percentile(caught, 50), unit="h")


def _accused(
    counts: Counts, out: list[Outage], wrongly: list[Accusation], figure: Callable[..., Figure]
) -> Iterator[Figure]:
    """Who was accused although nothing was wrong."""
    broken = {outage.sensor for outage in out if outage.end - outage.start >= BRIEF}
    healthy = [sensor for sensor in counts.sensors if sensor not in broken]
    years = sum(len(counts.of(sensor)) for sensor in counts.sensors) / YEAR
    accused = {item.sensor for item in wrongly}
    yield figure(f"healthy counters accused, of {len(healthy)}", len(accused.intersection(healthy)), aim=0)
    yield figure(f"false alarms a year of a counter, in {years:.1f} years", len(wrongly) / years)


def _meets(outage: Outage, item: Accusation) -> bool:
    return item.sensor == outage.sensor and item.since < outage.end and item.until > outage.start


def _delay(outage: Outage, item: Accusation) -> float:
    return max(0, item.at - outage.start) / HOUR


def _hours(items: Iterable[Accusation]) -> float:
    return sum(item.until - item.since for item in items) / HOUR
