"""When a gateway listens: a link that is up has not subscribed yet, and what is said before that is lost."""

from pathlib import Path

from benchmarks.load import counts, pour
from benchmarks.processes import Measured
from benchmarks.wire import Wire
from gateway.record.errors import RecordError
from gateway.record.reader import Reader


def until_listening(site: Path, port: int, daemon: Measured) -> None:
    """Say something again and again until it is stored."""
    with Wire(port, "first") as wire:
        daemon.until(lambda: pour(wire, counts(1, "first")) and _anything(site), "the gateway's subscription", 0.1)


def _anything(site: Path) -> bool:
    try:
        reader = Reader(site / "state")
    except RecordError:
        return False
    found = any(entry.origin for entry in reader.entries())
    reader.close()
    return found
