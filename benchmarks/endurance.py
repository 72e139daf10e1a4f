"""Whether the daemon's memory grows with what passes through it: a line through it over millions of messages.

What the rules remember of people goes by the street's time and not by messages: half an hour of it here, which at this
pace are millions of counts. So nobody walks by, and the counters say so.

Anonymous memory is what the daemon alone has: heaps, stacks, caches. Proportional memory also counts its share of what
others have mapped too (Python, SQLite), and so it moves with whoever else starts and ends on the machine.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.figure import Figure
from benchmarks.load import counts, pour
from benchmarks.processes import PAGE, Measured, gateway
from benchmarks.ready import until_listening
from benchmarks.site import Target, streets
from benchmarks.slope import Line, fit
from benchmarks.wire import Wire
from gateway.record.reader import Reader
from gateway.record.schema import FILE
from tests.servers import Mosquitto, VictoriaMetrics

SAMPLES = 200
"""How often memory is looked at, each time when all that was sent is stored and handed on."""
WARM = 400_000
"""Messages at the beginning that are left out, a fifth of all at least, while caches fill and bursts meet. The window
of duplicates is full after 65,535, when packet ids have come round; the heap has met its largest bursts much later."""


class Sample(NamedTuple):
    """How the daemon stands after so many messages: memory in bytes, processor time in seconds, the record in bytes."""

    messages: int
    anonymous: float
    proportional: float
    cpu: float
    record: int


def endurance(folder: Path, messages: int, progress: Path) -> Iterator[Figure]:
    """Play so many messages through broker, gateway, record and a server that gets a copy.

    What was measured so far is in the file `progress` all the time, as JSON.
    """
    broker, server = Mosquitto(folder / "mosquitto"), VictoriaMetrics(folder / "server")
    site = folder / "site"
    broker.start()
    try:
        server.start()
        streets(site, broker.port, Target(1, server.url))
        with gateway(site) as daemon:
            until_listening(site, broker.port, daemon)
            samples = []
            for sample in _sampled(site, daemon, broker.port, messages):
                samples.append(sample)
                _note(progress, messages, samples)
    finally:
        server.stop()
        broker.stop()
    yield from _figures(warm(samples), f"{messages:,} messages")


def warm(samples: Sequence[Sample]) -> list[Sample]:
    """The samples behind the beginning: of a short run the second half."""
    last = samples[-1].messages
    left_out = min(max(WARM, last // 5), last // 2)
    return [sample for sample in samples if sample.messages > left_out]


def _figures(samples: Sequence[Sample], over: str) -> Iterator[Figure]:
    """What the samples behind the beginning say."""
    anonymous = [(sample.messages / 1e6, sample.anonymous) for sample in samples]
    proportional = [(sample.messages / 1e6, sample.proportional) for sample in samples]
    yield _growth(f"growth of anonymous memory over {over}", fit(anonymous, PAGE))
    yield _growth("the same, second half", fit(anonymous[len(anonymous) // 2 :], PAGE))
    yield _growth(f"growth of proportional memory over {over}", fit(proportional, PAGE))
    first, last = samples[0], samples[-1]
    yield Figure("anonymous memory at the end", last.anonymous / 1e6, "MB", first.anonymous / 1e6, "at the beginning")
    cpu = (last.cpu - first.cpu) / (last.messages - first.messages) * 1e5
    yield Figure("processor time for 100,000 messages, with a copy", cpu, "s")
    yield Figure("size of the record at the end", last.record / 1e6, "MB")


def _growth(name: str, line: Line) -> Figure:
    kilobytes, uncertainty = line.slope / 1e3, line.uncertainty / 1e3
    verdict = "zero within its error" if line.level else "not zero within its error"
    beside = f"± {uncertainty:,.2f} (95 %): {verdict}"
    return Figure(name, kilobytes, "kB per million", None, beside, uncertainty)


def _sampled(site: Path, daemon: Measured, port: int, messages: int) -> Iterator[Sample]:
    said = counts(messages, "endurance", people=0)
    reader = Reader(site / "state")
    before = reader.last_seq()
    each = messages // SAMPLES
    with Wire(port, "load") as wire:
        for done in range(each, each * SAMPLES + 1, each):
            pour(wire, islice(said, each))
            daemon.until_level(reader.last_seq, before + done, "the record")
            daemon.until_level(lambda: reader.cursor("copy"), reader.last_seq(), "the copy")
            size = (site / "state" / FILE).stat().st_size
            yield Sample(done, daemon.anonymous() * 1e6, daemon.memory() * 1e6, daemon.cpu(), size)
    reader.close()


def _note(progress: Path, messages: int, samples: Sequence[Sample]) -> None:
    """Keep what is known so far, and say it: half an hour is long."""
    last = samples[-1]
    print(
        f"  {last.messages:>12,} messages  {last.anonymous / 1e6:8.3f} MB anonymous  {last.proportional / 1e6:8.3f} MB "
        f"proportional  {last.cpu / last.messages * 1e5:6.2f} s/100,000",
        file=sys.stderr,
        flush=True,
    )
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    run = {"time": now, "messages": messages, "samples": [sample._asdict() for sample in samples]}
    progress.parent.mkdir(exist_ok=True)
    making = progress.with_name(f"{progress.name}.part")
    making.write_text(json.dumps(run) + "\n", encoding="utf-8")
    making.rename(progress)
